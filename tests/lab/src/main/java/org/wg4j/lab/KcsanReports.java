// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The data races that a KCSAN kernel reports. It reports those of the whole kernel, most of them
 * meant by their authors; ours are those in which our module is one of the two functions that meet,
 * or called one of them, unless it may.
 */
final class KcsanReports {
  private static final Pattern FIRST_LINE = Pattern.compile("BUG: KCSAN: ");
  private static final Pattern LAST_LINE = Pattern.compile("={20}");
  private static final Pattern STACK_BEGINS =
      Pattern.compile("(read|write|read-write).* to 0x|race at unknown origin");
  private static final String OURS = "[wireguard]";

  /**
   * NAPI may be scheduled from an interrupt while a poll completes: what its completion reads
   * without a mark are bits that only the poller's own CPU sets.
   */
  private static final String MAY_MEET = "data-race in napi_complete_done / napi_schedule_prep";

  /** The function that races and its caller. */
  private static final int FRAMES = 2;

  private KcsanReports() {}

  /** The lines of a kernel log without the reports in which our module has no part. */
  static List<String> withoutOthers(List<String> lines) {
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (!FIRST_LINE.matcher(lines.get(i)).find()) {
        kept.add(lines.get(i));
        continue;
      }
      int end = i + 1;
      while (end < lines.size() && !LAST_LINE.matcher(lines.get(end)).find()) {
        end++;
      }
      List<String> report = lines.subList(i, end);
      if (isOurs(report)) {
        kept.addAll(report);
      }
      i = end;
    }
    return kept;
  }

  private static boolean isOurs(List<String> report) {
    if (report.get(0).endsWith(MAY_MEET)) {
      return false;
    }
    int framesLeft = 1; // the first line names the functions that meet
    for (String line : report) {
      if (framesLeft-- > 0 && line.contains(OURS)) {
        return true;
      }
      if (STACK_BEGINS.matcher(line).find()) {
        framesLeft = FRAMES;
      }
    }
    return false;
  }
}
