// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyTest {

  private static final String TEXT = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";

  @Test
  void codecAgreesWithTheJdk() {
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = new byte[32];
      random.nextBytes(bytes);
      String text = Base64.getEncoder().encodeToString(bytes);
      PublicKey key = PublicKey.of(bytes);
      assertThat(key.toBase64()).isEqualTo(text);
      assertThat(PublicKey.parse(text).toBytes()).isEqualTo(bytes);
    }
  }

  /** Each of the 256 byte values, in each of the 44 places of a text. */
  @Test
  void takesExactlyTheAlphabet() {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int place = 0; place < 44; place++) {
      for (int value = 0; value < 256; value++) {
        byte[] ascii = TEXT.getBytes(StandardCharsets.US_ASCII);
        ascii[place] = (byte) value;
        int index = value < 128 ? alphabet.indexOf((char) value) : -1;
        boolean fine = place == 43 ? value == '=' : index >= 0 && (place < 42 || (index & 3) == 0);
        if (fine) {
          assertThat(PublicKey.parse(ascii, 0, 44).toBase64Bytes()).isEqualTo(ascii);
        } else {
          assertThatIllegalArgumentException().isThrownBy(() -> PublicKey.parse(ascii, 0, 44));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "=",
        "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk",
        "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk==",
        "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmkA",
        " yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBm=",
        "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBml=",
        "yAnz5TF-lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=",
        "\u0179Anz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
      })
  void refusesWhatIsNoKeyWithoutRepeatingIt(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PrivateKey.parse(text))
        .withMessage("not a key: 44 characters of base64 are expected");
  }

  @Test
  void refusesOtherLengths() {
    assertThatIllegalArgumentException().isThrownBy(() -> PublicKey.of(new byte[31]));
    assertThatIllegalArgumentException().isThrownBy(() -> PresharedKey.of(new byte[33]));
  }

  @Test
  void generatedPrivateKeysAreClampedAndDiffer() {
    for (int i = 0; i < 100; i++) {
      byte[] bytes = PrivateKey.generate().toBytes();
      assertThat(bytes[0] & 7).isZero();
      assertThat(bytes[31] & 0xc0).isEqualTo(0x40);
    }
    assertThat(PrivateKey.generate()).isNotEqualTo(PrivateKey.generate());
    assertThat(PresharedKey.generate()).isNotEqualTo(PresharedKey.generate());
  }

  @Test
  void secretsDoNotShow() {
    PrivateKey key = PrivateKey.parse(TEXT);
    PresharedKey shared = PresharedKey.parse(TEXT);
    assertThat(key.toString()).isEqualTo("PrivateKey[hidden]");
    assertThat(shared.toString()).isEqualTo("PresharedKey[hidden]");
    assertThat(key.hashCode()).isEqualTo(PrivateKey.generate().hashCode());
    DeviceConfig change =
        DeviceConfig.builder()
            .privateKey(key)
            .addPeer(PeerConfig.builder(key.publicKey()).presharedKey(shared).build())
            .build();
    assertThat(change.toString()).doesNotContain("yAnz5");
  }

  @Test
  void destroyedKeysAreGone() {
    PrivateKey key = PrivateKey.parse(TEXT);
    PrivateKey same = PrivateKey.parse(TEXT);
    assertThat(key).isEqualTo(same).isNotEqualTo(PrivateKey.generate());
    key.destroy();
    assertThat(key.isDestroyed()).isTrue();
    assertThat(key).isNotEqualTo(same).isEqualTo(key);
    assertThatIllegalStateException().isThrownBy(key::toBytes);
    assertThatIllegalStateException().isThrownBy(key::toBase64Bytes);
    assertThatIllegalStateException().isThrownBy(key::publicKey);
    assertThatIllegalStateException().isThrownBy(key::isZero);
    PresharedKey shared = PresharedKey.parse(TEXT);
    shared.close();
    assertThatIllegalStateException().isThrownBy(shared::toBytes);
  }

  @Test
  void bytesAreCopies() {
    byte[] bytes = new byte[32];
    PresharedKey key = PresharedKey.of(bytes);
    bytes[0] = 1;
    assertThat(key.isZero()).isTrue();
    key.toBytes()[0] = 1;
    assertThat(key.isZero()).isTrue();
  }
}
