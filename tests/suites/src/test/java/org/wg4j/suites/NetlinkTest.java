// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;
import org.wg4j.lab.WireGuardModule;
import org.wg4j.suites.guest.NetlinkErrors;
import org.wg4j.suites.guest.NetlinkRoundTrip;

/**
 * The Generic Netlink family by raw messages from a guest's JVM: what fits, and what is refused.
 */
@Lab
class NetlinkTest {
  private static final String NEW = "port=0 mark=0 key=no peers=";
  private static final String UNKNOWN = "Unknown attribute type";
  private static final String FAILED = "Attribute failed policy validation";
  private static final String OUT_OF_RANGE = "binary attribute size out of range";
  private static final String RESERVED_BIT = "reserved bit set";
  private static final String BAD_LENGTH = "invalid attribute length";
  private static final String PEER_1 = NEW + "01:00:0:[]";

  /** What an attempt of {@link NetlinkErrors} came to. */
  private record Outcome(String error, String text, String state) {
    static Outcome refused(String error) {
      return new Outcome(error, "", NEW);
    }

    static Outcome refused(String error, String text) {
      return new Outcome(error, text, NEW);
    }

    static Outcome ok(String state) {
      return new Outcome("OK", "", state);
    }
  }

  /** Where the kernel's own module and ours agree. */
  private static Map<String, Outcome> agreed() {
    Map<String, Outcome> rows = new LinkedHashMap<>();
    rows.put("get that is no dump", Outcome.refused("EOPNOTSUPP"));
    rows.put("set that is a dump", Outcome.refused("EOPNOTSUPP"));
    rows.put("unknown command", Outcome.refused("EOPNOTSUPP"));
    for (String verb : List.of("get", "set")) {
      rows.put(verb + " without selector", Outcome.refused("EBADR"));
      rows.put(verb + " with both selectors", Outcome.refused("EBADR"));
      rows.put(verb + " of absent name", Outcome.refused("ENODEV"));
      rows.put(verb + " of absent index", Outcome.refused("ENODEV"));
      rows.put(verb + " of another kind", Outcome.refused("EOPNOTSUPP"));
      rows.put(verb + " of name without NUL", Outcome.refused("EINVAL", FAILED));
      rows.put(verb + " of long name", Outcome.refused("EINVAL", FAILED));
    }
    rows.put(
        "trailing bytes", Outcome.refused("EINVAL", "bytes leftover after parsing attributes"));
    rows.put("reserved field and version are not looked at", Outcome.ok(NEW));
    rows.put("unknown device attribute", Outcome.refused("EINVAL", UNKNOWN));
    rows.put("device attribute of type 0", Outcome.refused("EINVAL", UNKNOWN));
    rows.put("private key too short", Outcome.refused("ERANGE", OUT_OF_RANGE));
    rows.put("private key too long", Outcome.refused("ERANGE", OUT_OF_RANGE));
    rows.put("public key too long", Outcome.refused("ERANGE", OUT_OF_RANGE));
    rows.put("port of four bytes", Outcome.refused("EINVAL", BAD_LENGTH));
    rows.put("mark of two bytes", Outcome.refused("EINVAL", BAD_LENGTH));
    rows.put("device flags of eight bytes", Outcome.refused("EINVAL", BAD_LENGTH));
    rows.put("unknown device flag", Outcome.refused("EOPNOTSUPP"));
    rows.put("peers not marked as nested", Outcome.refused("EINVAL", "NLA_F_NESTED is missing"));
    rows.put("peer not marked as nested", Outcome.refused("EINVAL"));
    rows.put("peer without key", Outcome.refused("EINVAL"));
    rows.put("peer key too short", Outcome.refused("ERANGE"));
    rows.put("peer key too long", Outcome.refused("ERANGE"));
    rows.put("pre-shared key too long", Outcome.refused("ERANGE"));
    rows.put("endpoint too short", Outcome.refused("ERANGE"));
    rows.put("keepalive of one byte", Outcome.refused("EINVAL"));
    rows.put("handshake time of eight bytes", Outcome.refused("ERANGE"));
    rows.put("unknown peer flag", Outcome.refused("EOPNOTSUPP"));
    rows.put("unknown peer attribute", Outcome.refused("EINVAL"));
    rows.put("peer attribute of type 0", Outcome.refused("EINVAL"));
    rows.put("protocol version 2", Outcome.refused("EPFNOSUPPORT"));
    rows.put("allowed IP with host bits", Outcome.ok(NEW + "01:00:0:[10.0.0.0/8]"));
    rows.put("removing an absent peer", Outcome.ok(NEW));
    rows.put("updating an absent peer", Outcome.ok(NEW));
    rows.put("peer with the zero key", Outcome.ok(NEW + "00:00:0:[]"));
    rows.put("endpoint of 20 bytes is ignored", Outcome.ok(PEER_1));
    rows.put("endpoint of unknown family is ignored", Outcome.ok(PEER_1));
    rows.put("what only the kernel knows is ignored", Outcome.ok(PEER_1));
    rows.put("public key is ignored", Outcome.ok(NEW));
    rows.put("items of any type", Outcome.ok(PEER_1 + " 02:00:0:[]"));
    rows.put("the last of two equal attributes counts", Outcome.ok("port=0 mark=2 key=no peers="));
    rows.put("peer with the device's own key", Outcome.ok("port=0 mark=0 key=yes peers="));
    rows.put("zero private key", Outcome.ok(NEW));
    rows.put(
        "private key of a known peer removes that peer",
        Outcome.ok("port=0 mark=0 key=yes peers=01:00:0:[]"));
    rows.put(
        "a prefix moves to the peer that got it last",
        Outcome.ok(NEW + "01:00:0:[] 02:00:0:[10.0.0.0/8]"));
    rows.put(
        "port in use, device up", new Outcome("EADDRINUSE", "", "port=45677 mark=0 key=no peers="));
    rows.put("port in use, device down: set", Outcome.ok("port=45678 mark=0 key=no peers="));
    rows.put(
        "port in use, device down: up",
        new Outcome("EADDRINUSE", "", "port=45678 mark=0 key=no peers="));
    return rows;
  }

