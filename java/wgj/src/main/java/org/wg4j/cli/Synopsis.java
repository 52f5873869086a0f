// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The arguments of a command, read from the line that help shows: {@code <value>}, words, {@code [
 * optional ]}, {@code { this | that }} and {@code ...} for what may be repeated. Manual page and
 * completion are made from it.
 *
 * <p>Options, the words that begin with a dash, may stand anywhere; they are kept apart from the
 * rest, whose order matters.
 */
final class Synopsis {

  /** A part of the line. */
  sealed interface Node permits Word, Sequence, Choice, Optional, Repeated {}

  /** A word to be typed as it is, or one with a {@code <placeholder>} in it. */
  record Word(String text) implements Node {
    boolean isValue() {
      return text.indexOf('<') >= 0;
    }

    boolean isOption() {
      return text.startsWith("-") && text.length() > 1;
    }
  }

  /** One after the other. */
  record Sequence(List<Node> parts) implements Node {}

  /** One of them. */
  record Choice(List<Node> alternatives) implements Node {}

  /** Or nothing. */
  record Optional(Node node) implements Node {}

  /** Once or more. */
  record Repeated(Node node) implements Node {}

  /**
   * What may come next: words and where each leads, placeholders, and where any other word leads.
   *
   * @param otherwise a state's number, or {@link #NOWHERE}
   */
  record State(Map<String, Integer> words, Set<String> values, int otherwise) {}

  static final int NOWHERE = -1;

  private final Node root;
  private final Map<String, String> options = new LinkedHashMap<>();
  private final List<State> states = new ArrayList<>();

  /**
   * @throws IllegalArgumentException if the line has a bracket too many or too few
   */
  Synopsis(String line) {
    root = new Parser(line).parse();
    new Machine().determine();
  }

  Node root() {
    return root;
  }

  /** Options and, for one that takes a value, its placeholder; else an empty string. */
  Map<String, String> options() {
    return options;
  }

  /** The states that arguments without options lead through, by number, beginning with 0. */
  List<State> states() {
    return states;
  }

  private static final class Parser {
    private final String line;
    private int at;

    Parser(String line) {
      this.line = line;
    }

    Node parse() {
      Node node = choice();
      if (at < line.length()) {
        throw new IllegalArgumentException(
            "\"" + line.substring(at) + "\" closes nothing: " + line);
      }
      return node;
    }

    private char peek() {
      while (at < line.length() && line.charAt(at) == ' ') {
        at++;
      }
      return at < line.length() ? line.charAt(at) : 0;
    }

    private Node choice() {
      List<Node> alternatives = new ArrayList<>();
      alternatives.add(sequence());
      while (peek() == '|') {
        at++;
        alternatives.add(sequence());
      }
      return alternatives.size() == 1 ? alternatives.get(0) : new Choice(alternatives);
    }

    private Node sequence() {
      List<Node> parts = new ArrayList<>();
      for (char next = peek(); next != 0 && "|]}".indexOf(next) < 0; next = peek()) {
        Node part = part(next);
        boolean again = line.startsWith("...", at);
        at += again ? 3 : 0;
        parts.add(again ? new Repeated(part) : part);
      }
      return parts.size() == 1 ? parts.get(0) : new Sequence(parts);
    }

    private Node part(char first) {
      if (first == '[' || first == '{') {
        at++;
        Node inner = choice();
        if (peek() != (first == '[' ? ']' : '}')) {
          throw new IllegalArgumentException("a " + first + " is not closed: " + line);
        }
        at++;
        return first == '[' ? new Optional(inner) : inner;
      }
      return word();
    }

    /** Up to a blank or a bracket that closes; brackets that open in a word belong to it. */
    private Word word() {
      int start = at;
      int depth = 0;
      while (at < line.length()) {
        char c = line.charAt(at);
        if (depth == 0 && (" |]}".indexOf(c) >= 0 || line.startsWith("...", at))) {
          break;
        }
        depth += c == '<' || c == '[' ? 1 : c == '>' || c == ']' ? -1 : 0;
        at++;
      }
      if (depth != 0 || at == start) {
        throw new IllegalArgumentException("a word does not end: " + line);
      }
      return new Word(line.substring(start, at));
    }
  }

  /** Nodes as a machine that may be in several states at once, and from that one that is not. */
  private final class Machine {
    private record Edge(Word word, int to) {}

