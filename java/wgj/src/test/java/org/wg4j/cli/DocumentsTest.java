// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manual page and help name what the program has: no more, no less. */
class DocumentsTest {

  private static final Path SOURCES = Path.of("src/main/java/org/wg4j/cli");

  /** Options that we give to other programs. */
  private static final Set<String> OF_OTHERS = Set.of("--net");

  private final Documents documents = new Documents(Help.COMMANDS, Help.SYNOPSIS);

  private static Set<String> inSources(String pattern, Predicate<String> files) throws IOException {
    Set<String> found = new TreeSet<>();
    try (Stream<Path> all = Files.list(SOURCES)) {
      for (Path file : all.filter(path -> files.test(path.getFileName().toString())).toList()) {
        Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
        while (matcher.find()) {
          found.add(matcher.group(1));
        }
      }
    }
    assertThat(found).as("what %s finds in the sources", pattern).isNotEmpty();
    return found;
  }

  private static Set<String> names() {
    Set<String> names = new TreeSet<>();
    for (String[] entry : Help.COMMANDS) {
      assertThat(names.add(entry[0])).as("%s is described once", entry[0]).isTrue();
    }
    return names;
  }

  private static Set<String> options() {
    Set<String> options = new TreeSet<>(new Synopsis(Help.SYNOPSIS).options().keySet());
    for (String[] entry : Help.COMMANDS) {
      options.addAll(new Synopsis(entry[1]).options().keySet());
    }
    return options;
  }

  @Test
  void eachCommandIsDescribed() throws IOException {
    assertThat(inSources("case \"([a-z][a-z-]*)\"", "Main.java"::equals)).isEqualTo(names());
  }

  /** The short list that an unknown command is answered with, beside wg(8)'s own words. */
  @Test
  void eachCommandIsInTheUsage() {
    Set<String> listed = new TreeSet<>(Set.of("help", "version"));
    Matcher line =
        Pattern.compile("^  ([a-z-]+): ", Pattern.MULTILINE)
            .matcher(new Cli().run("nonsense").err());
    while (line.find()) {
      listed.add(line.group(1));
    }
    assertThat(listed).isEqualTo(names());
  }

  @Test
  void eachOptionIsDescribed() throws IOException {
    Set<String> used =
        inSources(
            "\"(--[a-z][a-z-]*)=?\"",
            file -> !Set.of("Help.java", "Documents.java", "ManualPage.java").contains(file));
    used.removeAll(OF_OTHERS);
    used.removeAll(Set.of("--help", "--version"));
    assertThat(options()).isEqualTo(used);
  }

  /** The synopsis names an option; what it does must be said, too. */
  @Test
  void eachOptionIsExplained() {
    for (String[] entry : Help.COMMANDS) {
      for (String option : new Synopsis(entry[1]).options().keySet()) {
        assertThat(entry[2] + entry[3]).contains(option);
      }
    }
    for (String option : new Synopsis(Help.SYNOPSIS).options().keySet()) {
      assertThat(Help.DESCRIPTION).contains(option);
    }
  }

  @Test
  void showNamesTheFieldsThatShowHas() {
    assertThat(words(Help.COMMANDS[0][1])).isEqualTo(words(Usage.SHOW));
    assertThat(Help.COMMANDS[0][0]).isEqualTo("show");
  }

  private static Set<String> words(String synopsis) {
    Set<String> words = new TreeSet<>();
    for (Synopsis.State state : new Synopsis(synopsis).states()) {
      words.addAll(state.words().keySet());
    }
    return words;
  }

  @Test
  void theManualPageIsComplete() throws IOException {
    String page = documents.all().get("man/man8/wgj.8");
    assertThat(page).doesNotContainPattern("@[A-Z]+@");
    for (String name : names()) {
      assertThat(page).contains("\n.Ss " + name + "\n.Nm Ic " + name + "\n");
    }
    for (String option : options()) {
      assertThat(page).contains("Fl " + ManualPage.escape(option.substring(1)));
    }
    for (String[] entry : Help.COMMANDS) {
      for (String example : Help.examples(entry)) {
        assertThat(page).contains("\n" + ManualPage.escape(example) + "\n");
      }
    }
    for (String variable :
        inSources("(?:environment|getenv)\\(\"(WG[A-Z_]*)\"\\)", file -> file.endsWith(".java"))) {
      assertThat(page).contains("\n.It Ev " + variable + "\n");
    }
    Matcher launchers = Pattern.compile("\\$\\{?(WGJ_[A-Z_]+)").matcher(launcher());
    while (launchers.find()) {
      assertThat(page).contains("\n.It Ev " + launchers.group(1) + "\n");
    }
  }

  private static String launcher() throws IOException {
    String launcher = Files.readString(Path.of("bin/wgj"));
    assertThat(launcher).contains("$WGJ_JAVA_OPTS");
    return launcher;
  }

  @Test
  void theManualPageHasNoMistakes(@TempDir Path directory) throws Exception {
    Path page = directory.resolve("wgj.8");
    Files.writeString(page, documents.all().get("man/man8/wgj.8"));
    Programs.need("groff");
    Cli.Result groff = Programs.good(Map.of(), "groff", "-ww", "-mdoc", "-Tutf8", page.toString());
    assertThat(groff.err()).isEmpty();
    // Bold is a character over itself, underlined is one over a dash.
    String text = groff.out().replaceAll("\u001b\\[[0-9;]*m|.\b", "");
    assertThat(text).contains("wgj genkey", "wgj show all dump").doesNotContain("\\&", "\\e");
    Programs.need("mandoc");
    Cli.Result mandoc =
        Programs.run(Map.of(), "mandoc", "-T", "lint", "-W", "warning", page.toString());
    assertThat(mandoc.out()).isEmpty();
    assertThat(mandoc.code()).isZero();
  }

  /** What would be a macro, an escape or a quote is none. */
  @Test
  void textIsText() {
    assertThat(ManualPage.escape(".so a\\b -c")).isEqualTo("\\&.so a\\eb \\-c");
    assertThat(ManualPage.paragraph("Costs 5%%.%nNo. 'tis `so'. 'Quoted."))
        .isEqualTo("Costs 5%.\nNo. 'tis `so'. 'Quoted.\n");
    String[][] commands = {{"c", "{ a | <b c> } [ --d <e> ]...", "Does \\n.", "", "wgj c 'a\\n'"}};
    String page = ManualPage.render("@COMMANDS@\n", commands, "");
    assertThat(page.lines())
        .isEqualTo(
            List.of(
                ".Ss c",
                ".Nm Ic c",
                ".Bro Cm a | Ar b\\ c Brc",
                ".Oo Fl \\-d Ar e Oc Ns ...",
                ".Pp",
                "Does \\en.",
                ".Bd -literal -offset indent",
                "wgj c 'a\\en'",
                ".Ed"));
  }

  @Test
  void writesAllDocuments(@TempDir Path share) throws Exception {
    Documents.main(new String[] {share.toString()});
    Map<String, String> all = documents.all();
    assertThat(all).hasSize(4);
    for (Map.Entry<String, String> document : all.entrySet()) {
      assertThat(share.resolve(document.getKey())).hasContent(document.getValue());
      assertThat(document.getValue()).contains("SPDX-License-Identifier: Apache-2.0");
    }
  }
}