  /** Rows in which the in-tree module applies what comes before the mistake, and we do not. */
  private static final Map<String, Outcome> IN_TREE_APPLIES_HALF =
      Map.ofEntries(
          Map.entry("allowed IPs not marked as nested", new Outcome("EINVAL", "", NEW)),
          halfApplied("allowed IP without family"),
          halfApplied("allowed IP without address"),
          halfApplied("allowed IP without mask"),
          halfApplied("allowed IPv4 mask too long"),
          halfApplied("allowed IPv6 mask too long"),
          halfApplied("allowed IPv4 of 16 bytes"),
          halfApplied("allowed IPv6 of 4 bytes"),
          Map.entry("allowed IP of 3 bytes", new Outcome("ERANGE", "", PEER_1)),
          halfApplied("allowed IP of unknown family"),
          halfApplied("allowed IP flag to remove"),
          halfApplied("allowed IP flag unknown"),
          Map.entry(
              "good peer, then one with an unknown flag",
              new Outcome("EOPNOTSUPP", "", "port=0 mark=5 key=no peers=01:00:0:[]")),
          Map.entry(
              "good peer, then one without key",
              new Outcome("EINVAL", "", "port=7 mark=0 key=no peers=01:00:0:[]")),
          Map.entry(
              "good prefix, then one with a mask too long",
              new Outcome("EINVAL", "", "port=0 mark=0 key=yes peers=01:00:0:[10.0.0.0/8]")),
          Map.entry("replacing peers by a bad one", new Outcome("EPFNOSUPPORT", "", NEW)));

  /** Rows in which the in-tree module of 7.2 is not as those of 6.1 and 6.12: it checks sooner. */
  private static final Map<String, Outcome> IN_TREE_SINCE_7 =
      Map.of(
          "reserved field and version are not looked at",
          Outcome.refused("EINVAL", "genlmsghdr.reserved field is not 0"),
          "unknown device flag",
          Outcome.refused("EINVAL", RESERVED_BIT),
          "unknown peer flag",
          Outcome.refused("EINVAL", RESERVED_BIT),
          "good peer, then one with an unknown flag",
          Outcome.refused("EINVAL", RESERVED_BIT),
          "allowed IP flag unknown",
          Outcome.refused("EINVAL", RESERVED_BIT),
          "allowed IP flag to remove",
          Outcome.ok(PEER_1),
          "allowed IP of 3 bytes",
          Outcome.refused("ERANGE", OUT_OF_RANGE));

  private static Map.Entry<String, Outcome> halfApplied(String name) {
    return Map.entry(name, new Outcome("EINVAL", "", PEER_1));
  }

  private static Map<String, Outcome> ours() {
    Map<String, Outcome> rows = agreed();
    IN_TREE_APPLIES_HALF.forEach((name, inTree) -> rows.put(name, Outcome.refused(inTree.error())));
    // Linux 6.16 brought the flag; we have it on every kernel. Removing what is not there is fine.
    rows.put("allowed IP flag to remove", Outcome.ok(PEER_1));
    rows.put("replacing peers by a bad one", new Outcome("EPFNOSUPPORT", "", PEER_1));
    return rows;
  }

