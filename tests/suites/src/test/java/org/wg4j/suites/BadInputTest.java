// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;

/**
 * What is not understood or cannot be done: {@code wgj} says the same as stock {@code wg} of
 * Debian, ends with the same code, and neither changes anything.
 *
 * <p>Starting Java in an emulated guest takes seconds. Rows that end before the kernel is asked
 * therefore run {@code wgj} on the host, against stock {@code wg} in the guest.
 */
@Lab
class BadInputTest {
  private static final String IN_GUEST = "/run/bad";

  /** Stock wg, whatever else is called so. */
  private static final String DUMP = "/usr/bin/wg show all dump";

  private static final String SIGNS = "[+|-]";

  private static final Path LAUNCHER = Path.of("java/wgj/bin/wgj");
  private static final String KEY = Identity.generate().publicKey();
  private static final String OTHER = Identity.generate().publicKey();
  private static final String PEER = "set wg0 peer " + KEY + " ";

  /** Files the rows name, by name. */
  private static final Map<String, String> FILES = files();

  private static Map<String, String> files() {
    String secret = Identity.presharedKey();
    String peer = "[Peer]\nPublicKey = " + KEY + "\n";
    Map<String, String> files = new LinkedHashMap<>();
    files.put("good", secret + "\n");
    files.put("short", secret.substring(1));
    files.put("line-after", secret + "\nx\n");
    files.put("junk-after", secret + "x\n");
    files.put("three", "abc");
    files.put("bits", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=");
    files.put("alphabet", "!!!!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    files.put("unknown-key", "[Interface]\nFwMark = 5\nFoo = 1\n");
    files.put("unknown-section", "[Tunnel]\nFwMark = 5\n");
    files.put("no-section", "FwMark = 5\n");
    files.put("no-value", "[Interface]\nFwMark =\n");
    files.put("no-equals", "[Peer]\nPublicKey\n");
    files.put("for-wg-quick", "[Interface]\nAddress = 10.0.0.1/24\n");
    files.put("key-of-other-section", "[Interface]\nEndpoint = 192.0.2.1:1\n");
    files.put("section-again", "[Interface]\n" + peer + "[Interface]\nEndpoint = 192.0.2.1:1\n");
    files.put("no-public-key", "[Interface]\nFwMark = 5\n[Peer]\nAllowedIPs = 10.0.0.0/8\n");
    files.put("second-without-key", peer + "[Peer]\nAllowedIPs = 10.0.0.0/8\n");
    files.put("public-key", "[Peer]\nPublicKey = abc\n");
    files.put("no-allowed-ips", peer + "AllowedIPs =\n");
    files.put("prefix", peer + "AllowedIPs = 10.0.0.0/8, 10.0.0.0/33\n");
    files.put("comma", peer + "AllowedIPs = 10.0.0.0/8,\n");
    files.put("address", peer + "AllowedIPs = 10.0.0/8\n");
    files.put("port", "[Interface]\nListenPort = eleven\n");
    files.put("mark", "[Interface]\nFwMark = 0XFF\n");
    files.put("keepalive", peer + "PersistentKeepalive = 65536\n");
    files.put("endpoint", peer + "Endpoint = 192.0.2.1\n");
    files.put("bracket", peer + "Endpoint = [2001:db8::1:51820\n");
    files.put("late", "[Interface]\nListenPort = 1\nFwMark = 1\n" + peer + "AllowedIPs = x\n");
    return files;
  }

  /** Rows that end while they are read. */
  private static List<String> unreadable() {
    List<String> rows =
        new ArrayList<>(
            List.of(
                "set",
                "set wg0",
                "set --help",
                "set wg0 foo",
                "set wg0 foo bar",
                "set wg0 listen-port",
                "set wg0 listen-port eleven",
                "set wg0 listen-port -1",
                "set wg0 listen-port ''",
                "set wg0 fwmark 0XFF",
                "set wg0 fwmark 0x",
                "set wg0 fwmark 4294967296",
                "set wg0 fwmark 0xfffffffff",
                "set wg0 fwmark -1",
                "set wg0 fwmark ''",
                "set wg0 fwmark 12a",
                "set wg0 private-key missing",
                "set wg0 private-key short",
                "set wg0 private-key three",
                "set wg0 private-key line-after",
                "set wg0 private-key junk-after",
                "set wg0 private-key good foo bar",
                "set wg0 peer",
                "set wg0 peer abc",
                "set wg0 peer ''",
                "set wg0 peer " + KEY + "=",
                "set wg0 peer " + KEY.substring(0, 43) + "A",
                "set wg0 peer " + KEY.substring(0, 42) + "==",
                PEER + "foo bar",
                PEER + "listen-port 1",
                PEER + "remove foo",
                PEER + "remove peer",
                PEER + "allowed-ips",
                PEER + "allowed-ips 10.0.0.0/33",
                PEER + "allowed-ips 10.0.0/8",
                PEER + "allowed-ips 10.0.0.0/-1",
                PEER + "allowed-ips 10.0.0.0/",
                PEER + "allowed-ips 10.0.0.0/8x",
                PEER + "allowed-ips 256.0.0.0/8",
                PEER + "allowed-ips fd00::/129",
                PEER + "allowed-ips fd00:::/12",
                PEER + "allowed-ips 10.0.0.0/8,",
                PEER + "allowed-ips ,10.0.0.0/8",
                PEER + "allowed-ips localhost/8",
                PEER + "allowed-ips 10.0.0.1/8,bad",
                PEER + "allowed-ips /8",
                PEER + "endpoint",
                PEER + "endpoint ''",
                PEER + "endpoint 192.0.2.1",
                PEER + "endpoint 192.0.2.1:",
                PEER + "endpoint '[::1'",
                PEER + "endpoint '[::1]'",
                PEER + "endpoint '[::1]51820'",
                PEER + "endpoint '[::1]:'",
                PEER + "endpoint 192.0.2.1:eleven",
                PEER + "endpoint '[::zz]:1'",
                PEER + "persistent-keepalive 65536",
                PEER + "persistent-keepalive -1",
                PEER + "persistent-keepalive ''",
                PEER + "persistent-keepalive 1s",
                PEER + "preshared-key missing",
                PEER + "preshared-key short",
                PEER + "preshared-key line-after",
                "setconf",
                "setconf wg0",
                "setconf wg0 missing",
                "setconf wg0 good extra",
                "addconf wg0",
                "addconf wg0 missing",
                "syncconf wg0",
                "syncconf wg0 missing",
                "showconf",
                "showconf wg0 extra",
                "show a b c",
                "show interfaces peers",
                "genkey x",
                "genpsk x",
                "pubkey x",
                "pubkey <short",
                "pubkey <three",
                "pubkey <junk-after",
                "pubkey <line-after",
                "pubkey <bits",
                "pubkey <alphabet",
                "pubkey </dev/null"));
    for (String file : FILES.keySet().stream().filter(name -> !isKey(name)).toList()) {
      rows.add("setconf wg0 " + file);
    }
    for (String command : List.of("addconf wg0 ", "syncconf wg0 ")) {
      rows.add(command + "unknown-key");
      rows.add(command + "second-without-key");
      rows.add(command + "late");
    }
    return rows;
  }

  private static boolean isKey(String file) {
    return !FILES.get(file).startsWith("[") && !file.equals("no-section");
  }

  /** Rows that only the kernel can refuse, or that it must not see the first half of. */
  private static final List<String> REFUSED =
      List.of(
          "show nodev",
          "showconf lo",
          "show wg0 nonsense",
          "set nodev fwmark 1",
          "set lo fwmark 1",
          "set wg0 listen-port 4444 fwmark 7 private-key good "
              + PEER.substring("set wg0 ".length())
              + "allowed-ips 10.0.0.0/8 foo bar",
          "setconf nodev /dev/null",
          "setconf wg0 late",
          "syncconf nodev section");

  /**
   * Stock cuts such a name for {@code set}, and configures whatever device has the rest of it; for
   * {@code show} it lets the kernel complain of an invalid argument.
   */
  private static final Map<String, String> TOO_LONG =
      Map.of(
          "show sixteencharacter peers", "Unable to access interface: File name too long\n",
          "set sixteencharacter fwmark 1", "Unable to modify interface: File name too long\n");

  /** How a row ended. */
  private record Ending(int exitCode, String stdout, String stderr) {}

  private static final String DEVICE =
      """
      ip link delete wg0 2>/dev/null
      set -e
      mkdir -p %1$s
      ip link add wg0 type wireguard
      wg setconf wg0 /dev/stdin <<'END'
      [Interface]
      PrivateKey = %2$s
      ListenPort = 51999
      FwMark = 0x42
      [Peer]
      PublicKey = %3$s
      PresharedKey = %4$s
      AllowedIPs = 10.1.0.0/16, fd01::/32
      Endpoint = 192.0.2.1:51820
      PersistentKeepalive = 25
      [Peer]
      PublicKey = %5$s
      END
      """;

  private static void prepare(Machine machine) {
    Identity device = Identity.generate();
    machine
        .sh(DEVICE.formatted(IN_GUEST, device.privateKey(), KEY, Identity.presharedKey(), OTHER))
        .check();
    FILES.forEach((name, text) -> machine.write(IN_GUEST + "/" + name, text));
    machine.write(IN_GUEST + "/section", "[Interface]\n[Peer]\nPublicKey = " + KEY + "\n");
  }

  /** Runs rows in the guest, and asserts after each that the devices are what they were. */
  private static List<Ending> inGuest(Machine machine, String program, List<String> rows) {
    StringBuilder script = new StringBuilder("cd " + IN_GUEST + "\n");
    script.append("before=$(" + DUMP + ")\n");
    script.append("export WG_ENDPOINT_RESOLUTION_RETRIES=0\n");
    script.append("PATH=" + IN_GUEST + "/bin:$PATH\nmkdir -p bin\n");
    if (!program.equals("wg")) {
      script.append("ln -sf " + program + " bin/wg\n");
    } else {
      script.append("rm -f bin/wg\n");
    }
    for (int row = 0; row < rows.size(); row++) {
      script
          .append("( wg " + rows.get(row) + " ) >" + row + ".out 2>" + row + ".err\n")
          .append("echo $? >" + row + ".code\n")
          .append("after=$(" + DUMP + ")\n")
          .append("[ \"$after\" = \"$before\" ] || { echo \"row " + row)
          .append(" left: $after\" >&2; exit 9; }\n");
    }
    machine
        .run(Command.sh(script.toString()).within(TwoNamespaces.PATIENCE.multipliedBy(3)))
        .check();
    // In one process: each costs a slow machine a tenth of a second or more.
    String files =
        IntStream.range(0, rows.size())
            .mapToObj(row -> row + ".code sep " + row + ".out sep " + row + ".err sep")
            .collect(Collectors.joining(" "));
    List<String> parts =
        List.of(
            machine
                .sh(
                    "cd %s && printf '\\001' >sep && cat %s && rm *.code *.out *.err sep"
                        .formatted(IN_GUEST, files))
                .check()
                .stdout()
                .split("\001", -1));
    List<Ending> endings = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      endings.add(
          new Ending(
              Integer.parseInt(parts.get(3 * row).strip()),
              parts.get(3 * row + 1),
              parts.get(3 * row + 2)));
    }
    return endings;
  }

  /** Runs rows with wgj on this host, where none of them may reach a kernel. */
  private static List<Ending> onHost(Path directory, String name, List<String> rows)
      throws IOException, InterruptedException {
    for (Map.Entry<String, String> file : FILES.entrySet()) {
      Files.writeString(directory.resolve(file.getKey()), file.getValue());
    }
    Path link = directory.resolve(name);
    Files.createSymbolicLink(link, launcher());
    List<Ending> endings = new ArrayList<>();
    Path out = directory.resolve("stdout.txt");
    Path err = directory.resolve("stderr.txt");
    for (String row : rows) {
      ProcessBuilder builder = new ProcessBuilder("sh", "-c", link + " " + row);
      builder.directory(directory.toFile());
      builder.environment().put("WG_ENDPOINT_RESOLUTION_RETRIES", "0");
      builder.environment().put("LC_ALL", "C.UTF-8");
      builder.redirectInput(Path.of("/dev/null").toFile());
      builder.redirectOutput(out.toFile());
      builder.redirectError(err.toFile());
      Process process = builder.start();
      if (!process.waitFor(5, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError("does not end: wgj " + row);
      }
      endings.add(new Ending(process.exitValue(), Files.readString(out), Files.readString(err)));
    }
    Files.delete(link);
    return endings;
  }

  private static Path launcher() {
    String home = System.getProperty("wg4j.home");
    Path at = Path.of(home == null ? "" : home).toAbsolutePath();
    while (!Files.exists(at.resolve(LAUNCHER))) {
      at = at.getParent();
      assertThat(at).as("a directory with " + LAUNCHER + " above this one").isNotNull();
    }
    return at.resolve(LAUNCHER);
  }

  /** Newer stock names the signs of allowed IPs in its usage; ours is that of Debian 12's. */
  private static Ending ofDebian12(Ending stock) {
    return new Ending(stock.exitCode(), stock.stdout(), stock.stderr().replace(SIGNS, ""));
  }

  private static void assertSame(List<String> rows, List<Ending> stock, List<Ending> wgj) {
    SoftAssertions.assertSoftly(
        softly -> {
          for (int row = 0; row < rows.size(); row++) {
            softly
                .assertThat(wgj.get(row))
                .as("wg " + rows.get(row))
                .isEqualTo(ofDebian12(stock.get(row)));
          }
        });
  }

  @Test
  void whatCannotBeReadIsRefusedInTheSameWords(@Guest("ours") Machine ours, @TempDir Path directory)
      throws Exception {
    prepare(ours);
    List<String> rows = unreadable();
    List<Ending> stock = inGuest(ours, "wg", rows);
    assertThat(stock).allMatch(ending -> ending.exitCode() == 1, "stock refuses every row");
    assertSame(rows, stock, onHost(directory, "wg", rows));
  }

  @Test
  void whatTheKernelRefusesIsReportedInTheSameWords(@Guest("ours") Machine ours) {
    prepare(ours);
    List<Ending> stock = inGuest(ours, "wg", REFUSED);
    assertThat(stock).allMatch(ending -> ending.exitCode() == 1, "stock refuses every row");
    List<String> rows = new ArrayList<>(REFUSED);
    rows.addAll(TOO_LONG.keySet());
    List<Ending> wgj = inGuest(ours, QuickBench.WGJ, rows);
    assertSame(REFUSED, stock, wgj.subList(0, REFUSED.size()));
    assertThat(wgj.subList(REFUSED.size(), rows.size()))
        .isEqualTo(TOO_LONG.values().stream().map(words -> new Ending(1, "", words)).toList());
  }

  /** What is not the same, and why. */
  @Test
  void differencesOnPurpose(@TempDir Path directory) throws Exception {
    Files.createDirectory(directory.resolve("directory"));
    Map<String, String> rows = new LinkedHashMap<>();
    // Stock takes the port modulo 65536 and listens where nobody expects it.
    rows.put("set wg0 listen-port 70000", "Servname not supported for ai_socktype: `70000'\n");
    rows.put(
        PEER + "endpoint 192.0.2.1:70000",
        "Servname not supported for ai_socktype: `192.0.2.1:70000'\n");
    // Stock prints what may be a secret with one typing mistake.
    for (String file : List.of("bits", "alphabet")) {
      rows.put(
          "set wg0 private-key " + file, "Key is not the correct length or format: `(hidden)'\n");
      rows.put(
          PEER + "preshared-key " + file, "Key is not the correct length or format: `(hidden)'\n");
    }
    // Stock reads a directory as an empty file: no peers, no key.
    rows.put("setconf wg0 directory", "fopen: Is a directory\n");
    rows.put("set wg0 private-key directory", "fopen: Is a directory\n");
    List<String> words = List.copyOf(rows.keySet());
    List<Ending> endings = onHost(directory, "wg", words);
    SoftAssertions.assertSoftly(
        softly -> {
          for (int row = 0; row < words.size(); row++) {
            softly
                .assertThat(endings.get(row))
                .as("wg " + words.get(row))
                .isEqualTo(new Ending(1, "", rows.get(words.get(row))));
          }
        });
  }

  /** New commands are in its list; the rest of it is the same. */
  @Test
  void unknownCommandsGetTheSameListAndOurOwn(@Guest("ours") Machine ours, @TempDir Path directory)
      throws Exception {
    prepare(ours);
    List<String> rows = List.of("frobnicate", "SHOW", "set-conf wg0");
    List<Ending> stock = inGuest(ours, "wg", rows);
    List<Ending> wgj = onHost(directory, "wg", rows);
    for (int row = 0; row < rows.size(); row++) {
      assertThat(wgj.get(row).exitCode()).isEqualTo(1).isEqualTo(stock.get(row).exitCode());
      assertThat(wgj.get(row).stdout()).isEmpty();
      assertThat(wgj.get(row).stderr().lines().filter(BadInputTest::isNotOurs).toList())
          .isEqualTo(stock.get(row).stderr().lines().toList());
    }
  }

  private static boolean isNotOurs(String line) {
    return !line.matches(" {2}(up|down|save|strip|check|new-peer|qr|resolve|diff|apply): .*");
  }

  /** Configuration files and secrets that everybody may read get a warning, and work. */
  @Test
  void warnsOfWhatEverybodyMayRead(@Guest("ours") Machine ours, @TempDir Path directory)
      throws Exception {
    prepare(ours);
    String text = "[Interface]\nAddress = 10.0.0.1/24\nListenPort = 7\nMTU = 1300\n";
    String warning = "Warning: `%s/tun0.conf' is world accessible\n";
    ours.write(IN_GUEST + "/tun0.conf", text);
    Ending stock = strip(ours);
    assertThat(stock.stderr()).isEqualTo(warning.formatted(IN_GUEST));

    Files.writeString(directory.resolve("tun0.conf"), text);
    Files.setPosixFilePermissions(
        directory.resolve("tun0.conf"), PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<Ending> wgj =
        onHost(
            directory,
            "wg-quick",
            List.of(
                "strip " + directory + "/tun0.conf", "genkey", "strip ./sixteencharacters.conf"));
    assertThat(wgj.get(0))
        .isEqualTo(new Ending(0, stock.stdout(), warning.formatted(directory.toRealPath())));
    assertThat(wgj.get(1).stdout()).hasSize(45);
    assertThat(wgj.get(1).stderr())
        .isEqualTo(
            "Warning: writing to world accessible file.\n"
                + "Consider setting the umask to 077 and trying again.\n");
    assertThat(wgj.get(2))
        .isEqualTo(new Ending(1, "", "wg-quick: `./sixteencharacters.conf' does not exist\n"));
  }

  private static Ending strip(Machine machine) {
    var result = machine.run("wg-quick", "strip", IN_GUEST + "/tun0.conf").check();
    return new Ending(result.exitCode(), result.stdout(), result.stderr());
  }
}
