// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.wg4j.model.Explorer.Finding;
import org.wg4j.model.Explorer.Inevitability;
import org.wg4j.model.Explorer.Move;
import org.wg4j.model.Machine.Outcome;

/** What a table has to fulfil. Each check gives what it found wrong first, or nothing. */
public final class Verification {
  private static final int TRIES = 2;
  private static final int REAL_TRIES = 20;
  private static final int PERSISTENT = 4;
  private static final long NOW = Step.NOW;

  private final Table table;
  private final Environment environment;
  private int worlds;

  public Verification(Table table) {
    this.table = table;
    environment = new Environment(new Machine(table, Limits.inTicks(TRIES)), 2);
  }

  /** How many worlds the last check of two peers has reached. */
  public int worlds() {
    return worlds;
  }

  /** The first thing that any check finds, the quick ones asked first. */
  public Optional<String> firstFinding(int disturbances) {
    List<Supplier<Optional<String>>> checks =
        List.of(
            () -> everyTimerLeadsSomewhere(0),
            () -> everyTimerLeadsSomewhere(PERSISTENT),
            this::unansweredIsGivenUp,
            this::trafficIsHeard,
            this::keysHaveADeadline,
            this::persistentKeepalives,
            () -> trafficMovesTimers(false),
            () -> trafficMovesTimers(true),
            () -> twoPeers(disturbances));
    return checks.stream().map(Supplier::get).flatMap(Optional::stream).findFirst();
  }

  // One peer's timers, whatever happens to them ------------------------------------------------

  /** Every event at any time, in every state of the timers that there is. */
  public Optional<String> everyTimerLeadsSomewhere(int persistent) {
    Machine machine = new Machine(table, Limits.inTicks(TRIES));
    Explorer<Timers> explorer = new Explorer<>(timers -> anyEvent(machine, timers), 0);
    Optional<String> wrong =
        explorer
            .visit(Timers.stopped(persistent), timers -> wrongWith(machine, timers))
            .map(Finding::toString);
    if (wrong.isPresent()) {
      return wrong;
    }
    Inevitability<Timers> end =
        new Inevitability<>(
            timers -> onlyTime(machine, timers), timers -> timers.state() != State.HANDSHAKING);
    return explorer.reached().stream()
        .map(end::findWayAround)
        .flatMap(Optional::stream)
        .map(finding -> "an attempt never ends: " + finding)
        .findFirst();
  }

  private static List<Move<Timers>> anyEvent(Machine machine, Timers timers) {
    List<Move<Timers>> moves = new ArrayList<>();
    for (Event event : EnumSet.range(Event.START, Event.HANDSHAKE_WANTED)) {
      moves.add(new Move<>(event.name(), machine.raise(timers, event, NOW).timers(), false));
    }
    for (Timers later : onlyTime(machine, timers)) {
      moves.add(new Move<>("time passes", later, false));
    }
    return moves;
  }

  /** One tick, or what is due; keys are wiped at any time. Nothing that is asked for succeeds. */
  private static List<Timers> onlyTime(Machine machine, Timers timers) {
    for (Timer timer : Timer.values()) {
      if (timers.isDue(timer, NOW)) {
        return List.of(machine.expire(timers, NOW).timers());
      }
    }
    List<Timers> after = new ArrayList<>();
    after.add(later(timers));
    if (timers.isArmed(Timer.ZERO_KEYS)) {
      after.add(machine.expire(timers.with(Timer.ZERO_KEYS, NOW), NOW).timers());
    }
    after.remove(timers);
    return after;
  }

  private static Timers later(Timers timers) {
    Timers ticked = timers;
    for (Timer timer : Timer.values()) {
      if (timer != Timer.ZERO_KEYS && timers.isArmed(timer)) {
        ticked = ticked.with(timer, timers.deadline(timer) - 1);
      }
    }
    return ticked;
  }

