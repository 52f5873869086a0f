// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Endpoints as struct sockaddr_in and sockaddr_in6. */
final class SocketAddress {

  private SocketAddress() {}

  static byte[] encode(Endpoint endpoint) {
    boolean v6 = endpoint.address().isIpv6();
    ByteBuffer out =
        ByteBuffer.allocate(v6 ? Uapi.SOCKADDR_IN6_LENGTH : Uapi.SOCKADDR_IN_LENGTH)
            .order(ByteOrder.nativeOrder());
    out.putShort(0, (short) (v6 ? Uapi.AF_INET6 : Uapi.AF_INET));
    out.put(2, (byte) (endpoint.port() >>> 8)).put(3, (byte) endpoint.port());
    byte[] address = endpoint.address().toBytes();
    if (v6) {
      out.order(ByteOrder.BIG_ENDIAN).putInt(4, endpoint.flowInfo());
      out.put(8, address);
      out.order(ByteOrder.nativeOrder()).putInt(24, endpoint.scopeId());
    } else {
      out.put(4, address);
    }
    return out.array();
  }

  /** Empty if the family is neither IPv4 nor IPv6, or the structure is too short for its family. */
  static Optional<Endpoint> decode(byte[] structure) {
    if (structure.length < Uapi.SOCKADDR_IN_LENGTH) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(structure).order(ByteOrder.nativeOrder());
    int family = in.getShort(0) & 0xffff;
    int port = (in.get(2) & 0xff) << 8 | in.get(3) & 0xff;
    if (family == Uapi.AF_INET) {
      byte[] address = new byte[4];
      in.get(4, address);
      return Optional.of(Endpoint.of(IpAddress.of(address), port));
    }
    if (family == Uapi.AF_INET6 && structure.length >= Uapi.SOCKADDR_IN6_LENGTH) {
      byte[] address = new byte[16];
      in.get(8, address);
      int scope = in.getInt(24);
      int flow = in.order(ByteOrder.BIG_ENDIAN).getInt(4);
      return Optional.of(new Endpoint(IpAddress.of(address), port, scope, flow));
    }
    return Optional.empty();
  }
}
