// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.wg4j.model.Explorer.Move;
import org.wg4j.model.Peer.Age;

/**
 * What can happen to two peers: everything (a lossy link, restarts, applications, time), or only
 * what is sure to happen when nothing disturbs them.
 *
 * @param machine the table by which the peers' timers go
 * @param capacity messages that can be under way in each direction while the link is lossy; more
 *     are lost
 */
record Environment(Machine machine, int capacity) {
  /** A response is sent at any time within a tick, so that it holds initiations back for longer. */
  private static final int[] HOLDS_OF_RESPONSE = {1, 2};

  private static final int[] NO_RESPONSE = {1};

  /** All that can happen; what the outside does is a disturbance. */
  List<Move<World>> everything(World world) {
    List<Move<World>> moves = new ArrayList<>(undisturbed(world));
    for (Move<World> move : disturbances(world)) {
      moves.add(new Move<>(move.name(), move.to(), true));
    }
    moves.replaceAll(
        move -> new Move<>(move.name(), bounded(move.to()).canonical(), move.disturbs()));
    return moves;
  }

  private List<Move<World>> disturbances(World world) {
    List<Move<World>> moves = new ArrayList<>();
    for (Side side : Side.values()) {
      if (world.peer(side).isUp()) {
        step(world, side, "has a packet", NO_RESPONSE, world.link(), Step::offer, moves);
        step(world, side, "stops", NO_RESPONSE, world.link(), Step::stop, moves);
        age(world, side, moves);
      } else {
        step(world, side, "starts", NO_RESPONSE, world.link(), Step::start, moves);
      }
    }
    for (int i = 0; i < world.link().size(); i++) {
      Message message = world.link().get(i);
      moves.add(move("lost: " + message, without(world, i)));
      if (message.kind().isHandshake()) {
        List<Message> link = new ArrayList<>(world.link());
        link.add(message);
        moves.add(move("doubled: " + message, new World(world.a(), world.b(), link)));
      }
    }
    if (!world.link().isEmpty() && !anyDue(world)) {
      moves.add(tick(world));
    }
    return moves;
  }

  private static Move<World> move(String name, World to) {
    return new Move<>(name, to, false);
  }

  /**
   * Nothing is lost, no application has anything to say, nobody restarts, no session ends; time
   * goes on when everything that was sent has arrived.
   */
  List<Move<World>> undisturbed(World world) {
    List<Move<World>> moves = new ArrayList<>();
    for (int i = 0; i < world.link().size(); i++) {
      Message message = world.link().get(i);
      if (i > 0 && message.equals(world.link().get(i - 1))) {
        continue;
      }
      step(
          world,
          message.to(),
          "receives " + message,
          message.kind() == Message.Kind.INITIATION ? HOLDS_OF_RESPONSE : NO_RESPONSE,
          without(world, i).link(),
          step -> step.receive(message),
          moves);
    }
    for (Side side : Side.values()) {
      if (world.peer(side).hasDueTimers()) {
        step(world, side, "is due", NO_RESPONSE, world.link(), Step::expire, moves);
      }
    }
    if (world.link().isEmpty() && !anyDue(world) && !isSilent(world)) {
      moves.add(tick(world));
    }
    moves.replaceAll(move -> move(move.name(), move.to().canonical()));
    return moves;
  }

  World start(World world, Side side) {
    return after(world, side, Step::start);
  }

  World offer(World world, Side side) {
    return after(world, side, Step::offer);
  }

  private World after(World world, Side side, Consumer<Step> what) {
    List<Move<World>> moves = new ArrayList<>();
    step(world, side, "", NO_RESPONSE, world.link(), what, moves);
    return moves.get(0).to().canonical();
  }

  static boolean isSilent(World world) {
    return world.link().isEmpty() && world.a().isSilent() && world.b().isSilent();
  }

  /** Sessions grow old, or too old; the far deadline of keys comes. */
  private void age(World world, Side side, List<Move<World>> moves) {
    Peer peer = world.peer(side);
    Session none = Session.NONE;
    if (peer.current().exists() && peer.current().initiator() == side && peer.age() == Age.FRESH) {
      Peer older = peer.withSessions(peer.current(), Age.OLD, peer.previous(), peer.next());
      moves.add(move(side + "'s session is old", world.with(side, older)));
    }
    if (peer.current().exists()) {
      Peer without = peer.withSessions(none, Age.FRESH, peer.previous(), peer.next());
      moves.add(move(side + "'s current session ends", world.with(side, without)));
    }
    if (peer.previous().exists()) {
      Peer without = peer.withSessions(peer.current(), peer.age(), none, peer.next());
      moves.add(move(side + "'s previous session ends", world.with(side, without)));
    }
    if (peer.next().exists()) {
      Peer without = peer.withSessions(peer.current(), peer.age(), peer.previous(), none);
      moves.add(move(side + "'s next session ends", world.with(side, without)));
    }
    if (peer.timers().isArmed(Timer.ZERO_KEYS)) {
      Timers due = peer.timers().with(Timer.ZERO_KEYS, Step.NOW);
      World far = world.with(side, peer.withTimers(due, peer.hold()));
      step(far, side, "has had no session for long", NO_RESPONSE, far.link(), Step::expire, moves);
    }
  }

  private void step(
      World world,
      Side side,
      String name,
      int[] holds,
      List<Message> link,
      Consumer<Step> what,
      List<Move<World>> moves) {
    for (int hold : holds) {
      Step step = new Step(machine, side, world.peer(side), world.lastNumber(side), hold);
      what.accept(step);
      List<Message> after = new ArrayList<>(link);
      after.addAll(step.sent);
      World to = new World(world.a(), world.b(), after).with(side, step.peer());
      moves.add(move(side + " " + name, to));
    }
  }

  private static Move<World> tick(World world) {
    World later = new World(world.a().later(), world.b().later(), world.link());
    return move("time passes", later);
  }

  private static boolean anyDue(World world) {
    return world.a().hasDueTimers() || world.b().hasDueTimers();
  }

  private static World without(World world, int index) {
    List<Message> link = new ArrayList<>(world.link());
    link.remove(index);
    return new World(world.a(), world.b(), link);
  }

  /** What is sent last is lost first: that older messages are lost is a move of its own. */
  private World bounded(World world) {
    List<Message> kept = new ArrayList<>();
    for (Side side : Side.values()) {
      world.link().stream()
          .filter(message -> message.to() == side)
          .limit(capacity)
          .forEach(kept::add);
    }
    return new World(world.a(), world.b(), kept);
  }
}
