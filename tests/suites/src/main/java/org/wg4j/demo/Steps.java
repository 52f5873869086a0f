// SPDX-License-Identifier: Apache-2.0
package org.wg4j.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Numbered steps on a screen: what is being done, how long it took, what was seen. */
final class Steps {
  private final PrintStream out;
  private final int total;
  private final long started = System.nanoTime();
  private final List<String> seen = new ArrayList<>();
  private int number;
  private boolean failed;

  Steps(PrintStream out, int total) {
    this.out = out;
    this.total = total;
  }

  /**
   * Does a step and shows it.
   *
   * @param action does it and tells in a line what was seen, or nothing worth the summary ("")
   * @throws StepFailedException if the action threw; it has been shown then
   */
  void step(String title, Callable<String> action) {
    number++;
    out.printf(Locale.ROOT, "[%6.1f s] %2d/%d  %s%n", seconds(started), number, total, title);
    out.flush();
    long began = System.nanoTime();
    try {
      String result = action.call();
      out.printf(
          Locale.ROOT,
          "            ok (%.1f s)%s%n",
          seconds(began),
          result.isEmpty() ? "" : ": " + result);
      if (!result.isEmpty()) {
        seen.add(result);
      }
    } catch (Exception | AssertionError e) {
      failed = true;
      out.printf(Locale.ROOT, "            FAILED (%.1f s)%n", seconds(began));
      out.println(String.valueOf(e.getMessage()).indent(12).stripTrailing());
      throw new StepFailedException(title, e);
    } finally {
      out.flush();
    }
  }

  /** Shows a block of text that belongs to the step being done. */
  void show(String heading, String text) {
    out.println("            --- " + heading);
    out.print(text.indent(12));
    out.flush();
  }

  /** Shows a line that belongs to the step being done. */
  void note(String line) {
    out.println("            " + line);
    out.flush();
  }

  /**
   * Shows what was seen and the verdict.
   *
   * @return whether every step was done, and done well
   */
  boolean finish(String name) {
    boolean good = !failed && number == total;
    out.println();
    out.println("What was seen:");
    seen.forEach(line -> out.println("  - " + line));
    out.printf(
        Locale.ROOT,
        "%s: %s, %d of %d steps, %.0f s%n",
        name,
        good ? "GREEN" : "FAILED",
        failed ? number - 1 : number,
        total,
        seconds(started));
    out.flush();
    return good;
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  /** A step failed and has been shown; what follows it makes no sense any more. */
  static final class StepFailedException extends RuntimeException {
    StepFailedException(String title, Throwable cause) {
      super(title, cause);
    }
  }
}
