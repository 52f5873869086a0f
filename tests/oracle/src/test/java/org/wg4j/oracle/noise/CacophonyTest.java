// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wg4j.oracle.crypto.AuthenticationException;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.crypto.X25519Key;

/** The handshake model against a vector made by another implementation. */
class CacophonyTest {
  private static final byte[] NOTHING = {};

  private final Properties vector = new Properties();

  @BeforeEach
  void load() throws IOException {
    try (InputStream in = getClass().getResourceAsStream("cacophony-ikpsk2.properties")) {
      vector.load(in);
    }
  }

  private byte[] value(String key) {
    return HexFormat.of().parseHex(vector.getProperty(key));
  }

  private HandshakeState initiator() {
    return HandshakeState.initiator(
        value("init_prologue"),
        X25519Key.of(value("init_static")),
        value("init_remote_static"),
        value("init_psks"));
  }

  private HandshakeState responder() {
    return HandshakeState.responder(
        value("resp_prologue"), X25519Key.of(value("resp_static")), value("resp_psks"));
  }

  @Test
  void everyMessageAndTheHashAreAsInTheVector() throws AuthenticationException {
    assertThat(vector.getProperty("protocol_name")).isEqualTo(HandshakeState.PROTOCOL);
    HandshakeState initiator = initiator();
    HandshakeState responder = responder();
    byte[] first =
        initiator.write(X25519Key.of(value("init_ephemeral")), value("message.0.payload"));
    assertThat(first).isEqualTo(value("message.0.ciphertext"));
    assertThat(responder.read(first)).isEqualTo(value("message.0.payload"));
    assertThat(responder.remoteStatic()).isEqualTo(X25519Key.of(value("init_static")).publicKey());
    byte[] second =
        responder.write(X25519Key.of(value("resp_ephemeral")), value("message.1.payload"));
    assertThat(second).isEqualTo(value("message.1.ciphertext"));
    assertThat(initiator.read(second)).isEqualTo(value("message.1.payload"));
    assertThat(initiator.handshakeHash()).isEqualTo(value("handshake_hash"));
    assertThat(responder.handshakeHash()).isEqualTo(value("handshake_hash"));
    byte[][] keys = initiator.split();
    assertThat(responder.split()).isDeepEqualTo(keys);
    for (int i = 2; i < 6; i++) {
      byte[] sealed =
          Primitives.seal(keys[i % 2], (i - 2) / 2, NOTHING, value("message." + i + ".payload"));
      assertThat(sealed).isEqualTo(value("message." + i + ".ciphertext"));
    }
  }

  @Test
  void everyBitOfAMessageCounts() throws AuthenticationException {
    byte[] first = value("message.0.ciphertext");
    for (int i = 0; i < first.length * 8; i += 5) {
      // The top bit of a point is masked away, but the transcript still has it.
      byte[] changed = first.clone();
      changed[i / 8] ^= (byte) (1 << i % 8);
      HandshakeState responder = responder();
      assertThatThrownBy(() -> responder.read(changed)).isInstanceOf(AuthenticationException.class);
    }
  }

  @Test
  void hostileLengthsAreRefused() {
    byte[] first = value("message.0.ciphertext");
    for (int length = 0; length < first.length; length++) {
      byte[] cut = Arrays.copyOf(first, length);
      HandshakeState responder = responder();
      assertThatThrownBy(() -> responder.read(cut)).isInstanceOf(AuthenticationException.class);
    }
  }

  @Test
  void anotherPskOrPrologueFails() throws AuthenticationException {
    HandshakeState initiator = initiator();
    byte[] first = initiator.write(X25519Key.generate(), NOTHING);
    HandshakeState responder = responder().copyWithPsk(new byte[32]);
    responder.read(first);
    byte[] second = responder.write(X25519Key.generate(), NOTHING);
    assertThatThrownBy(() -> initiator.read(second)).isInstanceOf(AuthenticationException.class);
    HandshakeState elsewhere =
        HandshakeState.responder(NOTHING, X25519Key.of(value("resp_static")), new byte[32]);
    assertThatThrownBy(() -> elsewhere.read(first)).isInstanceOf(AuthenticationException.class);
  }

  @Test
  void turnsAreKept() throws AuthenticationException {
    HandshakeState initiator = initiator();
    assertThatThrownBy(() -> initiator.read(new byte[48]))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(initiator::split).isInstanceOf(IllegalStateException.class);
    initiator.write(X25519Key.generate(), NOTHING);
    assertThatThrownBy(() -> initiator.write(X25519Key.generate(), NOTHING))
        .isInstanceOf(IllegalStateException.class);
  }
}
