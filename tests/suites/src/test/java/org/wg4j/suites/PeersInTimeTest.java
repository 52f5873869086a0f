// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Our module and another implementation, on virtual time: {@code tests/lab/uml/peers.sh}. What is
 * judged are packets on the wire and the peers' counters; no limit is one of this machine's clock.
 * Kernel, its own module and wireguard-go are those of a Debian release.
 */
@Tag("lab")
class PeersInTimeTest {
  /** One more of each is lived, to show that what must be erased at its end was there before. */
  private static final String LIVES = "10";

  private static final String GO = "wireguard-go";

  private static void run(
      String release, String peer, TestReporter reporter, String part, String... arguments) {
    List<String> argv = new ArrayList<>();
    argv.add(peer.equals(GO) ? wireguardGo(release) : peer);
    argv.add(part);
    argv.addAll(List.of(arguments));
    VirtualTime run = VirtualTime.besideInTreeOf(release, "peers.sh", argv.toArray(String[]::new));
    for (String word : List.of("peer", "fired", "lived")) {
      run.said(word).forEach(line -> reporter.publishEntry(word, line));
    }
    run.assertPart(part, reporter);
  }

  /** A release's program: this machine's own is bookworm's, the others are in their guest roots. */
  private static String wireguardGo(String release) {
    if (release.equals("bookworm")) {
      return GO;
    }
    Path builder = ConformanceTable.root().resolve("tests/lab/image/root.sh");
    List<String> image = VirtualTime.command(builder.toString(), release);
    // The directory is the last thing that it says, before its exit code.
    Path program = Path.of(image.get(image.size() - 2)).resolve("root/usr/bin").resolve(GO);
    assertThat(program).as(String.join("\n", image)).isExecutable();
    return program.toString();
  }

  @ParameterizedTest
  @CsvSource({"in_tree, theirs, yes, 6", "wireguard-go, ours, no, 4"})
  void renewsMovesRestartsAndRecovers(
      String peer, String beginner, String preshared, String family, TestReporter reporter) {
    run("bookworm", peer, reporter, "once", beginner, preshared, family);
  }

  @ParameterizedTest
  @CsvSource({
    "bookworm, in_tree",
    "bookworm, wireguard-go",
    "trixie, in_tree",
    "trixie, wireguard-go",
    "sid, in_tree",
    "sid, wireguard-go"
  })
  @Tag("long")
  void renewsMovesRestartsAndRecoversHoweverItBegan(
      String release, String peer, TestReporter reporter) {
    run(release, peer, reporter, "all");
  }

  @ParameterizedTest
  @CsvSource({
    "bookworm, in_tree, ours",
    "bookworm, in_tree, theirs",
    "bookworm, wireguard-go, ours",
    "bookworm, wireguard-go, theirs",
    "trixie, in_tree, ours",
    "trixie, in_tree, theirs",
    "trixie, wireguard-go, ours",
    "trixie, wireguard-go, theirs",
    "sid, in_tree, ours",
    "sid, in_tree, theirs",
    "sid, wireguard-go, ours",
    "sid, wireguard-go, theirs"
  })
  @Tag("long")
  void everyTimerRunsOutTenTimes(
      String release, String peer, String subject, TestReporter reporter) {
    run(release, peer, reporter, "live", subject, LIVES);
  }
}
