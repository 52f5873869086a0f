// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.wg4j.lab.Background;
import org.wg4j.lab.Command;
import org.wg4j.lab.Machine;
import org.wg4j.oracle.scenario.Need;
import org.wg4j.oracle.scenario.Scenario;

/**
 * Oracles in a guest, against one device: each scenario is a peer of its own, which the device has
 * never talked to. Device and oracles share the namespace {@code oracle}; its loopback is the
 * network between them. Making it replaces the one before.
 */
final class OracleRun implements AutoCloseable {
  /** The longest that a scenario may take, with all that come before it in the same JVM. */
  private static final Duration LIMIT = Duration.ofMinutes(12);

  /** Below the ephemeral ports, from which oracles that roam take theirs. */
  private static final int FIRST_PORT = 20000;

  private static final Identity DEVICE = Identity.generate();

  /** One scenario under certain circumstances. */
  record Part(Scenario scenario, boolean preshared, boolean outerIpv6) {
    /** With a pre-shared key unless the scenario must have none. */
    static Part of(Scenario scenario) {
      return new Part(scenario, !scenario.needs().contains(Need.NO_PSK), false);
    }

    Part overIpv6() {
      return new Part(scenario, preshared, true);
    }

    Part withoutPresharedKey() {
      return new Part(scenario, false, outerIpv6);
    }

    /** For a report. */
    String title() {
      return scenario.name()
          + (preshared ? ", pre-shared key" : "")
          + (outerIpv6 ? ", outer IPv6" : "");
    }
  }

  private final Map<Part, Background> jvms = new LinkedHashMap<>();

  /**
   * Configures the device and starts the JVMs, all at once.
   *
   * @param lists for each JVM what it runs, one after the other; each scenario once
   */
  OracleRun(Machine machine, List<List<Part>> lists) {
    StringJoiner configuration = new StringJoiner("\n", "", "\n");
    StringJoiner keys = new StringJoiner("\n", "", "\n");
    keys.add("device.key " + DEVICE.privateKey());
    List<List<String>> commands = new ArrayList<>();
    configuration.add("[Interface]");
    configuration.add("PrivateKey = " + DEVICE.privateKey());
    configuration.add("ListenPort = " + FIRST_PORT);
    int number = 0;
    for (List<Part> list : lists) {
      List<String> command =
          new ArrayList<>(
              List.of("ip", "netns", "exec", "oracle", "java", "-XX:TieredStopAtLevel=1"));
      command.addAll(List.of("-XX:+UseSerialGC", "-Xmx128m", "-jar", "/tmp/oracle/oracle.jar"));
      String separator = null;
      for (Part part : list) {
        number++;
        Identity oracle = Identity.generate();
        keys.add(number + ".key " + oracle.privateKey());
        configuration.add("[Peer]").add("PublicKey = " + oracle.publicKey());
        if (part.preshared()) {
          String key = Identity.presharedKey();
          keys.add(number + ".psk " + key);
          configuration.add("PresharedKey = " + key);
        }
        configuration.add("AllowedIPs = " + inner4(number) + "/32, " + inner6(number) + "/128");
        configuration.add("Endpoint = " + address(part, number));
        if (separator != null) {
          command.add(separator);
        }
        separator = "--";
        command.addAll(arguments(part, number));
      }
      commands.add(command);
    }
    machine.run(Command.sh(SET_UP).stdin(keys.toString())).check();
    machine
        .run(
            Command.of("ip", "netns", "exec", "oracle", "wg", "setconf", "wg0", "/dev/stdin")
                .stdin(configuration.toString()))
        .check();
    for (int i = 0; i < lists.size(); i++) {
      Background jvm = machine.start(commands.get(i).toArray(String[]::new));
      lists.get(i).forEach(part -> jvms.put(part, jvm));
    }
  }

  /** Takes lines of a key file's name and its content. */
  private static final String SET_UP =
      """
      set -e
      if [ -e /run/netns/oracle ]; then
        ip netns pids oracle | xargs -r kill -9
        ip netns delete oracle
      fi
      umask 077
      rm -rf /tmp/oracle
      mkdir /tmp/oracle
      cd /tmp/oracle
      while read -r name key; do echo "$key" >"$name"; done
      cp /wg4j/tests/oracle/target/wg4j-oracle-*-guest.jar oracle.jar
      ip netns add oracle
      ip -n oracle -batch - <<'END'
      link set lo up
      link add wg0 type wireguard
      addr add 10.77.0.1/16 dev wg0
      addr add fd77::1/64 dev wg0 nodad
      link set wg0 up
      END
      """;

  private static String inner4(int number) {
    return "10.77.1." + number;
  }

  private static String inner6(int number) {
    return "fd77::1:" + number;
  }

  private static String address(Part part, int number) {
    return (part.outerIpv6() ? "[::1]:" : "127.0.0.1:") + (FIRST_PORT + number);
  }

  private static List<String> arguments(Part part, int number) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                part.scenario().name(),
                "endpoint=" + address(part, 0),
                "bind=" + address(part, number),
                "private-key-file=/tmp/oracle/" + number + ".key",
                "peer-public-key=" + DEVICE.publicKey(),
                "inner=" + inner4(number),
                "inner6=" + inner6(number),
                "timeout=120",
                "linger-ms=2000"));
    if (part.scenario().needs().contains(Need.COMPROMISED)) {
      arguments.add("peer-private-key-file=/tmp/oracle/device.key");
    }
    if (part.preshared()) {
      arguments.add("psk-file=/tmp/oracle/" + number + ".psk");
    }
    return arguments;
  }

  /** Waits for a scenario's verdict and judges it. */
  void judge(Part part) {
    Background jvm = jvms.get(part);
    String name = part.scenario().name();
    String verdict;
    try {
      verdict = jvm.awaitLine("^ORACLE (OK|FAILED) " + name + "(:.*)?$", LIMIT);
    } catch (AssertionError e) {
      // Nobody shall wait as long for those after it.
      jvm.close();
      throw e;
    }
    List<String> lines = jvm.stdout().lines().toList();
    List<String> conversation =
        lines.subList(lines.indexOf("scenario " + name), lines.indexOf(verdict) + 1);
    assertThat(verdict).as(String.join("\n", conversation)).isEqualTo("ORACLE OK " + name);
  }

  /** Ends the JVMs. */
  @Override
  public void close() {
    jvms.values().forEach(Background::close);
  }
}
