// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

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
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * wgj does what the real wg(8) does, byte for byte: output, errors, exit code, and what it asks of
 * interfaces in user space. docs/wg-parity.md says how to run more of this, and what is different
 * on purpose.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class WgParityTest {

  private static final int MOST_REPORTED = 40;
  private static final long SEED = Long.getLong("wgj.parity.seed", 20210914);
  private static final int FEW = 300;
  private static final int MANY = Integer.getInteger("wgj.parity.cases", 5000);

  private static final String WG0 = "listen_port=5\nfwmark=7\nerrno=0\n\n";

  @TempDir static Path directory;
  private static ParityLab lab;

  @BeforeAll
  static void start() throws IOException {
    lab = new ParityLab(directory);
  }

  @AfterAll
  static void stop() throws IOException {
    if (lab != null) {
      lab.close();
    }
  }

  /** Each kept difference is there, and is what explains its example. */
  @ParameterizedTest
  @EnumSource
  void kept(KeptDifference difference) throws IOException {
    ParityCase example = ParityCorpus.examples().get(difference);
    ParityLab.Outcome outcome = lab.run(example);
    assertThat(outcome.wgj()).doesNotContain(outcome.wg());
    assertThat(explanation(example, outcome)).contains(Set.of(difference));
  }

  /** docs/wg-parity.md lists the kept differences, and no others. */
  @Test
  void keptDifferencesAreDocumented() throws IOException {
    Set<String> documented = new TreeSet<>();
    Matcher rows =
        Pattern.compile("(?m)^\\| ([A-Z0-9_]+) \\|")
            .matcher(Files.readString(Path.of("../../docs/wg-parity.md")));
    while (rows.find()) {
      documented.add(rows.group(1));
    }
    Set<String> kept = new TreeSet<>(Set.of("FULL_DISK"));
    for (KeptDifference difference : KeptDifference.values()) {
      kept.add(difference.name());
    }
    assertThat(documented).isEqualTo(kept);
  }

  /** Families of generated cases. */
  enum Family {
    SHOW(ParityCorpus::show),
    SHOWCONF(ParityCorpus::showconf),
    HOSTILE(ParityCorpus::hostile),
    SET(ParityCorpus::set),
    CONF(ParityCorpus::conf),
    KEYS(ParityCorpus::keys),
    WORDS(ParityCorpus::words);

    private final Function<ParityCorpus, ParityCase> maker;

    Family(Function<ParityCorpus, ParityCase> maker) {
      this.maker = maker;
    }
  }

  @Test
  void corners() throws IOException {
    compare("corners", ParityCorpus.corners().stream());
  }

  /** What depends on real descriptors. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "script -qec '{} show' /dev/null",
        "script -qec '{} show wg0' /dev/null </dev/null",
        "WG_COLOR_MODE=never script -qec '{} show wg0' /dev/null",
        "script -qec '{} show wg0 dump' /dev/null",
        "{} show wg0 </dev/null",
        "umask 022; {} genkey >key; code=$?; wc -c <key; rm key; exit $code",
        "umask 027; {} genpsk >key; code=$?; wc -c <key; rm key; exit $code",
        "umask 022; {} show wg0 >key; cat key; rm key",
        "LC_ALL=C.UTF-8; export LC_ALL; {} \u00fc",
        "LC_ALL=C.UTF-8; export LC_ALL; echo x >b\u00fc; {} setconf wg0 b\u00fc; rm b\u00fc",
        "{} genkey | {} pubkey | wc -c",
        "mkfifo p; (echo '[Interface]'; echo FwMark=9) >p & {} setconf wg0 p; code=$?; rm p;"
            + " exit $code",
        "{} set wg0 fwmark 5 private-key /dev/stdin </dev/null"
      })
  void processes(String line) throws IOException {
    List<ParityLab.Run> both = lab.processes(line, WG0);
    assertThat(KeptDifference.withoutMoreCommands(both.get(0), both.get(1)).err())
        .isEqualTo(both.get(0).err());
    assertThat(both.get(1).out()).isEqualTo(both.get(0).out());
    assertThat(both.get(1).code()).isEqualTo(both.get(0).code());
    assertThat(both.get(1).requests()).isEqualTo(both.get(0).requests());
  }

  /** Two more kept differences, FULL_DISK and DIRECTORIES. */
  @Test
  void whatCannotBeWrittenOrReadIsAnError() throws IOException {
    List<ParityLab.Run> both = lab.processes("{} genkey >/dev/full", WG0);
    assertThat(both).extracting(ParityLab.Run::code).containsExactly(0, 1);
    both = lab.processes("{} pubkey </", WG0);
    assertThat(both).extracting(ParityLab.Run::code).containsExactly(1, 1);
    assertThat(both.get(1).err()).isEqualTo("wg: stdin: Is a directory\n");
  }

  /** Each number of an answer, and the values that it may not have. */
  @Test
  void numbersInAnswers() throws IOException {
    compare("numbers in answers", ParityCorpus.numbersInAnswers().stream());
  }

  @Test
  void setAnswers() throws IOException {
    compare("answers to set", ParityCorpus.setAnswers().stream());
  }

  @ParameterizedTest
  @EnumSource
  void generated(Family family) throws IOException {
    generated(family, FEW);
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource
  void generatedAtLength(Family family) throws IOException {
    generated(family, MANY);
  }

  private static void generated(Family family, int count) throws IOException {
    long seed = SEED + family.name().hashCode();
    ParityCorpus corpus = new ParityCorpus(seed);
    compare(
        family + ", -Dwgj.parity.seed=" + SEED,
        Stream.generate(() -> family.maker.apply(corpus)).limit(count));
  }

  /** The kept differences that lie between the two; empty if there is something else. */
  private static Optional<Set<KeptDifference>> explanation(
      ParityCase one, ParityLab.Outcome outcome) throws IOException {
    for (KeptDifference kept : KeptDifference.values()) {
      ParityCase rewritten = kept.rewritten(one);
      // In the same second, or an age in the output may be another one.
      for (int tries = 0; tries < 5 && !rewritten.toString().equals(one.toString()); tries++) {
        ParityLab.Run wg = lab.run(rewritten).wg();
        if (lab.run(one).wgj().contains(wg)) {
          return Optional.of(Set.of(kept));
        }
      }
    }
    for (ParityLab.Run wgj : outcome.wgj()) {
      KeptDifference.Pair pair = new KeptDifference.Pair(outcome.wg(), wgj);
      Set<KeptDifference> used = EnumSet.noneOf(KeptDifference.class);
      for (KeptDifference kept : KeptDifference.values()) {
        KeptDifference.Pair adjusted = kept.adjust(one, pair);
        if (!adjusted.equals(pair)) {
          used.add(kept);
        }
        pair = adjusted;
        if (pair.wg().equals(pair.wgj())) {
          return Optional.of(used);
        }
      }
    }
    return Optional.empty();
  }

  private static void compare(String what, Stream<ParityCase> cases) throws IOException {
    List<String> differences = new ArrayList<>();
    int run = 0;
    for (ParityCase one : (Iterable<ParityCase>) cases::iterator) {
      run++;
      ParityLab.Outcome outcome = lab.run(one);
      if (!outcome.wgj().contains(outcome.wg()) && explanation(one, outcome).isEmpty()) {
        ParityLab.Run last = outcome.wgj().get(outcome.wgj().size() - 1);
        differences.add(
            "case " + run + ": " + one + "\n  wg:  " + outcome.wg() + "\n  wgj: " + last);
      }
    }
    assertThat(run).isPositive();
    if (!differences.isEmpty()) {
      List<String> reported = differences.subList(0, Math.min(MOST_REPORTED, differences.size()));
      throw new AssertionError(
          what
              + ": "
              + differences.size()
              + " of "
              + run
              + " cases differ\n"
              + String.join("\n\n", reported));
    }
  }
}
