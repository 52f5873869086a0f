// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The primitives against the vectors of the documents that define them. */
class PrimitivesTest {
  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(":", ""));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** RFC 7693, appendix B. */
  @Test
  void blake2s() {
    assertThat(Primitives.hash(ascii("a"), ascii("bc")))
        .isEqualTo(hex("508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"));
  }

  /** RFC 7748, section 6.1. */
  @Test
  void x25519() throws AuthenticationException {
    X25519Key alice =
        X25519Key.of(hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
    assertThat(alice.publicKey())
        .isEqualTo(hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
    byte[] bob = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    assertThat(alice.agree(bob))
        .isEqualTo(hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"));
  }

  @Test
  void x25519RefusesSmallOrder() {
    X25519Key key = X25519Key.generate();
    for (LowOrderKey low : LowOrderKey.all()) {
      assertThatThrownBy(() -> key.agree(low.publicKey()))
          .isInstanceOf(AuthenticationException.class);
    }
  }

  /** RFC 8439, section 2.8.2, rests on a nonce that Noise cannot express; so both directions. */
  @Test
  void aeadRoundTripAndTamper() throws AuthenticationException {
    byte[] key = Primitives.random(32);
    for (int length : new int[] {0, 1, 63, 64, 65, 1500}) {
      byte[] text = Primitives.random(length);
      byte[] sealed = Primitives.seal(key, -5, ascii("ad"), text);
      assertThat(sealed).hasSize(length + 16);
      assertThat(Primitives.open(key, -5, ascii("ad"), sealed)).isEqualTo(text);
      assertThatThrownBy(() -> Primitives.open(key, -4, ascii("ad"), sealed))
          .isInstanceOf(AuthenticationException.class);
      assertThatThrownBy(() -> Primitives.open(key, -5, ascii("da"), sealed))
          .isInstanceOf(AuthenticationException.class);
    }
    assertThatThrownBy(() -> Primitives.open(key, 0, ascii(""), new byte[15]))
        .isInstanceOf(AuthenticationException.class);
  }

  /** draft-irtf-cfrg-xchacha-03, section 2.2.1. */
  @Test
  void hchacha20() {
    byte[] key = new byte[32];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) i;
    }
    assertThat(Primitives.hchacha20(key, hex("000000090000004a0000000031415927")))
        .isEqualTo(hex("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"));
  }

  /** draft-irtf-cfrg-xchacha-03, appendix A.3.1. */
  @Test
  void xchacha20Poly1305() throws AuthenticationException {
    byte[] text =
        ascii(
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the"
                + " future, sunscreen would be it.");
    byte[] key = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    byte[] nonce = hex("404142434445464748494a4b4c4d4e4f5051525354555657");
    byte[] associated = hex("50515253c0c1c2c3c4c5c6c7");
    byte[] sealed = Primitives.xseal(key, nonce, associated, text);
    assertThat(sealed)
        .startsWith(hex("bd6d179d3e83d43b9576579493c0e939"))
        .endsWith(hex("c0875924c1c7987947deafd8780acf49"));
    assertThat(Primitives.xopen(key, nonce, associated, sealed)).isEqualTo(text);
  }

  /** HMAC by its definition in RFC 2104, over the hash alone. */
  @Test
  void hmac() {
    byte[] key = Primitives.random(32);
    byte[] inner = new byte[64];
    byte[] outer = new byte[64];
    for (int i = 0; i < 64; i++) {
      inner[i] = (byte) ((i < 32 ? key[i] : 0) ^ 0x36);
      outer[i] = (byte) ((i < 32 ? key[i] : 0) ^ 0x5c);
    }
    assertThat(Primitives.hmac(key, ascii("message")))
        .isEqualTo(Primitives.hash(outer, Primitives.hash(inner, ascii("message"))));
  }

  @Test
  void keysShowNothing() {
    assertThat(X25519Key.generate().toString()).isEqualTo("X25519Key");
  }
}
