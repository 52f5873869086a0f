// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** {@code check}: what is wrong with configuration files, without touching any interface. */
final class CheckCommand {

  private final Session session;
  private final Json json;
  private int errors;
  private int warnings;

  private CheckCommand(Session session, boolean json) {
    this.session = session;
    this.json = json ? new Json(session.out()) : null;
  }

  static int run(Session session, String[] arguments) throws Failure {
    Options options =
        Options.parse(session, "check", arguments, List.of("--json", "--strict"), List.of());
    if (options.positional().isEmpty()) {
      throw Options.wrong(session, "check", "which file?");
    }
    CheckCommand check = new CheckCommand(session, options.has("--json"));
    if (check.json != null) {
      check.json.beginArray();
    }
    for (String file : options.positional()) {
      check.file(file);
    }
    if (check.json != null) {
      check.json.endArray().endDocument();
    }
    return check.errors > 0 || options.has("--strict") && check.warnings > 0 ? 1 : 0;
  }

  private void file(String argument) {
    List<Finding> findings;
    String label = argument;
    try (ConfigSource source = ConfigSource.open(session, argument)) {
      label = source.label();
      ConfigCheck check = new ConfigCheck(source.text());
      findings = new ArrayList<>(check.findings());
      if (source.file().isPresent()) {
        permissions(source.file().get(), check.text(), findings);
        name(source.file().get(), findings);
      }
    } catch (IOException e) {
      label = argument.equals("-") ? argument : ConfigSource.locate(session, argument).toString();
      findings = List.of(Finding.error(0, 0, "unreadable", Failure.words(e)));
    }
    List<Finding> sorted = new ArrayList<>(findings);
    sorted.sort(Comparator.comparingInt(Finding::line).thenComparingInt(Finding::column));
    report(label, sorted);
  }

  /** Who may read the keys, and who may change what root runs. */
  private void permissions(Path file, ConfigText text, List<Finding> findings) throws IOException {
    Path real = file.toRealPath();
    int mode = session.host().mode(real);
    Path directory = real.getParent();
    int reachable = directory == null ? mode : mode & session.host().mode(directory);
    boolean secret = false;
    for (ConfigText.Section section : text.sections()) {
      secret |= section.last("PrivateKey").isPresent() || section.last("PresharedKey").isPresent();
    }
    if (secret && (reachable & 4) != 0) {
      findings.add(
          Finding.warning(
              0, 0, "readable-by-others", "everybody can read the keys in it: chmod 600 " + real));
    }
    if ((mode & 022) != 0) {
      findings.add(
          Finding.warning(
              0,
              0,
              "writable-by-others",
              "others than its owner can write it, and `up' runs its hooks as root: chmod go-w "
                  + real));
    }
  }

  private static void name(Path file, List<Finding> findings) {
    String base = String.valueOf(file.getFileName());
    if (base.endsWith(".conf")
        && !ConfigName.isInterfaceName(base.substring(0, base.length() - ".conf".length()))) {
      findings.add(
          Finding.warning(
              0,
              0,
              "interface-name",
              "`up' would refuse its name: an interface's has 1 to 15 letters, digits and _=+.-"));
    }
  }

  private void report(String label, List<Finding> findings) {
    int errorsHere = 0;
    for (Finding finding : findings) {
      if (finding.level() == Finding.Level.ERROR) {
        errorsHere++;
      }
      if (json != null) {
        write(label, finding);
      } else {
        print(label, finding);
      }
    }
    int warningsHere = findings.size() - errorsHere;
    errors += errorsHere;
    warnings += warningsHere;
    if (json == null) {
      session
          .out()
          .println(
              label
                  + ": "
                  + counted(errorsHere, "error")
                  + ", "
                  + counted(warningsHere, "warning"));
    }
  }

  private static String counted(int count, String word) {
    return (count == 0 ? "no" : Integer.toString(count)) + " " + word + (count == 1 ? "" : "s");
  }

  private void print(String label, Finding finding) {
    Palette paint = Palette.of(session);
    Output out = session.out();
    out.print(label).print(":");
    if (finding.line() > 0) {
      out.print(finding.line()).print(":");
    }
    if (finding.column() > 0) {
      out.print(finding.column()).print(":");
    }
    String color = finding.level() == Finding.Level.ERROR ? paint.red() : paint.yellow();
    out.print(" ").print(paint.title(finding.level().word(), color)).print(": ");
    out.println(ConfigText.harmless(finding.message()) + " [" + finding.code() + "]");
  }

  private void write(String label, Finding finding) {
    json.beginObject().name("file").value(label);
    if (finding.line() > 0) {
      json.name("line").value(finding.line());
    }
    if (finding.column() > 0) {
      json.name("column").value(finding.column());
    }
    json.name("level").value(finding.level().word());
    json.name("code").value(finding.code()).name("message").value(finding.message()).endObject();
  }
}
