// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.StringJoiner;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.wg4j.lab.Command;
import org.wg4j.lab.KernelLogJudge;
import org.wg4j.lab.Machine;
import org.wg4j.lab.MachineSpec;
import org.wg4j.lab.Result;
import org.wg4j.oracle.wire.MacSigner;

/**
 * An established tunnel under floods of messages that are not its peer's, with our module and with
 * the kernel's own, in one guest: {@code flood.sh} says which. Throughput is measured by
 * instructions, so it needs {@code -Dwg4j.lab.instructionClock=true}.
 *
 * <p>The floods come from the same processor as everything else. The measure of what is kept is
 * therefore the throughput during the same flood, sent to another Ethernet address: whatever the
 * flooded host itself does with a datagram counts, what sending it costs does not.
 */
@Tag("lab")
@Tag("long")
@EnabledIfSystemProperty(named = "wg4j.lab.instructionClock", matches = "true")
class FloodTest {
  private static final Duration LIMIT = Duration.ofMinutes(60);

  /** Of datagrams a second. */
  private static final int RATE = 10_000;

  /** Of initiations with a valid mac1 too: at most of these the queue never fills. */
  private static final List<Integer> SLOWER = List.of(4_000, 2_000, 1_000, 500);

  private static final double KEPT = 0.8;

  /**
   * What the kernel may need more of at some moment of a flood, in KiB: the messages that wait are
   * no more than 4096.
   */
  private static final long GROWTH = 16 << 10;

  /** What the slabs may have grown by after all floods, 460,000 datagrams, in KiB. */
  private static final long GROWTH_AT_LAST = 4 << 10;

  /**
   * Seconds until one who has no session has one: an initiation that gets a cookie, and five
   * seconds later, or after five more, one with it that is not lost.
   */
  private static final double THROUGH_AFTER = 4.9;

  private static final double THROUGH = 11;

  /** More datagrams than fit into a socket with the smallest buffer. */
  private static final long FIT = 10;

  private static final int INITIATION = 148;
  private static final int SIGNED_INITIATIONS = 500;
  private static final String ELSEWHERE = " elsewhere";
  private static final String FULL = " full";
  private static final String TUNNEL = " tunnel";

  /**
   * What one flood did.
   *
   * @param rateAsked what it was to be, in datagrams a second
   * @param bits of the tunnel's throughput, a second
   * @param sent datagrams
   * @param milliseconds of the guest's, for which it lasted
   * @param slab by how many KiB the slabs grew at the worst moment
   * @param memory by how many KiB the memory available shrank
   * @param arrived datagrams, at the interface of the host that is flooded
   * @param answered by how many datagrams
   * @param refused datagrams, that found no socket or a full one
   */
  private record Flood(
      int rateAsked,
      double bits,
      long sent,
      long milliseconds,
      long slab,
      long memory,
      long arrived,
      long answered,
      long refused) {
    double rate() {
      return sent * 1000.0 / milliseconds;
    }
  }

  /**
   * What a module went through.
   *
   * @param floods by name and where to
   * @param slabGrowth from before the first flood until after the last one, in KiB
   * @param through seconds that a handshake took during a flood
   */
  private record Run(Map<String, Flood> floods, long slabGrowth, double through) {
    List<String> tunnels() {
      return floods.keySet().stream()
          .filter(name -> name.endsWith(TUNNEL))
          .map(name -> name.substring(0, name.length() - TUNNEL.length()))
          .toList();
    }

    double bits(String name) {
      return floods.get(name + TUNNEL).bits();
    }

    /** The part of the throughput that is kept. What differs in names costs the sender nothing. */
    double kept(String name) {
      String sameToSend = name.replaceFirst("-(spoofed|mac2)$", "") + ELSEWHERE;
      return bits(name) / floods.get(sameToSend).bits();
    }

    /** By how many instructions a datagram is dearer than one for somebody else. */
    double cost(String name) {
      return (1 - kept(name)) * 1e9 / floods.get(name + TUNNEL).rate();
    }
  }

  private final Identity identityA = Identity.generate();
  private final Identity identityB = Identity.generate();

  @Test
  void keepsItsThroughputAndTakesNoMemory() {
    MachineSpec spec = MachineSpec.of("flood").withCpus(1).withSlubDebug(false);
    try (Machine machine = Machine.boot(spec)) {
      prepare(machine);
      machine.loadInTreeWireGuard();
      Run stock = floods(machine);
      machine.unloadModule("wireguard");
      machine.loadWireGuard();
      Run ours = floods(machine);
      KernelLogJudge.strict().judge(machine.name(), machine.kernelLog());
      System.out.println(table(ours, stock));
      ours.floods().forEach(FloodTest::requireSound);
      stock.floods().forEach(FloodTest::requireSound);
      assertThat(ours.tunnels()).hasSize(8 + SLOWER.size());
      SoftAssertions.assertSoftly(soft -> judge(soft, ours, stock));
      machine.powerOff();
    }
  }

