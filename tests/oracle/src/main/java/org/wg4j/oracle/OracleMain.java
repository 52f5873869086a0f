// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.wg4j.oracle.scenario.Conversation;
import org.wg4j.oracle.scenario.Need;
import org.wg4j.oracle.scenario.Scenario;
import org.wg4j.oracle.scenario.Scenarios;
import org.wg4j.oracle.scenario.Settings;

/**
 * Runs scenarios against whatever WireGuard listens at the endpoint given.
 *
 * <p>Each scenario ends with the line {@code ORACLE OK name} or {@code ORACLE FAILED name: why}.
 * The exit code is 0 if all passed, 1 if one failed, 2 for a wrong command line.
 */
public final class OracleMain {
  private OracleMain() {}

  /**
   * @param arguments see the class comment and {@code --help}
   */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  private static int run(String[] arguments) {
    if (arguments.length == 0 || arguments[0].equals("--help") || arguments[0].equals("help")) {
      System.out.print(help());
      return arguments.length == 0 ? 2 : 0;
    }
    if (arguments[0].equals("list") || arguments[0].equals("--list")) {
      Scenarios.ALL.forEach(scenario -> System.out.println(describe(scenario)));
      return 0;
    }
    List<Run> runs = new ArrayList<>();
    try {
      for (List<String> part : split(arguments)) {
        runs.addAll(parse(part));
      }
    } catch (IllegalArgumentException e) {
      System.err.println("oracle: " + e.getMessage());
      return 2;
    }
    boolean good = true;
    for (Run run : runs) {
      good &= run(run.scenario(), run.settings());
    }
    return good ? 0 : 1;
  }

  private record Run(Scenario scenario, Settings settings) {}

  private static List<List<String>> split(String[] arguments) {
    List<List<String>> parts = new ArrayList<>();
    parts.add(new ArrayList<>());
    for (String argument : arguments) {
      if (argument.equals("--")) {
        parts.add(new ArrayList<>());
      } else {
        parts.get(parts.size() - 1).add(argument);
      }
    }
    return parts;
  }

  private static List<Run> parse(List<String> part) {
    if (part.isEmpty()) {
      throw new IllegalArgumentException("no scenario");
    }
    List<Scenario> scenarios = Arrays.stream(part.get(0).split(",")).map(Scenarios::named).toList();
    Settings settings = settings(part.subList(1, part.size()));
    scenarios.forEach(scenario -> requireFitting(scenario, settings));
    return scenarios.stream().map(scenario -> new Run(scenario, settings)).toList();
  }

  private static Settings settings(List<String> arguments) {
    Map<String, String> values = new TreeMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("not key=value: " + argument);
      }
      values.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    return Settings.parse(values);
  }

  private static void requireFitting(Scenario scenario, Settings settings) {
    if (scenario.needs().contains(Need.PSK) && settings.pskFile().isEmpty()) {
      throw new IllegalArgumentException(scenario.name() + " needs psk-file=");
    }
    if (scenario.needs().contains(Need.NO_PSK) && settings.pskFile().isPresent()) {
      throw new IllegalArgumentException(scenario.name() + " must have no psk-file=");
    }
    if (scenario.needs().contains(Need.WITNESS) && settings.netns().isPresent()) {
      throw new IllegalArgumentException(scenario.name() + " must have no netns=");
    }
    if (scenario.needs().contains(Need.STATE)
        && (settings.stateFile().isEmpty() || settings.endpoint6().isEmpty())) {
      throw new IllegalArgumentException(scenario.name() + " needs state= and endpoint6=");
    }
    if (scenario.needs().contains(Need.COMPROMISED) && settings.peerPrivateKeyFile().isEmpty()) {
      throw new IllegalArgumentException(scenario.name() + " needs peer-private-key-file=");
    }
    if (scenario.needs().contains(Need.PROBE) && settings.bind().getPort() == 0) {
      throw new IllegalArgumentException(scenario.name() + " needs bind= with a port");
    }
  }

  private static boolean run(Scenario scenario, Settings settings) {
    System.out.println("scenario " + scenario.name());
    try (Conversation conversation =
        new Conversation(
            settings, settings.pskFile().isPresent(), line -> System.out.println("  " + line))) {
      scenario.script().run(conversation);
    } catch (Exception e) {
      System.out.println("ORACLE FAILED " + scenario.name() + ": " + reason(e));
      return false;
    }
    System.out.println("ORACLE OK " + scenario.name());
    return true;
  }

  private static String reason(Exception e) {
    String text = e.getMessage() == null ? "" : ": " + e.getMessage();
    StackTraceElement[] trace = e.getStackTrace();
    String place = trace.length == 0 ? "" : " (at " + scenarioFrame(trace) + ")";
    return e.getClass().getSimpleName() + text.replace('\n', ' ') + place;
  }

  private static StackTraceElement scenarioFrame(StackTraceElement[] trace) {
    return Arrays.stream(trace)
        .filter(frame -> frame.getClassName().matches(".*[a-z]Scenarios"))
        .findFirst()
        .orElse(trace[0]);
  }

  private static String describe(Scenario scenario) {
    StringBuilder text = new StringBuilder(scenario.name()).append('\n');
    text.append("    ").append(scenario.proves()).append('\n');
    for (Need need : scenario.needs()) {
      text.append("    needs ").append(need).append(": ").append(need.description()).append('\n');
    }
    return text.toString().stripTrailing();
  }

  private static String help() {
    return """
        usage: oracle SCENARIO[,SCENARIO...] KEY=VALUE... [-- SCENARIO... KEY=VALUE...]...
               oracle list

        Talks to a WireGuard implementation as its peer. Every scenario ends with the line
        "ORACLE OK <scenario>" or "ORACLE FAILED <scenario>: why"; the exit code is 0, 1, or 2 for a
        wrong command line. The other side must have this peer configured, with our inner addresses
        (and no others) as allowed IPs, and its own inner addresses on its device, which is up. A
        peer that never talked before (remove and add it) is best: otherwise scenarios that wait
        for the other side to initiate take half a minute longer. So scenarios may have settings of
        their own, after "--".

        settings:
        """
        + Settings.HELP;
  }
}