    private final List<List<Edge>> edges = new ArrayList<>();
    private final List<List<Integer>> jumps = new ArrayList<>();

    private int fresh() {
      edges.add(new ArrayList<>());
      jumps.add(new ArrayList<>());
      return edges.size() - 1;
    }

    /** Adds the node's edges from a state on and returns the state where it ends. */
    private int add(Node node, int from) {
      if (node instanceof Word word) {
        if (word.isOption()) {
          options.putIfAbsent(word.text(), "");
          return from;
        }
        int to = fresh();
        edges.get(from).add(new Edge(word, to));
        return to;
      }
      if (node instanceof Sequence sequence) {
        return sequence(sequence.parts(), from);
      }
      int end = fresh();
      if (node instanceof Choice choice) {
        for (Node alternative : choice.alternatives()) {
          jumps.get(add(alternative, from)).add(end);
        }
      } else if (node instanceof Optional optional) {
        jumps.get(from).add(end);
        jumps.get(add(optional.node(), from)).add(end);
      } else if (node instanceof Repeated repeated) {
        int begin = fresh();
        jumps.get(from).add(begin);
        int last = add(repeated.node(), begin);
        jumps.get(last).add(begin);
        jumps.get(last).add(end);
      }
      return end;
    }

    /** The value after an option is the option's. */
    private int sequence(List<Node> parts, int from) {
      int at = from;
      for (int i = 0; i < parts.size(); i++) {
        if (parts.get(i) instanceof Word option
            && option.isOption()
            && i + 1 < parts.size()
            && parts.get(i + 1) instanceof Word value
            && value.isValue()) {
          options.put(option.text(), value.text());
          i++;
        } else {
          at = add(parts.get(i), at);
        }
      }
      return at;
    }

    private Set<Integer> reachable(Set<Integer> from) {
      Set<Integer> all = new TreeSet<>(from);
      Deque<Integer> open = new ArrayDeque<>(from);
      while (!open.isEmpty()) {
        for (int next : jumps.get(open.remove())) {
          if (all.add(next)) {
            open.add(next);
          }
        }
      }
      return all;
    }

    void determine() {
      int start = fresh();
      add(root, start);
      Map<Set<Integer>, Integer> numbers = new LinkedHashMap<>();
      List<Set<Integer>> open = new ArrayList<>();
      open.add(reachable(Set.of(start)));
      numbers.put(open.get(0), 0);
      for (int i = 0; i < open.size(); i++) {
        Map<String, Set<Integer>> words = new LinkedHashMap<>();
        Set<String> values = new LinkedHashSet<>();
        Set<Integer> otherwise = new TreeSet<>();
        for (int state : open.get(i)) {
          for (Edge edge : edges.get(state)) {
            if (edge.word().isValue()) {
              values.add(edge.word().text());
              otherwise.add(edge.to());
            } else {
              words.computeIfAbsent(edge.word().text(), text -> new TreeSet<>()).add(edge.to());
            }
          }
        }
        Map<String, Integer> next = new LinkedHashMap<>();
        words.forEach((word, targets) -> next.put(word, number(targets, numbers, open)));
        int rest = otherwise.isEmpty() ? NOWHERE : number(otherwise, numbers, open);
        states.add(new State(next, values, rest));
      }
      while (merge()) {
        // Two that became one may have made others alike.
        continue;
      }
    }

    /** Makes of two states from which the same goes on one; whether there were such. */
    private boolean merge() {
      for (int last = states.size() - 1; last > 0; last--) {
        int first = states.indexOf(states.get(last));
        if (first < last) {
          int gone = last;
          states.remove(gone);
          states.replaceAll(state -> renamed(state, gone, first));
          return true;
        }
      }
      return false;
    }

    private static State renamed(State state, int gone, int kept) {
      Map<String, Integer> words = new LinkedHashMap<>(state.words());
      words.replaceAll((word, to) -> renamed(to, gone, kept));
      return new State(words, state.values(), renamed(state.otherwise(), gone, kept));
    }

    private static int renamed(int state, int gone, int kept) {
      return state == gone ? kept : state > gone ? state - 1 : state;
    }

    private int number(
        Set<Integer> targets, Map<Set<Integer>, Integer> numbers, List<Set<Integer>> open) {
      Set<Integer> all = reachable(targets);
      Integer known = numbers.get(all);
      if (known != null) {
        return known;
      }
      open.add(all);
      numbers.put(all, open.size() - 1);
      return open.size() - 1;
    }
  }
}
