// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.wg4j.cli.QuickServer;
import org.wg4j.lab.Command;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;

/**
 * Runs {@link QuickCase}s in a guest, many in one script: with wg-quick, or with wgj, which one JVM
 * serves for all of them.
 */
final class QuickLane {

  /**
   * What one call came to.
   *
   * @param words the call; empty for the look before the first one
   * @param code what it ended with
   * @param out standard output
   * @param err standard error
   * @param state links, addresses, routes, rules, firewall, resolver and WireGuard devices then
   * @param calls how the recorder has been called until then, and with what
   * @param diary what hooks have written until then
   * @param file the first configuration file then, with its mode
   */
  record Observation(
      List<String> words,
      int code,
      String out,
      String err,
      String state,
      String calls,
      String diary,
      String file) {}

  private static final Duration PATIENCE_FOR_START = Duration.ofMinutes(5);
  private static final Duration PATIENCE_FOR_CASE = Duration.ofMinutes(1);
  private static final String SCRIPT = "/tmp/quick-lane";

  /** Each in a mount namespace: paths are the same, what is there is not. */
  private static final String RUN =
      """
      for lane in stock ours; do
        unshare --mount --propagation private sh %1$s-$lane >%1$s-$lane.out &
      done
      wait
      """;

  private static final char MARK = '\036';

  private QuickLane() {}

  /**
   * Runs the cases with both, at the same time.
   *
   * @param stock what became of each with wg-quick
   * @param ours and with wgj
   */
  record Both(List<List<Observation>> stock, List<List<Observation>> ours) {}

  static Both run(Machine machine, List<QuickCase> cases) {
    List<String> java =
        new ArrayList<>(GuestJava.command(machine, "auto", QuickServer.class).argv());
    // Of two, the last counts.
    java.add(java.indexOf("-cp"), "-Dwgj.program=wg-quick");
    machine.write(SCRIPT + "-stock", script("stock", "", cases));
    machine.write(SCRIPT + "-ours", script("ours", quoted(java), cases));
    Duration patience = PATIENCE_FOR_START.plus(PATIENCE_FOR_CASE.multipliedBy(cases.size()));
    Result result = machine.run(Command.sh(RUN.formatted(SCRIPT)).within(patience));
    assertThat(result.stderr()).as("what the lanes complain of").isEmpty();
    return new Both(
        read("stock", output(machine, "stock"), cases),
        read("ours", output(machine, "ours"), cases));
  }

