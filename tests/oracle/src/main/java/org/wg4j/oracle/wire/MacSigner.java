// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.wg4j.oracle.crypto.AuthenticationException;
import org.wg4j.oracle.crypto.Primitives;

/**
 * The sender's side of mac1, mac2 and cookies, towards one receiver. Not thread-safe.
 *
 * <p>Both MACs are the last 32 bytes of a handshake message: mac1 over what precedes it, mac2 over
 * what precedes it, mac1 included.
 */
public final class MacSigner {
  /** Bytes of mac1 and mac2 together. */
  public static final int MACS = 2 * Primitives.TAG;

  private final byte[] mac1Key;
  private final byte[] cookieKey;
  private byte[] lastMac1;
  private byte[] cookie;

  /**
   * @param receiverPublic the receiver's static public key
   */
  public MacSigner(byte[] receiverPublic) {
    mac1Key = mac1Key(receiverPublic);
    cookieKey = cookieKey(receiverPublic);
  }

  static byte[] mac1Key(byte[] receiverPublic) {
    return Primitives.hash("mac1----".getBytes(StandardCharsets.US_ASCII), receiverPublic);
  }

  static byte[] cookieKey(byte[] receiverPublic) {
    return Primitives.hash("cookie--".getBytes(StandardCharsets.US_ASCII), receiverPublic);
  }

  /**
   * Writes both MACs into an encoded handshake message; mac2 is zeros while no cookie is held.
   *
   * @param datagram an initiation or response, changed in place
   */
  public void sign(byte[] datagram) {
    int mac2At = datagram.length - Primitives.TAG;
    int mac1At = mac2At - Primitives.TAG;
    lastMac1 = Primitives.mac(mac1Key, Arrays.copyOf(datagram, mac1At));
    System.arraycopy(lastMac1, 0, datagram, mac1At, Primitives.TAG);
    byte[] mac2 =
        cookie == null
            ? new byte[Primitives.TAG]
            : Primitives.mac(cookie, Arrays.copyOf(datagram, mac2At));
    System.arraycopy(mac2, 0, datagram, mac2At, Primitives.TAG);
  }

  /**
   * Opens a cookie reply to the last message signed and keeps its cookie.
   *
   * @param reply the reply
   * @throws AuthenticationException if it does not belong to that message
   */
  public void consume(CookieReply reply) throws AuthenticationException {
    if (lastMac1 == null) {
      throw new AuthenticationException("cookie reply to nothing");
    }
    cookie = Primitives.xopen(cookieKey, reply.nonce(), lastMac1, reply.encryptedCookie());
    lastMac1 = null;
  }

  /** Forgets the cookie, as a sender does after 115 seconds. */
  public void forgetCookie() {
    cookie = null;
  }

  /**
   * @return whether messages get a mac2
   */
  public boolean hasCookie() {
    return cookie != null;
  }
}
