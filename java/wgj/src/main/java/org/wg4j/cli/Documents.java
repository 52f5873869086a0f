// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes the manual page and the completions of shells from what {@link Help} says of the commands;
 * {@code make install} runs it.
 *
 * <p>What completes a placeholder is decided by its name, see {@link #completer}.
 */
public final class Documents {

  /** Options of the program itself, when no command was given yet. */
  private static final List<String> TOP_OPTIONS = List.of("--help", "--version");

  private final String[][] commands;
  private final String synopsis;

  /**
   * @param commands as {@link Help#COMMANDS}
   * @param synopsis what stands before and after a command; its options may stand anywhere
   */
  Documents(String[][] commands, String synopsis) {
    this.commands = commands;
    this.synopsis = synopsis;
  }

  /** Writes the documents into a directory laid out like /usr/share. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      throw new IllegalArgumentException("one argument: the directory to write into");
    }
    Path share = Path.of(arguments[0]);
    for (Map.Entry<String, String> document :
        new Documents(Help.COMMANDS, Help.SYNOPSIS).all().entrySet()) {
      Path file = share.resolve(document.getKey());
      Files.createDirectories(file.getParent());
      Files.writeString(file, document.getValue());
    }
  }

  /** All documents by their place below /usr/share. */
  Map<String, String> all() throws IOException {
    Map<String, String> documents = new LinkedHashMap<>();
    documents.put("man/man8/wgj.8", ManualPage.render(template("wgj.8"), commands, synopsis));
    documents.put(
        "bash-completion/completions/wgj", fill(template("completion.bash"), posixTables(false)));
    documents.put("zsh/site-functions/_wgj", fill(template("completion.zsh"), posixTables(true)));
    documents.put("fish/vendor_completions.d/wgj.fish", fill(template("completion.fish"), fish()));
    return documents;
  }

  private static String template(String name) throws IOException {
    try (InputStream in = Documents.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("no template " + name + " beside " + Documents.class);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String fill(String template, String tables) {
    return template.replace("@TABLES@\n", tables);
  }

  /** What a shell looks up for a placeholder: a word that begins with @. */
  static String completer(String placeholder) {
    if (placeholder.endsWith(".conf")) {
      return "@file.conf";
    }
    String name = placeholder.replaceAll("[<>]", "");
    if (name.endsWith("file") || name.endsWith("directory")) {
      return "@file";
    }
    switch (name) {
      case "command":
      case "interface":
      case "name":
        return "@" + name;
      case "public key":
      case "peer":
        return "@peer";
      case "namespace":
      case "netns":
        return "@namespace";
      default:
        return "@value";
    }
  }

  private static String offer(Synopsis.State state) {
    Set<String> offers = new TreeSet<>();
    for (String value : state.values()) {
      offers.add(completer(value));
    }
    List<String> all = new ArrayList<>(offers);
    all.addAll(state.words().keySet());
    return String.join(" ", all);
  }

  private Map<String, String> globalOptions() {
    return new Synopsis(synopsis).options();
  }

  private String names() {
    List<String> names = new ArrayList<>();
    for (String[] entry : commands) {
      names.add(entry[0]);
    }
    return String.join(" ", names);
  }

  private String optionNames(String[] entry) {
    List<String> names = new ArrayList<>(new Synopsis(entry[1]).options().keySet());
    names.addAll(globalOptions().keySet());
    return String.join(" ", names);
  }

  private String topOptions() {
    List<String> names = new ArrayList<>(globalOptions().keySet());
    names.addAll(TOP_OPTIONS);
    return String.join(" ", names);
  }

  /** Functions and variables that bash and zsh read alike. */
  private String posixTables(boolean summaries) {
    StringBuilder text = new StringBuilder("_wgj_commands='" + names() + "'\n");
    if (summaries) {
      text.append("_wgj_summaries=(\n");
      for (String[] entry : commands) {
        text.append("  ").append(quote(entry[0] + ":" + entry[2])).append('\n');
      }
      text.append(")\n");
    }
    text.append(
        "\n# COMMAND WORD: whether it is an option; REPLY: what its value is, or nothing.\n");
    text.append("_wgj_option() {\n  case \"$1 $2\" in\n");
    for (String[] entry : commands) {
      new Synopsis(entry[1])
          .options()
          .forEach((option, value) -> optionCase(text, quote(entry[0] + " " + option), value));
    }
    globalOptions().forEach((option, value) -> optionCase(text, "*" + quote(" " + option), value));
    text.append("    *) return 1 ;;\n  esac\n}\n");
    text.append("\n# COMMAND: options that may stand there.\n_wgj_options() {\n  case $1 in\n");
    for (String[] entry : commands) {
      text.append("    ").append(entry[0]).append(") REPLY=").append(quote(optionNames(entry)));
      text.append(" ;;\n");
    }
    text.append("    *) REPLY=").append(quote(topOptions())).append(" ;;\n  esac\n}\n");
    text.append("\n# \"COMMAND STATE\": what fits.\n_wgj_offer() {\n  case $1 in\n");
    eachState(
        (command, number, state) ->
            text.append("    '" + command + " " + number + "') REPLY=" + quote(offer(state)))
                .append(" ;;\n"));
    text.append("    *) REPLY='' ;;\n  esac\n}\n");
    text.append(
        "\n# \"COMMAND STATE\" WORD: where it leads.\n_wgj_step() {\n  case \"$1 $2\" in\n");
    eachState(
        (command, number, state) -> {
          String from = command + " " + number + " ";
          state
              .words()
              .forEach(
                  (word, to) ->
                      text.append("    " + quote(from + word) + ") REPLY=" + to + " ;;\n"));
          if (state.otherwise() != Synopsis.NOWHERE) {
            text.append("    " + quote(from) + "*) REPLY=" + state.otherwise());
            text.append(isInterface(state) ? " interface=$2 ;;\n" : " ;;\n");
          }
        });
    return text.append("    *) REPLY=- ;;\n  esac\n}\n").toString();
  }

  private static void optionCase(StringBuilder text, String pattern, String value) {
    String reply = value.isEmpty() ? "''" : completer(value);
    text.append("    ").append(pattern).append(") REPLY=").append(reply).append(" ;;\n");
  }

  private static boolean isInterface(Synopsis.State state) {
    return state.values().stream().anyMatch(value -> completer(value).equals("@interface"));
  }

  private interface StateVisitor {
    void visit(String command, int number, Synopsis.State state);
  }

  /** Visits the states from which something goes on. */
  private void eachState(StateVisitor visitor) {
    for (String[] entry : commands) {
      List<Synopsis.State> states = new Synopsis(entry[1]).states();
      for (int i = 0; i < states.size(); i++) {
        Synopsis.State state = states.get(i);
        if (!state.words().isEmpty() || state.otherwise() != Synopsis.NOWHERE) {
          visitor.visit(entry[0], i, state);
        }
      }
    }
  }

  /** For a POSIX shell. */
  private static String quote(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  private static String fishQuote(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private String fish() {
    StringBuilder text = new StringBuilder("function __wgj_summaries\n");
    for (String[] entry : commands) {
      text.append("    printf '%s\\t%s\\n' " + entry[0] + " " + fishQuote(entry[2]) + "\n");
    }
    text.append("end\n\n");
    text.append("# COMMAND WORD: prints what an option's value is, or a dash; else nothing.\n");
    text.append("function __wgj_option\n    switch \"$argv[1] $argv[2]\"\n");
    for (String[] entry : commands) {
      new Synopsis(entry[1])
          .options()
          .forEach((option, value) -> fishOption(text, entry[0] + " " + option, value));
    }
    globalOptions().forEach((option, value) -> fishOption(text, "* " + option, value));
    text.append("    end\nend\n\n# COMMAND: options that may stand there.\n");
    text.append("function __wgj_options\n    switch $argv[1]\n");
    for (String[] entry : commands) {
      fishCase(text, entry[0], optionNames(entry));
    }
    fishCase(text, "*", topOptions());
    text.append("    end\nend\n\n# \"COMMAND STATE\": what fits.\n");
    text.append("function __wgj_offer\n    switch $argv[1]\n");
    eachState((command, number, state) -> fishCase(text, command + " " + number, offer(state)));
    text.append("    end\nend\n\n# \"COMMAND STATE\" WORD: where it leads; and whether WORD is an");
    text.append(" interface.\nfunction __wgj_step\n    switch \"$argv[1] $argv[2]\"\n");
    eachState(
        (command, number, state) -> {
          String from = command + " " + number + " ";
          state.words().forEach((word, to) -> fishCase(text, from + word, to.toString()));
          if (state.otherwise() != Synopsis.NOWHERE) {
            fishCase(text, from + "*", state.otherwise() + (isInterface(state) ? " @" : ""));
          }
        });
    fishCase(text, "*", "-");
    return text.append("    end\nend\n\n").toString();
  }

  private static void fishOption(StringBuilder text, String pattern, String value) {
    fishCase(text, pattern, value.isEmpty() ? "-" : completer(value));
  }

  private static void fishCase(StringBuilder text, String pattern, String answer) {
    text.append("        case ").append(fishQuote(pattern)).append('\n');
    text.append("            echo ").append(fishQuote(answer)).append('\n');
  }
}
