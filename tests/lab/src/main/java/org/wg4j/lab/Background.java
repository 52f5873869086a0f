// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A command running in a guest while the test goes on. Thread-safe. Closing it kills it. */
public final class Background implements AutoCloseable {
  private final GuestSystem guest;
  private final AgentLink link;
  private final Command command;
  private final Execution execution;

  Background(GuestSystem guest, AgentLink link, Command command, Execution execution) {
    this.guest = guest;
    this.link = link;
    this.command = command;
    this.execution = execution;
  }

  /**
   * Waits until the command has written a line in which a regular expression is found, on either
   * output, looking from the start of what it wrote.
   *
   * @return the first such line
   * @throws AssertionError if the command ends, or the time passes, without one
   * @throws MachineDiedException if the guest dies first
   */
  public String awaitLine(String regex, Duration limit) {
    Pattern pattern = Pattern.compile(regex);
    execution.awaitUntil(
        () -> findLine(pattern).isPresent() || execution.hasEnded() || execution.isLost(),
        System.nanoTime() + limit.toNanos());
    Optional<String> line = findLine(pattern);
    if (line.isPresent()) {
      return line.get();
    }
    if (execution.isLost()) {
      throw guest.died("it ended while a command ran");
    }
    throw new AssertionError(
        (execution.hasEnded() ? "ended" : "ran " + limit.toMillis() + " ms")
            + " without a line like "
            + regex
            + ": "
            + snapshot());
  }

  private Optional<String> findLine(Pattern pattern) {
    return Stream.concat(stdout().lines(), stderr().lines())
        .filter(line -> pattern.matcher(line).find())
        .findFirst();
  }

  /**
   * Waits for the command's end.
   *
   * @throws CommandTimeoutException if it does not end in time; it is killed then
   * @throws MachineDiedException if the guest dies first
   */
  public Result await(Duration limit) {
    return guest.finish(command.within(limit), execution, System.nanoTime() + limit.toNanos());
  }

  /** Whether it has not ended yet. */
  public boolean isAlive() {
    return !execution.hasEnded() && !execution.isLost();
  }

  /** What it has written to its standard output. */
  public String stdout() {
    return execution.stdout();
  }

  /**
   * Waits for output and takes it away: neither {@link #stdout} nor {@link #awaitLine} sees it any
   * more. For a conversation that goes on for long.
   *
   * @return what it has written since; nothing if it wrote nothing in time, or has ended
   */
  public byte[] takeStdout(Duration limit) {
    return execution.takeStdout(System.nanoTime() + limit.toNanos());
  }

  /** What it has written to its standard error. */
  public String stderr() {
    return execution.stderr();
  }

  /**
   * Sends bytes to its standard input, waiting (up to two minutes) for it to read most of them.
   *
   * @throws LabException if it does not read
   */
  public void send(byte[] bytes) {
    long deadline = System.nanoTime() + Command.DEFAULT_LIMIT.toNanos();
    if (!link.input(execution, bytes, deadline)) {
      throw new LabException("the command does not read its input: " + snapshot());
    }
  }

  /** Ends its standard input. */
  public void closeStdin() {
    link.endInput(execution);
  }

  /** Sends a signal to it and the other processes of its process group, for example 15 or 2. */
  public void signal(int number) {
    if (number < 1 || number > 64) {
      throw new IllegalArgumentException("no signal has the number " + number);
    }
    link.signal(execution, number);
  }

  /** Kills it with all its descendants, and waits for its end. */
  public Result kill() {
    link.signal(execution, GuestSystem.SIGKILL);
    return await(guest.answerLimit());
  }

  /** Kills it if it still runs. */
  @Override
  public void close() {
    if (isAlive() && guest.isAlive()) {
      kill();
    }
  }

  private Result snapshot() {
    int code = execution.hasEnded() ? execution.exitCode() : -1;
    return new Result(command.argv(), code, stdout(), stderr());
  }
}
