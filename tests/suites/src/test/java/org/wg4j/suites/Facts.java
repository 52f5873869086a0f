// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.wg4j.lab.Command;
import org.wg4j.lab.Machine;
import org.wg4j.suites.TwoNamespaces.Plan;

/**
 * One script on two machines at once, one with our module and one with the kernel's own: what it
 * prints are facts, and they must be the same. Scripts find {@code a} and {@code b} of {@link
 * TwoNamespaces}, not yet connected, and the functions of {@code facts.sh}.
 */
final class Facts {
  private Facts() {}

  /** Runs a script on both; asserts that either says what is expected. */
  static void assertSame(Machine ours, Machine stock, String script, List<String> expected) {
    CompletableFuture<List<String>> theirs =
        CompletableFuture.supplyAsync(() -> facts(stock, script));
    List<String> own;
    try {
      own = facts(ours, script);
    } finally {
      // A script that is left running would meet the next one.
      theirs.exceptionally(failure -> List.of()).join();
    }
    assertThat(theirs.join()).as("the in-tree module").isEqualTo(expected);
    assertThat(own).as("our module").isEqualTo(expected);
  }

  /** Runs a script on one machine, between a new pair of namespaces. */
  static List<String> facts(Machine machine, String script) {
    TwoNamespaces.make(machine, Plan.veth());
    machine.write("/tmp/facts.sh", Resources.read("facts.sh"));
    return machine
        .run(
            Command.sh(". /tmp/facts.sh\n" + script).within(TwoNamespaces.PATIENCE.multipliedBy(2)))
        .check()
        .lines();
  }
}
