// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

/**
 * What {@code check} has to say about a place in a file.
 *
 * @param line from 1; 0 for the whole file
 * @param column in characters from 1; 0 for the whole line
 * @param code a word for programs, which stays
 * @param message for people; says what is, and what to do
 */
record Finding(Level level, int line, int column, String code, String message) {

  /** How bad it is. */
  enum Level {
    /** A command would refuse the file. */
    ERROR,
    /** The file works, but probably not as it was meant. */
    WARNING;

    String word() {
      return this == ERROR ? "error" : "warning";
    }
  }

  static Finding error(int line, int column, String code, String message) {
    return new Finding(Level.ERROR, line, column, code, message);
  }

  static Finding warning(int line, int column, String code, String message) {
    return new Finding(Level.WARNING, line, column, code, message);
  }

  static Finding warning(ConfigText.Statement at, String code, String message) {
    return warning(at.line(), at.valueColumn(), code, message);
  }
}
