// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.peer;

import java.util.Arrays;
import org.wg4j.oracle.crypto.AuthenticationException;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.wire.TransportData;

/**
 * A pair of transport keys with their indices and counters. Not thread-safe.
 *
 * <p>It seals whatever it is asked to, a counter used before included: it serves attackers too.
 */
public final class Session implements AutoCloseable {
  /** How far back packets are accepted, which is what the Linux implementation does. */
  static final long WINDOW = 8128;

  private static final byte[] NOTHING = {};

  private final boolean initiator;
  private final int localIndex;
  private final int remoteIndex;
  private final byte[] sendKey;
  private final byte[] receiveKey;
  private final ReplayWindow window = new ReplayWindow(WINDOW);
  private long nextCounter;

  Session(boolean initiator, int localIndex, int remoteIndex, byte[][] keys) {
    this.initiator = initiator;
    this.localIndex = localIndex;
    this.remoteIndex = remoteIndex;
    this.sendKey = keys[initiator ? 0 : 1];
    this.receiveKey = keys[initiator ? 1 : 0];
  }

  /**
   * Pads a packet with zeros to a multiple of 16 bytes, as senders do.
   *
   * @param packet any bytes
   * @return the padded copy
   */
  public static byte[] pad(byte[] packet) {
    return Arrays.copyOf(packet, (packet.length + 15) / 16 * 16);
  }

  /**
   * @param plaintext what to send, already padded; empty for a keepalive
   * @return the next data message
   */
  public TransportData seal(byte[] plaintext) {
    return sealAt(nextCounter++, plaintext);
  }

  /**
   * Seals out of turn; {@link #seal} goes on where it was.
   *
   * @param counter the counter to use, used before or not
   * @param plaintext what to send
   * @return a data message
   */
  public TransportData sealAt(long counter, byte[] plaintext) {
    return new TransportData(
        remoteIndex, counter, Primitives.seal(sendKey, counter, NOTHING, plaintext));
  }

  /**
   * @param message a data message of the other side
   * @return its plaintext
   * @throws AuthenticationException if it is not authentic
   */
  public byte[] open(TransportData message) throws AuthenticationException {
    return Primitives.open(receiveKey, message.counter(), NOTHING, message.ciphertext());
  }

  boolean accept(long counter) {
    return window.accept(counter);
  }

  /**
   * @param counter what {@link #seal} goes on with
   */
  public void skipTo(long counter) {
    nextCounter = counter;
  }

  /**
   * @return whether we started the handshake
   */
  public boolean initiator() {
    return initiator;
  }

  /**
   * @return the index the other side addresses us by
   */
  public int localIndex() {
    return localIndex;
  }

  /**
   * @return the index we address the other side by
   */
  public int remoteIndex() {
    return remoteIndex;
  }

  @Override
  public void close() {
    Arrays.fill(sendKey, (byte) 0);
    Arrays.fill(receiveKey, (byte) 0);
  }

  /** Shows the indices only. */
  @Override
  public String toString() {
    return String.format("Session[%08x -> %08x]", localIndex, remoteIndex);
  }
}
