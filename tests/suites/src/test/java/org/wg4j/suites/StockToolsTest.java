// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.wg4j.cli.ManyCommands;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.WireGuardModule;
import org.wg4j.suites.GuestJava.Call;
import org.wg4j.suites.GuestJava.Outcome;

/**
 * Two tools and two modules: stock wg and our wgj must say the same, byte for byte, whichever
 * module they talk to, and leave it in the same state.
 */
@Lab
class StockToolsTest {
  private static final String PRIVATE = "aNOzZ1JRKUhLAgHrgGqvFXRZRvCKZWMc0jGBS9ZRp2I=";
  private static final String PSK = "FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE=";
  private static final String PEER_1 = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
  private static final String PEER_2 = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";
  private static final String PEER_3 = "gN65BkIKy1eCE9pP1wdc8ROUtkHLF2PfAqYdyYBz6EA=";

  /** What a device is made to be, one after the other; DEV stands for its name. */
  private static List<Call> changes() {
    List<Call> calls = new ArrayList<>();
    calls.add(set("listen-port 51820 fwmark 0x1234 private-key @").with(PRIVATE));
    calls.add(
        set("peer "
                + PEER_1
                + " preshared-key @ endpoint 192.0.2.1:51820"
                + " persistent-keepalive 25 allowed-ips 10.0.0.0/8,fd00::/8,10.1.2.3/16")
            .with(PSK));
    calls.add(
        set("peer " + PEER_2 + " endpoint [2001:db8::1]:65535 allowed-ips 10.0.0.0/8,1.2.3.4"));
    calls.add(set("peer " + PEER_3 + " persistent-keepalive 65535"));
    calls.add(set("peer " + PEER_1 + " preshared-key /dev/null persistent-keepalive off"));
    calls.add(set("peer " + PEER_2 + " allowed-ips ''"));
    calls.add(set("fwmark off listen-port 0"));
    calls.add(set("peer " + PEER_3 + " remove peer " + PEER_2 + " allowed-ips ::/0"));
    calls.add(
        file(
            "setconf",
            interfaceSection()
                + peer(PEER_3, "192.168.0.0/24, fd01::/64")
                + peer(PEER_1, "10.2.0.0/16")));
    calls.add(file("addconf", peer(PEER_2, "10.3.0.0/16") + "Endpoint = 198.51.100.7:1\n"));
    calls.add(file("addconf", "[Peer]\nPublicKey = " + PEER_3 + "\n"));
    calls.add(
        file(
            "syncconf",
            interfaceSection()
                + peer(PEER_2, "10.3.0.0/16, 10.4.0.0/16")
                + peer(PEER_1, "10.5.0.0/16")));
    calls.add(file("setconf", ""));
    calls.add(
        file(
            "setconf",
            interfaceSection()
                + peer(PEER_1, "0.0.0.0/0, ::/0")
                + "PresharedKey="
                + PSK
                + "\n"
                + peer(PEER_2, "10.0.0.0/8")
                + "Endpoint = 198.51.100.7:1\n"));
    return calls;
  }

  private static Call set(String words) {
    return Call.words("wg set DEV " + words);
  }

  private static Call file(String command, String content) {
    return Call.words("wg " + command + " DEV @").with(content);
  }

  private static String interfaceSection() {
    return "[Interface]\nPrivateKey = " + PRIVATE + " # ours\nListenPort=1234\nfwmark = 0x20\n";
  }

  private static String peer(String key, String allowedIps) {
    return "[Peer]\nPublicKey = " + key + "\nAllowedIPs = " + allowedIps + "\n";
  }

  private static Call at(String device, String program, Call call) {
    List<String> argv = new ArrayList<>(call.argv());
    argv.set(0, program);
    argv.replaceAll(word -> word.equals("DEV") ? device : word);
    return new Call(argv, call.input());
  }

  private static Stream<Call> showEverything(String program) {
    return Stream.of(
            Stream.of("", "show", "show interfaces", "show all", "show wg0", "showconf wg0"),
            ManyCommands.showFields().stream().map(form -> "show wg0 " + form),
            ManyCommands.showFields().stream()
                .filter(form -> !form.equals("endpoints"))
                .map(form -> "show all " + form))
        .flatMap(lines -> lines)
        .map(line -> Call.words((program + " " + line).strip()));
  }

  /** The wg of the distribution drives our module to where it drives the kernel's own. */
  @Test
  @Row({"NL-6", "NL-7", "NL-ATTR"})
  void stockWgDrivesOurModuleAsItDrivesTheKernelsOwn(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    List<Call> calls = new ArrayList<>();
    for (Call change : changes()) {
      calls.add(at("wg0", "wg", change));
      calls.add(Call.words("wg show wg0 dump"));
    }
    showEverything("wg").forEach(calls::add);
    assertSame(calls, onDevices(ours, calls), onDevices(stock, calls));
  }

  /** Our wgj, given the same commands, says what wg says and makes of a device what wg makes. */
  @ParameterizedTest
  @EnumSource(
      value = WireGuardModule.class,
      names = {"OURS", "IN_TREE"})
  void wgjDoesWhatWgDoes(
      WireGuardModule module,
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    List<Call> wg = new ArrayList<>();
    List<Call> wgj = new ArrayList<>();
    for (Call change : changes()) {
      wg.add(at("wg0", "wg", change));
      wgj.add(at("wg1", "wgj", change));
      wg.add(Call.words("wg show wg0 dump"));
      wgj.add(Call.words("wg show wg1 dump"));
    }
    showEverything("wg").forEach(wg::add);
    showEverything("wgj").forEach(wgj::add);
    // Both devices change in step, so that what is shown of one is there at the same time.
    List<Call> inTurns = new ArrayList<>();
    for (int i = 0; i < wgj.size(); i++) {
      inTurns.add(wgj.get(i));
      inTurns.add(wg.get(i));
    }
    List<Outcome> outcomes = onDevices(module == WireGuardModule.OURS ? ours : stock, inTurns);
    List<Outcome> fromWgj = new ArrayList<>();
    List<Outcome> fromWg = new ArrayList<>();
    for (int i = 0; i < outcomes.size(); i += 2) {
      fromWgj.add(outcomes.get(i));
      fromWg.add(outcomes.get(i + 1));
    }
    assertSame(wgj, fromWgj, fromWg);
  }

  /** Runs the calls on a machine that has wg0 and wg1, both new. */
  private static List<Outcome> onDevices(Machine machine, List<Call> calls) {
    machine.sh("ip link add wg0 type wireguard && ip link add wg1 type wireguard").check();
    try {
      return GuestJava.run(machine, calls);
    } finally {
      machine.sh("ip link delete wg0; ip link delete wg1").check();
    }
  }

  private static void assertSame(List<Call> calls, List<Outcome> actual, List<Outcome> expected) {
    List<String> different = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      if (!actual.get(i).equals(expected.get(i))) {
        different.add(
            String.join(" ", calls.get(i).argv())
                + "\n  wanted "
                + expected.get(i)
                + "\n  got    "
                + actual.get(i));
      }
    }
    assertThat(different).isEmpty();
    assertThat(actual).anyMatch(outcome -> outcome.out().contains(PEER_1));
    assertThat(actual).allMatch(outcome -> outcome.code() == 0);
  }
}
