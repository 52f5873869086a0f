// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.WireGuardModule;

/**
 * One script on two machines, one with our module and one with the kernel's own: what they print
 * must be the same. {@code netlink.pl} speaks raw Generic Netlink, {@code link.sh} uses iproute2,
 * ethtool and stock wg; both are made of parts. Where we differ on purpose, the test says in what.
 */
@Lab
class SideBySideTest {
  /** The scripts bound their waits themselves; this is for a guest that hangs. */
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private static final String NETLINK = "perl netlink.pl ";
  private static final String LINK = "sh link.sh ";

  private static List<String> facts(Machine machine, String command) {
    machine.sh("mkdir -p /tmp/side").check();
    for (String script : List.of("netlink.pl", "link.sh")) {
      machine.write("/tmp/side/" + script, ConformanceTable.resource(script));
    }
    List<String> facts =
        machine
            .run(Command.sh("cd /tmp/side && " + command).within(LIMIT))
            .check()
            .stdout()
            .lines()
            .toList();
    assertThat(facts).noneMatch(line -> line.startsWith("FAILED"));
    assertThat(facts).as("a headline for each part, and facts below").hasSizeGreaterThan(1);
    return facts;
  }

  /** What both print; they run at the same time. */
  private static List<String> same(Machine ours, Machine stock, String command) {
    return same(ours, stock, command, List.of(), List.of());
  }

  /** Two lists of lines: those that only ours prints, and those that only the other one does. */
  private static List<String> same(
      Machine ours, Machine stock, String command, List<String> onlyOurs, List<String> onlyStock) {
    CompletableFuture<List<String>> other =
        CompletableFuture.supplyAsync(() -> facts(stock, command));
    List<String> facts;
    try {
      facts = facts(ours, command);
    } finally {
      other.handle((result, failure) -> result).join();
    }
    List<String> common = facts.stream().filter(line -> !onlyOurs.contains(line)).toList();
    assertThat(common)
        .isEqualTo(other.join().stream().filter(line -> !onlyStock.contains(line)).toList());
    assertThat(facts).containsAll(onlyOurs);
    assertThat(other.join()).containsAll(onlyStock);
    return facts;
  }

  @Test
  @Row(
      value = "NL-1",
      what = "one message of everything, with a port that is taken; each part seen by a later one",
      better = "a port that is taken leaves the mark as it was, too")
  @Row(
      value = {"NL-2", "NL-6", "NL-7"},
      what = "one peer with everything at once, listed backwards; prefixes given again and moved")
  @Row(value = "NL-11", what = "a refusal brings its request back: the keys in it are zeros")
  void oneMessageTakesEffectInTheSameOrder(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    String taken = "taken port: Address already in use (none) (none) 45600 %s";
    String peer = " | AAAAAVpa (none) (none) (none) 0 0 0 off";
    assertThat(
            same(
                ours,
                stock,
                NETLINK + "orders",
                List.of(taken.formatted("off") + peer),
                List.of(taken.formatted("0x5") + peer)))
        .contains(
            "private key in the refused request: wiped",
            "pre-shared key in the refused request: wiped",
            "added, removed: done (none) (none) 0 off | AAAAAlpa (none) (none) (none) 0 0 0 off");
  }

  @Test
  @Row(
      value = "NL-NEW",
      better = "on every kernel, not from 6.16 on",
      what = "one of three, one not there, another peer's, with host bits, an unknown flag")
  void oneAllowedIpIsRemoved(@Guest("ours") Machine ours) {
    String others = "AAAAAlpa (none) (none) 11.0.0.0/8 0 0 0 off";
    String two = "AAAAAVpa (none) (none) 10.0.0.0/8,fd00::/8 0 0 0 off | " + others;
    String three = "AAAAAVpa (none) (none) 10.0.0.0/8,fd00::/8,12.0.0.0/8 0 0 0 off | " + others;
    assertThat(facts(ours, NETLINK + "removals"))
        .containsExactly(
            "# removals",
            "one of three: done (none) (none) 0 off | " + two,
            "again: done (none) (none) 0 off | " + two,
            "of another peer: done (none) (none) 0 off | " + two,
            "flag of none: done (none) (none) 0 off | " + three,
            "host bits: done (none) (none) 0 off | " + two,
            "unknown flag: Invalid argument (none) (none) 0 off | " + two);
  }