  private static Optional<String> wrongWith(Machine machine, Timers timers) {
    Optional<String> wrong = wrongRelation(timers);
    if (wrong.isPresent()) {
      return wrong;
    }
    if (machine.raise(timers, Event.STOP, NOW).timers().state() != State.STOPPED) {
      return Optional.of("cannot be stopped");
    }
    for (Timer timer : Timer.values()) {
      Outcome outcome = machine.expire(timers.with(timer, NOW), NOW);
      if (timers.isArmed(timer)) {
        if (outcome.actions().isEmpty()) {
          return Optional.of(timer + " leads nowhere");
        }
        if (outcome.timers().isDue(timer, NOW)) {
          return Optional.of(timer + " stays due");
        }
        if (outcome.actions().contains(Action.SEND_INITIATION)
            != outcome.actions().contains(Action.FORGET_SOURCE)) {
          return Optional.of("only asking again makes the way there doubtful, and always");
        }
      }
    }
    return Optional.empty();
  }

  /** What holds in every state of the timers that can be reached. */
  private static Optional<String> wrongRelation(Timers timers) {
    boolean up = timers.state() != State.STOPPED;
    if (!up && !timers.equals(Timers.stopped(timers.persistent()))) {
      return Optional.of("something is left of a stopped peer");
    }
    if (timers.isArmed(Timer.RETRANSMIT) != (timers.state() == State.HANDSHAKING)) {
      return Optional.of("RETRANSMIT is not armed exactly in HANDSHAKING");
    }
    if (timers.tries() > TRIES) {
      return Optional.of("too many tries");
    }
    if (timers.moreData() && !timers.isArmed(Timer.PASSIVE_KEEPALIVE)) {
      return Optional.of("a note of more data without its timer");
    }
    if (timers.isArmed(Timer.PERSISTENT) != (up && timers.persistent() != 0)) {
      return Optional.of("PERSISTENT is not armed exactly when up and with an interval");
    }
    return Optional.empty();
  }

  // One peer, step by step ---------------------------------------------------------------------

  /** A peer, nobody, and what the one sends to the other. */
  private final class Alone {
    private final Machine machine = new Machine(table, Limits.inTicks(REAL_TRIES));
    private Timers timers;
    private int initiations;
    private int keepalives;
    private int drops;
    private int wipes;

    Alone(int persistent) {
      timers = Timers.stopped(persistent);
    }

    void raise(Event... events) {
      for (Event event : events) {
        take(machine.raise(timers, event, NOW));
      }
    }

    private void take(Outcome outcome) {
      timers = outcome.timers();
      Set<Action> actions = outcome.actions();
      drops += actions.contains(Action.DROP_STAGED) ? 1 : 0;
      wipes += actions.contains(Action.ZERO_KEYS) ? 1 : 0;
      if (actions.contains(Action.SEND_INITIATION)) {
        initiate();
      }
      if (actions.contains(Action.SEND_KEEPALIVE)) {
        keepalives++;
        raise(Event.SENT);
      }
    }

    void initiate() {
      initiations++;
      raise(Event.SENT, Event.INITIATION_SENT);
    }

    void pass(int ticks) {
      for (int i = 0; i < ticks; i++) {
        timers = later(timers);
        take(machine.expire(timers, NOW));
      }
    }
  }

  private static Optional<String> unless(boolean good, String what, Alone alone) {
    return good ? Optional.empty() : Optional.of(what + ": " + alone.timers);
  }

  private static Optional<String> first(List<Optional<String>> found) {
    return found.stream().flatMap(Optional::stream).findFirst();
  }

