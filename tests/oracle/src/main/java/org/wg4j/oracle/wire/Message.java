// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The four messages of the WireGuard protocol, version 1, with exact codecs.
 *
 * <p>Every message starts with its type in one byte and three reserved zero bytes; numbers are
 * little-endian. Byte arrays in these records are handed over, not copied: do not change them
 * after.
 */
public sealed interface Message
    permits HandshakeInitiation, HandshakeResponse, CookieReply, TransportData {
  /**
   * @return the message's type, 1 to 4
   */
  int type();

  /**
   * @return the datagram
   */
  byte[] encode();

  /**
   * @param datagram a UDP payload
   * @return the message in it
   * @throws MalformedMessageException if type, reserved bytes or length are wrong
   */
  static Message decode(byte[] datagram) throws MalformedMessageException {
    if (datagram.length < 4) {
      throw new MalformedMessageException("no room for a header");
    }
    ByteBuffer in = ByteBuffer.wrap(datagram).order(ByteOrder.LITTLE_ENDIAN);
    int type = in.getInt();
    return switch (type) {
      case HandshakeInitiation.TYPE -> {
        requireLength(datagram, HandshakeInitiation.LENGTH);
        yield new HandshakeInitiation(
            in.getInt(), take(in, 32), take(in, 48), take(in, 28), take(in, 16), take(in, 16));
      }
      case HandshakeResponse.TYPE -> {
        requireLength(datagram, HandshakeResponse.LENGTH);
        yield new HandshakeResponse(
            in.getInt(), in.getInt(), take(in, 32), take(in, 16), take(in, 16), take(in, 16));
      }
      case CookieReply.TYPE -> {
        requireLength(datagram, CookieReply.LENGTH);
        yield new CookieReply(in.getInt(), take(in, 24), take(in, 32));
      }
      case TransportData.TYPE -> {
        if (datagram.length < TransportData.MINIMUM_LENGTH) {
          throw new MalformedMessageException("data message of " + datagram.length + " bytes");
        }
        yield new TransportData(in.getInt(), in.getLong(), take(in, in.remaining()));
      }
      default -> throw new MalformedMessageException("type word 0x" + Integer.toHexString(type));
    };
  }

  private static void requireLength(byte[] datagram, int length) throws MalformedMessageException {
    if (datagram.length != length) {
      throw new MalformedMessageException(
          "type " + datagram[0] + " with " + datagram.length + " bytes instead of " + length);
    }
  }

  private static byte[] take(ByteBuffer in, int length) {
    byte[] out = new byte[length];
    in.get(out);
    return out;
  }
}
