// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import java.util.List;
import java.util.stream.Stream;

/** All scenarios there are. */
public final class Scenarios {
  /** In the order in which they are best read. */
  public static final List<Scenario> ALL =
      Stream.of(
              HandshakeScenarios.ALL,
              DataScenarios.ALL,
              AbuseScenarios.ALL,
              LoadScenarios.ALL,
              LengthScenarios.ALL,
              MiddleScenarios.ALL,
              StrangerScenarios.ALL)
          .flatMap(List::stream)
          .toList();

  private Scenarios() {}

  /**
   * @param name a scenario's name
   * @return the scenario
   * @throws IllegalArgumentException if there is none of that name
   */
  public static Scenario named(String name) {
    return ALL.stream()
        .filter(scenario -> scenario.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no scenario " + name));
  }
}
