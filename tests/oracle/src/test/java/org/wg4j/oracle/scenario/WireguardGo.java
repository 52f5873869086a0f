// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.wg4j.oracle.OracleMain;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.crypto.X25519Key;

/** wireguard-go in a network namespace of its own, set up by stock {@code ip} and {@code wg}. */
final class WireguardGo implements AutoCloseable {
  private static final int PORT = 51820;
  private static final long LIMIT_SECONDS = 300;

  /** What a scenario run printed and how it ended. */
  record Outcome(int exitCode, String output) {}

  private final Path directory;
  private final String namespace = "oracle" + ProcessHandle.current().pid();
  private final String device = "wgo" + ProcessHandle.current().pid();
  private final String publicKey;
  private final Process daemon;
  private final Path unsigned;

  /** Why it cannot be run here, if it cannot. */
  static Optional<String> obstacle() {
    for (String program : List.of("wireguard-go", "wg", "ip", "ping")) {
      boolean found =
          Arrays.stream((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":"))
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
      if (!found) {
        return Optional.of(program + " is not installed");
      }
    }
    if (!Files.isWritable(Path.of("/dev/net/tun"))) {
      return Optional.of("/dev/net/tun cannot be opened");
    }
    try {
      String name = "oracle-try" + ProcessHandle.current().pid();
      run(List.of("ip", "netns", "add", name));
      run(List.of("ip", "netns", "del", name));
    } catch (IOException e) {
      return Optional.of("network namespaces cannot be made: " + e.getMessage());
    }
    return Optional.empty();
  }

  WireguardGo(Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    unsigned = directory.resolve("unsigned.jar");
    stripSignature(Path.of(location(Blake2sDigest.class)), unsigned);
    run(List.of("ip", "netns", "add", namespace));
    run(List.of("ip", "-n", namespace, "link", "set", "lo", "up"));
    daemon =
        inside(List.of("wireguard-go", "-f", device))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("wireguard-go.log").toFile())
            .start();
    Path socket = Path.of("/var/run/wireguard", device + ".sock");
    while (!Files.exists(socket)) {
      if (daemon.waitFor(20, TimeUnit.MILLISECONDS)) {
        throw new IOException("wireguard-go ended: " + log());
      }
    }
    Path key = directory.resolve("device.key");
    publicKey = writeKeyPair(key);
    wg("private-key", key.toString(), "listen-port", "" + PORT);
    run(List.of("ip", "-n", namespace, "addr", "add", "10.77.0.1/24", "dev", device));
    run(List.of("ip", "-n", namespace, "addr", "add", "fd77::1/64", "dev", device, "nodad"));
    run(List.of("ip", "-n", namespace, "link", "set", device, "up"));
  }

  /** Runs a scenario as a peer that nobody has seen before, in a JVM inside the namespace. */
  Outcome run(Scenario scenario, int run, boolean psk, boolean ipv6)
      throws IOException, InterruptedException {
    String loopback = ipv6 ? "[::1]" : "127.0.0.1";
    String bind = loopback + ":" + (52000 + run);
    // Inner addresses tell the runs apart, so that several can go on at once.
    String inner = "10.77.0." + (2 + run);
    String inner6 = "fd77::" + (2 + run);
    Path key = directory.resolve(run + ".key");
    String peer = writeKeyPair(key);
    List<String> oracle =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                location(OracleMain.class) + ":" + unsigned,
                OracleMain.class.getName(),
                scenario.name(),
                "endpoint=" + loopback + ":" + PORT,
                "bind=" + bind,
                "private-key-file=" + key,
                "peer-private-key-file=" + directory.resolve("device.key"),
                "peer-public-key=" + publicKey,
                "inner=" + inner,
                "inner6=" + inner6));
    List<String> config = new ArrayList<>(List.of("peer", peer, "endpoint", bind));
    config.addAll(List.of("allowed-ips", inner + "/32," + inner6 + "/128"));
    if (psk) {
      Path pskFile = directory.resolve(run + ".psk");
      write(pskFile, Primitives.random(32));
      config.addAll(List.of("preshared-key", pskFile.toString()));
      oracle.add("psk-file=" + pskFile);
    }
    wg(config.toArray(String[]::new));
    Path output = directory.resolve(run + ".out");
    Process process =
        inside(oracle).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return new Outcome(-1, "timed out; " + Files.readString(output));
    }
    wg("peer", peer, "remove");
    return new Outcome(process.exitValue(), Files.readString(output));
  }

  String log() throws IOException {
    return Files.readString(directory.resolve("wireguard-go.log"));
  }

  /** Each of the many JVMs would spend seconds on checking the library's signature. */
  private static void stripSignature(Path signed, Path stripped) throws IOException {
    try (ZipFile in = new ZipFile(signed.toFile());
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(stripped))) {
      for (ZipEntry entry : Collections.list(in.entries())) {
        if (entry.getName().startsWith("org/bouncycastle/")) {
          out.putNextEntry(new ZipEntry(entry.getName()));
          in.getInputStream(entry).transferTo(out);
        }
      }
    }
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String writeKeyPair(Path file) throws IOException {
    byte[] privateKey = Primitives.random(32);
    write(file, privateKey);
    try (X25519Key key = X25519Key.of(privateKey)) {
      return Base64.getEncoder().encodeToString(key.publicKey());
    }
  }

  private static void write(Path file, byte[] key) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(file, Base64.getEncoder().encode(key));
  }

  private void wg(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("wg", "set", device));
    command.addAll(List.of(arguments));
    run(command);
  }

  private ProcessBuilder inside(List<String> command) {
    List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    whole.addAll(command);
    return new ProcessBuilder(whole);
  }

  private static void run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + output.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    daemon.destroy();
    try {
      daemon.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    run(List.of("ip", "netns", "del", namespace));
  }
}
