// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.inner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InnerPacketTest {
  private static InetAddress ip(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static List<InnerPacket> samples(int size) {
    byte[] data = new byte[size];
    new Random(size).nextBytes(data);
    return List.of(
        InnerPacket.echoRequest(ip("10.0.0.1"), ip("10.0.0.2"), 0xfffe, 3, data),
        InnerPacket.echoRequest(ip("fd00::1"), ip("fd00::2"), 7, 0xffff, data),
        InnerPacket.udp(ip("10.0.0.1"), 1, ip("10.0.0.2"), 65535, data),
        InnerPacket.udp(ip("fd00::1"), 1, ip("fd00::2"), 65535, data));
  }

  @Test
  void roundTripWithPadding() {
    for (int size : new int[] {0, 1, 2, 55, 1400}) {
      for (InnerPacket packet : samples(size)) {
        byte[] bytes = packet.encode();
        assertThat(bytes).hasSize(packet.length());
        InnerPacket read = InnerPacket.decode(Arrays.copyOf(bytes, bytes.length + 15));
        assertThat(read.encode()).isEqualTo(bytes);
      }
    }
  }

  @Test
  void answers() {
    InnerPacket request = samples(9).get(1);
    InnerPacket reply = request.answer().orElseThrow();
    assertThat(reply.isEchoReply()).isTrue();
    assertThat(reply.source()).isEqualTo(request.destination());
    assertThat(reply.echoData()).isEqualTo(request.echoData());
    assertThat(InnerPacket.decode(reply.encode()).answer()).isEmpty();
  }

  /** The sum of RFC 1071, section 3: 00 01 f2 03 f4 f5 f6 f7 add up to ddf2. */
  @Test
  void checksumOfTheRfc() {
    byte[] words = HexFormat.of().parseHex("0001f203f4f5f6f7");
    InnerPacket packet = InnerPacket.udp(ip("0.0.0.0"), 0, ip("0.0.0.0"), 0, words);
    // The pseudo header adds the protocol and the length, the UDP header the length again.
    int sum = 0xddf2 + InnerPacket.UDP + 16 + 16;
    int checksum = (packet.payload()[6] & 0xff) << 8 | packet.payload()[7] & 0xff;
    assertThat(checksum).isEqualTo(~sum & 0xffff);
  }

  @Test
  void damageIsSeen() {
    for (InnerPacket packet : samples(20)) {
      byte[] bytes = packet.encode();
      for (int cut = 0; cut < bytes.length; cut++) {
        byte[] shorter = Arrays.copyOf(bytes, cut);
        assertThatThrownBy(() -> InnerPacket.decode(shorter))
            .isInstanceOf(IllegalArgumentException.class);
      }
      int payload = bytes.length - packet.payload().length;
      for (int at = payload; at < bytes.length; at++) {
        byte[] changed = bytes.clone();
        changed[at] ^= 0x10;
        assertThatThrownBy(() -> InnerPacket.decode(changed))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void noiseNeverCausesAnotherException() {
    Random random = new Random(2);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(100)];
      random.nextBytes(bytes);
      if (bytes.length > 0) {
        bytes[0] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
      }
      try {
        InnerPacket.decode(bytes);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }
}
