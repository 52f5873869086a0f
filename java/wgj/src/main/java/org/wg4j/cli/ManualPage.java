// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.util.ArrayList;
import java.util.List;

/** The manual page, in mdoc(7): what {@link Help} says of the commands, put into a frame. */
final class ManualPage {

  private static final int LINE = 72;

  private ManualPage() {}

  static String render(String frame, String[][] commands, String synopsis) {
    return frame
        .replace("@SYNOPSIS@\n", ".Nm\n" + arguments(synopsis))
        .replace("@DESCRIPTION@\n", paragraph(Help.DESCRIPTION))
        .replace("@COMMANDS@\n", commands(commands));
  }

  private static String commands(String[][] commands) {
    StringBuilder text = new StringBuilder();
    for (String[] entry : commands) {
      text.append(".Ss ").append(entry[0]).append('\n');
      text.append(".Nm Ic ").append(entry[0]).append('\n').append(arguments(entry[1]));
      text.append(".Pp\n").append(paragraph(entry[2]));
      if (!entry[3].isEmpty()) {
        text.append(".Pp\n").append(paragraph(entry[3]));
      }
      text.append(".Bd -literal -offset indent\n");
      for (String example : Help.examples(entry)) {
        text.append(escape(example)).append('\n');
      }
      text.append(".Ed\n");
    }
    return text.toString();
  }

  /** Running text, each sentence on lines of its own, as mdoc wants it; {@code %n} is a blank. */
  static String paragraph(String text) {
    StringBuilder lines = new StringBuilder();
    String running = text.replace("%n", " ").replace("%%", "%").strip();
    for (String sentence : running.split("(?<=[.?!:]) +(?=[A-Z`])")) {
      int column = 0;
      for (String word : sentence.split(" +")) {
        boolean fits = column > 0 && column + 1 + word.length() <= LINE;
        lines.append(column == 0 ? "" : fits ? " " : "\n");
        column = fits ? column + 1 + word.length() : word.length();
        lines.append(fits ? plain(word) : escape(word));
      }
      lines.append('\n');
    }
    return lines.toString();
  }

  /** Text whose every character is printed; dashes of options stay what a terminal wants. */
  static String escape(String text) {
    String escaped = plain(text);
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }

  private static String plain(String text) {
    return text.replace("\\", "\\e").replace("-", "\\-");
  }

  /** A macro line for each part of the command line. */
  private static String arguments(String synopsis) {
    Synopsis.Node root = new Synopsis(synopsis).root();
    StringBuilder lines = new StringBuilder();
    List<Synopsis.Node> parts =
        root instanceof Synopsis.Sequence sequence ? sequence.parts() : List.of(root);
    for (Synopsis.Node part : parts) {
      List<String> words = new ArrayList<>();
      inline(part, words);
      lines.append('.').append(String.join(" ", words)).append('\n');
    }
    return lines.toString();
  }

  private static void inline(Synopsis.Node node, List<String> words) {
    if (node instanceof Synopsis.Word word) {
      words.add(word(word));
    } else if (node instanceof Synopsis.Sequence sequence) {
      sequence.parts().forEach(part -> inline(part, words));
    } else if (node instanceof Synopsis.Choice choice) {
      words.add("Bro");
      alternatives(choice, words);
      words.add("Brc");
    } else if (node instanceof Synopsis.Optional optional) {
      words.add("Oo");
      if (optional.node() instanceof Synopsis.Choice choice) {
        alternatives(choice, words);
      } else {
        inline(optional.node(), words);
      }
      words.add("Oc");
    } else if (node instanceof Synopsis.Repeated repeated) {
      inline(repeated.node(), words);
      words.add("Ns");
      words.add("...");
    }
  }

  private static void alternatives(Synopsis.Choice choice, List<String> words) {
    for (int i = 0; i < choice.alternatives().size(); i++) {
      if (i > 0) {
        words.add("|");
      }
      inline(choice.alternatives().get(i), words);
    }
  }

  private static String word(Synopsis.Word word) {
    if (word.isOption()) {
      return "Fl " + escape(word.text().substring(1));
    }
    if (word.isValue()) {
      return "Ar " + escape(word.text().replaceAll("[<>]", "")).replace(" ", "\\ ");
    }
    return "Cm " + escape(word.text());
  }
}
