// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.netlink4j.Errno;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkMessage;

/** Both doors take and refuse the same arguments, with the same numbers. */
abstract class DoorTest {
  private static final int TIMEOUT_MS = 60_000;

  private Door door;
  private int fd;
  private int wake;
  private final ByteBuffer buffer = direct(4096);
  private final ByteBuffer from = direct(Door.SOCKADDR_NL);

  abstract Door open() throws Exception;

  private static ByteBuffer direct(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  private static byte[] path(String path) {
    return path.getBytes(StandardCharsets.UTF_8);
  }

  private static int error(Errno errno) {
    return -errno.number();
  }

  @BeforeEach
  void openSocket() throws Exception {
    door = open();
    fd = door.socket(16);
    wake = door.eventFd();
    assertThat(fd).isNotNegative();
    assertThat(wake).isNotNegative();
    assertThat(door.bind(fd)).isZero();
  }

  @AfterEach
  void closeSocket() {
    assertThat(door.close(fd)).isZero();
    assertThat(door.close(wake)).isZero();
  }

  /** Asks for the family "nlctrl" with an acknowledgement. */
  private int request(int offset) {
    buffer.putInt(offset, 20 + 12).putShort(offset + 4, (short) 16).putShort(offset + 6, (short) 5);
    buffer.putInt(offset + 8, 77).putInt(offset + 12, 0);
    buffer.put(offset + 16, (byte) 3).put(offset + 17, (byte) 1).putShort(offset + 18, (short) 0);
    buffer.putShort(offset + 20, (short) 11).putShort(offset + 22, (short) 2);
    buffer.put(offset + 24, "nlctrl\0\0".getBytes(StandardCharsets.US_ASCII));
    return 32;
  }

  private int receive(ByteBuffer to, int offset, int length, boolean peek, int timeoutMs) {
    return door.receive(fd, wake, to, offset, length, from, peek, timeoutMs);
  }

  @Test
  void exchange() {
    int length = request(100);
    assertThat(door.send(fd, buffer, 100, length)).isEqualTo(length);
    int full = receive(buffer, 0, 0, true, TIMEOUT_MS);
    assertThat(full).isGreaterThan(32);
    assertThat(receive(buffer, 8, 10, true, TIMEOUT_MS)).isEqualTo(full);
    assertThat(buffer.getInt(8)).isLessThanOrEqualTo(full).isGreaterThan(32);
    assertThat(receive(buffer, 2000, 2000, false, TIMEOUT_MS)).isEqualTo(full);
    assertThat(buffer.getInt(2008)).isEqualTo(77);
    assertThat(from.getShort(0)).isEqualTo((short) 16);
    assertThat(from.getInt(Door.SOCKADDR_NL_PORT)).isZero();
    assertThat(receive(buffer, 0, 4096, false, TIMEOUT_MS)).isPositive();
    assertThat(buffer.getShort(4)).isEqualTo((short) 2);
    assertThat(receive(buffer, 0, 4096, false, 0)).isEqualTo(error(Errno.ETIMEDOUT));
    assertThat(receive(buffer, 0, 4096, false, 5)).isEqualTo(error(Errno.ETIMEDOUT));
  }

  @Test
  void portsAreOwn() {
    int other = door.socket(16);
    assertThat(door.bind(other)).isZero();
    assertThat(door.port(other)).isPositive().isNotEqualTo(door.port(fd));
    door.close(other);
  }

  @Test
  void wakeEndsTheWait() {
    assertThat(door.signal(wake)).isZero();
    assertThat(receive(buffer, 0, 4096, false, -1)).isEqualTo(error(Errno.ECANCELED));
    assertThat(receive(buffer, 0, 4096, true, -1)).isEqualTo(error(Errno.ECANCELED));
  }

  @Test
  void buffersMustBeDirectAndRangesInside() {
    int invalid = error(Errno.EINVAL);
    int fault = error(Errno.EFAULT);
    ByteBuffer heap = ByteBuffer.allocate(4096);
    assertThat(door.send(fd, heap, 0, 16)).isEqualTo(fault);
    assertThat(door.send(fd, null, 0, 16)).isEqualTo(invalid);
    assertThat(door.send(fd, buffer, -1, 16)).isEqualTo(invalid);
    assertThat(door.send(fd, buffer, 0, -1)).isEqualTo(invalid);
    assertThat(door.send(fd, buffer, 4090, 16)).isEqualTo(invalid);
    assertThat(door.send(fd, buffer, Integer.MAX_VALUE, Integer.MAX_VALUE)).isEqualTo(invalid);
    assertThat(receive(heap, 0, 16, false, 0)).isEqualTo(fault);
    assertThat(receive(null, 0, 16, false, 0)).isEqualTo(invalid);
    assertThat(receive(buffer, -1, 16, false, 0)).isEqualTo(invalid);
    assertThat(receive(buffer, 4096, 1, false, 0)).isEqualTo(invalid);
    assertThat(receive(buffer, Integer.MIN_VALUE, Integer.MIN_VALUE, false, 0)).isEqualTo(invalid);
    assertThat(door.receive(fd, wake, buffer, 0, 16, direct(11), false, 0)).isEqualTo(invalid);
    assertThat(door.receive(fd, wake, buffer, 0, 16, ByteBuffer.allocate(12), false, 0))
        .isEqualTo(fault);
    assertThat(door.receive(fd, wake, buffer, 0, 16, null, false, 0)).isEqualTo(invalid);
  }

  @Test
  void descriptorsMustBeOpen() {
    int bad = error(Errno.EBADF);
    assertThat(door.bind(-1)).isEqualTo(bad);
    assertThat(door.port(-1)).isEqualTo(bad);
    assertThat(door.close(-1)).isEqualTo(bad);
    assertThat(door.signal(-1)).isEqualTo(bad);
    assertThat(door.setOption(-1, 270, 11, 1)).isEqualTo(bad);
    assertThat(door.send(-1, buffer, 0, 16)).isEqualTo(bad);
    // poll(2) skips negative numbers; one that is not open is reported.
    assertThat(door.receive(1 << 20, wake, buffer, 0, 16, from, false, 0)).isEqualTo(bad);
    assertThat(door.setOption(fd, 270, 9999, 1)).isEqualTo(error(Errno.ENOPROTOOPT));
  }

  @Test
  void receiveBufferGrowsWithTheDatagram() throws Exception {
    try (NetlinkChannel channel = new DoorTransport(door, 1).open(16, Optional.empty())) {
      int length = request(0);
      channel.send(buffer.duplicate().limit(length));
      NetlinkChannel.Datagram reply = channel.receive(Duration.ofMinutes(1)).orElseThrow();
      assertThat(NetlinkMessage.parse(reply.data()).get(0).attributes(4)).isNotEmpty();
      assertThat(reply.senderPort()).isZero();
      NetlinkChannel.Datagram ack = channel.receive(Duration.ofMinutes(1)).orElseThrow();
      assertThat(NetlinkMessage.parse(ack.data()).get(0).type()).isEqualTo(Netlink.NLMSG_ERROR);
      assertThat(channel.receive(Duration.ZERO)).isEmpty();
      assertThat(channel.receive(Duration.ofNanos(1))).isEmpty();
      assertThat(channel.receive(Duration.ofSeconds(-1))).isEmpty();
    }
  }

  @Test
  void pathsMustBeNamespaces() {
    assertThat(door.open(path("/no/such/file"))).isEqualTo(error(Errno.ENOENT));
    assertThat(door.open(new byte[0])).isEqualTo(error(Errno.ENOENT));
    assertThat(door.open(path("/etc/passwd\0x"))).isEqualTo(error(Errno.EINVAL));
    assertThat(door.open(path("/" + "x".repeat(5000)))).isEqualTo(error(Errno.ENAMETOOLONG));
    assertThat(door.socketIn(path("/no/such/file"), 16)).isEqualTo(error(Errno.ENOENT));
    assertThat(door.socketIn(path("/etc/passwd"), 16)).isEqualTo(error(Errno.EINVAL));
    assertThat(door.socket(12345)).isNegative();
    int file = door.open(path("/proc/self/ns/net"));
    assertThat(file).isNotNegative();
    assertThat(door.close(file)).isZero();
  }
}
