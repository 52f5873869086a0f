// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.netlink4j.NetNamespace;

/**
 * What may stand before every command, or right after it: {@code --netns} and {@code --debug}.
 * wg(8) takes neither in these places.
 */
final class GlobalOptions {

  private static final String NETNS = "--netns";
  private static final String DEBUG = "--debug";

  private GlobalOptions() {}

  static boolean isFlag(String name) {
    return name.equals(DEBUG);
  }

  static boolean isValued(String name) {
    return name.equals(NETNS);
  }

  /** Whether the word is one of them, with or without its value. */
  static boolean isAny(String word) {
    return word.equals(DEBUG) || word.equals(NETNS) || word.startsWith(NETNS + "=");
  }

  /** Obeys one of them. */
  static void apply(Session session, String name, String value) throws Failure {
    if (name.equals(DEBUG)) {
      session.debug(true);
    } else {
      session.namespace(namespace(session, value));
    }
  }

  /** Obeys those before and after the command, and returns the rest. */
  static String[] strip(Session session, String[] arguments) throws Failure {
    List<String> rest = new ArrayList<>();
    int at = take(session, arguments, 0);
    if (at < arguments.length) {
      rest.add(arguments[at]);
      at = take(session, arguments, at + 1);
    }
    for (; at < arguments.length; at++) {
      rest.add(arguments[at]);
    }
    return rest.toArray(new String[0]);
  }

  /** Obeys options from {@code start} on; returns where the first other word is. */
  private static int take(Session session, String[] arguments, int start) throws Failure {
    int at = start;
    while (at < arguments.length && isAny(arguments[at])) {
      String word = arguments[at++];
      int equals = word.indexOf('=');
      if (word.equals(NETNS)) {
        if (at == arguments.length) {
          throw new Failure(session.program() + ": --netns needs a value: NAME, PATH or PID");
        }
        apply(session, NETNS, arguments[at++]);
      } else {
        apply(session, equals < 0 ? word : NETNS, word.substring(equals + 1));
      }
    }
    return at;
  }

  /**
   * The namespace that a word means: with a slash a file, digits a process, anything else a name of
   * ip-netns(8).
   */
  private static NetNamespace namespace(Session session, String word) throws Failure {
    NetNamespace namespace;
    try {
      if (word.indexOf('/') >= 0) {
        namespace = NetNamespace.path(Path.of(word));
      } else if (isNumber(word)) {
        namespace = NetNamespace.pid(Long.parseLong(word));
      } else {
        namespace = NetNamespace.named(word);
      }
    } catch (IllegalArgumentException e) {
      throw new Failure(
          session.program() + ": --netns: `" + word + "' is no name, path or process");
    }
    // The link itself: another user's process may forbid to follow it, which opening it will tell.
    if (!Files.exists(namespace.path(), LinkOption.NOFOLLOW_LINKS)) {
      throw new Failure(
          session.program()
              + ": --netns: there is no `"
              + namespace.path()
              + "'"
              + (word.indexOf('/') < 0 && !isNumber(word)
                  ? ": `ip netns list' shows the names"
                  : ""));
    }
    return namespace;
  }

  private static boolean isNumber(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) < '0' || word.charAt(i) > '9') {
        return false;
      }
    }
    return !word.isEmpty();
  }
}
