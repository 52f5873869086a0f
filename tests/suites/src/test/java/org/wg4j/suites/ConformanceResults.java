// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.wg4j.suites.ConformanceTable.Outcome;

/**
 * What the runs since the last {@code make test} made of the annotated tests, in {@code
 * build/conformance.tsv}: a run of one class changes that class's lines only.
 */
final class ConformanceResults {
  private static final Path FILE = ConformanceTable.root().resolve("build/conformance.tsv");

  private ConformanceResults() {}

  static Map<String, Outcome> read() {
    Map<String, Outcome> outcomes = new TreeMap<>();
    try {
      if (Files.exists(FILE)) {
        for (String line : Files.readAllLines(FILE)) {
          String[] fields = line.split("\t", -1);
          outcomes.put(fields[0], new Outcome(fields[1], fields[2]));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return outcomes;
  }

  /** Adds what a run found, and renders the table anew. */
  static void add(Map<String, Outcome> found) {
    Map<String, Outcome> outcomes = read();
    outcomes.putAll(found);
    ConformanceTable table = ConformanceTable.read();
    StringBuilder lines = new StringBuilder();
    outcomes.forEach(
        (test, outcome) ->
            lines
                .append(String.join("\t", test, outcome.kernels(), outcome.result()))
                .append('\n'));
    outcomes.putAll(ConformanceTable.kernelSuiteOutcomes(table.entries()));
    try {
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, lines);
      Files.writeString(FILE.resolveSibling("conformance.md"), table.render(outcomes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
