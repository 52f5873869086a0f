// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

/** ANSI colours, or nothing at all. */
record Palette(boolean colored) {

  /** As WG_COLOR_MODE and the terminal want it. */
  static Palette of(Session session) {
    switch (session.environment("WG_COLOR_MODE").orElse("auto")) {
      case "always":
        return new Palette(true);
      case "never":
        return new Palette(false);
      default:
        return new Palette(session.host().isTerminal());
    }
  }

  private String code(String code) {
    return colored ? "\033[" + code + "m" : "";
  }

  String reset() {
    return code("0");
  }

  String red() {
    return code("31");
  }

  String green() {
    return code("32");
  }

  String yellow() {
    return code("33");
  }

  String cyan() {
    return code("36");
  }

  /** The name of a field. */
  String title(String name, String color) {
    return color + code("1") + name + reset();
  }
}
