// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Finds the lines of a kernel log that say the kernel is unwell. Immutable and thread-safe.
 *
 * <p>It reads lines as {@link Machine#kernelLog()} gives them, or as a console shows them. Patterns
 * are bound to the place where the kernel prints them, so that a program's name or a configuration
 * notice that happens to contain such a word is no complaint.
 */
public final class KernelLogJudge {

  private static final Pattern COMPLAINT =
      Pattern.compile(
          String.join(
              "|",
              "\\bBUG: ",
              "\\bkernel BUG at ",
              // SLUB's own reports name the cache, not "BUG:".
              "^(?:\\[[^\\]]*\\]\\s?)*BUG \\S+ \\(",
              "^(?:\\[[^\\]]*\\]\\s?)*(?:\\w+: )?WARNING: (?!.*: Unprivileged eBPF)",
              "\\bOops\\b",
              "\\bgeneral protection fault\\b",
              "\\bUnable to handle kernel\\b",
              "\\bKernel panic - ",
              "\\brcu: INFO: .*stall",
              "\\bINFO: rcu_.*stall",
              "\\bINFO: task .* blocked for more than ",
              "\\bINFO: trying to register non-static key",
              "\\bsoft lockup\\b",
              "\\bhard LOCKUP\\b",
              "\\bpossible (?:circular|recursive|irq lock inversion|deadlock)",
              "\\bsuspicious RCU usage\\b",
              "\\binconsistent lock state\\b",
              "\\bbad unlock balance\\b",
              "\\bheld lock freed\\b",
              "\\bscheduling while atomic\\b",
              "\\bsleeping function called from invalid context\\b",
              "\\bKASAN: ",
              "\\bKCSAN: ",
              "\\bKFENCE: ",
              "\\bUBSAN: ",
              "\\bODEBUG: ",
              "\\brefcount_t: ",
              "\\bref_tracker: .*(?:leaked|has)\\b",
              "\\bkmemleak: [1-9]\\d* new suspected memory leaks?",
              "\\blist_(?:add|del) corruption\\b",
              "\\bpage allocation failure\\b",
              "\\bunregister_netdevice: waiting for ",
              "\\bleaked (?:percpu|IPv[46])",
              "\\bcannot create duplicate filename\\b",
              "\\bCall Trace:"));

  private final List<Pattern> allowed;

  private KernelLogJudge(List<Pattern> allowed) {
    this.allowed = List.copyOf(allowed);
  }

  /** A judge that allows nothing. */
  public static KernelLogJudge strict() {
    return new KernelLogJudge(List.of());
  }

  /**
   * The same judge, letting lines pass in which the regular expression is found. A report's other
   * lines (its call trace) need a permission of their own.
   */
  public KernelLogJudge allowing(String regex) {
    List<Pattern> more = new ArrayList<>(allowed);
    more.add(Pattern.compile(regex));
    return new KernelLogJudge(more);
  }

  /** Whether one line is a complaint. */
  public boolean isComplaint(String line) {
    return COMPLAINT.matcher(line).find()
        && allowed.stream().noneMatch(pattern -> pattern.matcher(line).find());
  }

  /** The complaints among the lines, in their order. */
  public List<String> complaints(List<String> lines) {
    return lines.stream().filter(this::isComplaint).toList();
  }

  /**
   * Passes judgement.
   *
   * @param machine named in the report
   * @param lines what the kernel logged in the time in question
   * @throws AssertionError if there is a complaint, showing it with the lines around it
   */
  public void judge(String machine, List<String> lines) {
    List<String> complaints = complaints(lines);
    if (complaints.isEmpty()) {
      return;
    }
    int first = lines.indexOf(complaints.get(0));
    List<String> around = lines.subList(Math.max(0, first - 5), Math.min(lines.size(), first + 60));
    throw new AssertionError(
        machine
            + ": the kernel complains:\n"
            + String.join("\n", complaints)
            + "\n--- around the first\n"
            + String.join("\n", around));
  }
}
