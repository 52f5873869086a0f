// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.util.ArrayList;
import java.util.List;

/**
 * What wg-quick and wgj are asked to do, one after the other, each in a fresh namespace as {@link
 * QuickLane} makes it.
 *
 * @param title what it is about
 * @param firewall {@code nft}, {@code broken} (an nft that refuses), {@code iptables} or {@code
 *     none}
 * @param resolver {@code openresolv}, {@code none}, or how a recorder acts: {@code plain}, {@code
 *     failing} or {@code resolvectl}
 * @param order what {@code /etc/resolvconf/interface-order} has in it; empty for no such file
 * @param preparation shell lines that run in the namespace before
 * @param files the configuration files; the first is looked at after each step
 * @param steps what is done
 */
record QuickCase(
    String title,
    String firewall,
    String resolver,
    String order,
    String preparation,
    List<ConfigurationFile> files,
    List<Step> steps) {

  /** The interface, and its configuration file without suffix, if a case does not say otherwise. */
  static final String NAME = "q0";

  static final String DIRECTORY = "/run/quick/conf";
  static final String CONFIGURATION = DIRECTORY + "/" + NAME + ".conf";

  /** What hooks write to. */
  static final String DIARY = "/run/quick/diary";

  /** A file with its mode, in octal digits. */
  record ConfigurationFile(String path, String mode, String text) {}

  /** Something that is done. */
  sealed interface Step {}

  /** A call of the program; after all but {@code strip} the state is looked at. */
  record Call(List<String> words) implements Step {}

  /** A script that runs in the namespace. */
  record Script(String lines) implements Step {}

  QuickCase {
    files = List.copyOf(files);
    steps = List.copyOf(steps);
  }

  static QuickCase of(String title, String configuration) {
    return new QuickCase(
        title,
        "nft",
        "plain",
        "",
        "",
        List.of(new ConfigurationFile(CONFIGURATION, "600", configuration)),
        List.of(call("up"), call("down")));
  }

  private static Call call(String command) {
    return new Call(List.of(command, CONFIGURATION));
  }

  QuickCase withFirewall(String kind) {
    return new QuickCase(title, kind, resolver, order, preparation, files, steps);
  }

  QuickCase withResolver(String kind) {
    return new QuickCase(title, firewall, kind, order, preparation, files, steps);
  }

  QuickCase withOrder(String text) {
    return new QuickCase(title, firewall, resolver, text, preparation, files, steps);
  }

  QuickCase after(String lines) {
    return new QuickCase(title, firewall, resolver, order, preparation + lines, files, steps);
  }

  QuickCase withMode(String mode) {
    ConfigurationFile first = files.get(0);
    List<ConfigurationFile> changed = new ArrayList<>(files);
    changed.set(0, new ConfigurationFile(first.path(), mode, first.text()));
    return new QuickCase(title, firewall, resolver, order, preparation, changed, steps);
  }

  /** The same at another path; the steps are to be chosen again. */
  QuickCase at(String path) {
    ConfigurationFile first = files.get(0);
    List<ConfigurationFile> changed = new ArrayList<>(files);
    changed.set(0, new ConfigurationFile(path, first.mode(), first.text()));
    return new QuickCase(title, firewall, resolver, order, preparation, changed, steps);
  }

  QuickCase with(ConfigurationFile more) {
    List<ConfigurationFile> all = new ArrayList<>(files);
    all.add(more);
    return new QuickCase(title, firewall, resolver, order, preparation, all, steps);
  }

  /**
   * With other steps: a line that begins with {@code quick} is a call, words separated by spaces,
   * in which {@code @} stands for the first file; any other is a script.
   */
  QuickCase doing(String... lines) {
    List<Step> all = new ArrayList<>();
    for (String line : lines) {
      if (line.equals("quick") || line.startsWith("quick ")) {
        List<String> words = new ArrayList<>();
        for (String word : line.substring(5).strip().split(" ")) {
          if (!word.isEmpty()) {
            words.add(word.equals("@") ? files.get(0).path() : word);
          }
        }
        all.add(new Call(words));
      } else {
        all.add(new Script(line));
      }
    }
    return new QuickCase(title, firewall, resolver, order, preparation, files, all);
  }

  /** The first file's text. */
  String configuration() {
    return files.get(0).text();
  }

  /** Everything that the outcome depends on, but for keys. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(title);
    out.append("\n  firewall ").append(firewall).append(", resolver ").append(resolver);
    if (!order.isEmpty()) {
      out.append(", order ").append(order.replace("\n", "\\n"));
    }
    if (!preparation.isEmpty()) {
      out.append("\n").append(preparation.indent(4));
    }
    for (ConfigurationFile file : files) {
      out.append("\n  ").append(file.path()).append(" ").append(file.mode()).append("\n");
      out.append(masked(file.text()).replace("\r", "\\r").indent(4));
    }
    for (Step step : steps) {
      out.append("  ").append(step).append("\n");
    }
    return out.toString();
  }

  private static String masked(String text) {
    return text.replaceAll("(?im)^(\\s*p(?:rivate|reshared)\\s*key\\s*=).*$", "$1 (hidden)");
  }
}
