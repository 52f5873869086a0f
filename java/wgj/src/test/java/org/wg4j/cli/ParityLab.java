// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A mount and a network namespace, without an interface but lo and with a /run of its own, in which
 * the real wg(8) and wgj see the same things: sockets of {@link FakeUserspace}, /etc/hosts, files.
 * Nothing of the host is touched.
 */
final class ParityLab implements AutoCloseable {

  /** What a run left behind; bytes as ISO 8859-1. */
  record Run(int code, String out, String err, List<String> requests, List<String> stale) {
    Run(int code, String out, String err, List<String> requests) {
      this(code, out, err, requests, List.of());
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder("exit " + code);
      text.append("\n    out ").append(ParityCase.visible(out));
      text.append("\n    err ").append(ParityCase.visible(err));
      requests.forEach(request -> text.append("\n    ").append(ParityCase.visible(request)));
      stale.forEach(name -> text.append("\n    left stale ").append(name));
      return text.toString();
    }
  }

  /** What both programs did; wgj once for each second that it may have been. */
  record Outcome(Run wg, List<Run> wgj) {}

  private static final String HOSTS =
      """
      127.0.0.1 localhost
      ::1 localhost ip6-localhost
      192.0.2.7 four.example
      2001:db8::7 six.example
      """;
  private static final int WITHIN_A_SECOND_TRIES = 10;
  private static final Pattern RELATIVE_TIME = Pattern.compile("NOW([+-][0-9]+)");

  private final Path directory;
  private final Path sockets;
  private final Path files;
  private final Process shell;
  private final OutputStream commands;
  private final BufferedReader replies;
  private final Process java;
  private final DataOutputStream runs;
  private final DataInputStream results;

  /** Skips the test, with the reason, where there is no wg(8) or no right to make namespaces. */
  ParityLab(Path directory) throws IOException {
    this.directory = directory;
    sockets = Files.createDirectory(directory.resolve("s"));
    files = Files.createDirectory(directory.resolve("f"));
    String version = firstLine("wg", "--version");
    assumeTrue(
        version.startsWith("wireguard-tools v1.0.20210914 "),
        "needs wg(8) of wireguard-tools 1.0.20210914, as Debian 12 has it, but there is: "
            + version);
    String unshared = firstLine("unshare", "-m", "-n", "echo", "may");
    assumeTrue(unshared.equals("may"), "needs root to make namespaces: " + unshared);

    shell =
        new ProcessBuilder(
                "unshare", "-m", "-n", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "sh")
            .redirectError(directory.resolve("shell.err").toFile())
            .start();
    commands = shell.getOutputStream();
    replies =
        new BufferedReader(
            new InputStreamReader(shell.getInputStream(), StandardCharsets.ISO_8859_1));
    Path hosts = Files.writeString(directory.resolve("hosts"), HOSTS);
    Path resolv = Files.writeString(directory.resolve("resolv"), "nameserver 127.0.0.1\n");
    int made =
        shell(
            "mount -t tmpfs none /run && mkdir /run/wireguard && mount --bind "
                + quote(sockets.toString())
                + " /run/wireguard && mount -t sysfs none /sys && mount --bind "
                + quote(hosts.toString())
                + " /etc/hosts && mount --bind "
                + quote(resolv.toString())
                + " /etc/resolv.conf && ip link set lo up && cd "
                + quote(directory.toString()));
    assumeTrue(made == 0, () -> "needs to mount in a new namespace: " + read("shell.err"));
    java = inNamespaces(javaCommand(WgjInNamespace.class)).start();
    runs = new DataOutputStream(java.getOutputStream());
    results = new DataInputStream(java.getInputStream());
  }

