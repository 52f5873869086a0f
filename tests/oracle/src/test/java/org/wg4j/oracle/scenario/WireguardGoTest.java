// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every scenario against wireguard-go: what the oracle says of the module, it says of an
 * implementation that shares no code with either.
 *
 * <p>{@code -Dwg4j.slow=true} adds those that take minutes.
 */
class WireguardGoTest {
  /**
   * Debian 12's wireguard-go (0.0.20220316) does not look at the result of the key agreements when
   * it reads a response. That the scenario sees this also shows that it can fail.
   */
  private static final String KNOWN_FAULT = "low-order-responses-ignored";

  @TempDir static Path directory;

  private static WireguardGo wireguardGo;
  private static ExecutorService executor;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    Optional<String> obstacle = WireguardGo.obstacle();
    assumeTrue(obstacle.isEmpty(), () -> "wireguard-go skipped: " + obstacle.orElseThrow());
    wireguardGo = new WireguardGo(directory);
    executor = Executors.newCachedThreadPool();
  }

  @AfterAll
  static void stop() throws IOException {
    if (wireguardGo != null) {
      executor.shutdownNow();
      wireguardGo.close();
    }
  }

  private record Run(Scenario scenario, boolean psk, boolean ipv6) {
    String name() {
      return scenario.name() + (psk ? ", PSK" : "") + (ipv6 ? ", outer IPv6" : "");
    }
  }

  private static List<Run> runs() {
    List<Run> runs = new ArrayList<>();
    for (Scenario scenario : Scenarios.ALL) {
      boolean fixed = scenario.needs().contains(Need.PSK) || scenario.needs().contains(Need.NO_PSK);
      if (scenario.needs().contains(Need.VERY_SLOW) && !Boolean.getBoolean("wg4j.slow")) {
        continue;
      }
      if (scenario.needs().contains(Need.STATE)) {
        // Nothing here can look into another process.
        continue;
      }
      runs.add(new Run(scenario, !fixed || scenario.needs().contains(Need.PSK), false));
      if (fixed) {
        runs.add(new Run(scenario, scenario.needs().contains(Need.PSK), true));
      }
    }
    return runs;
  }

  @TestFactory
  List<DynamicTest> everyScenario() {
    List<DynamicTest> tests = new ArrayList<>();
    List<DynamicTest> joined = new ArrayList<>();
    List<DynamicTest> last = new ArrayList<>();
    Map<String, Future<WireguardGo.Outcome>> waiting = new TreeMap<>();
    List<Run> runs = runs();
    for (int i = 0; i < runs.size(); i++) {
      Run run = runs.get(i);
      int number = i;
      Callable<WireguardGo.Outcome> call =
          () -> wireguardGo.run(run.scenario(), number, run.psk(), run.ipv6());
      if (run.scenario().needs().contains(Need.FLOOD)) {
        // Cookies would confuse the others.
        last.add(dynamicTest(run.name(), () -> judge(run, call.call())));
      } else if (run.scenario().needs().contains(Need.SLOW)
          || run.scenario().needs().contains(Need.VERY_SLOW)) {
        // These spend their time waiting for timers; they can do so together.
        waiting.put(run.name(), executor.submit(call));
        joined.add(dynamicTest(run.name(), () -> judge(run, waiting.get(run.name()).get())));
      } else {
        tests.add(dynamicTest(run.name(), () -> judge(run, call.call())));
      }
    }
    tests.addAll(joined);
    tests.addAll(last);
    return tests;
  }

  private static void judge(Run run, WireguardGo.Outcome outcome) throws IOException {
    boolean faulty = run.scenario().name().equals(KNOWN_FAULT);
    String token = (faulty ? "ORACLE FAILED " : "ORACLE OK ") + run.scenario().name();
    assertThat(outcome.output().lines().toList())
        .as("%s; wireguard-go says: %s", outcome.output(), wireguardGo.log())
        .anyMatch(line -> line.equals(token) || faulty && line.startsWith(token + ": "));
    assertThat(outcome.exitCode()).isEqualTo(faulty ? 1 : 0);
  }
}
