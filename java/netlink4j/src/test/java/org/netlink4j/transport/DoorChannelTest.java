// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.netlink4j.NetlinkException;

/** What no kernel does: datagrams of absurd lengths, and some that change between two looks. */
class DoorChannelTest {
  private static DoorChannel channel(Integer... lengths) {
    ArrayDeque<Integer> results = new ArrayDeque<>(List.of(lengths));
    Door door =
        (Door)
            Proxy.newProxyInstance(
                Door.class.getClassLoader(),
                new Class<?>[] {Door.class},
                (proxy, method, arguments) -> {
                  if (!method.getName().equals("receive")) {
                    return 0;
                  }
                  boolean peek = (boolean) arguments[6];
                  ByteBuffer to = (ByteBuffer) arguments[2];
                  int length = results.remove();
                  if (!peek && length > 0) {
                    to.put(0, (byte) 7);
                  }
                  return length;
                });
    return new DoorChannel(door, 3, 4, 99, 100);
  }

  private static int receive(DoorChannel channel) throws NetlinkException {
    return channel.receive(Duration.ZERO).orElseThrow().data().remaining();
  }

  @Test
  void lengthsHaveALimit() throws Exception {
    int most = DoorChannel.MAX_DATAGRAM;
    try (DoorChannel channel =
        channel(most, most, most + 1, most + 1, Integer.MAX_VALUE, Integer.MAX_VALUE, 20, 20)) {
      assertThat(receive(channel)).isEqualTo(most);
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> receive(channel))
            .isInstanceOf(NetlinkException.class)
            .hasMessageContaining("EMSGSIZE");
      }
      assertThat(receive(channel)).isEqualTo(20);
    }
  }

  @Test
  void aDatagramThatGrewIsRefusedAndOneThatWentIsWaitedFor() throws Exception {
    try (DoorChannel channel = channel(20, 101, 20, -110, 30, 30)) {
      assertThatThrownBy(() -> receive(channel)).hasMessageContaining("101 bytes");
      assertThat(receive(channel)).isEqualTo(30);
    }
  }
}