  /** Twenty initiations, then silence; a new packet, or a new reason, begins anew. */
  public Optional<String> unansweredIsGivenUp() {
    Alone alone = new Alone(0);
    alone.raise(Event.START, Event.HANDSHAKE_WANTED);
    alone.initiate();
    alone.pass(REAL_TRIES - 1);
    Optional<String> enough = unless(alone.initiations == REAL_TRIES, "not 20 tries", alone);
    alone.raise(Event.DATA_RECEIVED);
    alone.pass(1);
    Optional<String> end =
        unless(
            alone.drops == 1
                && alone.timers.equals(
                    Timers.stopped(0).with(Timer.ZERO_KEYS, NOW + 1000).with(State.QUIET)),
            "giving up leaves more than the deadline of keys",
            alone);
    alone.pass(100);
    Optional<String> silence = unless(alone.initiations == REAL_TRIES, "no silence", alone);
    alone.raise(Event.HANDSHAKE_WANTED);
    alone.initiate();
    alone.pass(REAL_TRIES / 2);
    int before = alone.initiations;
    alone.raise(Event.HANDSHAKE_WANTED);
    alone.pass(100);
    Optional<String> wanted =
        unless(
            alone.initiations == before + REAL_TRIES - 1 && alone.drops == 2,
            "a packet does not begin the tries anew",
            alone);
    alone.raise(Event.DATA_SENT);
    alone.pass(1);
    alone.raise(Event.HANDSHAKE_WANTED);
    alone.initiate();
    alone.pass(1);
    before = alone.initiations;
    alone.pass(100);
    Optional<String> unheard =
        unless(
            alone.initiations == before + REAL_TRIES,
            "unanswered data does not begin the tries anew",
            alone);
    return first(List.of(enough, end, silence, wanted, unheard));
  }

  /** Received data is answered once, sent data has to be answered. */
  public Optional<String> trafficIsHeard() {
    Alone answers = new Alone(0);
    answers.raise(Event.START, Event.DATA_RECEIVED);
    answers.pass(1);
    answers.raise(Event.DATA_RECEIVED);
    answers.pass(1);
    Optional<String> answered =
        unless(answers.keepalives == 1, "received data is not answered in time", answers);
    answers.pass(100);
    Optional<String> once = unless(answers.keepalives == 1, "answered twice", answers);
    answers.raise(Event.DATA_RECEIVED, Event.SENT);
    answers.pass(100);
    Optional<String> sent = unless(answers.keepalives == 1, "a needless keepalive", answers);

    // Here sending fails: nothing says SENT.
    Alone fails = new Alone(0);
    fails.raise(Event.START, Event.DATA_RECEIVED, Event.DATA_RECEIVED);
    Timers due = later(later(fails.timers));
    Outcome firstTime = fails.machine.expire(due, NOW);
    Outcome secondTime = fails.machine.expire(later(later(firstTime.timers())), NOW);
    Optional<String> again =
        unless(
            firstTime.actions().equals(Set.of(Action.SEND_KEEPALIVE))
                && secondTime.actions().equals(Set.of(Action.SEND_KEEPALIVE))
                && !secondTime.timers().isArmed(Timer.PASSIVE_KEEPALIVE),
            "more data is not answered a second time",
            fails);

    Alone asks = new Alone(0);
    asks.raise(Event.START, Event.DATA_SENT, Event.SENT, Event.RECEIVED);
    asks.pass(100);
    Optional<String> heard = unless(asks.initiations == 0, "a needless handshake", asks);
    asks.raise(Event.DATA_SENT);
    asks.pass(2);
    asks.raise(Event.DATA_SENT);
    asks.pass(1);
    Optional<String> unheard =
        unless(asks.initiations == 1, "unanswered data makes no handshake in time", asks);
    asks.raise(Event.RECEIVED, Event.HANDSHAKE_COMPLETE, Event.SESSION_DERIVED);
    Optional<String> complete =
        unless(
            asks.timers.state() == State.QUIET && asks.timers.tries() == 0,
            "a complete handshake does not end the attempt",
            asks);
    return first(List.of(answered, once, sent, again, heard, unheard, complete));
  }

