// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.wg4j.oracle.peer.ExpectationFailedException;

/** A {@code ping} on the other side, which makes it send into the tunnel once a second. */
final class Probe implements AutoCloseable {
  private final Process process;

  /**
   * @param settings where
   * @param target our inner address
   * @param replies after how many answers ping is content
   * @param seconds after how long it gives up
   */
  Probe(Settings settings, InetAddress target, int replies, long seconds) {
    List<String> command = new ArrayList<>();
    settings.netns().ifPresent(name -> command.addAll(List.of("ip", "netns", "exec", name)));
    command.addAll(List.of("ping", target instanceof Inet6Address ? "-6" : "-4", "-n", "-q"));
    command.addAll(List.of("-c", "" + replies, "-w", "" + seconds, target.getHostAddress()));
    try {
      process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw new ExpectationFailedException("cannot run " + command.get(0) + ": " + e.getMessage());
    }
  }

  boolean isRunning() {
    return process.isAlive();
  }

  /** Fails unless ping got its answers. */
  void requireSuccess(long seconds) throws InterruptedException {
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      throw new ExpectationFailedException("ping did not end");
    }
    if (process.exitValue() != 0) {
      throw new ExpectationFailedException("ping got no answer through the tunnel");
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
