// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.netlink4j.Errno;
import org.wg4j.AllowedIp;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.Endpoint;
import org.wg4j.Peer;
import org.wg4j.PeerConfig;
import org.wg4j.PlanStep;
import org.wg4j.PresharedKey;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;

/** diff and apply. */
class ApplyCommandsTest {

  private static final String KEY = "mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=";
  private static final String P1 = "aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=";
  private static final String P2 = "7EJN2xusLNYm62wGiYUkZ+lx8V573EqqYG3ppIzTI2M=";
  private static final String SAME =
      """
      [Interface]
      Address = 10.0.0.1/24
      PrivateKey = %s
      PostUp = echo up
      [Peer]
      PublicKey = %s
      AllowedIPs = 10.0.0.2/32
      Endpoint = 192.0.2.1:5
      """
          .formatted(KEY, P1);
  private static final String OTHER =
      SAME.replace("192.0.2.1:5", "192.0.2.2:5")
          + "[Peer]\nPublicKey = "
          + P2
          + "\nAllowedIPs = 10.0.0.3/32\nPresharedKey = "
          + KEY
          + "\n";
  private static final List<String> STEPS =
      List.of(
          "peer " + P1 + ": set the endpoint to 192.0.2.2:5 (was 192.0.2.1:5)",
          "add peer " + P2 + ", preshared key (hidden)",
          "peer " + P2 + ": add allowed IPs 10.0.0.3/32");

  private final Cli cli = new Cli();
  @TempDir Path directory;

  @BeforeEach
  void setUp() {
    cli.program = "wgj";
    cli.environment.put("WG_ENDPOINT_RESOLUTION_RETRIES", "0");
    PrivateKey key = PrivateKey.parse(KEY);
    cli.devices.all.put(
        "wg0",
        new Device(
            "wg0",
            1,
            Optional.of(key),
            Optional.of(key.publicKey()),
            51820,
            0,
            List.of(
                new Peer(
                    PublicKey.parse(P1),
                    Optional.empty(),
                    Optional.of(Endpoint.parse("192.0.2.1:5")),
                    List.of(AllowedIp.parse("10.0.0.2/32")),
                    Optional.of(Instant.EPOCH),
                    1,
                    2,
                    0,
                    1))));
  }

  private String file(String content) throws IOException {
    return Files.writeString(directory.resolve("wg0.conf"), content).toString();
  }

  private static String lines(List<String> lines) {
    return String.join("\n", lines) + "\n";
  }

  @Test
  void diffSaysByItsExitCodeWhetherSomethingDiffers() throws IOException {
    assertThat(cli.run("diff", "wg0", file(SAME))).isEqualTo(new Cli.Result(0, "", ""));
    assertThat(cli.run("diff", "wg0", file(OTHER))).isEqualTo(new Cli.Result(1, lines(STEPS), ""));
    assertThat(cli.runWith(OTHER, "diff", "wg0", "-"))
        .isEqualTo(new Cli.Result(1, lines(STEPS), ""));
    assertThat(cli.devices.changes).isEmpty();
  }

  @Test
  void applyDoesWhatDiffShows() throws IOException {
    assertThat(cli.run("apply", "--dry-run", "wg0", file(OTHER)))
        .isEqualTo(new Cli.Result(0, lines(STEPS), ""));
    assertThat(cli.devices.changes).isEmpty();

    assertThat(cli.run("apply", "wg0", file(OTHER))).isEqualTo(new Cli.Result(0, "", ""));
    assertThat(cli.devices.changes).hasSize(1);
    DeviceConfig change = cli.devices.changes.get(0);
    assertThat(change.privateKey().isKeep()).isTrue();
    assertThat(change.listenPort().isKeep()).isTrue();
    assertThat(change.replacePeers()).isFalse();
    assertThat(change.peers())
        .extracting(peer -> peer.publicKey().toBase64())
        .containsExactly(P1, P2);
    PeerConfig staying = change.peers().get(0);
    assertThat(staying.updateOnly()).isTrue();
    assertThat(staying.replaceAllowedIps()).isFalse();
    assertThat(staying.endpoint().value()).hasToString("Optional[192.0.2.2:5]");
    assertThat(change.peers().get(1).allowedIps()).hasSize(1);
    // Wiped when the command was done.
    assertThat(change.peers().get(1).presharedKey().value().orElseThrow().isDestroyed()).isTrue();
  }

