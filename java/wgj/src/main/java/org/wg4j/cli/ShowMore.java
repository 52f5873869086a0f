// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.wg4j.Device;

/** {@code show} with the options that wg(8) does not have. */
final class ShowMore {

  private static final List<String> FLAGS = List.of("--json", "--names", "--watch");
  private static final List<String> VALUED = List.of("--interval", "--sort", "--count");

  private ShowMore() {}

  /** Whether a word makes this our business; an interface cannot be meant by it. */
  static boolean wants(String word) {
    int equals = word.indexOf('=');
    String name = equals < 0 ? word : word.substring(0, equals);
    return FLAGS.contains(name) || VALUED.contains(name) || GlobalOptions.isAny(word);
  }

  static int run(Session session, String[] arguments) throws Failure {
    session.hints(true);
    Options options = Options.parse(session, "show", arguments, FLAGS, VALUED);
    List<String> words = options.positional();
    if (words.size() > 2) {
      throw Options.wrong(session, "show", "too many words");
    }
    String which = words.isEmpty() ? "all" : words.get(0);
    Optional<String> field = words.size() < 2 ? Optional.empty() : Optional.of(words.get(1));
    boolean forPeople = field.isEmpty() && !which.equals("interfaces");
    if (options.has("--watch")) {
      if (!forPeople) {
        throw Options.wrong(session, "show", "--watch shows all fields of one or all interfaces");
      }
      return WatchCommand.run(session, which, options);
    }
    for (String option : VALUED) {
      if (options.has(option)) {
        throw Options.wrong(session, "show", option + " goes with --watch");
      }
    }
    if (options.has("--json")) {
      return json(session, which, field);
    }
    if (options.has("--names") && !forPeople) {
      throw Options.wrong(
          session, "show", "--names goes with the form for people, and with --json");
    }
    ShowCommand show = new ShowCommand(session);
    if (options.has("--names")) {
      show.withNames();
    }
    return show.plain(words.toArray(new String[0]));
  }

  private static int json(Session session, String which, Optional<String> field) throws Failure {
    Json json = new Json(session.out());
    if (which.equals("interfaces")) {
      if (field.isPresent()) {
        throw Options.wrong(session, "show", "interfaces have no field");
      }
      json.beginArray();
      session.deviceNames().forEach(json::value);
      json.endArray().endDocument();
      return 0;
    }
    DeviceJson form =
        field.isEmpty()
            ? DeviceJson.forPeople(session)
            : DeviceJson.ofField(session, field.get())
                .orElseThrow(
                    () ->
                        Options.wrong(session, "show", "there is no field `" + field.get() + "'"));
    boolean all = which.equals("all");
    List<Device> devices = new ArrayList<>();
    try {
      int code = read(session, which, devices, session::complain);
      if (code == 0 || all) {
        json.beginObject();
        for (Device device : devices) {
          form.write(json, device, PeerNames.of(session, device.name()));
        }
        json.endObject().endDocument();
      }
      return code;
    } finally {
      devices.forEach(Device::close);
    }
  }

  /**
   * Reads one interface, or all that can be read.
   *
   * @param into what the caller closes
   * @param complaints is told what is wrong with one of several
   * @return the exit code, as {@code show} has it
   */
  static int read(Session session, String which, List<Device> into, Consumer<String> complaints)
      throws Failure {
    if (!which.equals("all")) {
      try {
        into.add(session.client().device(which));
        return 0;
      } catch (IOException e) {
        throw new Failure("Unable to access interface: " + Failure.words(e)).because(e, which);
      }
    }
    List<String> names = session.deviceNames();
    Failure last = null;
    for (String name : names) {
      try {
        into.add(session.client().device(name));
      } catch (IOException e) {
        last =
            new Failure("Unable to access interface " + name + ": " + Failure.words(e))
                .because(e, name);
        complaints.accept(last.getMessage());
      }
    }
    if (last != null && into.isEmpty()) {
      throw new Failure("", 1).because(last.reason(), last.subject());
    }
    return 0;
  }
}