  /** The deadline of keys is put off by a new session, and not by giving up. */
  public Optional<String> keysHaveADeadline() {
    Alone derives = new Alone(0);
    derives.raise(Event.START, Event.SESSION_DERIVED);
    Timers soon = derives.timers.with(Timer.ZERO_KEYS, NOW + 1);
    derives.timers = soon;
    derives.raise(Event.SESSION_DERIVED);
    Optional<String> putOff =
        unless(
            derives.timers.deadline(Timer.ZERO_KEYS) == NOW + 1000,
            "a new session does not put the deadline off",
            derives);
    derives.timers = soon;
    derives.initiate();
    derives.pass(REAL_TRIES);
    Optional<String> kept =
        unless(
            derives.drops == 1 && derives.timers.deadline(Timer.ZERO_KEYS) == NOW + 1,
            "giving up puts the deadline off",
            derives);
    derives.timers = derives.timers.with(Timer.ZERO_KEYS, NOW);
    derives.pass(0);
    derives.pass(1);
    Optional<String> wiped = unless(derives.wipes == 1, "keys are not wiped once", derives);
    return first(List.of(putOff, kept, wiped));
  }

  /** One when coming up or when the interval is set, then one for each interval without traffic. */
  public Optional<String> persistentKeepalives() {
    Alone up = new Alone(PERSISTENT);
    up.raise(Event.START);
    Optional<String> announced = unless(up.keepalives == 1, "coming up is not announced", up);
    up.pass(3 * PERSISTENT);
    Optional<String> regular = unless(up.keepalives == 4, "not one an interval", up);
    for (Event traffic : List.of(Event.SENT, Event.RECEIVED)) {
      up.pass(PERSISTENT - 1);
      up.raise(traffic);
    }
    up.pass(PERSISTENT - 1);
    Optional<String> putOff = unless(up.keepalives == 4, "traffic does not put it off", up);
    up.raise(Event.PERSISTENT_CHANGED);
    Optional<String> changed = unless(up.keepalives == 4, "a change is announced", up);
    up.timers = up.timers.withPersistent(0);
    up.raise(Event.PERSISTENT_CHANGED);
    Optional<String> ended = unless(!up.timers.isArmed(Timer.PERSISTENT), "does not end", up);
    up.timers = up.timers.withPersistent(PERSISTENT);
    up.raise(Event.PERSISTENT_CHANGED);
    Optional<String> begun =
        unless(up.keepalives == 5 && up.timers.isArmed(Timer.PERSISTENT), "does not begin", up);
    return first(List.of(announced, regular, putOff, changed, ended, begun));
  }

  /** What traffic does to timers, no matter whether a handshake is going on. */
  public Optional<String> trafficMovesTimers(boolean handshaking) {
    Alone peer = new Alone(PERSISTENT);
    peer.raise(Event.START);
    if (handshaking) {
      peer.initiate();
    }
    peer.timers = later(peer.timers);
    peer.raise(Event.DATA_SENT);
    peer.timers = later(peer.timers);
    peer.raise(Event.DATA_SENT);
    Optional<String> sent =
        unless(peer.timers.deadline(Timer.NEW_HANDSHAKE) == NOW + 2, "sent data", peer);
    peer.raise(Event.RECEIVED);
    Optional<String> received =
        unless(
            !peer.timers.isArmed(Timer.NEW_HANDSHAKE)
                && peer.timers.deadline(Timer.PERSISTENT) == NOW + PERSISTENT,
            "a message received",
            peer);
    peer.raise(Event.DATA_RECEIVED);
    peer.timers = later(peer.timers);
    peer.raise(Event.DATA_RECEIVED);
    Optional<String> data =
        unless(
            peer.timers.deadline(Timer.PASSIVE_KEEPALIVE) == NOW + 1 && peer.timers.moreData(),
            "received data",
            peer);
    peer.raise(Event.SENT);
    Optional<String> anything =
        unless(
            !peer.timers.isArmed(Timer.PASSIVE_KEEPALIVE)
                && peer.timers.deadline(Timer.PERSISTENT) == NOW + PERSISTENT,
            "a message sent",
            peer);
    peer.timers = peer.timers.withPersistent(0);
    peer.raise(Event.PERSISTENT_CHANGED);
    Optional<String> off =
        unless(!peer.timers.isArmed(Timer.PERSISTENT), "no interval any more", peer);
    peer.timers = peer.timers.withPersistent(PERSISTENT);
    Outcome on = peer.machine.raise(peer.timers, Event.PERSISTENT_CHANGED, NOW);
    Optional<String> begun =
        unless(
            on.timers().isArmed(Timer.PERSISTENT)
                && on.actions().equals(Set.of(Action.SEND_KEEPALIVE)),
            "an interval",
            peer);
    peer.raise(Event.INITIATION_SENT);
    Optional<String> initiation =
        unless(peer.timers.deadline(Timer.RETRANSMIT) == NOW + 1, "an initiation", peer);
    return first(List.of(sent, received, data, anything, off, begun, initiation))
        .map(what -> "does not move timers as it has to: " + what);
  }