  @Test
  void nothingToDoIsNoChange() throws IOException {
    for (String mode : new String[] {"sync", "add"}) {
      assertThat(cli.run("apply", "--mode=" + mode, "wg0", file(SAME)))
          .isEqualTo(new Cli.Result(0, "", ""));
    }
    assertThat(cli.devices.changes).isEmpty();
  }

  @Test
  void modes() throws IOException {
    String only2 = "[Peer]\nPublicKey = " + P2 + "\n";
    assertThat(cli.run("apply", "--dry-run", "--mode=sync", "wg0", file(only2)).out())
        .isEqualTo("remove the private key\nadd peer " + P2 + "\nremove peer " + P1 + "\n");
    assertThat(cli.run("apply", "--dry-run", "--mode=add", "wg0", file(only2)).out())
        .isEqualTo("add peer " + P2 + "\n");
    assertThat(cli.run("apply", "--mode=replace", "--dry-run", "--", "wg0", file(only2)).out())
        .isEqualTo("remove the private key\nremove all peers (1)\nadd peer " + P2 + "\n");
    assertThat(cli.run("apply", "wg0", "--mode=add", file(only2), "--dry-run").out())
        .isEqualTo("add peer " + P2 + "\n");
    assertThat(cli.run("apply", "--", "wg0", file(only2), "--dry-run").err())
        .startsWith(
            "Usage: wgj apply <interface> { <file> | - } [--dry-run] [--mode <mode>] [--json]\n");
    assertThat(cli.devices.changes).isEmpty();
    assertThat(cli.run("apply", "--mode=replace", "wg0", file(only2)).code()).isZero();
    assertThat(cli.devices.changes.get(0).replacePeers()).isTrue();
  }

  /** {@code up} chooses a mark that is in no file, and the tunnel does not work without. */
  @Test
  void theMarkOfDefaultRoutesStays() throws IOException {
    Device device = cli.devices.all.get("wg0");
    cli.devices.all.put(
        "wg0",
        new Device(
            "wg0", 1, device.privateKey(), device.publicKey(), 51820, 51820, device.peers()));
    String lost = "set the fwmark to off (was 0xca6c)\n";
    String here = SAME.replace("10.0.0.2/32", "10.0.0.2/32, ::/0");
    String route = "peer " + P1 + ": add allowed IPs ::/0\n";
    assertThat(cli.run("diff", "wg0", file(here)).out()).isEqualTo(route);
    assertThat(cli.run("apply", "--mode=replace", "--dry-run", "wg0", file(here)).out())
        .doesNotContain("fwmark");
    assertThat(cli.run("diff", "wg0", file(SAME)).out()).isEqualTo(lost);
    String off = here.replace("Address =", "Table = off\nAddress =");
    assertThat(cli.run("diff", "wg0", file(off)).out()).isEqualTo(lost + route);
    String zero = here.replace("Address =", "FwMark = off\nAddress =");
    assertThat(cli.run("diff", "wg0", file(zero)).out()).isEqualTo(lost + route);
  }

  /** As wg-quick(8) recommends it for keys that are not to be in the file. */
  @Test
  void theKeyThatAHookSetsStays() throws IOException {
    String without = SAME.replace("PrivateKey = " + KEY + "\n", "");
    assertThat(cli.run("diff", "wg0", file(without)).out()).isEqualTo("remove the private key\n");
    String hook = without.replace("echo up", "wg set %i private-key <(pass %i)");
    assertThat(cli.run("diff", "wg0", file(hook))).isEqualTo(new Cli.Result(0, "", ""));
  }

  @Test
  void peersAreCalledByTheirNames() throws IOException {
    cli.host.configDirectory = directory;
    file(SAME.replace("[Peer]", "[Peer] # Name = home"));
    String other =
        "[Interface]\nPrivateKey = "
            + KEY
            + "\n[Peer] # Name = new\nAllowedIPs = 10.0.0.2/32\nPublicKey = "
            + P2
            + "\n";
    assertThat(cli.runWith(other, "diff", "wg0", "-").out())
        .isEqualTo(
            "add peer new (%2$s)\npeer new (%2$s): add allowed IPs 10.0.0.2/32 (from peer home (%1$s))\nremove peer home (%1$s)\n"
                .formatted(P1, P2));
  }

