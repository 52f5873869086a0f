// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.netlink4j.Errno;
import org.netlink4j.NetNamespace;
import org.netlink4j.transport.NetlinkChannel;
import org.netlink4j.transport.Transport;
import org.wg4j.DeviceNetwork;

/** The network of kernels that this machine does not have; the others are in the lab's tests. */
class RouteNetworkTest {

  /** A kernel that answers every request with one error. */
  private record Refusing(Errno error) implements Transport {
    @Override
    public String name() {
      return "refusing";
    }

    @Override
    public NetlinkChannel open(int protocol, Optional<NetNamespace> namespace) {
      return new Channel(error.number());
    }

    @Override
    public NamespaceHandle openNamespace(NetNamespace namespace) {
      throw new UnsupportedOperationException();
    }
  }

  private static final class Channel implements NetlinkChannel {
    private static final int HEADER = 16;
    private static final short NLMSG_ERROR = 2;

    private final int errno;
    private final Deque<ByteBuffer> answers = new ArrayDeque<>();

    Channel(int errno) {
      this.errno = errno;
    }

    @Override
    public int portId() {
      return 1;
    }

    @Override
    public void send(ByteBuffer message) {
      ByteBuffer request = message.slice().order(ByteOrder.nativeOrder());
      byte[] header = new byte[HEADER];
      request.get(0, header);
      ByteBuffer answer = ByteBuffer.allocate(2 * HEADER + 4).order(ByteOrder.nativeOrder());
      answer.putInt(answer.capacity()).putShort(NLMSG_ERROR).putShort((short) 0);
      answer.putInt(request.getInt(8)).putInt(portId()).putInt(-errno).put(header);
      answers.add(answer.flip());
    }

    @Override
    public Optional<Datagram> receive(Duration timeout) {
      return Optional.ofNullable(answers.poll()).map(answer -> new Datagram(0, answer));
    }

    @Override
    public void setOption(int level, int option, int value) {}

    @Override
    public void close() {}
  }

  /** With ipv6.disable=1 a tunnel that has the default route of IPv4 must come down, too. */
  @Test
  void aKernelWithoutIpv6HasNoRulesOfIt() throws IOException {
    for (Errno errno : new Errno[] {Errno.EAFNOSUPPORT, Errno.EOPNOTSUPP}) {
      try (RouteNetwork network = new RouteNetwork(DeviceNetwork.open(new Refusing(errno)))) {
        assertThat(network.hasRuleOfTable(true, 51820)).isFalse();
        assertThat(network.deleteRuleOfTable(true, 51820)).isFalse();
        assertThat(network.deleteSuppressRule(true)).isFalse();
        assertThat(network.isTableUsed(51820)).isFalse();
        assertThat(network.defaultMtu()).isEmpty();
      }
    }
  }
}
