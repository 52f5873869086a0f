// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.suites.QuickLane.Observation;

/**
 * {@code wgj up, down, save, strip} against wg-quick over a corpus: exit code, output, log, the
 * state of the machine, what hooks and resolvconf saw, and the file. docs/wg-parity.md says how to
 * run more of it, and what is different on purpose.
 */
@Lab
class QuickParityTest {
  private static final int MOST_REPORTED = 20;
  private static final long SEED = Long.getLong("wg4j.quick.seed", 20210914);
  private static final int MANY = Integer.getInteger("wg4j.quick.cases", 450);

  /** In a file, and in a line of wg show all dump: a device, two keys, its port, its mark. */
  private static final Pattern PORT =
      Pattern.compile("(?m)(^ListenPort = |^\\S+\t\\S+\t\\S+\t)([0-9]+)(?=$|\t\\S+$)");

  /** In scripts that end within the limit of a command, whatever the machine. */
  private static final int AT_ONCE = 90;

  /** Of all that {@link #cornersAndSome} has every third. */
  @Test
  void aThird(@Guest("ours") Machine ours) {
    List<QuickCase> all = cornersAndOneOfEach();
    List<QuickCase> cases = new ArrayList<>();
    for (int i = 0; i < all.size(); i += 3) {
      cases.add(all.get(i));
    }
    assertThat(compare(ours, cases)).isNotEmpty();
  }

  /** Each difference that is kept has its example among the corners. */
  @Tag("long")
  @Test
  void cornersAndSome(@Guest("ours") Machine ours) {
    assertThat(compare(ours, cornersAndOneOfEach()))
        .isEqualTo(EnumSet.allOf(QuickDifference.class));
  }

  private static List<QuickCase> cornersAndOneOfEach() {
    List<QuickCase> cases = new ArrayList<>(QuickCorpus.corners());
    cases.addAll(generated(QuickCorpus.Family.values().length));
    return cases;
  }

  @Tag("long")
  @Test
  void atLength(@Guest("ours") Machine ours) {
    List<QuickCase> cases = generated(MANY);
    for (int from = 0; from < cases.size(); from += AT_ONCE) {
      compare(ours, cases.subList(from, Math.min(from + AT_ONCE, cases.size())));
    }
  }

  private static List<QuickCase> generated(int count) {
    QuickCorpus corpus = new QuickCorpus(SEED);
    List<QuickCase> cases = new ArrayList<>();
    QuickCorpus.Family[] families = QuickCorpus.Family.values();
    for (int i = 0; i < count; i++) {
      cases.add(corpus.next(families[i % families.length]));
    }
    return cases;
  }

  /** docs/wg-parity.md lists the kept differences, and no others. */
  @Test
  void keptDifferencesAreDocumented() throws IOException {
    Set<String> documented = new TreeSet<>();
    Matcher rows =
        Pattern.compile("(?m)^\\| `([A-Z0-9_]+)` \\|")
            .matcher(Files.readString(Path.of("../../docs/wg-parity.md")));
    while (rows.find()) {
      documented.add(rows.group(1));
    }
    Set<String> kept = new TreeSet<>();
    for (QuickDifference difference : QuickDifference.values()) {
      kept.add(difference.name());
    }
    assertThat(documented).isEqualTo(kept);
  }

  /** The kept differences that were met; fails if there is any other. */
  private static Set<QuickDifference> compare(Machine machine, List<QuickCase> cases) {
    return compare(cases, QuickLane.run(machine, cases));
  }

  /** The kept differences that were met; fails if there is any other. */
  static Set<QuickDifference> compare(List<QuickCase> cases, QuickLane.Both both) {
    Set<QuickDifference> met = EnumSet.noneOf(QuickDifference.class);
    List<String> complaints = new ArrayList<>();
    int calls = 0;
    for (int i = 0; i < cases.size(); i++) {
      calls += both.stock().get(i).size();
      compare(cases.get(i), both.stock().get(i), both.ours().get(i), met)
          .ifPresent(complaint -> complaints.add(complaint));
    }
    System.out.printf(
        "%d cases, %d calls, -Dwg4j.quick.seed=%d: %d differ%n",
        cases.size(), calls, SEED, complaints.size());
    if (!complaints.isEmpty()) {
      int reported = Math.min(MOST_REPORTED, complaints.size());
      throw new AssertionError(
          complaints.size()
              + " of "
              + cases.size()
              + " cases differ\n"
              + String.join("\n", complaints.subList(0, reported)));
    }
    return met;
  }

