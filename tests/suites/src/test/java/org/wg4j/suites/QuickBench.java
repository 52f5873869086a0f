// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.time.Duration;
import org.wg4j.lab.Command;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;

/**
 * A network namespace that looks like a host, in which configuration files are brought up and down,
 * with a look at everything that may have changed.
 *
 * <p>The host has 192.0.2.1/24 and 2001:db8::1/64 on a link of MTU 1400, and default routes through
 * it.
 */
final class QuickBench {
  /** The interface, and the name of its configuration file without suffix. */
  static final String NAME = "q0";

  static final String DIRECTORY = "/run/quick";
  static final String CONFIGURATION = DIRECTORY + "/" + NAME + ".conf";

  /** What hooks of a configuration may write to; emptied by {@link #reset}. */
  static final String DIARY = DIRECTORY + "/diary";

  /** The programs, as a shell starts them in the guest. */
  static final String STOCK = "wg-quick";

  static final String WGJ = "/wg4j/java/wgj/bin/wgj";

  private static final String NAMESPACE = "quick";

  /** A JVM of an emulated guest takes its time, and so do the programs that wg-quick starts. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final String RESET =
      Resources.read("quick-host.sh")
          + """
      if [ -e /run/netns/quick ]; then
        ip netns pids quick | xargs -r kill -9
        ip netns delete quick
      fi
      set -e
      mkdir -p -m 700 /run/quick
      : >/run/quick/diary
      make_host
      """;

  /**
   * Everything that bringing an interface up may change, in words that do not depend on when it
   * happened: no indices, no handles.
   */
  private static final String SNAPSHOT =
      """
      echo "# addresses"; ip addr show | sed 's/^[0-9]*: //'
      echo "# routes"; ip -d -4 route show table all; ip -d -6 route show table all
      echo "# rules"; ip -4 rule; ip -6 rule
      echo "# sysctl"; sysctl net.ipv4.conf.all.src_valid_mark
      echo "# firewall"; nft list ruleset
      echo "# resolver"; resolvconf -l; cat /etc/resolv.conf
      echo "# wireguard"; for d in $(wg show interfaces); do echo "$d"; wg showconf "$d"; done
      """;

  private final Machine machine;

  QuickBench(Machine machine) {
    this.machine = machine;
  }

  /** Makes the namespace anew, and an empty diary. */
  void reset() {
    machine.sh(RESET).check();
  }

  void write(String configuration) {
    machine.write(CONFIGURATION, configuration);
    machine.run("chmod", "600", CONFIGURATION).check();
  }

  /** Runs a script in the namespace. */
  Result in(String script) {
    return machine.run(
        Command.of("ip", "netns", "exec", NAMESPACE, "sh", "-c", script).within(PATIENCE));
  }

  String snapshot() {
    return in(SNAPSHOT).check().stdout();
  }

  /**
   * What became of a configuration.
   *
   * @param before the state before
   * @param up how bringing it up ended
   * @param during the state then
   * @param down how taking it down ended
   * @param after the state then
   * @param diary what hooks wrote
   * @param file the configuration file then, with its mode
   */
  record Outcome(
      String before,
      Result up,
      String during,
      Result down,
      String after,
      String diary,
      String file) {}

  /**
   * Brings a configuration up and down in a new namespace.
   *
   * @param program {@link #STOCK} or {@link #WGJ}
   * @param preparation shell lines that run in the namespace first
   * @param meanwhile shell lines that run while it is up
   */
  Outcome upAndDown(String program, String preparation, String configuration, String meanwhile) {
    reset();
    write(configuration);
    in("set -e\n" + preparation).check();
    String before = snapshot();
    Result up = in(program + " up " + CONFIGURATION);
    String during = snapshot();
    in("set -e\n" + meanwhile).check();
    Result down = in(program + " down " + CONFIGURATION);
    return new Outcome(before, up, during, down, snapshot(), machine.read(DIARY), file());
  }

  private String file() {
    return machine.sh("stat -c %a " + CONFIGURATION + "; cat " + CONFIGURATION).check().stdout();
  }
}
