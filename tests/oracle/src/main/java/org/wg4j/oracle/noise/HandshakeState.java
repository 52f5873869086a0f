// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.noise;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.wg4j.oracle.crypto.AuthenticationException;
import org.wg4j.oracle.crypto.DhKey;
import org.wg4j.oracle.crypto.Primitives;

/**
 * One side of a {@code Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s} handshake, for any prologue and any
 * payloads, as the Noise specification (revision 34) words it.
 *
 * <p>Keys are borrowed from the caller, who zeroes them. Not thread-safe.
 */
public final class HandshakeState implements AutoCloseable {
  /** The protocol's name, which is the first thing hashed. */
  public static final String PROTOCOL = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";

  private enum Token {
    E,
    S,
    EE,
    ES,
    SE,
    SS,
    PSK
  }

  /** The two messages of the IKpsk2 pattern; the responder's static key is known beforehand. */
  private static final List<List<Token>> PATTERN =
      List.of(
          List.of(Token.E, Token.ES, Token.S, Token.SS),
          List.of(Token.E, Token.EE, Token.SE, Token.PSK));

  private final boolean initiator;
  private final SymmetricState symmetric;
  private final DhKey localStatic;
  private final byte[] psk;
  private DhKey localEphemeral;
  private byte[] remoteStatic;
  private byte[] remoteEphemeral;
  private int message;

  private HandshakeState(
      boolean initiator, byte[] prologue, DhKey localStatic, byte[] remoteStatic, byte[] psk) {
    this.initiator = initiator;
    this.localStatic = localStatic;
    this.remoteStatic = remoteStatic == null ? null : remoteStatic.clone();
    this.psk = psk.clone();
    this.symmetric = new SymmetricState(PROTOCOL);
    symmetric.mixHash(prologue);
    symmetric.mixHash(initiator ? this.remoteStatic : localStatic.publicKey());
  }

  private HandshakeState(HandshakeState other, byte[] psk) {
    this.initiator = other.initiator;
    this.symmetric = new SymmetricState(other.symmetric);
    this.localStatic = other.localStatic;
    this.psk = psk.clone();
    this.localEphemeral = other.localEphemeral;
    this.remoteStatic = other.remoteStatic;
    this.remoteEphemeral = other.remoteEphemeral;
    this.message = other.message;
  }

  /**
   * @param prologue data both sides must agree on
   * @param localStatic our static key
   * @param remoteStatic the responder's 32-byte static public key
   * @param psk 32 bytes, zeros for none
   * @return the initiator's side, ready to write the first message
   */
  public static HandshakeState initiator(
      byte[] prologue, DhKey localStatic, byte[] remoteStatic, byte[] psk) {
    return new HandshakeState(true, prologue, localStatic, remoteStatic, psk);
  }

  /**
   * @param prologue data both sides must agree on
   * @param localStatic our static key
   * @param psk 32 bytes, zeros for none
   * @return the responder's side, ready to read the first message
   */
  public static HandshakeState responder(byte[] prologue, DhKey localStatic, byte[] psk) {
    return new HandshakeState(false, prologue, localStatic, null, psk);
  }

  /**
   * A copy that goes its own way, because a failed read spoils a state.
   *
   * @return the copy
   */
  public HandshakeState copy() {
    return new HandshakeState(this, psk);
  }

  /**
   * A copy with another pre-shared key; the responder learns only from the first message whose.
   *
   * @param otherPsk 32 bytes
   * @return the copy
   */
  public HandshakeState copyWithPsk(byte[] otherPsk) {
    return new HandshakeState(this, otherPsk);
  }