  @Test
  void json() throws IOException {
    cli.host.configDirectory = directory;
    String path =
        file(OTHER.replace("[Peer]\nPublicKey = " + P2, "[Peer] # Name = new\nPublicKey = " + P2));
    String steps =
        """
        [{"step":"set-endpoint","peer":"%1$s","endpoint":"192.0.2.2:5","was":"192.0.2.1:5"},\
        {"step":"add-peer","peer":"%2$s","name":"new","withPresharedKey":true},\
        {"step":"add-allowed-ips","peer":"%2$s","name":"new","allowedIps":["10.0.0.3/32"]}]\
        """
            .formatted(P1, P2);
    assertThat(cli.run("diff", "--json", "wg0", path))
        .isEqualTo(new Cli.Result(1, "{\"wg0\":{\"steps\":" + steps + "}}\n", ""));
    assertThat(cli.run("apply", "--json", "--dry-run", "wg0", path))
        .isEqualTo(
            new Cli.Result(0, "{\"wg0\":{\"applied\":false,\"steps\":" + steps + "}}\n", ""));
    assertThat(cli.devices.changes).isEmpty();
    assertThat(cli.run("apply", "--json", "wg0", path))
        .isEqualTo(new Cli.Result(0, "{\"wg0\":{\"applied\":true,\"steps\":" + steps + "}}\n", ""));
    assertThat(cli.devices.changes).hasSize(1);
    assertThat(cli.run("diff", "--json", "wg0", file(SAME)).out())
        .isEqualTo("{\"wg0\":{\"steps\":[]}}\n");
    cli.devices.refusal = Errno.EPERM;
    assertThat(cli.run("apply", "--json", "wg0", file(OTHER)).out()).isEmpty();
  }

