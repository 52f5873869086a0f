// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.peer;

import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.wg4j.oracle.crypto.DhKey;
import org.wg4j.oracle.wire.Tai64n;

/**
 * How a handshake message shall differ from an honest one. Immutable; a null component means the
 * honest choice.
 *
 * @param timestamp of an initiation
 * @param ephemeral the ephemeral key
 * @param identity the static key of an initiation
 * @param psk the pre-shared key of a response, 32 bytes
 * @param senderIndex our index
 * @param receiverIndex the other side's index, in a response
 * @param beforeSigning changes the datagram before mac1 and mac2 are computed
 * @param afterSigning changes the datagram after that
 */
public record HandshakeOptions(
    Tai64n timestamp,
    DhKey ephemeral,
    DhKey identity,
    byte[] psk,
    OptionalInt senderIndex,
    OptionalInt receiverIndex,
    UnaryOperator<byte[]> beforeSigning,
    UnaryOperator<byte[]> afterSigning) {

  /** An honest message. */
  public static final HandshakeOptions HONEST =
      new HandshakeOptions(
          null,
          null,
          null,
          null,
          OptionalInt.empty(),
          OptionalInt.empty(),
          UnaryOperator.identity(),
          UnaryOperator.identity());

  /**
   * @param value the timestamp to claim
   * @return changed options
   */
  public HandshakeOptions withTimestamp(Tai64n value) {
    return new HandshakeOptions(
        value, ephemeral, identity, psk, senderIndex, receiverIndex, beforeSigning, afterSigning);
  }

  /**
   * @param value the ephemeral key, real or forged
   * @return changed options
   */
  public HandshakeOptions withEphemeral(DhKey value) {
    return new HandshakeOptions(
        timestamp, value, identity, psk, senderIndex, receiverIndex, beforeSigning, afterSigning);
  }

  /**
   * @param value the static key to initiate with
   * @return changed options
   */
  public HandshakeOptions withIdentity(DhKey value) {
    return new HandshakeOptions(
        timestamp, ephemeral, value, psk, senderIndex, receiverIndex, beforeSigning, afterSigning);
  }

  /**
   * @param value the pre-shared key to respond with, 32 bytes
   * @return changed options
   */
  public HandshakeOptions withPsk(byte[] value) {
    return new HandshakeOptions(
        timestamp,
        ephemeral,
        identity,
        value,
        senderIndex,
        receiverIndex,
        beforeSigning,
        afterSigning);
  }

  /**
   * @param value our index
   * @return changed options
   */
  public HandshakeOptions withSenderIndex(int value) {
    return new HandshakeOptions(
        timestamp,
        ephemeral,
        identity,
        psk,
        OptionalInt.of(value),
        receiverIndex,
        beforeSigning,
        afterSigning);
  }

  /**
   * @param value the index to respond to
   * @return changed options
   */
  public HandshakeOptions withReceiverIndex(int value) {
    return new HandshakeOptions(
        timestamp,
        ephemeral,
        identity,
        psk,
        senderIndex,
        OptionalInt.of(value),
        beforeSigning,
        afterSigning);
  }

  /**
   * @param value changes the datagram before mac1 is computed, so that mac1 stays right
   * @return changed options
   */
  public HandshakeOptions withBeforeSigning(UnaryOperator<byte[]> value) {
    return new HandshakeOptions(
        timestamp, ephemeral, identity, psk, senderIndex, receiverIndex, value, afterSigning);
  }

  /**
   * @param value changes the finished datagram
   * @return changed options
   */
  public HandshakeOptions withAfterSigning(UnaryOperator<byte[]> value) {
    return new HandshakeOptions(
        timestamp, ephemeral, identity, psk, senderIndex, receiverIndex, beforeSigning, value);
  }

  /** Shows no keys. */
  @Override
  public String toString() {
    return "HandshakeOptions";
  }
}
