// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;

/**
 * What a user of kernel WireGuard relies on, row by row, and which test shows it: put together from
 * {@code rows.txt}, the {@link Row} annotations of this package, and the suites of {@code
 * kernel/tests}, where a comment of the form {@code Rows TM-1, TM-2.} stands before the test.
 */
final class ConformanceTable {
  /**
   * A row.
   *
   * @param id such as NL-3
   * @param what holds
   * @param untestable why no test can show it; empty for nearly all
   */
  record Requirement(String id, String what, String untestable) {}

  /**
   * One test of one row.
   *
   * @param row its id
   * @param test {@code Class.method}, or {@code file.c: function}
   * @param what is tested
   * @param better where ours is better on purpose; mostly empty
   * @param isLong whether only {@code make test-full} runs it
   */
  record Entry(String row, String test, String what, String better, boolean isLong) {}

  /** What came of a test, in the last run that had it. */
  record Outcome(String kernels, String result) {
    static final Outcome NOT_RUN = new Outcome("", "not run");
  }

  private static final Pattern IN_C =
      Pattern.compile(
          "^\\s*(?:/\\*|\\*)\\s*Rows? ([A-Z]+-\\w+(?:, [A-Z]+-\\w+)*)\\.?\\s*(?:\\*/)?$");
  private static final Pattern C_TEST =
      Pattern.compile("^static void (\\w+)\\(struct kunit \\*test\\).*$");

  private final List<Requirement> requirements;
  private final List<Entry> entries;

  private ConformanceTable(List<Requirement> requirements, List<Entry> entries) {
    this.requirements = requirements;
    this.entries = entries;
  }

  static ConformanceTable read() {
    List<Entry> entries = new ArrayList<>();
    testClasses().forEach(type -> entries.addAll(annotated(type)));
    entries.addAll(ofKernelSuites());
    entries.sort(Comparator.comparing(Entry::test).thenComparing(Entry::what));
    return new ConformanceTable(requirements(resource("rows.txt")), entries);
  }

  List<Requirement> requirements() {
    return requirements;
  }

  List<Entry> entries() {
    return entries;
  }

  /** The table as text; with no outcomes at all, everything but the results is right. */
  String render(Map<String, Outcome> outcomes) {
    StringBuilder text = new StringBuilder(HEAD);
    for (Requirement requirement : requirements) {
      text.append(line("**" + requirement.id() + "**", requirement.what(), "", "", ""));
      List<Entry> tests =
          entries.stream().filter(entry -> entry.row().equals(requirement.id())).toList();
      for (Entry entry : tests) {
        Outcome outcome = outcomes.getOrDefault(entry.test(), Outcome.NOT_RUN);
        String better = entry.better().isEmpty() ? "" : " **Better:** " + entry.better();
        String result =
            outcome.equals(Outcome.NOT_RUN) && entry.isLong()
                ? "not run: `make test-full`"
                : outcome.result();
        text.append(
            line(
                requirement.id(),
                entry.what() + better,
                "`" + entry.test() + "`",
                outcome.kernels(),
                result));
      }
      if (tests.isEmpty()) {
        text.append(line(requirement.id(), requirement.untestable(), "", "", "NOT TESTED"));
      }
    }
    return text.toString();
  }

  private static final String HEAD =
      """
      <!-- SPDX-License-Identifier: Apache-2.0 -->
      # Conformance

      What a user of kernel WireGuard relies on, and the test that shows it. Generated from the annotations of the
      tests and from what a run made of them: every run of suites writes `build/conformance.md`, `make conformance` puts
      the same here. "In-tree" are tests that ran the kernel's own module too, or instead: as a control that the test
      asks for what is. Do not edit.

      | row | what was tested | test | kernel | result |
      |---|---|---|---|---|
      """;

