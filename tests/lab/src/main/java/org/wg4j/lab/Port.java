// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

/**
 * A place to plug a cable in: the network side of a machine's interface. It is plugged into at most
 * one {@link VirtualNetwork} at a time.
 */
public abstract class Port {
  private volatile VirtualNetwork network;

  Port() {}

  /** Names it in messages and captured frames, such as {@code left:eth0}. */
  public abstract String name();

  /** Takes a frame from the network; must not block. */
  abstract void deliver(byte[] frame);

  /** Called by the owner of the port with each frame it sends; unplugged, it is lost. */
  final void send(byte[] frame) {
    VirtualNetwork current = network;
    if (current != null) {
      current.receive(this, frame);
    }
  }

  final synchronized void attach(VirtualNetwork newNetwork) {
    if (network != null && network != newNetwork) {
      throw new IllegalStateException(name() + " is plugged into another network");
    }
    network = newNetwork;
  }

  final synchronized void detach(VirtualNetwork oldNetwork) {
    if (network == oldNetwork) {
      network = null;
    }
  }

  /** Pulls the cable, if there is one. */
  final void unplug() {
    VirtualNetwork current = network;
    if (current != null) {
      current.unplug(this);
    }
  }

  @Override
  public String toString() {
    return name();
  }
}
