// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A guest as its agent shows it: commands, files, modules, its kernel's log. {@link Machine} runs
 * one itself, {@link RemoteGuest} is one that somebody else runs. Thread-safe; several commands may
 * run at a time.
 */
public abstract sealed class GuestSystem implements AutoCloseable permits Machine, RemoteGuest {
  static final int SIGKILL = 9;

  final AgentLink link;
  private final String name;
  private final Duration answerLimit;

  /** Whoever uses it has asked for its end. */
  volatile boolean endWanted;

  GuestSystem(String name, AgentLink link, Duration answerLimit) {
    this.name = name;
    this.link = link;
    this.answerLimit = answerLimit;
  }

  /** Whether it runs and answers. */
  public abstract boolean isAlive();

  /** Ends it, if it still runs, and releases what it used. */
  @Override
  public abstract void close();

  /** Throws what {@link #died} makes unless it is alive. */
  final void requireAlive() {
    if (!isAlive()) {
      throw died(endWanted ? "it was shut down" : "it is dead");
    }
  }

  /** Makes the exception for a guest that is gone or going. */
  abstract MachineDiedException died(String why);

  /** Ends a guest that does not answer, and makes the exception for that. */
  abstract MachineDiedException hung(String why);

  /** The name it was given. */
  public final String name() {
    return name;
  }

  /** Its kernel's name, as {@code uname -r} gives it. */
  public final String kernelRelease() {
    return link.kernelRelease();
  }

  /** How long it may take to answer what costs it nothing. */
  final Duration answerLimit() {
    return answerLimit;
  }

  /** Runs a program and waits for its end, {@link Command#DEFAULT_LIMIT} at most. */
  public Result run(String... argv) {
    return run(Command.of(argv));
  }

  /** Runs a script with /bin/sh and waits for its end, {@link Command#DEFAULT_LIMIT} at most. */
  public Result sh(String script) {
    return run(Command.sh(script));
  }

  /**
   * Runs a command and waits for its end. An exit code other than 0 is a result, not an exception.
   *
   * @throws CommandTimeoutException if it passes its limit; it has been killed then
   * @throws MachineDiedException if the guest dies first
   */
  public Result run(Command command) {
    long deadline = System.nanoTime() + command.limit().toNanos();
    Execution execution = execute(command, deadline);
    return finish(command, execution, deadline);
  }

  /** Starts a program and returns at once; it ends by itself or when it is closed. */
  public Background start(String... argv) {
    return start(Command.of(argv));
  }

  /**
   * Starts a command and returns at once; its limit does not matter. If it has no input given, its
   * standard input stays open for {@link Background#send}.
   */
  public Background start(Command command) {
    requireAlive();
    Execution execution = link.start(command);
    Background background = new Background(this, link, command, execution);
    if (command.stdin().length > 0) {
      background.send(command.stdin());
      background.closeStdin();
    }
    return background;
  }

  private Execution execute(Command command, long deadline) {
    requireAlive();
    Execution execution = link.start(command);
    if (link.input(execution, command.stdin(), deadline)) {
      link.endInput(execution);
    }
    return execution;
  }

  /** Waits for the end of a command; kills it at the deadline, and the guest if that fails. */
  Result finish(Command command, Execution execution, long deadline) {
    boolean inTime = execution.awaitEnd(deadline);
    if (!inTime) {
      link.signal(execution, SIGKILL);
      if (!execution.awaitEnd(System.nanoTime() + answerLimit.toNanos())) {
        throw hung("a command could not be killed: " + String.join(" ", command.argv()));
      }
    }
    if (execution.isLost()) {
      throw died("it ended while a command ran: " + String.join(" ", command.argv()));
    }
    Result result =
        new Result(command.argv(), execution.exitCode(), execution.stdout(), execution.stderr());
    if (!inTime) {
      throw new CommandTimeoutException(result, command.limit());
    }
    return result;
  }

  /** Copies a file of the host into the guest, with permissions 0644. */
  public void put(Path local, String remote) {
    put(local, remote, 0644);
  }