  /** What a flood has to be for its figures to mean something. */
  private static void requireSound(String name, Flood flood) {
    assertThat(flood.rate())
        .as("datagrams a second: " + name)
        .isGreaterThan(0.97 * flood.rateAsked());
    assertThat(flood.arrived()).as("arrived: " + name).isGreaterThanOrEqualTo(flood.sent());
    if (name.endsWith(FULL)) {
      assertThat(flood.refused()).as("refused: " + name).isGreaterThan(flood.sent() - FIT);
    } else {
      assertThat(flood.refused()).as("refused: " + name).isZero();
    }
    // A cookie is all that somebody without a session can get.
    if (!name.startsWith("mac1")) {
      assertThat(flood.answered()).as("answered: " + name).isZero();
    }
  }

  private static void judge(SoftAssertions soft, Run ours, Run stock) {
    for (String name : ours.tunnels()) {
      Flood flood = ours.floods().get(name + TUNNEL);
      soft.assertThat(flood.slab()).as("KiB of slabs: " + name).isLessThan(GROWTH);
      soft.assertThat(flood.memory()).as("KiB: " + name).isLessThan(GROWTH);
      soft.assertThat(ours.kept(name)).as("throughput kept: " + name).isGreaterThan(KEPT);
      soft.assertThat(ours.bits(name))
          .as("throughput, and the kernel's module's: " + name)
          .isGreaterThan(stock.bits(name));
    }
    soft.assertThat(ours.slabGrowth()).as("KiB of slabs at last").isLessThan(GROWTH_AT_LAST);
    soft.assertThat(ours.through()).as("seconds").isBetween(THROUGH_AFTER, THROUGH);
  }

  private void prepare(Machine machine) {
    machine.sh("rm -rf /tmp/flood && mkdir -m 700 /tmp/flood").check();
    GuestProgram.put("flood", machine, "/tmp/flood");
    machine.write("/tmp/flood/a.conf", end(identityA, 1, identityB, 2));
    machine.write("/tmp/flood/b.conf", end(identityB, 2, identityA, 1));
    machine.write("/tmp/flood/mac1", signedInitiations());
  }

  private static String end(Identity own, int number, Identity peer, int other) {
    return new TunnelEnd(
            "wg0",
            own,
            51820 + number,
            List.of(),
            1420,
            peer.publicKey(),
            Optional.empty(),
            List.of("10.77.0." + other + "/32"),
            Optional.of("192.0.2." + other + ":" + (51820 + other)))
        .configuration();
  }

  /** Noise, but for type and first checksum: whoever knows the device's public key can make it. */
  private String signedInitiations() {
    MacSigner signer = new MacSigner(Base64.getDecoder().decode(identityB.publicKey()));
    Random random = new Random(1);
    StringJoiner lines = new StringJoiner("\n", "", "\n");
    for (int i = 0; i < SIGNED_INITIATIONS; i++) {
      byte[] message = new byte[INITIATION];
      random.nextBytes(message);
      message[0] = 1;
      message[1] = 0;
      message[2] = 0;
      message[3] = 0;
      signer.sign(message);
      lines.add(HexFormat.of().formatHex(message));
    }
    return lines.toString();
  }

  private static Run floods(Machine machine) {
    String slower = SLOWER.stream().map(String::valueOf).collect(joining(" "));
    String settings = "rate=%d\nslower='%s'\n".formatted(RATE, slower);
    Result result =
        machine.run(Command.sh(settings + Resources.read("flood.sh")).within(LIMIT)).check();
    System.out.println(result.stdout());
    return read(result.lines());
  }

  private static Run read(List<String> account) {
    Map<String, Flood> floods = new LinkedHashMap<>();
    List<Long> slabs = new ArrayList<>();
    double through = Double.NaN;
    for (String line : account) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "flood" ->
            floods.put(
                words[1] + " " + words[2],
                new Flood(
                    Integer.parseInt(words[4]),
                    Double.parseDouble(words[6]),
                    Long.parseLong(words[8]),
                    Long.parseLong(words[10]),
                    Long.parseLong(words[12]),
                    Long.parseLong(words[14]),
                    Long.parseLong(words[16]),
                    Long.parseLong(words[18]),
                    Long.parseLong(words[20])));
        case "calm" -> slabs.add(Long.valueOf(words[4]));
        case "through" -> through = Double.parseDouble(words[2]) - Double.parseDouble(words[1]);
        default -> throw new AssertionError(line);
      }
    }
    assertThat(slabs).hasSize(2);
    return new Run(floods, slabs.get(1) - slabs.get(0), through);
  }

  /** For docs/floods.md. */
  private static String table(Run ours, Run stock) {
    StringJoiner lines = new StringJoiner("\n");
    for (String name : ours.tunnels()) {
      lines.add(
          "| "
              + name
              + " | "
              + ours.floods().get(name + TUNNEL).rateAsked()
              + row(ours, name)
              + row(stock, name)
              + " |");
    }
    return lines.toString();
  }

  private static String row(Run run, String name) {
    Flood flood = run.floods().get(name + TUNNEL);
    return String.format(
        Locale.ROOT,
        " | %.0f | %.0f %% | %.1f | %d",
        flood.bits() / 1e6,
        100 * run.kept(name),
        run.cost(name) / 1000,
        flood.slab());
  }
}
