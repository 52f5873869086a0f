// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Debian's network managers configure, change and remove a tunnel on our module, each from its own
 * configuration; the kernel's own module is at the far end: {@code tests/lab/uml/managers.sh}.
 */
@Tag("lab")
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ManagersTest {
  private static final Path ROOT = ConformanceTable.root();

  private VirtualTime run;

  @BeforeAll
  void runTheScript() {
    List<String> image =
        VirtualTime.command(
            ROOT.resolve("tests/lab/image/extend-root.sh").toString(), "bookworm-managers");
    // The directory is the last thing that it says, before its exit code.
    Path root = Path.of(image.get(image.size() - 2)).resolve("root");
    assertThat(root).as(String.join("\n", image)).isDirectory();
    run = VirtualTime.besideInTree("managers.sh", root.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"networkd", "network_manager", "ifupdown", "netifd", "netifrc"})
  void configuresChangesAndRemovesATunnel(String manager, TestReporter reporter)
      throws IOException {
    run.assertPart(manager, reporter);
    String ran =
        run.said("version").stream()
            .filter(line -> line.startsWith(manager + " "))
            .findFirst()
            .orElseThrow();
    String kernel = run.said("kernel").get(0);
    assertThat(Files.readString(ROOT.resolve("docs/ecosystem.md")))
        .as("the table of what was run")
        .contains(
            "| `%s` | %s | %s |".formatted(manager, ran.substring(manager.length() + 1), kernel));
  }
}
