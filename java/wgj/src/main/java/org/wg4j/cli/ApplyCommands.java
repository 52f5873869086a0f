// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.wg4j.ApplyMode;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.ConfigListener;
import org.wg4j.Device;
import org.wg4j.Endpoint;
import org.wg4j.HostPort;
import org.wg4j.Plan;
import org.wg4j.PlanStep;
import org.wg4j.ProgressListener;

/**
 * {@code diff} and {@code apply}: what a file says beyond what an interface is, shown and done. Not
 * commands of wg(8), so errors name the place in the file and what was expected there.
 */
final class ApplyCommands {

  /** As diff(1) has it: 0 if nothing differs, 1 if something does, and this if there is trouble. */
  private static final int TROUBLE = 2;

  private static final String STANDARD_INPUT = "-";

  private final Session session;
  private final String command;
  private final int trouble;
  private ApplyMode mode;
  private boolean dryRun;

  private ApplyCommands(Session session, String command, int trouble) {
    this.session = session;
    this.command = command;
    this.trouble = trouble;
  }

  static int diff(Session session, String[] arguments) throws Failure {
    return new ApplyCommands(session, "diff", TROUBLE).run(arguments);
  }

  static int apply(Session session, String[] arguments) throws Failure {
    return new ApplyCommands(session, "apply", 1).run(arguments);
  }

  private int run(String[] arguments) throws Failure {
    Options options = options(arguments);
    List<String> words = options.positional();
    if (words.size() != 2) {
      throw failure(usage());
    }
    mode = mode(options.value("--mode").orElse("sync"));
    dryRun = options.has("--dry-run");
    String name = words.get(0);
    String file = words.get(1);
    RetryingResolver resolver = new RetryingResolver(session);
    try (ConfigFile config = parse(file, resolver)) {
      Plan plan;
      try (Device current = session.client().device(name)) {
        plan = Plan.of(current, config.toSpec(resolver), mode);
      } catch (IOException e) {
        throw failure("cannot read interface " + name + ": " + Failure.words(e)).because(e, name);
      }
      return finish(name, plan);
    } catch (ConfigException e) {
      throw failure(e.located(file) + cause(e));
    }
  }

  private int finish(String name, Plan plan) throws Failure {
    if (command.equals("diff")) {
      print(plan);
      return plan.isEmpty() ? 0 : 1;
    }
    if (dryRun) {
      print(plan);
      return 0;
    }
    try {
      session.client().apply(name, plan, ProgressListener.NONE);
      return 0;
    } catch (IOException e) {
      throw failure("cannot change interface " + name + ": " + Failure.words(e)).because(e, name);
    }
  }

  private void print(Plan plan) {
    for (PlanStep step : plan.steps()) {
      session.out().println(step.toString());
    }
  }

  private Failure failure(String message) {
    boolean usage = message.startsWith("Usage:");
    return new Failure(usage ? message : session.program() + ": " + message, trouble);
  }

  private String usage() {
    boolean changing = command.equals("apply");
    return Usage.line(session.program(), command, changing ? Usage.APPLY : Usage.DIFF);
  }

  private Options options(String[] arguments) throws Failure {
    boolean changing = command.equals("apply");
    List<String> flags = changing ? List.of("--dry-run") : List.of();
    List<String> valued = changing ? List.of("--mode") : List.of();
    try {
      return Options.parse(session, command, arguments, flags, valued);
    } catch (Failure e) {
      throw new Failure(e.getMessage(), trouble);
    }
  }

  private ApplyMode mode(String word) throws Failure {
    switch (word) {
      case "sync":
        return ApplyMode.SYNC;
      case "add":
        return ApplyMode.ADD;
      case "replace":
        return ApplyMode.REPLACE;
      default:
        throw failure("the mode is sync, add or replace, not `" + word + "'");
    }
  }

  private static String cause(ConfigException e) {
    return e.getCause() instanceof IOException why ? " (" + why.getMessage() + ")" : "";
  }

  private ConfigFile parse(String file, RetryingResolver resolver) throws Failure, ConfigException {
    byte[] text;
    try (InputStream in = file.equals(STANDARD_INPUT) ? session.in() : session.host().open(file)) {
      text = ConfigSource.readAll(in);
    } catch (IOException e) {
      throw failure("cannot read " + file + ": " + e.getMessage());
    }
    try {
      return ConfigFile.parse(
          text, ConfigFile.Dialect.WG_QUICK, new Listener(session, file, resolver));
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  /** Warns and looks up as the lines come. */
  private record Listener(Session session, String file, RetryingResolver resolver)
      implements ConfigListener {
    @Override
    public void hostBits(int line, String prefix) {
      session.complain(file + ":" + line + ": warning: " + prefix + " has host bits; dropped");
    }

    @Override
    public Optional<Endpoint> endpoint(int line, HostPort endpoint, String text)
        throws IOException {
      return Optional.of(resolver.resolve(endpoint, text));
    }
  }
}