  private static String line(String... cells) {
    return Stream.of(cells)
        .map(cell -> cell.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |\n"))
        .replaceAll("\\|  (?=\\|)", "| ");
  }

  /** Row and test of each line of a rendered table, and what it says was tested. */
  static List<String> claims(String rendered) {
    return rendered
        .lines()
        .filter(line -> line.startsWith("| ") && !line.startsWith("| row "))
        .map(line -> line.split("(?<!\\\\)\\|", -1))
        .map(cells -> String.join("|", List.of(cells).subList(1, 4)).strip())
        .toList();
  }

  static List<Requirement> requirements(String text) {
    List<Requirement> requirements = new ArrayList<>();
    for (String line : text.lines().toList()) {
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] fields = line.split("\\s*\\|\\s*", -1);
        requirements.add(new Requirement(fields[0], fields[1], fields.length > 2 ? fields[2] : ""));
      }
    }
    return requirements;
  }

  private static List<Class<?>> testClasses() {
    String ours = ConformanceTable.class.getPackageName();
    List<Class<?>> types = new ArrayList<>();
    try {
      Path classes =
          Path.of(
              ConformanceTable.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      try (Stream<Path> files = Files.list(classes.resolve(ours.replace('.', '/')))) {
        for (String file : files.map(Path::getFileName).map(Path::toString).sorted().toList()) {
          if (file.endsWith(".class") && !file.contains("$")) {
            types.add(Class.forName(ours + "." + file.substring(0, file.length() - 6)));
          }
        }
      }
    } catch (IOException | URISyntaxException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
    return types;
  }

  private static List<Entry> annotated(Class<?> type) {
    List<Entry> entries = new ArrayList<>();
    for (Method method : type.getDeclaredMethods()) {
      boolean isLong =
          Stream.concat(
                  Stream.of(method.getAnnotationsByType(Tag.class)),
                  Stream.of(type.getAnnotationsByType(Tag.class)))
              .anyMatch(tag -> tag.value().equals("long"));
      for (Row row : method.getAnnotationsByType(Row.class)) {
        String what = row.what().isEmpty() ? words(method.getName()) : row.what();
        for (String id : row.value()) {
          entries.add(new Entry(id, nameOf(type, method.getName()), what, row.better(), isLong));
        }
      }
    }
    return entries;
  }

  static String nameOf(Class<?> type, String method) {
    return type.getSimpleName() + "." + method;
  }

  /** A method's name as the sentence that it is. */
  static String words(String name) {
    return name.replace('_', ' ')
        .replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ")
        .toLowerCase(Locale.ROOT);
  }

  private static List<Entry> ofKernelSuites() {
    List<Entry> entries = new ArrayList<>();
    try (Stream<Path> files = Files.list(root().resolve("kernel/tests"))) {
      for (Path file : files.filter(path -> path.toString().endsWith("_test.c")).toList()) {
        List<String> rows = List.of();
        for (String line : Files.readAllLines(file)) {
          Matcher comment = IN_C.matcher(line);
          Matcher test = C_TEST.matcher(line);
          if (comment.matches()) {
            rows = List.of(comment.group(1).split(", "));
          } else if (test.matches()) {
            for (String row : rows) {
              String name = file.getFileName() + ": " + test.group(1);
              entries.add(new Entry(row, name, words(test.group(1)), "", false));
            }
            rows = List.of();
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries;
  }

  /** Outcomes of the suites of kernel/tests, as the log of their stage has them. */
  static Map<String, Outcome> kernelSuiteOutcomes(List<Entry> entries) {
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    Path log = root().resolve("build/logs/user-suites.log");
    if (!Files.exists(log)) {
      return outcomes;
    }
    try {
      Map<String, Boolean> results = new TreeMap<>();
      Pattern result = Pattern.compile("^    (not )?ok \\d+ (\\w+)$");
      for (String line : Files.readAllLines(log)) {
        Matcher matcher = result.matcher(line);
        if (matcher.matches()) {
          results.merge(matcher.group(2), matcher.group(1) == null, Boolean::logicalAnd);
        }
      }
      for (Entry entry : entries) {
        Boolean good = results.get(entry.test().replaceFirst("^.*: ", ""));
        if (entry.test().contains(".c: ") && good != null) {
          outcomes.put(
              entry.test(),
              new Outcome("in user space, under sanitizers", good ? "pass" : "FAILED"));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return outcomes;
  }

  /** The project's directory. */
  static Path root() {
    for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
      if (Files.isDirectory(dir.resolve("tests/suites"))) {
        return dir;
      }
    }
    throw new IllegalStateException("not inside the project: " + Path.of("").toAbsolutePath());
  }

  static String resource(String name) {
    try (InputStream in = ConformanceTable.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
