// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.ScriptedTransport;

/** What values accept, and what is made of messages that a recorded kernel did not send. */
class RouteValuesTest {
  private static final InetAddress V4 = IpPrefix.parseAddress("192.0.2.1");
  private static final InetAddress V6 = IpPrefix.parseAddress("2001:db8::1");

  private final ByteBuffer payload = ByteBuffer.allocate(200).order(ByteOrder.nativeOrder());

  private RouteValuesTest header(int length, int firstByte) {
    payload.put((byte) firstByte).position(length);
    return this;
  }

  private RouteValuesTest attribute(int type, byte... value) {
    payload.putShort((short) (4 + value.length)).putShort((short) type).put(value);
    payload.position(payload.position() + 3 & ~3);
    return this;
  }

  private NetlinkMessage message() throws MalformedMessageException {
    byte[] bytes = new byte[payload.position()];
    payload.get(0, bytes);
    return NetlinkMessage.parse(ScriptedTransport.message(16, 0, 1, 1, bytes)).get(0);
  }

  private Link link(String name, int parent, int master) throws Exception {
    return Link.read(
        header(16, 0)
            .attribute(3, name.getBytes())
            .attribute(5, ScriptedTransport.number(parent))
            .attribute(10, ScriptedTransport.number(master))
            .message());
  }

  /** A tunnel that lies on no interface says that it lies on number 0. */
  @Test
  void linksOnNothingHaveNoParent() throws Exception {
    Link none = link("sit0", 0, 0);
    assertThat(none.parent()).isEmpty();
    assertThat(none.master()).isEmpty();
    payload.clear();
    Link some = link("vlan5", 2, 3);
    assertThat(some.parent()).hasValue(2);
    assertThat(some.master()).hasValue(3);
  }

  @Test
  void addressesAreOfTheirMessagesFamily() throws Exception {
    NetlinkMessage mixed =
        header(8, 2).attribute(1, V6.getAddress()).attribute(2, V4.getAddress()).message();
    assertThatThrownBy(() -> InterfaceAddress.read(mixed))
        .isInstanceOf(MalformedMessageException.class);
    payload.clear();
    NetlinkMessage none = header(8, 2).attribute(2, V4.getAddress()).message();
    assertThatThrownBy(() -> InterfaceAddress.read(none))
        .isInstanceOf(MalformedMessageException.class);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new InterfaceAddress(
                    1, IpPrefix.host(V4), Optional.of(V6), 0, 0, Optional.empty()));
  }

  @Test
  void numbersThatNoMessageCanHoldAreRefused() {
    IpPrefix to = IpPrefix.parse("198.51.100.0/24");
    for (int bad : new int[] {-1, 256}) {
      assertThatIllegalArgumentException().isThrownBy(() -> Route.to(to).scope(bad).build());
      assertThatIllegalArgumentException().isThrownBy(() -> Route.to(to).type(bad).build());
      assertThatIllegalArgumentException().isThrownBy(() -> Route.to(to).protocol(bad).build());
      Rule.Builder action = Rule.builder(IpFamily.IPV4).action(bad);
      assertThatIllegalArgumentException().isThrownBy(action::build);
      Rule.Builder protocol = Rule.builder(IpFamily.IPV4).protocol(bad);
      assertThatIllegalArgumentException().isThrownBy(protocol::build);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  new InterfaceAddress(
                      1, IpPrefix.host(V4), Optional.empty(), bad, 0, Optional.empty()));
    }
    Route last = Route.to(to).scope(255).type(255).protocol(255).metric(0xffffffffL).build();
    assertThat(last.metric()).hasValue(0xffffffffL);
    assertThat(last.scope()).isEqualTo(OptionalInt.of(255));
    for (long bad : new long[] {-1, 1L << 32}) {
      assertThatIllegalArgumentException().isThrownBy(() -> Route.to(to).metric(bad).build());
      assertThatIllegalArgumentException().isThrownBy(() -> Route.to(to).table(bad).build());
      Rule.Builder priority = Rule.builder(IpFamily.IPV6).priority(bad);
      assertThatIllegalArgumentException().isThrownBy(priority::build);
      Rule.Builder mark = Rule.builder(IpFamily.IPV6).mark(bad);
      assertThatIllegalArgumentException().isThrownBy(mark::build);
      Rule.Builder mask = Rule.builder(IpFamily.IPV6).mask(bad);
      assertThatIllegalArgumentException().isThrownBy(mask::build);
      Rule.Builder table = Rule.builder(IpFamily.IPV6).table(bad);
      assertThatIllegalArgumentException().isThrownBy(table::build);
    }
    Rule most =
        Rule.builder(IpFamily.IPV6)
            .priority(0xffffffffL)
            .mark(0xffffffffL)
            .mask(0xffffffffL)
            .table(0xffffffffL)
            .action(255)
            .protocol(255)
            .build();
    assertThat(most.mark()).isEqualTo(OptionalLong.of(0xffffffffL));
    assertThat(most.table()).isEqualTo(0xffffffffL);
  }

  @Test
  void peersAreForVethAlone() {
    assertThat(LinkSpec.veth("a", "b").peer().orElseThrow().name()).isEqualTo("b");
    LinkSpec dummy = LinkSpec.builder("b", "dummy").up(true).build();
    LinkSpec end = LinkSpec.builder("b", "veth").build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkSpec.builder("a", "veth").peer(dummy).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkSpec.builder("a", "dummy").peer(end).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkSpec.builder("a", "veth").peer(end).kindData(d -> {}).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkSpec.builder("a", "veth").up(true).build());
  }
}