  /** Copies a file of the host into the guest, with the permissions given (such as 0755). */
  public void put(Path local, String remote, int mode) {
    try {
      write(remote, Files.readAllBytes(local), mode);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies a file of the guest to the host. */
  public void get(String remote, Path local) {
    try {
      Files.write(local, readBytes(remote));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes text, as UTF-8, to a file of the guest, with permissions 0644. */
  public void write(String remote, String text) {
    write(remote, text.getBytes(StandardCharsets.UTF_8), 0644);
  }

  /**
   * Writes a file of the guest; it appears whole, by a rename. Not for /proc or /sys, whose files
   * cannot be replaced: use {@link #sh} there.
   *
   * @throws AssertionError if the guest refuses
   */
  public void write(String remote, byte[] bytes, int mode) {
    run(Command.of("@put", absolute(remote), Integer.toOctalString(mode)).stdin(bytes)).check();
  }

  /** Reads a file of the guest as UTF-8. */
  public String read(String remote) {
    return new String(readBytes(remote), StandardCharsets.UTF_8);
  }

  /**
   * Reads a file of the guest.
   *
   * @throws AssertionError if the guest cannot
   */
  public byte[] readBytes(String remote) {
    Command command = Command.of("@get", absolute(remote));
    long deadline = System.nanoTime() + command.limit().toNanos();
    Execution execution = execute(command, deadline);
    Result result = finish(command, execution, deadline);
    if (!result.ok()) {
      throw new AssertionError("cannot read " + remote + ": " + result.stderr());
    }
    return execution.stdoutBytes();
  }

  private static String absolute(String remote) {
    if (!remote.startsWith("/")) {
      throw new IllegalArgumentException("not an absolute path: " + remote);
    }
    return remote;
  }

  /**
   * The kernel log: every line logged before the call, as {@code [ 12.345678] text}. Of a dead
   * machine, what it had sent.
   */
  public List<String> kernelLog() {
    if (isAlive()) {
      answer(link.request(Wire.REQUEST_SYNC), "its kernel log");
    }
    return link.kernelLog();
  }

  /** The lines of {@link #kernelLog()} from an index on, as an earlier size of it gave. */
  public List<String> kernelLogSince(int line) {
    List<String> lines = kernelLog();
    return lines.subList(Math.min(line, lines.size()), lines.size());
  }

  /**
   * Copies a module into the guest, loads what it depends on, and loads it.
   *
   * @param module a .ko file of the host, built for this guest's kernel
   * @param parameters module parameters, such as {@code name=value}
   * @throws AssertionError if the kernel refuses it
   */
  public void loadModule(Path module, String... parameters) {
    String remote = "/tmp/" + module.getFileName();
    put(module, remote);
    loadPresentModule(remote, parameters);
  }

  /**
   * Loads a module that is a file of the guest, and before it what it depends on.
   *
   * @param remote the file, built for this guest's kernel
   * @param parameters module parameters, such as {@code name=value}
   * @throws AssertionError if the kernel refuses it
   */
  public void loadPresentModule(String remote, String... parameters) {
    sh("for m in $(modinfo -F depends '"
            + remote
            + "' | tr , ' '); do modprobe \"$m\" || exit 1; done")
        .check();
    List<String> insmod = new ArrayList<>(List.of("insmod", remote));
    insmod.addAll(List.of(parameters));
    Result result = run(insmod.toArray(String[]::new));
    if (!result.ok()) {
      List<String> log = kernelLog();
      throw new AssertionError(
          result + "\n" + String.join("\n", log.subList(Math.max(0, log.size() - 10), log.size())));
    }
  }

  /** Loads the WireGuard module that came with the guest's kernel. */
  public void loadInTreeWireGuard() {
    run("modprobe", "wireguard").check();
  }

  /** Unloads a module. */
  public void unloadModule(String module) {
    run("rmmod", module).check();
  }

  /** Whether a module is loaded. */
  public boolean moduleLoaded(String module) {
    return run("test", "-d", "/sys/module/" + module).ok();
  }

  /** Kills every command with all its descendants. */
  void killCommands() {
    answer(link.request(Wire.REQUEST_KILL_ALL), "a request to kill all commands");
  }

  private void answer(Execution request, String what) {
    if (!request.awaitEnd(System.nanoTime() + answerLimit.toNanos())) {
      throw hung("it does not answer when asked for " + what);
    }
    if (request.isLost()) {
      throw died("it ended when asked for " + what);
    }
  }

  @Override
  public final String toString() {
    return getClass().getSimpleName()
        + "["
        + name
        + ", "
        + kernelRelease()
        + ", "
        + (isAlive() ? "up" : "down")
        + "]";
  }
}
