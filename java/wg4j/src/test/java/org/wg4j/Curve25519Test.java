// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.interfaces.XECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.util.HexFormat;
import java.util.Random;
import javax.crypto.KeyAgreement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the vectors of RFC 7748 and against the JDK's own implementation. */
class Curve25519Test {

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  @ParameterizedTest
  @CsvSource({
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,"
        + "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,"
        + "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d,"
        + "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493,"
        + "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
  })
  void rfc7748Section52(String scalar, String u, String expected) {
    assertThat(Curve25519.scalarMult(hex(scalar), hex(u))).isEqualTo(hex(expected));
  }

  @Test
  void rfc7748Iterated() {
    byte[] k = new byte[32];
    k[0] = 9;
    byte[] u = k.clone();
    for (int i = 1; i <= 1000; i++) {
      byte[] next = Curve25519.scalarMult(k, u);
      u = k;
      k = next;
      if (i == 1) {
        assertThat(k)
            .isEqualTo(hex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"));
      }
    }
    assertThat(k)
        .isEqualTo(hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"));
  }

  @Test
  void rfc7748Section61() {
    byte[] alice = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    byte[] bob = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    byte[] alicePublic = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    byte[] bobPublic = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    byte[] shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assertThat(Curve25519.publicKey(alice)).isEqualTo(alicePublic);
    assertThat(Curve25519.publicKey(bob)).isEqualTo(bobPublic);
    assertThat(Curve25519.scalarMult(alice, bobPublic)).isEqualTo(shared);
    assertThat(Curve25519.scalarMult(bob, alicePublic)).isEqualTo(shared);
  }

  /** The JDK's key pairs, and agreements with points that were not reduced. */
  @Test
  void agreesWithTheJdk() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("X25519");
    KeyFactory factory = KeyFactory.getInstance("X25519");
    Random random = new Random(7748);
    for (int i = 0; i < 200; i++) {
      byte[] scalar = new byte[32];
      random.nextBytes(scalar);
      XECPublicKey base = (XECPublicKey) generator.generateKeyPair().getPublic();
      byte[] u = littleEndian(base.getU());
      KeyAgreement agreement = KeyAgreement.getInstance("X25519");
      agreement.init(
          factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, scalar)));
      agreement.doPhase(base, true);
      assertThat(Curve25519.scalarMult(scalar, u)).isEqualTo(agreement.generateSecret());
    }
  }

  private static byte[] littleEndian(BigInteger u) {
    byte[] bytes = new byte[32];
    BigInteger rest = u;
    for (int i = 0; i < 32; i++) {
      bytes[i] = rest.byteValue();
      rest = rest.shiftRight(8);
    }
    return bytes;
  }

  /** A library lost its leading zeros by way of BigInteger: here they stay. */
  @Test
  void keysWhoseTopByteIsZero() {
    int found = 0;
    for (int seed = 0; found < 3; seed++) {
      byte[] scalar = new byte[32];
      new Random(seed).nextBytes(scalar);
      byte[] point = Curve25519.publicKey(scalar);
      if (point[31] == 0) {
        found++;
        PublicKey key = PrivateKey.of(scalar).publicKey();
        assertThat(key.toBytes()).hasSize(32).isEqualTo(point);
        assertThat(PublicKey.parse(key.toBase64())).isEqualTo(key);
      }
    }
  }

  /** Values of p and above stand for small ones, and the top bit does not count. */
  @Test
  void reducesWhatIsNotCanonical() {
    byte[] scalar = hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    byte[] nine = new byte[32];
    nine[0] = 9;
    byte[] nineAndP = new byte[32];
    java.util.Arrays.fill(nineAndP, (byte) 0xff);
    nineAndP[0] = (byte) (0xed + 9);
    nineAndP[31] = 0x7f;
    byte[] withTopBit = nine.clone();
    withTopBit[31] = (byte) 0x80;
    assertThat(Curve25519.scalarMult(scalar, nineAndP))
        .isEqualTo(Curve25519.scalarMult(scalar, nine));
    assertThat(Curve25519.scalarMult(scalar, withTopBit))
        .isEqualTo(Curve25519.scalarMult(scalar, nine));
  }
}
