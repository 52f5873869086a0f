// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * All that is public is documented, and the JDK's tool finds nothing wrong with it. A tag for each
 * parameter and result is not asked for: most would say again what the sentence said.
 */
class JavadocTest {
  private static final Predicate<String> FINDING =
      Pattern.compile("(^|: )(warning|error): ").asPredicate();
  private static final Predicate<String> TAG_IS_MISSING =
      Pattern.compile(": warning: no @(param|return|throws)\\b").asPredicate();

  private static String modulePath(Published published) {
    String jna = Published.home(Native.class).toString();
    return published == Published.NETLINK4J ? jna : jna + ":" + Published.NETLINK4J.home();
  }

  @ParameterizedTest
  @EnumSource(
      value = Published.class,
      names = {"NETLINK4J", "WG4J"})
  void javadocHasNoWarnings(Published published, @TempDir Path output) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-quiet",
                "-Xdoclint:all",
                "-Xmaxwarns",
                "100000",
                "-protected",
                "-encoding",
                "UTF-8",
                "-d",
                output.toString(),
                "--module-path",
                modulePath(published)));
    try (Stream<Path> all = Files.walk(published.directory.resolve("src/main/java"))) {
      all.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
    }
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said, true);
    int result =
        ToolProvider.findFirst("javadoc")
            .orElseThrow()
            .run(out, out, arguments.toArray(String[]::new));
    assertThat(said.toString().lines().filter(FINDING).filter(TAG_IS_MISSING.negate())).isEmpty();
    assertThat(result).isZero();
    assertThat(output.resolve(published.module).resolve("module-summary.html")).exists();
  }
}
