// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.wg4j.lab.Command;
import org.wg4j.lab.Machine;
import org.wg4j.lab.MachineSpec;

/**
 * What many peers cost by the instruction clock. When they are configured: with stock wg and ip,
 * our module and the in-tree one in turns in one machine. When a packet is theirs: our module's
 * tables.
 */
public final class ControlBench {
  private static final int PEERS = 10_000;
  private static final Duration LIMIT = Duration.ofMinutes(30);

  /** Keys are random numbers: nobody has to own them. */
  private static final String CONFIGURATION =
      """
      umask 077
      cd /tmp
      perl -MMIME::Base64 - $peers >many.conf <<'END'
      srand 7;
      sub key { encode_base64 pack 'N8', map { int rand 2 ** 32 } 1 .. 8 }
      print "[Interface]\\nPrivateKey = ", key;
      for my $i (1 .. shift) {
        print "[Peer]\\nPublicKey = ", key, "AllowedIPs = 10.", join('.', $i >> 16, $i >> 8 & 255, $i & 255), "/32\\n";
      }
      END
      """;

  /**
   * Prints lines of a name and a figure, several of each: while the guest waits for a host that is
   * busy, its clock runs ahead from timer to timer, so that the least is the one that counts.
   */
  private static final String MEASURE =
      """
      cd /tmp
      took() { # NAME COMMAND...
        name=$1
        shift
        perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e '
          my $name = shift;
          my $begin = clock_gettime(CLOCK_MONOTONIC);
          system(@ARGV) == 0 or die "failed: @ARGV\\n";
          printf "%s %.3f\\n", $name, (clock_gettime(CLOCK_MONOTONIC) - $begin) * 1000' "$name" "$@"
      }
      kept() { awk '$1 == "SUnreclaim:" || $1 == "Percpu:" || $1 == "VmallocUsed:" { n += $2 } END { print n }' /proc/meminfo; }
      for round in 1 2 3; do
        ip link add wg0 type wireguard
        before=$(kept)
        took set wg setconf wg0 many.conf
        awk -v kib=$(($(kept) - before)) -v peers=$peers 'BEGIN { print "memory", kib * 1024 / peers }'
        took replace wg setconf wg0 many.conf
        for again in 1 2 3; do took dump sh -c 'wg show wg0 dump >dump'; done
        [ $(wc -l <dump) -eq $((peers + 1)) ]
        took delete ip link delete wg0
      done
      """;

  /** What is measured: its name in the script, and in the report. */
  private static final Map<String, String> TITLES = new LinkedHashMap<>();

  static {
    TITLES.put("set", "wg setconf, " + PEERS + " peers, ms");
    TITLES.put("replace", "wg setconf again, replacing all, ms");
    TITLES.put("dump", "wg show dump, ms");
    TITLES.put("delete", "ip link delete, ms");
    TITLES.put("memory", "kernel memory for a peer and its prefix, bytes");
  }

  private ControlBench() {}

  /**
   * Measures and prints.
   *
   * @param args where the report goes, and the guest module that measures lookups
   *     (tests/suites/guest-module)
   */
  public static void main(String[] args) {
    MachineSpec spec = MachineSpec.of("control").withSlubDebug(false).withCpus(1);
    try (Machine machine = Machine.boot(spec)) {
      sh(machine, CONFIGURATION);
      Map<String, Double> inTree = measure(machine, Contender.IN_TREE);
      Map<String, Double> ours = measure(machine, Contender.OURS);
      String origin =
          String.format(
              "make bench, %s, Linux %s, one CPU on the instruction clock: a millisecond is 10^6"
                  + " guest instructions",
              LocalDate.now(), machine.kernelRelease());
      machine.loadModule(Path.of(args[1]));
      String table = table(origin, inTree, ours) + lookups(sh(machine, "cat /proc/wg_lookups"));
      Path file = Path.of(args[0]).resolve("control.md");
      Files.createDirectories(file.getParent());
      Files.writeString(file, table);
      System.out.println(table + "\nwritten to " + file);
      machine.powerOff();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sh(Machine machine, String script) {
    String full = "set -e\npeers=" + PEERS + "\n" + script;
    return machine.run(Command.sh(full).within(LIMIT)).check().stdout();
  }

  private static Map<String, Double> measure(Machine machine, Contender contender) {
    contender.load(machine);
    Map<String, Double> figures = new LinkedHashMap<>();
    for (String line : sh(machine, MEASURE).lines().toList()) {
      String[] words = line.split(" ");
      System.out.printf(
          Locale.ROOT, "  %-8s %-48s %s%n", contender.title(), TITLES.get(words[0]), words[1]);
      figures.merge(words[0], Double.valueOf(words[1]), Math::min);
    }
    if (!figures.keySet().equals(TITLES.keySet())) {
      throw new AssertionError("measured " + figures.keySet() + " instead of " + TITLES.keySet());
    }
    contender.unload(machine);
    return figures;
  }

  private static String table(String origin, Map<String, Double> inTree, Map<String, Double> ours) {
    StringBuilder text = new StringBuilder();
    text.append("<!-- SPDX-License-Identifier: Apache-2.0 -->\n<!-- ").append(origin);
    text.append(" -->\n\n# Many peers\n\n");
    text.append("| | in-tree | wg4j | in-tree : wg4j |\n|---|---:|---:|---:|\n");
    TITLES.forEach(
        (name, title) ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "| %s | %,.0f | %,.0f | %.2f |%n",
                    title,
                    inTree.get(name),
                    ours.get(name),
                    inTree.get(name) / ours.get(name))));
    return text.toString();
  }

  private static String lookups(String figures) {
    StringBuilder text = new StringBuilder();
    text.append(
        "\n## Lookups\n\nInstructions to find one at random among many peers, each of which");
    text.append(" has a live session and an address:\n\n");
    text.append("| peers | session by its index | peer by its address |\n|---:|---:|---:|\n");
    for (String line : figures.lines().toList()) {
      String[] words = line.split(" ");
      text.append(
          String.format(
              Locale.ROOT,
              "| %,d | %,d | %,d |%n",
              Integer.valueOf(words[0]),
              Integer.valueOf(words[1]),
              Integer.valueOf(words[2])));
    }
    return text.toString();
  }
}