  /** Each kind of step has a name of its own, and no secret is in any. */
  @Test
  void eachStepIsInTheJson() {
    PublicKey one = PublicKey.parse(P1);
    PublicKey two = PublicKey.parse(P2);
    AllowedIp prefix = AllowedIp.parse("10.0.0.0/8");
    PresharedKey secret = PresharedKey.parse(KEY);
    Map<PlanStep, String> all = new LinkedHashMap<>();
    all.put(new PlanStep.SetPrivateKey(Optional.of(PrivateKey.parse(KEY))), "'set-private-key'");
    all.put(new PlanStep.SetPrivateKey(Optional.empty()), "'remove-private-key'");
    all.put(new PlanStep.SetListenPort(1, 2), "'set-listen-port','listenPort':2,'was':1");
    all.put(new PlanStep.SetFwmark(0, -1), "'set-fwmark','fwmark':4294967295,'was':0");
    all.put(new PlanStep.RemoveAllPeers(3), "'remove-all-peers','count':3");
    Endpoint endpoint = Endpoint.parse("[fe80::1%1]:5");
    all.put(
        new PlanStep.AddPeer(one, Optional.empty(), Optional.of(endpoint), 25),
        "'add-peer','peer':'1','endpoint':'[fe80::1%lo]:5','persistentKeepalive':25");
    all.put(new PlanStep.RemovePeer(one), "'remove-peer','peer':'1'");
    all.put(
        new PlanStep.SetPresharedKey(one, Optional.of(secret)), "'set-preshared-key','peer':'1'");
    all.put(
        new PlanStep.SetPresharedKey(one, Optional.empty()), "'remove-preshared-key','peer':'1'");
    all.put(
        new PlanStep.SetEndpoint(one, Optional.empty(), endpoint),
        "'set-endpoint','peer':'1','endpoint':'[fe80::1%lo]:5'");
    all.put(
        new PlanStep.SetPersistentKeepalive(one, 5, 0),
        "'set-persistent-keepalive','peer':'1','persistentKeepalive':0,'was':5");
    all.put(
        new PlanStep.AddAllowedIps(one, List.of(prefix), Map.of(prefix, two)),
        "'add-allowed-ips','peer':'1','allowedIps':['10.0.0.0/8'],'takenFrom':{'10.0.0.0/8':'2'}");
    all.put(
        new PlanStep.RemoveAllowedIps(one, List.of(prefix)),
        "'remove-allowed-ips','peer':'1','allowedIps':['10.0.0.0/8']");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Session session = cli.session("", out, new ByteArrayOutputStream())) {
      Json json = new Json(session.out());
      new PlanJson(session, json, PeerNames.NONE).write(List.copyOf(all.keySet()));
      json.endDocument();
    }
    String expected =
        all.values().stream().collect(Collectors.joining("},{'step':", "[{'step':", "}]\n"));
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            expected
                .replace("'1'", "'" + P1 + "'")
                .replace("'2'", "'" + P2 + "'")
                .replace('\'', '"'));
    Stream<Class<?>> kinds =
        Stream.of(PlanStep.class.getPermittedSubclasses())
            .flatMap(
                type ->
                    type.isInterface()
                        ? Stream.of(type.getPermittedSubclasses())
                        : Stream.of(type));
    assertThat(all.keySet().stream().map(Object::getClass)).containsAll(kinds.toList());
  }

  @Test
  void warnsOfHostBits() throws IOException {
    String path = file(SAME.replace("10.0.0.2/32", "10.0.0.2/32, 10.1.2.3/16"));
    assertThat(cli.run("diff", "wg0", path).err())
        .isEqualTo(path + ":7: warning: 10.1.2.3/16 has host bits; dropped\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "AllowedIPs = 10.0.0.0/8, 10.0.0.0/33 | 2:26: AllowedIPs: not a prefix: `10.0.0.0/33';"
            + " expected ADDRESS/LENGTH, the length up to 32 for IPv4 and up to 128 for IPv6",
        "PublicKey=x | 2:11: PublicKey: not a key: `x'; expected 44 characters of base64, the last"
            + " of them =",
        "Foo = 1 | 2:1: line not recognized: `Foo=...'; expected [Interface], [Peer], or KEY = VALUE"
            + " with a key of its section",
      })
  void errorsSayWhereAndWhatWasExpected(String line, String expected) throws IOException {
    String path = file("[Peer]\n" + line + "\n");
    for (String command : new String[] {"diff", "apply"}) {
      assertThat(cli.run(command, "wg0", path))
          .isEqualTo(
              new Cli.Result(
                  command.equals("diff") ? 2 : 1, "", "wgj: " + path + ":" + expected + "\n"));
    }
  }

  @Test
  void trouble() throws IOException {
    String usage = "Usage: wgj diff <interface> { <file> | - } [--json]\n";
    for (String[] words : new String[][] {{"diff"}, {"diff", "wg0"}, {"diff", "a", "b", "c"}}) {
      assertThat(cli.run(words)).isEqualTo(new Cli.Result(2, "", usage));
    }
    assertThat(cli.run("diff", "--dry-run", "wg0", "-"))
        .isEqualTo(
            new Cli.Result(2, "", "wgj diff: unknown option `--dry-run'\nTry `wgj help diff'.\n"));
    assertThat(cli.run("apply", "--mode=merge", "wg0", "-"))
        .isEqualTo(new Cli.Result(1, "", "wgj: the mode is sync, add or replace, not `merge'\n"));
    assertThat(cli.run("apply", "wg0").code()).isEqualTo(1);
    assertThat(cli.run("diff", "wg0", "/nonexistent"))
        .isEqualTo(
            new Cli.Result(2, "", "wgj: cannot read /nonexistent: No such file or directory\n"));
    Cli.Result noDevice = cli.run("diff", "wg9", file(SAME));
    assertThat(noDevice.code()).isEqualTo(2);
    assertThat(noDevice.err()).startsWith("wgj: cannot read interface wg9: No such device\nHint: ");
    cli.devices.refusal = Errno.EPERM;
    Cli.Result forbidden = cli.run("apply", "wg0", file(OTHER));
    assertThat(forbidden.code()).isEqualTo(1);
    assertThat(forbidden.err())
        .startsWith("wgj: cannot change interface wg0: Operation not permitted\nHint: ");
    String lost = file(SAME.replace("192.0.2.1:5", ":5"));
    assertThat(cli.run("diff", "wg0", lost).code()).isEqualTo(2);
    assertThat(cli.run("diff", "wg0", lost).err())
        .startsWith("wgj: " + lost + ":8:12: Endpoint: endpoint not known: `:5'")
        .endsWith(" (Name or service not known)\n");
  }

  @Test
  void help() {
    for (String command : new String[] {"diff", "apply"}) {
      for (String[] words : new String[][] {{"help", command}, {command, "--help"}}) {
        Cli.Result help = cli.run(words);
        assertThat(help.code()).isZero();
        assertThat(help.out()).startsWith("Usage: wgj " + command).contains("  wgj " + command);
      }
    }
  }
}