  private static String firstLine(String... command) throws IOException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.onExit().join();
      return text.lines().findFirst().orElse("");
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  /** The command that runs a class with the options that bin/wgj gives to Java. */
  List<String> javaCommand(Class<?> main) {
    String base = System.getProperty("user.dir");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Djava.net.preferIPv6Addresses=system",
            "-Dnetlink4j.library.path=" + Path.of(base, "../../build/native").normalize(),
            "-Dwgj.program=wg",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            main.getName()));
    return command;
  }

  private ProcessBuilder inNamespaces(List<String> command) {
    List<String> words =
        new ArrayList<>(List.of("nsenter", "-t", Long.toString(shell.pid()), "-m", "-n"));
    words.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.redirectError(directory.resolve("java.err").toFile());
    return builder;
  }

  static String quote(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  /** Runs a command line in the namespaces and returns its exit code. */
  int shell(String line) throws IOException {
    commands.write((line + "\necho $?\n").getBytes(StandardCharsets.UTF_8));
    commands.flush();
    String reply = replies.readLine();
    if (reply == null) {
      throw new AssertionError("the shell in the namespace is gone: " + read("shell.err"));
    }
    return Integer.parseInt(reply);
  }

  /**
   * Runs a command line, in which {} stands for the real wg(8) and then for wgj in a process of its
   * own; both with a device wg0. Their standard output and error, if not redirected, are taken.
   */
  List<Run> processes(String line, String wg0) throws IOException {
    List<Run> both = new ArrayList<>();
    String java = String.join(" ", javaCommand(Main.class).stream().map(ParityLab::quote).toList());
    try (FakeUserspace device =
        new FakeUserspace(sockets, "wg0", ParityCase.bytes(wg0), ParityCase.bytes("errno=0\n\n"))) {
      for (String program : List.of("wg", java)) {
        Files.writeString(directory.resolve("program"), "exec " + program + " \"$@\"\n");
        int code = shell("( " + line.replace("{}", "sh ./program") + " ) >out 2>err");
        both.add(new Run(code, read("out"), read("err"), device.takeRequests()));
      }
    }
    return both;
  }

  /** Runs both programs. */
  Outcome run(ParityCase what) throws IOException {
    long begin = Instant.now().getEpochSecond();
    for (Map.Entry<String, String> file : what.files.entrySet()) {
      Files.write(files.resolve(file.getKey()), ParityCase.bytes(file.getValue()));
    }
    List<FakeUserspace> servers = new ArrayList<>();
    try {
      for (Map.Entry<String, ParityCase.Answers> device : what.devices.entrySet()) {
        servers.add(
            new FakeUserspace(
                sockets,
                device.getKey(),
                ParityCase.bytes(absolute(device.getValue().get(), begin)),
                ParityCase.bytes(device.getValue().set())));
      }
      boolean timed = !what.isCommand("set", "setconf", "addconf", "syncconf");
      long before;
      long after;
      Run wg;
      int tries = 0;
      // It asks for the time with each peer: one that a second ends under counts from both.
      do {
        before = Instant.now().getEpochSecond();
        wg = runWg(what, servers);
        after = Instant.now().getEpochSecond();
      } while (timed && before != after && ++tries < WITHIN_A_SECOND_TRIES);
      List<Run> wgj = new ArrayList<>();
      // The kernel's coarse clock, which time(2) reads, may lag behind by a tick.
      for (long now = timed ? before - 1 : after; now <= after; now++) {
        Run run = runWgj(what, servers, now);
        wgj.add(run);
        if (run.equals(wg)) {
          break;
        }
      }
      return new Outcome(wg, wgj);
    } finally {
      for (FakeUserspace server : servers) {
        server.close();
      }
      for (String file : what.files.keySet()) {
        Files.delete(files.resolve(file));
      }
    }
  }

  private static String absolute(String answer, long now) {
    Matcher times = RELATIVE_TIME.matcher(answer);
    return times.replaceAll(time -> Long.toString(now + Long.parseLong(time.group(1))));
  }

  private List<String> arguments(ParityCase what) {
    return what.arguments.stream()
        .map(word -> word.startsWith("@") ? files.resolve(word.substring(1)).toString() : word)
        .toList();
  }

  private static List<String> takeRequests(List<FakeUserspace> servers) {
    return servers.stream().flatMap(server -> server.takeRequests().stream()).toList();
  }

  private Run runWg(ParityCase what, List<FakeUserspace> servers) throws IOException {
    Files.write(directory.resolve("in"), ParityCase.bytes(what.input));
    StringBuilder line = new StringBuilder();
    what.environment.forEach(
        (name, value) -> line.append(name).append('=').append(quote(value)).append(' '));
    line.append("wg");
    arguments(what).forEach(word -> line.append(' ').append(quote(word)));
    leaveSockets(what);
    int code = shell(line.append(" <in >out 2>err").toString());
    return new Run(code, read("out"), read("err"), takeRequests(servers), takeSockets(what));
  }

  /** Makes sockets on which nobody listens. */
  private void leaveSockets(ParityCase what) throws IOException {
    for (String name : what.stale) {
      try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        dead.bind(UnixDomainSocketAddress.of(sockets.resolve(name + ".sock")));
      }
    }
  }

  /** Removes those that are still there, and says which. */
  private List<String> takeSockets(ParityCase what) throws IOException {
    List<String> left = new ArrayList<>();
    for (String name : what.stale) {
      if (Files.deleteIfExists(sockets.resolve(name + ".sock"))) {
        left.add(name);
      }
    }
    return left;
  }

  private String read(String file) {
    try {
      return Files.readString(directory.resolve(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Run runWgj(ParityCase what, List<FakeUserspace> servers, long now) throws IOException {
    leaveSockets(what);
    List<String> arguments = arguments(what);
    runs.writeInt(arguments.size());
    for (String argument : arguments) {
      write(argument.getBytes(StandardCharsets.UTF_8));
    }
    write(ParityCase.bytes(what.input));
    runs.writeInt(what.environment.size());
    for (Map.Entry<String, String> variable : what.environment.entrySet()) {
      runs.writeUTF(variable.getKey());
      runs.writeUTF(variable.getValue());
    }
    runs.writeLong(now);
    runs.flush();
    try {
      int code = results.readInt();
      String out = new String(results.readNBytes(results.readInt()), StandardCharsets.ISO_8859_1);
      String err = new String(results.readNBytes(results.readInt()), StandardCharsets.ISO_8859_1);
      return new Run(code, out, err, takeRequests(servers), takeSockets(what));
    } catch (IOException e) {
      throw new AssertionError("wgj's process ended:\n" + read("java.err"), e);
    }
  }

  private void write(byte[] block) throws IOException {
    runs.writeInt(block.length);
    runs.write(block);
  }

  @Override
  public void close() throws IOException {
    runs.writeInt(-1);
    runs.flush();
    runs.close();
    java.onExit().join();
    // The namespaces go with the last process in them.
    commands.close();
    shell.onExit().join();
    try (DirectoryStream<Path> left = Files.newDirectoryStream(sockets)) {
      for (Path socket : left) {
        Files.delete(socket);
      }
    }
  }
}
