// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

/** What a scenario asks of its environment beyond a reachable module with the oracle as a peer. */
public enum Need {
  /** The pre-shared key is set on both sides. */
  PSK("psk-file= given, the same key set at the module"),
  /** No pre-shared key is set. */
  NO_PSK("no psk-file=, no pre-shared key at the module"),
  /** The module can start the conversation. */
  PROBE("bind= with a fixed port which is the peer's endpoint at the module; ping; netns="),
  /** What comes out of the module's device can be received by a socket of the oracle. */
  WITNESS("the oracle runs in the namespace of the module's device (no netns=)"),
  /** All that the module remembers can be read. */
  STATE("state= given, endpoint6= given, nobody else talks to the device"),
  /** The module's private key was stolen. */
  COMPROMISED("peer-private-key-file= given"),
  /** Takes longer than five seconds because a protocol timer has to run out. */
  SLOW("time for a protocol timer (5 to 30 s)"),
  /** Takes minutes. */
  VERY_SLOW("time for a rekey (2 to 3 minutes)"),
  /** The module must be driven into its under-load state by flooding. */
  FLOOD("CPU time: floods the module with initiations");

  private final String description;

  Need(String description) {
    this.description = description;
  }

  /**
   * @return one line for a person
   */
  public String description() {
    return description;
  }
}
