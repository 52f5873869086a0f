// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.wg4j.suites.ConformanceTable.Entry;
import org.wg4j.suites.ConformanceTable.Outcome;
import org.wg4j.suites.ConformanceTable.Requirement;

/** The table of {@code docs/conformance.md} against the annotations it was generated from. */
class ConformanceTest {
  private static final Path DOCUMENT = ConformanceTable.root().resolve("docs/conformance.md");

  private final ConformanceTable table = ConformanceTable.read();

  @Test
  void everyRowHasATestOrAReasonWhyNot() {
    Set<String> tested = table.entries().stream().map(Entry::row).collect(Collectors.toSet());
    List<String> open =
        table.requirements().stream()
            .filter(row -> tested.contains(row.id()) != row.untestable().isEmpty())
            .map(Requirement::id)
            .toList();
    assertThat(open).as("rows without a test, or with a test and a reason why not").isEmpty();
  }

  @Test
  void everyRowThatATestNamesIsInTheList() {
    List<String> known = table.requirements().stream().map(Requirement::id).toList();
    assertThat(known).doesNotHaveDuplicates();
    assertThat(table.entries()).allMatch(entry -> known.contains(entry.row()));
  }

  /** With {@code -Dconformance.update=true} it writes the document first. */
  @Test
  void theDocumentSaysWhatTheAnnotationsSay() throws IOException {
    if (Boolean.getBoolean("conformance.update")) {
      Map<String, Outcome> outcomes = new HashMap<>(ConformanceResults.read());
      outcomes.putAll(ConformanceTable.kernelSuiteOutcomes(table.entries()));
      Files.writeString(DOCUMENT, table.render(outcomes));
    }
    assertThat(ConformanceTable.claims(Files.readString(DOCUMENT)))
        .as("`make conformance` writes it anew")
        .isEqualTo(ConformanceTable.claims(table.render(Map.of())));
  }

  @Test
  void aMethodsNameReadsAsASentence() {
    assertThat(ConformanceTable.words("keepsItsSocketsWhereItWasCreated"))
        .isEqualTo("keeps its sockets where it was created");
    assertThat(ConformanceTable.words("each_timer_to_the_nanosecond"))
        .isEqualTo("each timer to the nanosecond");
  }

  @Test
  void aBarInACellDoesNotEndIt() {
    assertThat(ConformanceTable.claims("| NL-1 | a \\| b | `X.y` | linux | pass |\n"))
        .containsExactly("NL-1 | a \\| b | `X.y`");
  }
}