  /**
   * Writes the next message: ephemeral, perhaps encrypted static, encrypted payload.
   *
   * @param ephemeral the ephemeral key to use
   * @param payload may be empty
   * @return the Noise message
   * @throws AuthenticationException if a key agreement gives zeros
   */
  public byte[] write(DhKey ephemeral, byte[] payload) throws AuthenticationException {
    requireTurn(true);
    localEphemeral = ephemeral;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Token token : PATTERN.get(message)) {
      if (token == Token.E) {
        out.writeBytes(ephemeral.publicKey());
        mixEphemeral(ephemeral.publicKey());
      } else if (token == Token.S) {
        out.writeBytes(symmetric.encryptAndHash(localStatic.publicKey()));
      } else {
        mix(token);
      }
    }
    out.writeBytes(symmetric.encryptAndHash(payload));
    message++;
    return out.toByteArray();
  }

  /**
   * Reads the next message. After a failure the state is of no more use.
   *
   * @param input the Noise message
   * @return the payload
   * @throws AuthenticationException if it is too short or does not verify
   */
  public byte[] read(byte[] input) throws AuthenticationException {
    requireTurn(false);
    int at = 0;
    for (Token token : PATTERN.get(message)) {
      if (token == Token.E) {
        remoteEphemeral = slice(input, at, Primitives.KEY);
        at += Primitives.KEY;
        mixEphemeral(remoteEphemeral);
      } else if (token == Token.S) {
        int length = Primitives.KEY + (symmetric.hasKey() ? Primitives.TAG : 0);
        remoteStatic = symmetric.decryptAndHash(slice(input, at, length));
        at += length;
      } else {
        mix(token);
      }
    }
    byte[] payload = symmetric.decryptAndHash(Arrays.copyOfRange(input, at, input.length));
    message++;
    return payload;
  }

  private static byte[] slice(byte[] input, int at, int length) throws AuthenticationException {
    if (input.length - at < length) {
      throw new AuthenticationException("handshake message too short");
    }
    return Arrays.copyOfRange(input, at, at + length);
  }

  /** In a PSK pattern the ephemeral also goes into the key (Noise, section 9.2). */
  private void mixEphemeral(byte[] point) {
    symmetric.mixHash(point);
    symmetric.mixKey(point);
  }

  private void mix(Token token) throws AuthenticationException {
    switch (token) {
      case EE -> symmetric.mixKey(localEphemeral.agree(remoteEphemeral));
      case SS -> symmetric.mixKey(localStatic.agree(remoteStatic));
      case ES -> symmetric.mixKey(initiator ? ephemeralWithStatic() : staticWithEphemeral());
      case SE -> symmetric.mixKey(initiator ? staticWithEphemeral() : ephemeralWithStatic());
      case PSK -> symmetric.mixKeyAndHash(psk);
      default -> throw new AssertionError(token);
    }
  }

  private byte[] ephemeralWithStatic() throws AuthenticationException {
    return localEphemeral.agree(remoteStatic);
  }

  private byte[] staticWithEphemeral() throws AuthenticationException {
    return localStatic.agree(remoteEphemeral);
  }

  private void requireTurn(boolean writing) {
    boolean ours = (message % 2 == 0) == initiator;
    if (message >= PATTERN.size() || ours != writing) {
      throw new IllegalStateException("not this side's turn");
    }
  }

  /**
   * @return the other side's static public key, or null before it is known
   */
  public byte[] remoteStatic() {
    return remoteStatic == null ? null : remoteStatic.clone();
  }

  /**
   * @return the transcript hash so far
   */
  public byte[] handshakeHash() {
    return symmetric.hash();
  }

  /**
   * The two transport keys.
   *
   * @return the initiator's sending key, then the responder's
   */
  public byte[][] split() {
    if (message != PATTERN.size()) {
      throw new IllegalStateException("handshake not complete");
    }
    return symmetric.split();
  }

  @Override
  public void close() {
    symmetric.wipe();
    Arrays.fill(psk, (byte) 0);
  }

  /** Shows the progress only. */
  @Override
  public String toString() {
    return "HandshakeState[" + (initiator ? "initiator" : "responder") + ", " + message + "]";
  }
}
