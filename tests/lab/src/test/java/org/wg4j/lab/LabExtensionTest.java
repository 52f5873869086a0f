// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedSuccessfully;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** What the extension makes of tests whose machines complain or die. */
@Tag("lab")
class LabExtensionTest {
  @Test
  void judgesTheKernelsBesideTheTests() {
    Events tests =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectClass(Cases.class))
            .execute()
            .testEvents();
    tests
        .assertThatEvents()
        .haveExactly(1, event(test("a_quiet"), finishedSuccessfully()))
        .haveExactly(
            1,
            event(
                test("b_complaining"),
                finishedWithFailure(message(text -> text.contains("BUG: fake")))))
        .haveExactly(1, event(test("c_allowed"), finishedSuccessfully()))
        .haveExactly(1, event(test("d_quietAgain"), finishedSuccessfully()))
        .haveExactly(
            1,
            event(
                test("e_unnoticedDeath"),
                finishedWithFailure(message(text -> text.contains("Kernel panic")))))
        .haveExactly(1, event(test("f_newMachine"), finishedSuccessfully()));
    assertThat(tests.failed().count()).isEqualTo(2);
  }

  /** Not found by itself: nested classes are not collected. */
  @Lab
  @TestMethodOrder(OrderAnnotation.class)
  static class Cases {
    private static Machine first;

    @Test
    @Order(1)
    void a_quiet(@Guest(value = "judged", module = WireGuardModule.NONE) Machine machine) {
      first = machine;
      machine.sh("echo 'a BUG in passing' >/dev/kmsg").check();
    }

    @Test
    @Order(2)
    void b_complaining(@Guest(value = "judged", module = WireGuardModule.NONE) Machine machine) {
      machine.sh("echo 'BUG: fake' >/dev/kmsg").check();
    }

    @Test
    @Order(3)
    @AllowKernelLog("BUG: fake")
    void c_allowed(@Guest(value = "judged", module = WireGuardModule.NONE) Machine machine) {
      assertThat(machine).isSameAs(first);
      machine.sh("echo 'BUG: fake' >/dev/kmsg").check();
    }

    @Test
    @Order(4)
    void d_quietAgain(@Guest(value = "judged", module = WireGuardModule.NONE) Machine machine) {
      machine.run("true").check();
    }

    @Test
    @Order(5)
    void e_unnoticedDeath(@Guest(value = "judged", module = WireGuardModule.NONE) Machine machine) {
      try {
        machine.sh("echo c >/proc/sysrq-trigger");
      } catch (MachineDiedException e) {
        // A test that swallows it is not thereby green.
      }
    }

    @Test
    @Order(6)
    void f_newMachine(@Guest(value = "judged", module = WireGuardModule.NONE) Machine machine) {
      assertThat(machine).isNotSameAs(first);
      machine.run("true").check();
    }
  }
}