  /** What is wrong with a case, if anything is. */
  private static Optional<String> compare(
      QuickCase what, List<Observation> stock, List<Observation> wgj, Set<QuickDifference> met) {
    Observation before = masked(what, wgj.get(0));
    for (int i = 1; i < wgj.size(); i++) {
      QuickDifference.Pair pair =
          new QuickDifference.Pair(
              before, masked(what, stock.get(i - 1)), masked(what, wgj.get(i)));
      Optional<String> leftover = leftover(what, pair, i == wgj.size() - 1);
      if (leftover.isPresent()) {
        return leftover;
      }
      // What wg-quick leaves behind would be in its way from here on.
      boolean apart =
          pair.isUp()
              && pair.ours().code() + pair.stock().code() != 0
              && !tracks(pair.stock()).equals(tracks(pair.ours()));
      for (QuickDifference kept : QuickDifference.values()) {
        if (!pair.stock().equals(pair.ours())) {
          QuickDifference.Pair adjusted = kept.adjust(what, pair);
          if (!adjusted.stock().equals(pair.stock()) || !adjusted.ours().equals(pair.ours())) {
            met.add(kept);
          }
          pair = adjusted;
        }
      }
      if (!pair.stock().equals(pair.ours())) {
        return Optional.of(what + difference(pair.stock(), pair.ours()));
      }
      if (apart) {
        break;
      }
    }
    return Optional.empty();
  }

  private static String tracks(Observation one) {
    return one.state() + one.calls() + one.diary();
  }

  /** A failed up leaves nothing, and neither does the last down. */
  private static Optional<String> leftover(
      QuickCase what, QuickDifference.Pair pair, boolean last) {
    boolean over =
        pair.ours().words().contains("down") && pair.ours().code() == 0 && last
            || pair.isUp() && pair.ours().code() != 0 && isFirstCall(pair);
    String before = QuickDifference.withoutSourceMark(pair.before().state());
    String after = QuickDifference.withoutSourceMark(pair.ours().state());
    return over && !before.equals(after)
        ? Optional.of(what + "  wgj left\n" + lines(before, after) + pair.ours().err().indent(4))
        : Optional.empty();
  }

  /** Whether nothing came up before it. */
  private static boolean isFirstCall(QuickDifference.Pair pair) {
    return !pair.ours().err().endsWith("already exists\n");
  }

  private static String difference(Observation stock, Observation ours) {
    StringBuilder out = new StringBuilder();
    out.append("  ").append(ours.words()).append(" ended with ").append(stock.code());
    out.append(" and ").append(ours.code()).append("\n");
    out.append(difference("output", stock.out(), ours.out()));
    if (!stock.err().equals(ours.err())) {
      out.append("  log of wg-quick\n").append(stock.err().indent(4));
      out.append("  log of wgj\n").append(ours.err().indent(4));
    }
    out.append(difference("state", stock.state(), ours.state()));
    out.append(difference("calls", stock.calls(), ours.calls()));
    out.append(difference("diary", stock.diary(), ours.diary()));
    return out.append(difference("file", stock.file(), ours.file())).toString();
  }

  private static String difference(String name, String stock, String ours) {
    return stock.equals(ours) ? "" : "  " + name + "\n" + lines(stock, ours);
  }

  private static String lines(String from, String to) {
    List<String> left = from.lines().toList();
    List<String> right = to.lines().toList();
    StringBuilder out = new StringBuilder();
    left.stream()
        .filter(line -> !right.contains(line))
        .forEach(l -> out.append("    < " + l + "\n"));
    right.stream()
        .filter(line -> !left.contains(line))
        .forEach(l -> out.append("    > " + l + "\n"));
    return out.length() > 0 ? out.toString() : "    in order or number\n";
  }

  /** Without ports that the kernel chose. */
  private static Observation masked(QuickCase what, Observation one) {
    String told = what.configuration() + what.steps() + what.preparation() + what.files();
    return new Observation(
        one.words(),
        one.code(),
        one.out(),
        one.err(),
        withoutChosenPorts(told, one.state()),
        one.calls(),
        one.diary(),
        withoutChosenPorts(told, one.file()));
  }

  private static String withoutChosenPorts(String told, String text) {
    return PORT.matcher(text)
        .replaceAll(
            port ->
                told.contains(port.group(2)) || port.group(2).equals("0")
                    ? port.group()
                    : port.group(1) + "1");
  }
}
