// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds the lines of a kernel log that say the kernel is unwell. Immutable and thread-safe.
 *
 * <p>It reads lines as {@link Machine#kernelLog()} gives them, or as a console shows them. Patterns
 * are bound to the place where the kernel prints them, so that a program's name or a configuration
 * notice that happens to contain such a word is no complaint.
 */
public final class KernelLogJudge {

  private static final String RESOURCE = "kernel-complaints.txt";

  private static final Pattern COMPLAINT = Pattern.compile(readPatterns());

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

  /** The complaints among the lines, in their order; not data races that are none of ours. */
  public List<String> complaints(List<String> lines) {
    return KcsanReports.withoutOthers(lines).stream().filter(this::isComplaint).toList();
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

  /** The patterns of the resource as one; the shell scripts of the lab read the same file. */
  private static String readPatterns() {
    try (InputStream in = KernelLogJudge.class.getResourceAsStream(RESOURCE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .map(line -> "(?:" + line + ")")
          .collect(Collectors.joining("|"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
