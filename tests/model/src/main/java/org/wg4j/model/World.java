// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Two peers and what is under way between them. Equal worlds behave equally: the numbers of
 * initiations are the smallest that keep their order, and what can have no effect any more is left
 * out.
 *
 * @param link what is under way, in no order but a canonical one
 */
record World(Peer a, Peer b, List<Message> link) {
  static World stopped(int persistentOfA, int persistentOfB) {
    return new World(Peer.stopped(persistentOfA), Peer.stopped(persistentOfB), List.of());
  }

  Peer peer(Side side) {
    return side == Side.A ? a : b;
  }

  World with(Side side, Peer peer) {
    return side == Side.A ? new World(peer, b, link) : new World(a, peer, link);
  }

  /** The greatest number by which anybody knows an initiation of a side. */
  int lastNumber(Side initiator) {
    SortedSet<Integer> numbers = numbers(initiator);
    return numbers.isEmpty() ? 0 : numbers.last();
  }

  World canonical() {
    List<Message> effective = new ArrayList<>(link);
    effective.removeIf(message -> !canMatter(message));
    effective.sort(null);
    World pruned =
        new World(
            forgetNewest(Side.A, effective),
            forgetNewest(Side.B, effective),
            List.copyOf(effective));
    return pruned.renumbered();
  }

  /** A receiver that does not know a session or a handshake now will not come to know it later. */
  private boolean canMatter(Message message) {
    Peer receiver = peer(message.to());
    return switch (message.kind()) {
      case INITIATION -> true;
      case RESPONSE -> message.session().number() == receiver.outstanding();
      case KEEPALIVE, DATA -> receiver.knows(message.session());
    };
  }

  /** The newest initiation matters as long as one is under way that is not newer. */
  private Peer forgetNewest(Side side, List<Message> effective) {
    Peer peer = peer(side);
    boolean matters =
        effective.stream()
            .anyMatch(
                message ->
                    message.kind() == Message.Kind.INITIATION
                        && message.to() == side
                        && message.session().number() <= peer.newest());
    return matters || peer.newest() == 0 ? peer : peer.forgettingInitiations();
  }

  private SortedSet<Integer> numbers(Side initiator) {
    SortedSet<Integer> numbers = new TreeSet<>();
    numbers.add(peer(initiator).outstanding());
    numbers.add(peer(initiator.other()).newest());
    for (Peer peer : List.of(a, b)) {
      for (Session session : List.of(peer.current(), peer.previous(), peer.next())) {
        if (session.initiator() == initiator) {
          numbers.add(session.number());
        }
      }
    }
    for (Message message : link) {
      if (message.session().initiator() == initiator) {
        numbers.add(message.session().number());
      }
    }
    numbers.remove(0);
    return numbers;
  }

  private World renumbered() {
    List<Integer> ofA = List.copyOf(numbers(Side.A));
    List<Integer> ofB = List.copyOf(numbers(Side.B));
    if (isDense(ofA) && isDense(ofB)) {
      return this;
    }
    UnaryOperator<Session> rename =
        session ->
            session.exists()
                ? new Session(
                    session.initiator(),
                    rank(session.initiator() == Side.A ? ofA : ofB, session.number()))
                : session;
    return new World(
        renumber(a, rename, ofA, ofB),
        renumber(b, rename, ofB, ofA),
        link.stream()
            .map(
                message ->
                    new Message(message.to(), message.kind(), rename.apply(message.session())))
            .sorted()
            .toList());
  }

  private static boolean isDense(List<Integer> numbers) {
    return numbers.isEmpty() || numbers.get(numbers.size() - 1) == numbers.size();
  }

  private static int rank(List<Integer> numbers, int number) {
    return number == 0 ? 0 : numbers.indexOf(number) + 1;
  }

  private static Peer renumber(
      Peer peer, UnaryOperator<Session> rename, List<Integer> own, List<Integer> others) {
    return new Peer(
        peer.timers(),
        peer.hold(),
        peer.staged(),
        rank(own, peer.outstanding()),
        rank(others, peer.newest()),
        rename.apply(peer.current()),
        peer.age(),
        rename.apply(peer.previous()),
        rename.apply(peer.next()));
  }

  @Override
  public String toString() {
    return "A" + a + " B" + b + " " + link;
  }
}
