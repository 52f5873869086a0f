// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.wg4j.ApplyMode;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.ConfigListener;
import org.wg4j.Device;
import org.wg4j.DeviceSpec;
import org.wg4j.Endpoint;
import org.wg4j.HostPort;
import org.wg4j.Plan;
import org.wg4j.PlanStep;
import org.wg4j.ProgressListener;
import org.wg4j.PublicKey;

/**
 * {@code diff} and {@code apply}: what a file says beyond what an interface is, shown and done. Not
 * commands of wg(8), so errors name the place in the file and what was expected there.
 */
final class ApplyCommands {

  /** As diff(1) has it: 0 if nothing differs, 1 if something does, and this if there is trouble. */
  private static final int TROUBLE = 2;

  private final Session session;
  private final String command;
  private final int trouble;
  private ApplyMode mode;
  private boolean dryRun;
  private boolean json;

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
    json = options.has("--json");
    String name = words.get(0);
    RetryingResolver resolver = new RetryingResolver(session);
    try (ConfigSource source = open(words.get(1));
        ConfigFile config = parse(source, resolver)) {
      Plan plan;
      try (Device current = session.client().device(name)) {
        plan = Plan.of(current, withWhatUpSets(config, config.toSpec(resolver), current), mode);
      } catch (IOException e) {
        throw failure("cannot read interface " + name + ": " + Failure.words(e)).because(e, name);
      }
      // Peers that go are not in the new file.
      PeerNames names =
          PeerNames.of(ConfigText.of(source.text())).orElse(PeerNames.of(session, name));
      return finish(name, plan, names);
    }
  }

  /**
   * Without losing what `up' sets that is not in the file: the mark that it chooses where a peer
   * may have all addresses, without which the tunnel's own packets would go into the tunnel, and
   * the key that a hook sets.
   */
  private static DeviceSpec withWhatUpSets(ConfigFile config, DeviceSpec spec, Device current) {
    boolean marks =
        spec.fwmark().isEmpty()
            && config.quick().table().isAuto()
            && spec.peers().stream()
                .flatMap(peer -> peer.allowedIps().stream())
                .anyMatch(prefix -> prefix.prefixLength() == 0);
    boolean setsKey = spec.privateKey().isEmpty() && ConfigAdvice.hooksSetKey(config.quick());
    return new DeviceSpec(
        setsKey ? current.privateKey() : spec.privateKey(),
        spec.listenPort(),
        marks ? OptionalInt.of(current.fwmark()) : spec.fwmark(),
        spec.peers());
  }

  private int finish(String name, Plan plan, PeerNames names) throws Failure {
    if (command.equals("diff")) {
      print(name, plan, names);
      return plan.isEmpty() ? 0 : 1;
    }
    if (!dryRun) {
      try {
        session.client().apply(name, plan, ProgressListener.NONE);
      } catch (IOException e) {
        throw failure("cannot change interface " + name + ": " + Failure.words(e)).because(e, name);
      }
    }
    if (dryRun || json) {
      print(name, plan, names);
    }
    return 0;
  }

  private void print(String name, Plan plan, PeerNames names) {
    if (json) {
      Json out = new Json(session.out());
      out.beginObject().name(name).beginObject();
      if (command.equals("apply")) {
        out.name("applied").value(!dryRun);
      }
      out.name("steps");
      new PlanJson(session, out, names).write(plan.steps());
      out.endObject().endObject().endDocument();
      return;
    }
    for (PlanStep step : plan.steps()) {
      session.out().println(text(step, names));
    }
  }

  /** With the peers' names beside their keys. */
  private static String text(PlanStep step, PeerNames names) {
    String text = step.toString();
    if (step instanceof PlanStep.OfPeer ofPeer) {
      text = text.replace(ofPeer.peer().toString(), names.label(ofPeer.peer()));
    }
    if (step instanceof PlanStep.AddAllowedIps added) {
      for (PublicKey before : Set.copyOf(added.takenFrom().values())) {
        text = text.replace(before.toString(), names.label(before));
      }
    }
    return text;
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
    List<String> flags = changing ? List.of("--dry-run", "--json") : List.of("--json");
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

  private ConfigSource open(String file) throws Failure {
    try {
      return ConfigSource.open(session, file);
    } catch (IOException e) {
      throw failure("cannot read " + file + ": " + Failure.words(e));
    }
  }

  private ConfigFile parse(ConfigSource source, RetryingResolver resolver) throws Failure {
    try {
      return ConfigFile.parse(
          source.text(),
          ConfigFile.Dialect.WG_QUICK,
          new Listener(session, source.label(), resolver));
    } catch (ConfigException e) {
      throw failure(e.located(source.label()) + cause(e));
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