  @Test
  @Row(
      value = {"NL-ATTR", "NL-21"},
      what = "types, lengths and order of all attributes of a dump")
  void aDumpHasTheSameAttributesInTheSameOrder(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, NETLINK + "attribute_order"))
        .contains("new: 6:2 7:4 1:4 2:4", "by index: the same");
  }

  @Test
  @Row(
      value = {"NL-20", "NL-21", "NL-22"},
      what = "number and size of messages by the reader's buffer; 500 peers, 6000 prefixes of 3")
  void dumpsComeInTheSameMessages(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, NETLINK + "dumps large_peers"))
        .contains("messages with the device's attributes: 7")
        .filteredOn(line -> line.startsWith("500 peers"))
        .hasSize(4)
        .allMatch(line -> line.contains("done; all peers in order, all prefixes"));
  }

  @Test
  @Row(
      value = {"NL-23", "NL-24"},
      what = "SET, traffic and removal of peers between the first and the second message")
  void dumpsNoticeTheSameChanges(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, NETLINK + "interruptions removed_meanwhile"))
        .contains(
            "after a mark: all peers in order, all prefixes, interrupted done",
            "after traffic: all peers in order, all prefixes, as one, done",
            "removed 1 to 200: interrupted, done");
  }

  @Test
  @Row(
      value = "NL-25",
      what = "a device is deleted in the middle of its dump",
      better = "an idle reader keeps no device from being deleted")
  void aDumpKeepsNoDeviceAlive(@Guest("ours") Machine ours) {
    assertThat(facts(ours, NETLINK + "deleted_meanwhile"))
        .containsExactly("# deleted_meanwhile", "deleted device: done No such device");
  }

  @Test
  @Row(
      value = {"RT-2", "RT-3", "RT-4", "RT-5"},
      what = "all that ip, ethtool and sysfs show of a link, down and up, and what they may change")
  void theLinkLooksTheSame(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, LINK + "attributes bounds"))
        .contains("mtu:1420", "type:65534", "flags:0x90", "operstate:unknown")
        .anyMatch(line -> line.contains("maxmtu 2147483552"))
        .noneMatch(line -> line.contains("link-netns"));
  }

  @Tag("long")
  @Test
  @Row(
      value = "RT-13",
      what = "threaded before and with the first peer; on and off six times under a flood",
      better = "it may be switched before the first peer is there")
  void napiMayBeThreaded(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(
            same(
                ours,
                stock,
                LINK + "threaded",
                List.of("threaded with no peer: 1"),
                List.of("refused with no peer")))
        .contains("traffic goes on");
  }

  @Test
  @Row({"RT-6", "RT-7"})
  @Row(value = "PM-3", what = "send buffers of the sockets")
  void upAndDownDoTheSame(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, LINK + "up_and_down"))
        .contains(
            "up: sockets 0.0.0.0:51821  [::]:51821 v6only ,"
                + " send buffers ,tb2147483647 ,tb2147483647 ",
            "down: all as it was",
            "gone peer: no answer",
            "up again: answered",
            "dropped tx_dropped:3 ");
  }

  @Test
  @Row("RT-11")
  void errorsAreCountedInTheSameCounters(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, LINK + "counters"))
        .contains(
            "not sent: Required key not available",
            "no peer: tx_errors:2 ",
            "not sent: Destination address required",
            "no endpoint: tx_errors:4 ",
            "no IP: tx_errors:5 ",
            "source of nobody: rx_errors:2 rx_frame_errors:2 ",
            "longer than it is: rx_errors:3 rx_frame_errors:2 rx_length_errors:1 ",
            "200 wait: tx_errors:6 tx_dropped:71 ");
  }

  @Tag("long")
  @Test
  @Row(value = "RT-14", what = "a socket learns of no NAPI instance that it could poll")
  void noSocketMayPollForUs(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, LINK + "busy_polling")).contains("NAPI 0");
  }

  @Tag("long")
  @Test
  @Row(
      value = "NL-3",
      what = "the same port, another, any, a taken one of IPv4 or IPv6, up and down; sources after")
  @Row(value = "NL-10", what = "the source address is forgotten when the endpoint is set")
  void portsAndSourcesChangeTheSame(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, LINK + "ports sources"))
        .contains(
            "the same port, sockets: the same",
            "any port: another",
            "any port after down and up: the same",
            "before fwmark 7: 10.0.0.11:40000",
            "after: 10.0.0.1:40000");
  }

  @Test
  @Row(
      value = {"NL-4", "NL-5"},
      what = "clamped, the same, a peer's own, a stranger's, none, the first one")
  void privateKeysChangeTheSame(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, LINK + "keys"))
        .contains(
            "a clamped key: the same",
            "after the same key: 32 bytes",
            "key of a stranger: no answer",
            "no key: (none) (none)",
            "the first key sends what waits");
  }

  @Tag("long")
  @Test
  @Row(value = "NL-8", what = "from none to an interval, to another, to none")
  @Row(value = "NL-9", what = "changed at one end, then at both, while there is a session")
  void keepalivesAndPresharedKeysChangeTheSame(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, LINK + "keepalives preshared_keys"))
        .contains(
            "3000, 4000, off, off: 32 bytes",
            "6, off, 7 seconds: 64 bytes",
            "one side's key: 32 bytes",
            "after both began anew: no answer",
            "with both: answered");
  }

  /** One machine, with one module after the other. */
  @Tag("long")
  @Test
  @Row(value = "RT-6", what = "a kernel booted with ipv6.disable=1")
  void worksWithoutIpv6(@Guest(value = "ipv4", kernelArgs = "ipv6.disable=1") Machine ours) {
    List<String> facts = facts(ours, LINK + "ipv4_only");
    ours.unloadModule("wireguard");
    ours.loadInTreeWireGuard();
    List<String> stock = facts(ours, LINK + "ipv4_only");
    ours.unloadModule("wireguard");
    assertThat(facts)
        .isEqualTo(stock)
        .contains("sockets: 0.0.0.0:51821  ", "ping: answered", "sockets: 0.0.0.0:40000  ");
  }

  @Test
  @Row(
      value = "PM-1",
      what = "suspend as far as frozen processes; the next packet begins a new session")
  void sessionsEndBeforeSleep(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, LINK + "suspended"))
        .containsExactly(
            "# suspended",
            "awake: the session of before",
            "after freeze: a new one",
            "later: the session of before");
  }

  @Tag("long")
  @Test
  @Row(
      value = "PM-1",
      what = "hibernation as far as frozen processes; the next packet begins a new session")
  void sessionsEndBeforeHibernation(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    assertThat(same(ours, stock, LINK + "hibernated"))
        .containsExactly(
            "# hibernated",
            "awake: the session of before",
            "after disk: a new one",
            "later: the session of before");
  }

  /**
   * QEMU changes its generation counter only when a guest comes in by migration or a snapshot is
   * loaded, and a guest whose root it shares by 9p can do neither. So a module calls what the
   * counter's driver calls.
   */
  @Test
  @Row(
      value = "PM-2",
      what = "the kernel's own notice of a fork, called by a module; the next packet begins anew")
  void noSessionIsUsedByTwoCopies(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    for (Machine machine : List.of(ours, stock)) {
      Path module = machine.buildModule(ConformanceTable.root().resolve("kernel/tests/vmfork"));
      machine.sh("mkdir -p /tmp/side").check();
      machine.put(module, "/tmp/side/vmfork.ko");
    }
    assertThat(same(ours, stock, LINK + "forked"))
        .containsExactly(
            "# forked",
            "alone: the session of before",
            "after a fork: a new one",
            "later: the session of before");
  }

  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{43}=|[0-9a-f]{64}");

  @Test
  @Row(
      value = "MOD-1",
      what = "loading says one line; with dynamic debug on, nothing logs anything like a key")
  void loadingSaysSoAndNothingLogsKeys(@Guest("ours") Machine ours) {
    ours.unloadModule("wireguard");
    int before = ours.kernelLog().size();
    ours.loadWireGuard();
    assertThat(ours.kernelLogSince(before))
        .filteredOn(line -> line.contains("wg4j"))
        .hasSize(1)
        .allMatch(line -> line.matches(".*wg4j [0-9.]+ loaded"));
    ours.sh("echo 'module wireguard +p' >/sys/kernel/debug/dynamic_debug/control || true");
    facts(ours, LINK + "counters");
    assertThat(ours.kernelLog()).noneMatch(line -> KEY.matcher(line).find());
  }

  @Test
  @Row(
      value = "RT-1",
      what = "put in the place of the kernel's own it is loaded by link kind and by netlink family")
  void isLoadedByItsAliases(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    String aliases = "modinfo -F alias %s | sort";
    // In the place of the kernel's own, so that its index of aliases leads to ours.
    String installed =
        ours.sh(
                """
                set -e
                place=$(modinfo -n wireguard)
                mount --bind /tmp/wireguard.ko "$place"
                for reason in 'ip link add dev wgt type wireguard' 'wg show wgt'; do
                  rmmod wireguard
                  [ ! -e /sys/module/wireguard ]
                  $reason 2>/dev/null || true
                  cat /sys/module/wireguard/version
                done
                modinfo -F alias "$place" | sort
                umount "$place"
                """)
            .check()
            .stdout();
    assertThat(installed)
        .isEqualTo(
            Stream.of("0.1.0", "0.1.0", stock.sh(aliases.formatted("wireguard")).check().stdout())
                .collect(Collectors.joining("\n")));
    assertThat(installed).contains("rtnl-link-wireguard", "net-pf-16-proto-16-family-wireguard");
  }
}