  // Two peers ----------------------------------------------------------------------------------

  /**
   * From everything that two peers can come to with so many disturbances: what has to hold always,
   * that they fall silent, and that they come to a session when one has a packet.
   */
  public Optional<String> twoPeers(int disturbances) {
    worlds = 0;
    World up = environment.start(World.stopped(0, 0), Side.A);
    World strangers = environment.start(up, Side.B);
    Inevitability<World> silence = new Inevitability<>(this::undisturbed, Environment::isSilent);
    Map<Side, Inevitability<World>> session = new EnumMap<>(Side.class);
    for (Side side : Side.values()) {
      session.put(
          side, new Inevitability<>(world -> withPackets(world, side), Verification::haveASession));
    }
    for (World start : List.of(strangers, acquainted(strangers))) {
      Explorer<World> explorer = new Explorer<>(environment::everything, disturbances);
      Optional<Finding<World>> wrong = explorer.visit(start, Verification::wrongWith);
      if (wrong.isPresent()) {
        return wrong.map(Finding::toString);
      }
      worlds += explorer.reached().size();
      for (World world : explorer.reached()) {
        Optional<Finding<World>> noise = silence.findWayAround(world);
        if (noise.isPresent()) {
          return Optional.of(tell("no silence", explorer.wayTo(world), noise.get()));
        }
        for (Side side : Side.values()) {
          if (world.a().isUp() && world.b().isUp()) {
            Optional<Finding<World>> none = session.get(side).findWayAround(world);
            if (none.isPresent()) {
              return Optional.of(tell("no session for " + side, explorer.wayTo(world), none.get()));
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  private static String tell(String what, List<World> before, Finding<World> finding) {
    return what + ", after" + new Finding<>("", before) + "\nit " + finding;
  }

  private List<World> undisturbed(World world) {
    return environment.undisturbed(world).stream().map(Move::to).toList();
  }

  /** After a first packet, when all is silent again. */
  private World acquainted(World strangers) {
    World world = environment.offer(strangers, Side.A);
    for (int steps = 0; steps < 100 && !Environment.isSilent(world); steps++) {
      world = undisturbed(world).get(0);
    }
    return world;
  }

  /**
   * Undisturbed, and one side has packets to send; the laziest of all applications, it sends
   * another one only when nothing else would happen any more.
   */
  private List<World> withPackets(World world, Side side) {
    return Environment.isSilent(world)
        ? List.of(environment.offer(world, side))
        : undisturbed(world);
  }

  /** Whether each can send to the other and be understood. */
  private static boolean haveASession(World world) {
    return world.a().current().exists()
        && world.b().current().exists()
        && world.b().knows(world.a().current())
        && world.a().knows(world.b().current());
  }

  private static Optional<String> wrongWith(World world) {
    for (Side side : Side.values()) {
      Peer peer = world.peer(side);
      Optional<String> wrong = wrongRelation(peer.timers());
      if (wrong.isPresent()) {
        return wrong.map(what -> side + ": " + what);
      }
      boolean deadline = peer.timers().isArmed(Timer.ZERO_KEYS);
      if (peer.hasAnySession() && !deadline) {
        return Optional.of(side + " keeps a session's keys for ever");
      }
      if (peer.outstanding() != 0 && !deadline && peer.timers().state() != State.HANDSHAKING) {
        return Optional.of(side + " keeps a handshake's keys for ever");
      }
    }
    return Optional.empty();
  }
}
