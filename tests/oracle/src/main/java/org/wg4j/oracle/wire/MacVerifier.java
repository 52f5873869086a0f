// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.wire;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.wg4j.oracle.crypto.Primitives;

/** The receiver's side of mac1, mac2 and cookies. Not thread-safe. */
public final class MacVerifier {
  private final byte[] mac1Key;
  private final byte[] cookieKey;
  private byte[] secret = Primitives.random(Primitives.KEY);

  /**
   * @param ownPublic the receiver's own static public key
   */
  public MacVerifier(byte[] ownPublic) {
    mac1Key = MacSigner.mac1Key(ownPublic);
    cookieKey = MacSigner.cookieKey(ownPublic);
  }

  /**
   * @param datagram an encoded handshake message
   * @return whether its mac1 is right
   */
  public boolean mac1Valid(byte[] datagram) {
    int at = datagram.length - MacSigner.MACS;
    return Primitives.equal(Primitives.mac(mac1Key, Arrays.copyOf(datagram, at)), mac1Of(datagram));
  }

  /**
   * @param datagram an encoded handshake message
   * @param source where it came from
   * @return whether its mac2 proves that source
   */
  public boolean mac2Valid(byte[] datagram, InetSocketAddress source) {
    int at = datagram.length - Primitives.TAG;
    return Primitives.equal(
        Primitives.mac(cookie(source), Arrays.copyOf(datagram, at)),
        Arrays.copyOfRange(datagram, at, datagram.length));
  }

  /**
   * @param datagram the encoded handshake message to answer
   * @param senderIndex that message's sender index
   * @param source where it came from
   * @return the cookie reply
   */
  public CookieReply reply(byte[] datagram, int senderIndex, InetSocketAddress source) {
    byte[] nonce = Primitives.random(Primitives.XNONCE);
    return new CookieReply(
        senderIndex, nonce, Primitives.xseal(cookieKey, nonce, mac1Of(datagram), cookie(source)));
  }

  /** Makes all cookies given out so far invalid, as happens every two minutes. */
  public void rotateSecret() {
    secret = Primitives.random(Primitives.KEY);
  }

  private byte[] cookie(InetSocketAddress source) {
    byte[] port = ByteBuffer.allocate(2).putShort((short) source.getPort()).array();
    return Primitives.mac(secret, source.getAddress().getAddress(), port);
  }

  private static byte[] mac1Of(byte[] datagram) {
    int at = datagram.length - MacSigner.MACS;
    return Arrays.copyOfRange(datagram, at, at + Primitives.TAG);
  }
}
