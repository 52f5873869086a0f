// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.WireGuardModule;
import org.wg4j.oracle.scenario.Need;
import org.wg4j.oracle.scenario.Scenario;
import org.wg4j.oracle.scenario.Scenarios;
import org.wg4j.suites.OracleRun.Part;

/** Every scenario of the oracle against our module, and a few against the kernel's own. */
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OracleTest {
  private OracleRun run;

  private static Part part(String scenario) {
    return Part.of(Scenarios.named(scenario));
  }

  /** All but what has a test of its own below. */
  private static List<Part> quick() {
    return Scenarios.ALL.stream()
        .filter(scenario -> !has(scenario, Need.SLOW, Need.VERY_SLOW, Need.FLOOD, Need.STATE))
        .map(Part::of)
        .toList();
  }

  private static List<Part> slow() {
    return Scenarios.ALL.stream()
        .filter(scenario -> has(scenario, Need.SLOW))
        .map(Part::of)
        .toList();
  }

  /** Without a pre-shared key, and over IPv6, what those could break. */
  private static List<Part> variants() {
    return List.of(
        part("initiate-psk").overIpv6(),
        part("respond-no-psk").overIpv6(),
        part("session-rotation").withoutPresharedKey(),
        part("data-exchange").withoutPresharedKey().overIpv6(),
        part("roaming").overIpv6(),
        part("bad-responses-ignored").withoutPresharedKey().overIpv6());
  }

  private static boolean has(Scenario scenario, Need... needs) {
    return Stream.of(needs).anyMatch(scenario.needs()::contains);
  }

  /** Two JVMs: what waits for the protocol's timers leaves the processor to the others. */
  @Row(value = "HS-1", what = "initiate-*, respond-*, malformed-silent")
  @Row(value = "HS-2", what = "stale-timestamp-ignored, replayed-initiation-ignored, retransmit")
  @Row(value = "HS-5", what = "low-order-ignored, low-order-responses-ignored")
  @Row(value = "HS-6", what = "session-rotation")
  @Row(value = "HS-7", what = "handshake-index")
  @Row(value = "HS-8", what = "bad-responses-ignored")
  @Row(
      value = "HS-11",
      what = "initiate and respond with a pre-shared key and without; wrong-psk-*")
  @Row(value = "DS-1", what = "wrong-mac1-silent")
  @Row(value = "DS-6", what = "cookie, forged-cookie-ignored")
  @Row(
      value = {"TM-3", "TM-6"},
      what = "keepalive-after-data")
  @Row(value = "TX-6", what = "padding")
  @Row(value = "RX-1", what = "reorder-within-window-accepted, window-edges, replayed-data-dropped")
  @Row(value = "RX-3", what = "inner-garbage-dropped, outside-allowed-ips-dropped")
  @Row(
      value = {"RX-6", "RO-3"},
      what = "roaming, forged-roaming-ignored")
  @TestFactory
  List<DynamicTest> ourModuleSatisfies(@Guest("ours") Machine ours) {
    List<Part> first = new ArrayList<>(quick());
    first.add(part("cookie").overIpv6());
    List<Part> second = new ArrayList<>(slow());
    second.addAll(variants());
    return start(ours, List.of(first, second));
  }

  @Row(value = "DS-4", what = "under-load-cookie")
  @TestFactory
  List<DynamicTest> ourModuleUnderLoadSatisfies(@Guest("ours") Machine ours) {
    return start(ours, List.of(List.of(part("under-load-cookie"))));
  }

  @Row(value = "TM-1", what = "module-rekeys")
  @Tag("long")
  @TestFactory
  List<DynamicTest> ourModuleInTheLongRunSatisfies(@Guest("ours") Machine ours) {
    return start(ours, List.of(List.of(part("module-rekeys"))));
  }

  /** What the oracle asks of us, the kernel's own module does. */
  @Row(value = "HS-1", what = "initiate-no-psk, respond-psk, data-exchange")
  @Row(value = "HS-5", what = "low-order-ignored, low-order-responses-ignored")
  @Row(value = "HS-6", what = "session-rotation")
  @TestFactory
  List<DynamicTest> theInTreeModuleSatisfies(
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    return start(
        stock,
        List.of(
            List.of(
                part("initiate-no-psk"),
                part("respond-psk"),
                part("data-exchange"),
                part("session-rotation"),
                part("low-order-ignored"),
                part("every-length-of-initiations"),
                part("spliced-initiations-ignored"),
                part("unknown-key-share-refused"),
                part("sessions-are-unique"),
                part("old-sessions-are-gone"),
                part("low-order-responses-ignored"))));
  }

  @Test
  void everyScenarioIsInOneOfTheTests() {
    Set<Scenario> all = new HashSet<>(Scenarios.ALL);
    Stream.of(quick(), slow(), List.of(part("under-load-cookie"), part("module-rekeys")))
        .flatMap(List::stream)
        .map(Part::scenario)
        .forEach(all::remove);
    // StrangersTest has these.
    all.removeIf(scenario -> has(scenario, Need.STATE));
    assertThat(all).isEmpty();
  }

  private List<DynamicTest> start(Machine machine, List<List<Part>> lists) {
    stop();
    run = new OracleRun(machine, lists);
    OracleRun started = run;
    return lists.stream()
        .flatMap(List::stream)
        .map(part -> DynamicTest.dynamicTest(part.title(), () -> started.judge(part)))
        .collect(Collectors.toList());
  }

  @AfterAll
  void stop() {
    if (run != null) {
      run.close();
    }
  }
}
