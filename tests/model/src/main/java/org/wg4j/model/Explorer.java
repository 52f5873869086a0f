// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Visits every state that a system can come to.
 *
 * @param <S> its states, equal when they behave equally
 */
final class Explorer<S> {
  /** Something that must not be, and one way there. */
  record Finding<S>(String what, List<S> trace) {
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(what);
      for (S state : trace) {
        text.append("\n  ").append(state);
      }
      return text.toString();
    }
  }

  /** A judge of single states: what is wrong with one, if anything is. */
  interface Invariant<S> extends Function<S, Optional<String>> {}

  /**
   * One thing that can happen.
   *
   * @param disturbs whether it counts as a disturbance
   */
  record Move<S>(String name, S to, boolean disturbs) {}

  private final Function<S, List<Move<S>>> moves;
  private final int disturbances;

  /** All that was reached, each with a state it was reached from. */
  private Map<S, S> cameFrom = new HashMap<>();

  /**
   * @param moves all that can happen in a state
   * @param disturbances how many disturbances there may be on the way to a state
   */
  Explorer(Function<S, List<Move<S>>> moves, int disturbances) {
    this.moves = moves;
    this.disturbances = disturbances;
  }

  /** Visits all that can be reached, up to the first state that is not as it must be. */
  Optional<Finding<S>> visit(S start, Invariant<S> invariant) {
    cameFrom = new HashMap<>();
    Map<S, S> round = Map.of(start, start);
    for (int disturbed = 0; disturbed <= disturbances; disturbed++) {
      Deque<S> waiting = new ArrayDeque<>();
      round.forEach((state, from) -> reach(state, from, waiting));
      round = new HashMap<>();
      while (!waiting.isEmpty()) {
        S state = waiting.remove();
        Optional<String> wrong = invariant.apply(state);
        if (wrong.isPresent()) {
          return Optional.of(new Finding<>(wrong.get(), wayTo(state)));
        }
        for (Move<S> move : moves.apply(state)) {
          if (move.disturbs()) {
            round.putIfAbsent(move.to(), state);
          } else {
            reach(move.to(), state, waiting);
          }
        }
      }
    }
    return Optional.empty();
  }

  private void reach(S state, S from, Deque<S> waiting) {
    if (cameFrom.putIfAbsent(state, from) == null) {
      waiting.add(state);
    }
  }

  /** What the last visit has reached. */
  Set<S> reached() {
    return Collections.unmodifiableSet(cameFrom.keySet());
  }

  List<S> wayTo(S state) {
    List<S> way = new ArrayList<>();
    way.add(state);
    for (S at = state; !cameFrom.get(at).equals(at); at = cameFrom.get(at)) {
      way.add(cameFrom.get(at));
    }
    Collections.reverse(way);
    return way;
  }

  /**
   * Whether every way leads to the goal: no way ends before it, and none goes in a circle. States
   * that were found good are remembered for the next call.
   */
  static final class Inevitability<S> {
    private final Function<S, List<S>> successors;
    private final Predicate<S> goal;

    /** True: every way from here leads to the goal. False: being looked at. */
    private final Map<S, Boolean> seen = new HashMap<>();

    Inevitability(Function<S, List<S>> successors, Predicate<S> goal) {
      this.successors = successors;
      this.goal = goal;
    }

    int visited() {
      return seen.size();
    }

    /** A way from a state that does not lead to the goal. */
    Optional<Finding<S>> findWayAround(S start) {
      Deque<S> path = new ArrayDeque<>();
      Deque<Iterator<S>> open = new ArrayDeque<>();
      S next = start;
      while (true) {
        Boolean known = next == null ? Boolean.TRUE : seen.get(next);
        if (Boolean.FALSE.equals(known)) {
          return Optional.of(finding("goes in a circle", path, next));
        }
        if (known == null) {
          if (goal.test(next)) {
            seen.put(next, true);
          } else {
            List<S> after = successors.apply(next);
            if (after.isEmpty()) {
              return Optional.of(finding("ends", path, next));
            }
            seen.put(next, false);
            path.push(next);
            open.push(after.iterator());
          }
        }
        while (!open.isEmpty() && !open.peek().hasNext()) {
          open.pop();
          seen.put(path.pop(), true);
        }
        if (open.isEmpty()) {
          return Optional.empty();
        }
        next = open.peek().next();
      }
    }

    private Finding<S> finding(String what, Deque<S> path, S last) {
      List<S> way = new ArrayList<>(path);
      Collections.reverse(way);
      way.add(last);
      return new Finding<>(what, way);
    }
  }
}