  /** Also kept for whoever wants to know more than a failure tells. */
  private static String output(Machine machine, String lane) {
    Path kept = machine.consoleLog().resolveSibling("quick-" + lane + ".out");
    machine.get(SCRIPT + "-" + lane + ".out", kept);
    try {
      return Files.readString(kept);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String quoted(List<String> words) {
    StringBuilder out = new StringBuilder();
    for (String word : words) {
      out.append(" '").append(word.replace("'", "'\\''")).append('\'');
    }
    return out.toString();
  }

  /** What came of the cases, as a lane printed it. */
  static List<List<Observation>> read(String lane, String output, List<QuickCase> cases) {
    try {
      return new Reader(output, lane.equals("ours"), cases).read();
    } catch (IllegalStateException | NumberFormatException e) {
      String end = output.substring(Math.max(0, output.length() - 2000));
      throw new AssertionError(lane + ": " + e.getMessage() + "; it ends with " + end, e);
    }
  }

  /** The script of a lane. */
  static String script(String lane, String server, List<QuickCase> cases) {
    StringBuilder script = new StringBuilder("lane=" + lane + "\n");
    script.append(Resources.read("quick-host.sh")).append(Resources.read("quick-lane.sh"));
    script.append("start").append(server).append('\n');
    for (int i = 0; i < cases.size(); i++) {
      write(script, i, cases.get(i), lane.equals("ours"));
    }
    return script.append("finish\n").toString();
  }

  private static void write(StringBuilder script, int number, QuickCase what, boolean looksBefore) {
    script.append("begin ").append(number).append(' ').append(what.firewall());
    script.append(' ').append(what.resolver()).append('\n');
    if (!what.order().isEmpty()) {
      script.append("order").append(quoted(List.of(what.order()))).append('\n');
    }
    for (QuickCase.ConfigurationFile file : what.files()) {
      script.append("conf").append(quoted(List.of(file.mode(), file.path()))).append(" <<'END'\n");
      byte[] bytes = file.text().getBytes(StandardCharsets.UTF_8);
      script.append(base64(bytes)).append("\nEND\n");
    }
    String look = "look" + quoted(List.of(what.files().get(0).path())) + "\n";
    run(script, "prepare", what.preparation());
    if (looksBefore) {
      script.append("part run 0; part out; part err\n").append(look);
    }
    for (QuickCase.Step step : what.steps()) {
      if (step instanceof QuickCase.Call call) {
        script.append("quick").append(quoted(call.words())).append('\n');
        script.append(looksAt(call) ? look : "");
      } else if (step instanceof QuickCase.Script lines) {
        run(script, "meanwhile", lines.lines());
      }
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getMimeEncoder(76, new byte[] {10}).encodeToString(bytes);
  }

  private static void run(StringBuilder script, String how, String lines) {
    if (!lines.isEmpty()) {
      script.append(how).append(" <<'END-OF-SCRIPT'\n").append(lines).append("\nEND-OF-SCRIPT\n");
    }
  }

  private static boolean looksAt(QuickCase.Call call) {
    return !call.words().contains("strip");
  }

  /** Takes the output apart again. */
  private static final class Reader {
    private final String[] parts;
    private final boolean looksBefore;
    private final List<QuickCase> cases;
    private int next = 1;

    private static final String DEVICES = "# devices\n";
    private static final Pattern INDEX = Pattern.compile("(?m)^[0-9]+: ");

    /** The kernel adds them when it has time; the addresses that they are for are there at once. */
    private static final Pattern LATE =
        Pattern.compile("(?m)^(?:local|anycast|multicast) [0-9a-f]*:\\S* dev .* table local .*\n");

    /**
     * Interface, key, preshared key, endpoint, prefixes; handshake, bytes in and out; keepalive.
     */
    private static final Pattern PEER =
        Pattern.compile("(?m)^((?:[^\t\n]+\t){5})(?:[0-9]+\t){3}([^\t\n]+)$");

    Reader(String output, boolean looksBefore, List<QuickCase> cases) {
      this.looksBefore = looksBefore;
      this.parts = output.split("\n" + MARK, -1);
      this.cases = cases;
    }

    List<List<Observation>> read() {
      List<List<Observation>> all = new ArrayList<>();
      for (int i = 0; i < cases.size(); i++) {
        all.add(read(i, cases.get(i)));
      }
      part("end");
      return all;
    }

    private List<Observation> read(int number, QuickCase what) {
      part("case " + number);
      List<Observation> observations = new ArrayList<>();
      if (looksBefore) {
        observations.add(observation(List.of(), true));
      }
      for (QuickCase.Step step : what.steps()) {
        if (step instanceof QuickCase.Call call) {
          observations.add(observation(call.words(), looksAt(call)));
        }
      }
      return observations;
    }

    private Observation observation(List<String> words, boolean looked) {
      Map.Entry<String, String> run = part("run ");
      return new Observation(
          words,
          Integer.parseInt(run.getKey()),
          part("out").getValue(),
          part("err").getValue(),
          looked ? withoutWhatPasses(part("state").getValue()) : "",
          looked ? part("calls").getValue() : "",
          looked ? part("diary").getValue() : "",
          looked ? part("file").getValue() : "");
    }

    /** No indices of links, and nothing that depends on when. */
    private static String withoutWhatPasses(String state) {
      String named = INDEX.matcher(state).replaceAll("");
      String settled = LATE.matcher(named).replaceAll("").replace(" tentative", "");
      String peers = PEER.matcher(settled).replaceAll("$1$2");
      // In the order of the file that they came from.
      int from = peers.indexOf(DEVICES) + DEVICES.length();
      int to = peers.indexOf("# resolver\n");
      return peers.substring(0, from)
          + peers
              .substring(from, to)
              .lines()
              .sorted()
              .map(line -> line + "\n")
              .collect(Collectors.joining())
          + peers.substring(to);
    }

    /** The next part: what its name has behind what is expected, and what is in it. */
    private Map.Entry<String, String> part(String name) {
      String part = next < parts.length ? parts[next] : "nothing\n";
      int end = part.indexOf('\n');
      String line = end < 0 ? part : part.substring(0, end);
      if (!line.startsWith(name)) {
        throw new IllegalStateException("part " + next + " is " + line + ", not " + name);
      }
      next++;
      return Map.entry(line.substring(name.length()), end < 0 ? "" : part.substring(end + 1));
    }
  }
}
