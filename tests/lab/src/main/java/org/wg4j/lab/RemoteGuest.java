// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.List;

/** A guest that somebody else runs, reached over a connection to its agent. Thread-safe. */
public final class RemoteGuest extends GuestSystem {
  private static final Duration ANSWER_LIMIT = Duration.ofMinutes(2);

  private final Host host;

  /** Who runs the guest. Thread-safe. */
  public interface Host {
    /** The end of what the guest has printed on its console, for a message; empty if unknown. */
    String console();

    /** Kills the guest. */
    void kill();
  }

  private RemoteGuest(String name, AgentLink link, Host host) {
    super(name, link, ANSWER_LIMIT);
    this.host = host;
  }

  /**
   * Waits until a guest is up.
   *
   * @param channel the connection to its agent, from the guest's start on; closed with what is
   *     returned, or when this fails
   * @param bootLimit how long it may take
   * @throws MachineDiedException if it does not come up in time; it has been killed then
   */
  public static RemoteGuest attach(
      String name, ByteChannel channel, Host host, Duration bootLimit) {
    AgentLink link = new AgentLink(name, channel);
    RemoteGuest guest = new RemoteGuest(name, link, host);
    if (!link.awaitHello(System.nanoTime() + bootLimit.toNanos())) {
      MachineDiedException died = guest.hung("it did not come up");
      guest.close();
      throw died;
    }
    return guest;
  }

  @Override
  public boolean isAlive() {
    return !link.hasEnded();
  }

  @Override
  MachineDiedException died(String why) {
    // Its last line may say why the connection ended, which no console knows.
    List<String> log = link.kernelLog();
    String last = log.isEmpty() ? "" : "\nlast over the connection: " + log.get(log.size() - 1);
    return new MachineDiedException(name(), why, host.console() + last);
  }

  @Override
  MachineDiedException hung(String why) {
    MachineDiedException died = died(why);
    host.kill();
    return died;
  }

  /** Lets go of the guest: its agent ends it when the connection is gone. */
  @Override
  public void close() {
    endWanted = true;
    link.close();
  }
}
