// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.time.InstantSource;
import java.util.Arrays;
import org.wg4j.WireGuard;

/** Entry of the program: chooses the command by hand, because starting picocli takes 100 ms. */
public final class Main {

  static final String VERSION = "0.1.0";

  /** A class and not a lambda: the first lambda of a run costs 5 ms. */
  static final Session.ClientSource DEVICES =
      new Session.ClientSource() {
        @Override
        public WireGuard open() {
          return CombinedWireGuard.open();
        }
      };

  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    Output out = new Output(new FileOutputStream(FileDescriptor.out));
    Output err = new Output(new FileOutputStream(FileDescriptor.err));
    int code;
    try (Session session = session(new FileInputStream(FileDescriptor.in), out, err, DEVICES)) {
      code = run(session, arguments);
    }
    // Asking the JVM to exit makes it look for somebody who logs such things: 10 ms on Java 25.
    if (code != 0) {
      System.exit(code);
    }
  }

  /** The world as it is, but for streams and devices. */
  static Session session(InputStream in, Output out, Output err, Session.ClientSource devices) {
    return new Session(
        System.getProperty("wgj.program", "wgj"),
        in,
        out,
        err,
        System.getenv(),
        InstantSource.system(),
        devices,
        new Host());
  }

  /** Runs a command and reports what went wrong with it. */
  static int run(Session session, String... arguments) {
    int code;
    try {
      code = dispatch(session, withoutGlobalOptions(session, arguments));
    } catch (Failure e) {
      report(session, e);
      code = e.exitCode();
    } catch (UncheckedIOException e) {
      // Standard output is gone: there is nobody to tell.
      return 1;
    } catch (RuntimeException | Error e) {
      code = unexpected(session, e);
    }
    try {
      session.out().flush();
    } catch (UncheckedIOException e) {
      return 1;
    }
    return code;
  }

  /** Here is nothing that a verifier would load classes for when all goes well. */
  private static int unexpected(Session session, Throwable e) {
    String what = session.program() + ": ";
    if (e instanceof InvalidPathException path) {
      what += "`" + path.getInput() + "' is no name of a file here: " + path.getReason();
    } else if (e instanceof OutOfMemoryError) {
      what += "out of memory: WGJ_JAVA_OPTS=-Xmx... allows for more";
    } else {
      what += "internal error: " + e;
    }
    session.complain(what);
    if (session.debug()) {
      session.complain(Hints.trace(e));
    } else if (what.contains(": internal error: ")) {
      session.complain("Please report it, with what --debug says as the first argument.");
    }
    return 1;
  }

  /** What wg(8) takes passes by untouched. */
  private static String[] withoutGlobalOptions(Session session, String[] arguments) throws Failure {
    for (String word : arguments) {
      if (word.startsWith("--debug") || word.startsWith("--netns")) {
        return GlobalOptions.strip(session, arguments);
      }
    }
    return arguments;
  }

  /** Says why a command failed, and what to do about it. */
  static void report(Session session, Failure failure) {
    if (!failure.getMessage().isEmpty()) {
      session.complain(failure.getMessage());
    }
    if (failure.reason() == null) {
      return;
    }
    if (session.hints()) {
      Hints.on(session, failure).ifPresent(hint -> session.complain("Hint: " + hint));
    }
    if (session.debug()) {
      session.complain(Hints.trace(failure.reason()));
    }
  }

  private static int dispatch(Session session, String[] arguments) throws Failure {
    String command = arguments.length == 0 ? "show" : arguments[0];
    String[] rest =
        arguments.length == 0 ? arguments : Arrays.copyOfRange(arguments, 1, arguments.length);
    switch (command) {
      case "show":
        return new ShowCommand(session).run(rest);
      case "showconf":
        return ConfCommands.showconf(session, rest);
      case "set":
        return new SetCommand(session).run(rest);
      case "setconf":
      case "addconf":
      case "syncconf":
        return ConfCommands.apply(session, command, rest);
      case "genkey":
        return KeyCommands.genkey(session, rest);
      case "genpsk":
        return KeyCommands.genpsk(session, rest);
      case "pubkey":
        return KeyCommands.pubkey(session, rest);
      case "up":
      case "down":
      case "save":
      case "strip":
        return quick(session, new Shell(), command, rest);
      case "check":
      case "qr":
      case "new-peer":
      case "resolve":
      case "diff":
      case "apply":
        return more(session, command, rest);
      case "-v":
      case "--version":
      case "version":
        if (rest.length == 0) {
          session
              .out()
              .println("wgj v" + VERSION + " - does what wireguard-tools v1.0.20210914 does");
          return 0;
        }
        break;
      case "-h":
      case "--help":
        if (rest.length == 0) {
          return Help.top(session);
        }
        break;
      case "help":
        if (rest.length == 0) {
          return Help.top(session);
        }
        if (rest.length == 1 && Help.knows(rest[0])) {
          return Help.command(session, rest[0]);
        }
        break;
      default:
        break;
    }
    session.out().flush();
    session.err().println("Invalid subcommand: `" + command + "'");
    Usage.all(session.program(), session.err());
    session.err().flush();
    return 1;
  }

  private static int quick(Session session, Shell shell, String command, String[] arguments)
      throws Failure {
    if (Rerun.needsRoot(session, shell, command, arguments)) {
      return Rerun.asRoot(session, shell, command, arguments);
    }
    if (session.namespace().isPresent() && !command.equals("strip")) {
      return Rerun.inNamespace(session, shell, command, arguments);
    }
    return QuickCommand.run(session, command, arguments);
  }

  /** Commands that wg(8) and wg-quick(8) do not have. */
  private static int more(Session session, String command, String[] arguments) throws Failure {
    session.hints(true);
    if (arguments.length == 1 && (arguments[0].equals("-h") || arguments[0].equals("--help"))) {
      return Help.command(session, command);
    }
    switch (command) {
      case "check":
        return CheckCommand.run(session, arguments);
      case "qr":
        return QrCommand.run(session, arguments);
      case "new-peer":
        return NewPeerCommand.run(session, arguments);
      case "diff":
        return ApplyCommands.diff(session, arguments);
      case "apply":
        return ApplyCommands.apply(session, arguments);
      default:
        return ResolveCommand.run(session, arguments);
    }
  }
}