  @ParameterizedTest
  @ValueSource(strings = {"jni", "jna"})
  @Row(
      value = {"NL-ERR", "NL-ATTR"},
      better = "a message is checked whole before any of it is applied")
  void everyMistakeHasItsErrorAndChangesNothing(String door, @Guest("ours") Machine ours) {
    Map<String, Outcome> outcomes = outcomes(ours, door);
    assertSame(outcomes, ours());
  }

  @Test
  @Row({"NL-ERR", "NL-ATTR"})
  void theKernelsOwnModuleAnswersTheSameWhereWeAgree(
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    Map<String, Outcome> expected = agreed();
    expected.putAll(IN_TREE_APPLIES_HALF);
    if (!stock.kernelRelease().startsWith("6.")) {
      expected.putAll(IN_TREE_SINCE_7);
    }
    assertSame(outcomes(stock, "jni"), expected);
  }

  /**
   * Extended texts that only we give (ours says more) are not compared, but errors and states are.
   */
  private static void assertSame(Map<String, Outcome> actual, Map<String, Outcome> expected) {
    assertThat(actual.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
    List<String> different = new ArrayList<>();
    expected.forEach(
        (name, wanted) -> {
          Outcome got = actual.get(name);
          boolean sameText = wanted.text().isEmpty() || wanted.text().equals(got.text());
          if (!sameText
              || !wanted.error().equals(got.error())
              || !wanted.state().equals(got.state())) {
            different.add(name + ":\n  wanted " + wanted + "\n  got    " + got);
          }
        });
    assertThat(different).isEmpty();
  }

  private static Map<String, Outcome> outcomes(Machine machine, String door) {
    Result result = machine.run(GuestJava.command(machine, door, NetlinkErrors.class)).check();
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    for (String line : result.lines()) {
      String[] fields = line.split("\t", -1);
      assertThat(fields).as(line).hasSize(4);
      outcomes.put(fields[0], new Outcome(fields[1], fields[2], fields[3]));
    }
    return outcomes;
  }

  @Test
  @Row("NL-ERR")
  void whoMayNotAdministerTheNetworkGetsNothing(@Guest("ours") Machine ours) {
    ours.sh("ip link add wgt type wireguard").check();
    List<String> argv =
        new ArrayList<>(
            List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"));
    argv.addAll(GuestJava.command(ours, "jni", NetlinkErrors.class, "unprivileged").argv());
    Result result = ours.run(argv.toArray(String[]::new));
    ours.sh("ip link delete wgt").check();
    assertThat(result.check().stdout()).isEqualTo("get\tEPERM\t\t\nset\tEPERM\t\t\n");
  }

  /**
   * A device may be handed to a container. There its administrator may set keys and peers, but not
   * what touches the namespace of the device's sockets.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Row("NL-ERR")
  void aContainersAdministratorMayNotTouchThePortOutside(
      boolean testOurs,
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    String script =
        """
        exec 2>&1
        umask 077
        ip link add wgt type wireguard
        mkfifo /tmp/ready /tmp/moved
        unshare --user --map-root-user --net sh -c '
          echo $$ >/tmp/ready
          read line </tmp/moved
          wg genkey >/tmp/inner-key
          wg set wgt private-key /tmp/inner-key && echo key set
          wg set wgt peer %s allowed-ips 10.0.0.0/8 && echo peer set
          wg set wgt listen-port 999; echo port $?
          wg set wgt fwmark 7; echo mark $?
          wg show wgt peers' &
        read pid </tmp/ready
        ip link set wgt netns $pid
        echo >/tmp/moved
        wait
        rm /tmp/ready /tmp/moved
        """;
    String peer = Identity.generate().publicKey();
    Result result = (testOurs ? ours : stock).sh(script.formatted(peer)).check();
    assertThat(result.stdout())
        .isEqualTo(
            """
            key set
            peer set
            Unable to modify interface: Operation not permitted
            port 1
            Unable to modify interface: Operation not permitted
            mark 1
            %s
            """
                .formatted(peer));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jni", "jna"})
  @Row({"NL-12", "NL-20", "NL-22"})
  void twoThousandPeersComeBackAsTheyWereSet(String door, @Guest("ours") Machine ours) {
    Result result = ours.run(GuestJava.command(ours, door, NetlinkRoundTrip.class, "2000", "1"));
    assertThat(result.check().stdout())
        .matches("EQUAL peers=2000 prefixes=\\d{5} several messages=true door=" + door + " .*\n");
  }
}
