// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The arguments of a command that wg(8) does not have, taken apart: options may stand anywhere, a
 * value follows after '=' or as the next word, and what comes after {@code --} is no option.
 */
final class Options {

  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<String> positional = new ArrayList<>();

  private Options() {}

  /**
   * Takes arguments apart. {@code --netns} and {@code --debug} are known everywhere, and obeyed
   * here.
   *
   * @param flags options without a value, such as {@code --json}
   * @param valued options with a value
   * @throws Failure on an option that is not known, lacks its value, or comes twice
   */
  static Options parse(
      Session session, String command, String[] arguments, List<String> flags, List<String> valued)
      throws Failure {
    Options options = new Options();
    boolean over = false;
    for (int at = 0; at < arguments.length; at++) {
      String word = arguments[at];
      if (over || !word.startsWith("-") || word.equals("-")) {
        options.positional.add(word);
        continue;
      }
      if (word.equals("--")) {
        over = true;
        continue;
      }
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      if (GlobalOptions.isFlag(name) || flags.contains(name)) {
        if (equals >= 0) {
          throw wrong(session, command, name + " takes no value");
        }
        options.put(session, command, name, "");
      } else if (GlobalOptions.isValued(name) || valued.contains(name)) {
        if (equals < 0 && at + 1 == arguments.length) {
          throw wrong(session, command, name + " needs a value");
        }
        options.put(
            session, command, name, equals < 0 ? arguments[++at] : word.substring(equals + 1));
      } else {
        throw wrong(session, command, "unknown option `" + name + "'");
      }
    }
    return options;
  }

  private void put(Session session, String command, String name, String value) throws Failure {
    if (GlobalOptions.isFlag(name) || GlobalOptions.isValued(name)) {
      GlobalOptions.apply(session, name, value);
    } else if (values.put(name, value) != null) {
      throw wrong(session, command, name + " is there twice");
    }
  }

  /** A mistake in how a command was called. */
  static Failure wrong(Session session, String command, String what) {
    return new Failure(
        session.program()
            + " "
            + command
            + ": "
            + what
            + "\nTry `"
            + session.program()
            + " help "
            + command
            + "'.");
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  Optional<String> value(String name) {
    return Optional.ofNullable(values.get(name));
  }

  /** What is no option, in order. */
  List<String> positional() {
    return positional;
  }

  /** A whole number of that range, or the default if the option is not there. */
  int number(Session session, String command, String name, int lowest, int highest, int otherwise)
      throws Failure {
    String text = values.get(name);
    if (text == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= lowest && number <= highest) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw wrong(
        session,
        command,
        name + " is a number of " + lowest + " to " + highest + ", not `" + text + "'");
  }
}
