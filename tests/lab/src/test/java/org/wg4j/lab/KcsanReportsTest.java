// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class KcsanReportsTest {
  private static final String BORDER = "[   12.000000] " + "=".repeat(66);
  private static final KernelLogJudge JUDGE = KernelLogJudge.strict();

  private static List<String> report(String title, String frame1, String frame2, String frame3) {
    return List.of(
        BORDER,
        "[   12.000001] BUG: KCSAN: data-race in " + title,
        "[   12.000002] ",
        "[   12.000003] write to 0xffff888003cb8a10 of 8 bytes by task 154 on cpu 1:",
        "[   12.000004]  " + frame1,
        "[   12.000005]  " + frame2,
        "[   12.000006]  " + frame3,
        "[   12.000007] ",
        "[   12.000008] Reported by Kernel Concurrency Sanitizer on:",
        BORDER,
        "[   12.000009] something else");
  }

  @Test
  void aRaceOfOurFunctionIsAComplaint() {
    List<String> log = report("send [wireguard] / close_socket [wireguard]", "a+0x1", "b+0x2", "c");
    assertThat(JUDGE.complaints(log)).singleElement().asString().contains("send [wireguard]");
  }

  @Test
  void aRaceInWhatWeCallIsAComplaint() {
    List<String> log = report("skb_queue_tail", "skb_queue_tail+0x1", "take+0x2 [wireguard]", "c");
    assertThat(JUDGE.complaints(log)).hasSize(1);
  }

  @Test
  void napiMayBeScheduledWhileItCompletes() {
    String frame = "napi_schedule_prep+0x2b/0x80";
    String caller = "take_kick+0x35/0x50 [wireguard]";
    assertThat(
            JUDGE.complaints(report("napi_complete_done / napi_schedule_prep", frame, caller, "c")))
        .isEmpty();
    assertThat(JUDGE.complaints(report("napi_schedule_prep / other", frame, caller, "c")))
        .hasSize(1);
  }

  @Test
  void aRaceFarBelowUsIsNone() {
    List<String> log =
        report("fib_lookup / fib_add", "fib_lookup+0x1", "x", "send+0x1 [wireguard]");
    assertThat(JUDGE.complaints(log)).isEmpty();
  }

  @Test
  void whatFollowsAnothersRaceIsJudged() {
    assertThat(
            JUDGE.complaints(
                List.of(
                    "[    1.0] BUG: KCSAN: data-race in x / y",
                    BORDER,
                    "[    2.0] BUG: sleeping function called from invalid context at x.c:1")))
        .hasSize(1);
  }
}
