// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelLogJudgeTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[   12.345678] BUG: kernel NULL pointer dereference, address: 0000000000000008",
        "[   12.345678] WARNING: CPU: 1 PID: 7 at net/core/dev.c:1 f+0x1/0x2 [wireguard]",
        "[   12.345678] Oops: 0002 [#1] PREEMPT SMP NOPTI",
        "[   12.345678] general protection fault, probably for non-canonical address 0xdead: 0000",
        "[   12.345678] kernel BUG at mm/slub.c:384!",
        "[   12.345678] BUG kmalloc-64 (Tainted: G    B      OE     ): Poison overwritten",
        "[   12.345678] BUG wg_peer (Not tainted): Objects remaining in wg_peer on shutdown",
        "[   99.000001] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
        "[   99.000001] rcu: INFO: rcu_sched self-detected stall on CPU",
        "[   99.000001] watchdog: BUG: soft lockup - CPU#1 stuck for 67s! [wg-crypt:42]",
        "[   99.000001] INFO: task rmmod:99 blocked for more than 120 seconds.",
        "[  100.000001] WARNING: possible circular locking dependency detected",
        "[  100.000001] WARNING: possible recursive locking detected",
        "[  100.000001] WARNING: suspicious RCU usage",
        "[  100.000001] WARNING: inconsistent lock state",
        "[  100.000001] [ BUG: Invalid wait context ]",
        "[  100.000001] BUG: KASAN: use-after-free in wg_peer_put+0x10/0x20 [wireguard]",
        "[  100.000001] BUG: KCSAN: data-race in a / b",
        "[  100.000001] UBSAN: shift-out-of-bounds in /build/x.c:3:4",
        "[  100.000001] ODEBUG: free active (active state 0) object type: timer_list hint: f+0x0",
        "[  100.000001] refcount_t: underflow; use-after-free.",
        "[  100.000001] BUG: scheduling while atomic: ip/77/0x00000002",
        "[  100.000001] BUG: sleeping function called from invalid context at mm/slab.h:494",
        "[  100.000001] list_del corruption. prev->next should be 1, but was 2",
        "[  100.000001] unregister_netdevice: waiting for wg0 to become free. Usage count = 2",
        "[  100.000001] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
        "[  100.000001] leaked reference.",
        "[  100.000001] Kernel panic - not syncing: Fatal exception in interrupt",
        "[  100.000001] ip: page allocation failure: order:4, mode:0x40dc0",
        "[  100.000001] lab-agent: kernel log records were lost",
        "[  100.000001] Call Trace:",
        "BUG: fake",
        "WARNING: CPU: 0 PID: 1 at a.c:1",
      })
  void seesAComplaint(String line) {
    assertThat(KernelLogJudge.strict().isComplaint(line)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[    0.100000] Spectre V2 : WARNING: Unprivileged eBPF is enabled",
        "[    0.100000] Command line: console=ttyS0 oops=panic softlockup_panic=1 panic=-1",
        "[    0.100000] Linux version 6.1.0 (debian-kernel@lists.debian.org) #1 SMP",
        "[    0.100000] ACPI: Early table checksum verification disabled",
        "[    0.100000] Lock dependency validator: Copyright (c) 2006 Red Hat, Inc.",
        "[    1.000000] wireguard: loading out-of-tree module taints kernel.",
        "[    1.000000] wireguard: module verification failed: required key missing",
        "[    1.000000] rcu: Hierarchical RCU implementation.",
        "[    1.000000] kmemleak: Kernel memory leak detector initialized (mem pool available: 1)",
        "[    1.000000] kmemleak: 0 new suspected memory leaks",
        "[    1.000000] wg0: Interface destroyed",
        "[    1.000000] DEBUG: nothing to see",
        "",
      })
  void letsTheOrdinaryPass(String line) {
    assertThat(KernelLogJudge.strict().isComplaint(line)).isFalse();
  }

  @Test
  void reportsAllComplaintsAndWhatWasAroundTheFirst() {
    List<String> log =
        List.of("[    1.000000] before", "[    2.000000] BUG: one", "[    3.000000] WARNING: two");
    assertThatThrownBy(() -> KernelLogJudge.strict().judge("left", log))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("left: ")
        .hasMessageContaining("BUG: one\n[    3.000000] WARNING: two")
        .hasMessageContaining("before");
  }

  @Test
  void allowsOnlyWhatItWasTold() {
    KernelLogJudge judge =
        KernelLogJudge.strict().allowing("BUG: fake").allowing("WARNING: .*x\\.c");
    assertThatCode(() -> judge.judge("m", List.of("BUG: fake", "WARNING: CPU: 0 at x.c:1")))
        .doesNotThrowAnyException();
    assertThat(judge.complaints(List.of("BUG: fake", "BUG: real"))).containsExactly("BUG: real");
    assertThat(KernelLogJudge.strict().isComplaint("BUG: fake")).isTrue();
  }
}
