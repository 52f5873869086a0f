// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.AllowKernelLog;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.GuestKernel;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;

/** What the module does when memory is refused. */
@Lab
@Tag("long")
class AllocationFailureTest {
  /** One walk is hundreds of devices, on a kernel that looks at each access. */
  private static final Duration LIMIT = Duration.ofMinutes(90);

  /**
   * Each allocation of configuring, sending and handshakes fails once; the kernel's own sysctl code
   * then prints a bare stack. The fast lane does the same without kmemleak.
   */
  @Test
  @AllowKernelLog("Call Trace:")
  void everyAllocationMayFail(
      @Guest(value = "kasan", kernel = GuestKernel.KASAN, cpus = 1, memoryMiB = 2048)
          Machine machine) {
    GuestProgram.put("fail_nth", machine);
    Result result =
        machine
            .run(
                Command.sh(
                        """
                        set -e
                        /tmp/fail_nth create configure reconfigure up rebind dump down delete \\
                          send handshake
                        . /wg4j/tests/suites/guest-programs/objects.sh
                        no_objects_left\
                        """)
                    .within(LIMIT))
            .check();
    assertThat(result.stdout()).contains("fail_nth: ok", "objects: none is left");
    machine.assertNothingLeaked();
  }

  /**
   * Principle 2: receiving needs no memory that was not there before. Every slab allocation fails
   * that has the module in its stack, except for packets to answer in ({@code no-memory.sh}).
   */
  @Test
  void receivesWithoutMemory(
      @Guest(value = "kasan", kernel = GuestKernel.KASAN, cpus = 1, memoryMiB = 2048)
          Machine machine) {
    Result result =
        machine
            .run(Command.sh(LifecycleTest.resource("no-memory.sh")).within(Duration.ofMinutes(30)))
            .check();
    assertThat(result.stdout()).contains("no-memory: 3 handshakes and the data after them");
  }
}
