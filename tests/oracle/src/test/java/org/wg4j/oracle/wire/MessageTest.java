// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.wg4j.oracle.crypto.AuthenticationException;
import org.wg4j.oracle.crypto.Primitives;

class MessageTest {
  private static final Map<Integer, Integer> LENGTHS = Map.of(1, 148, 2, 92, 3, 64);

  private static byte[] datagram(int type, int length) {
    byte[] bytes = Primitives.random(length);
    byte[] header = {(byte) type, 0, 0, 0};
    System.arraycopy(header, 0, bytes, 0, Math.min(4, length));
    return bytes;
  }

  @Test
  void everyTypeAndLength() {
    for (int type = 0; type < 256; type++) {
      for (int length = 0; length <= 200; length++) {
        byte[] bytes = datagram(type, length);
        boolean good = type == 4 ? length >= 32 : LENGTHS.getOrDefault(type, -1) == length;
        if (good) {
          assertThatCode(() -> assertThat(Message.decode(bytes).encode()).isEqualTo(bytes))
              .doesNotThrowAnyException();
        } else {
          assertThatThrownBy(() -> Message.decode(bytes))
              .isInstanceOf(MalformedMessageException.class);
        }
      }
    }
  }

  @Test
  void reservedBytesMustBeZero() {
    for (int type = 1; type <= 4; type++) {
      for (int bit = 8; bit < 32; bit++) {
        byte[] bytes = datagram(type, LENGTHS.getOrDefault(type, 64));
        bytes[bit / 8] ^= (byte) (1 << bit % 8);
        assertThatThrownBy(() -> Message.decode(bytes))
            .isInstanceOf(MalformedMessageException.class);
      }
    }
  }

  @Test
  void numbersAreLittleEndian() throws MalformedMessageException {
    byte[] bytes = new byte[32];
    bytes[0] = 4;
    bytes[4] = 1;
    bytes[5] = 2;
    bytes[8] = 3;
    bytes[15] = (byte) 0x80;
    TransportData data = (TransportData) Message.decode(bytes);
    assertThat(data.receiver()).isEqualTo(0x0201);
    assertThat(data.counter()).isEqualTo(0x8000000000000003L);
  }

  @Test
  void fieldsOfWrongLengthAreRefused() {
    assertThatThrownBy(() -> new CookieReply(1, new byte[23], new byte[32]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new TransportData(1, 1, new byte[15]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                new HandshakeResponse(1, 1, new byte[32], new byte[17], new byte[16], new byte[16]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void macsAndCookies() throws AuthenticationException {
    byte[] receiver = Primitives.random(32);
    MacSigner signer = new MacSigner(receiver);
    MacVerifier verifier = new MacVerifier(receiver);
    InetSocketAddress here = new InetSocketAddress("192.0.2.1", 1000);
    byte[] message = datagram(1, 148);
    signer.sign(message);
    assertThat(verifier.mac1Valid(message)).isTrue();
    assertThat(verifier.mac2Valid(message, here)).isFalse();
    assertThat(Arrays.copyOfRange(message, 132, 148)).containsOnly(0);
    for (int i = 0; i < 132; i++) {
      byte[] changed = message.clone();
      changed[i] ^= 1;
      assertThat(verifier.mac1Valid(changed)).isFalse();
    }
    CookieReply reply = verifier.reply(message, 7, here);
    CookieReply foreign = new MacVerifier(Primitives.random(32)).reply(message, 7, here);
    assertThatThrownBy(() -> signer.consume(foreign)).isInstanceOf(AuthenticationException.class);
    signer.consume(reply);
    assertThatThrownBy(() -> signer.consume(reply)).isInstanceOf(AuthenticationException.class);
    signer.sign(message);
    assertThat(verifier.mac2Valid(message, here)).isTrue();
    assertThat(verifier.mac2Valid(message, new InetSocketAddress("192.0.2.1", 1001))).isFalse();
    assertThat(verifier.mac2Valid(message, new InetSocketAddress("192.0.2.2", 1000))).isFalse();
    verifier.rotateSecret();
    assertThat(verifier.mac2Valid(message, here)).isFalse();
    signer.forgetCookie();
    assertThat(signer.hasCookie()).isFalse();
  }

  @Test
  void timestampsAreOrderedAsBytes() {
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      Tai64n a = new Tai64n(random.nextLong(), random.nextInt());
      Tai64n b = new Tai64n(i % 2 == 0 ? a.label() : random.nextLong(), random.nextInt());
      assertThat(Integer.signum(a.compareTo(b)))
          .isEqualTo(Integer.signum(Arrays.compareUnsigned(a.encode(), b.encode())));
      assertThat(Tai64n.decode(a.encode())).isEqualTo(a);
      assertThat(a.next()).isGreaterThan(a);
    }
    assertThat(Tai64n.of(Instant.ofEpochSecond(1, 2)).encode())
        .containsExactly(0x40, 0, 0, 0, 0, 0, 0, 0x0b, 0, 0, 0, 2);
  }
}
