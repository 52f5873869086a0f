// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.crypto;

import java.util.Arrays;

/**
 * A static key as somebody wields it who stole the other side's: it claims a public key whose
 * private one it does not have. With the thief's victim it agrees on the right secret, because
 * either private key makes it; with anybody else's key it can only guess.
 */
public final class ClaimedKey implements DhKey {
  private final byte[] claimed;
  private final X25519Key stolen;

  /**
   * @param claimed the public key to pass for
   * @param stolen the victim's key pair; it stays the caller's
   */
  public ClaimedKey(byte[] claimed, X25519Key stolen) {
    this.claimed = claimed.clone();
    this.stolen = stolen;
  }

  @Override
  public byte[] publicKey() {
    return claimed.clone();
  }

  @Override
  public byte[] agree(byte[] peerPublic) throws AuthenticationException {
    return Arrays.equals(peerPublic, stolen.publicKey())
        ? stolen.agree(claimed)
        : Primitives.random(Primitives.KEY);
  }

  /** Shows nothing of either key. */
  @Override
  public String toString() {
    return "ClaimedKey";
  }
}
