// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.noise;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.wg4j.oracle.crypto.AuthenticationException;
import org.wg4j.oracle.crypto.Primitives;

/** The SymmetricState object of the Noise specification (section 5.2). Not thread-safe. */
final class SymmetricState {
  private byte[] chainingKey;
  private byte[] hash;
  private byte[] key;
  private long nonce;

  SymmetricState(String protocolName) {
    byte[] name = protocolName.getBytes(StandardCharsets.US_ASCII);
    hash =
        name.length <= Primitives.KEY ? Arrays.copyOf(name, Primitives.KEY) : Primitives.hash(name);
    chainingKey = hash.clone();
  }

  SymmetricState(SymmetricState other) {
    chainingKey = other.chainingKey.clone();
    hash = other.hash.clone();
    key = other.key == null ? null : other.key.clone();
    nonce = other.nonce;
  }

  void mixHash(byte[] data) {
    hash = Primitives.hash(hash, data);
  }

  void mixKey(byte[] input) {
    byte[][] out = Primitives.hkdf(chainingKey, input, 2);
    setKeys(out[0], out[1]);
  }

  void mixKeyAndHash(byte[] input) {
    byte[][] out = Primitives.hkdf(chainingKey, input, 3);
    mixHash(out[1]);
    setKeys(out[0], out[2]);
  }

  private void setKeys(byte[] newChainingKey, byte[] newKey) {
    chainingKey = newChainingKey;
    key = newKey;
    nonce = 0;
  }

  byte[] encryptAndHash(byte[] plaintext) {
    byte[] ciphertext =
        key == null ? plaintext.clone() : Primitives.seal(key, nonce++, hash, plaintext);
    mixHash(ciphertext);
    return ciphertext;
  }

  byte[] decryptAndHash(byte[] ciphertext) throws AuthenticationException {
    byte[] plaintext =
        key == null ? ciphertext.clone() : Primitives.open(key, nonce++, hash, ciphertext);
    mixHash(ciphertext);
    return plaintext;
  }

  boolean hasKey() {
    return key != null;
  }

  byte[] hash() {
    return hash.clone();
  }

  byte[][] split() {
    return Primitives.hkdf(chainingKey, new byte[0], 2);
  }

  void wipe() {
    Arrays.fill(chainingKey, (byte) 0);
    if (key != null) {
      Arrays.fill(key, (byte) 0);
    }
  }
}
