// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageBuilderTest {
  private static NetlinkMessage sent(MessageBuilder builder) throws MalformedMessageException {
    List<NetlinkMessage> messages = NetlinkMessage.parse(builder.build(0, 7, 9));
    assertThat(messages).hasSize(1);
    return messages.get(0);
  }

  @Test
  void header() throws Exception {
    NetlinkMessage m = sent(MessageBuilder.of(0xfffe, Netlink.NLM_F_CREATE));
    assertThat(m.type()).isEqualTo(0xfffe);
    assertThat(m.flags()).isEqualTo(Netlink.NLM_F_CREATE);
    assertThat(m.sequence()).isEqualTo(7);
    assertThat(m.portId()).isEqualTo(9);
    assertThat(m.attributes(0)).isEmpty();
  }

  @Test
  void flagsOfOneSendingDoNotStick() throws Exception {
    MessageBuilder b = MessageBuilder.of(16, 0);
    b.build(Netlink.NLM_F_DUMP, 1, 1);
    assertThat(sent(b).flags()).isZero();
  }

  @Test
  void fixedHeaderIsAlignedAndComesFirst() throws Exception {
    MessageBuilder b = MessageBuilder.of(16, 0).header8(3).header16(0x1234).u8(1, 200);
    NetlinkMessage m = sent(b);
    assertThat(m.attributes(3).get(1).u8()).isEqualTo(200);
    assertThatIllegalStateException().isThrownBy(() -> b.header8(1));
  }

  @Test
  void partsOutsideOfAnArrayAddNothing() {
    MessageBuilder b = MessageBuilder.of(16, 0).u8(1, 1);
    int size = b.size();
    byte[] value = new byte[4];
    for (int[] part : new int[][] {{-1, 2}, {0, 5}, {4, 1}, {2, -1}}) {
      assertThatThrownBy(() -> b.bytes(1, value, part[0], part[1]))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThat(b.size()).isEqualTo(size);
    }
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    MessageBuilder b = MessageBuilder.of(16, 0);
    assertThatIllegalArgumentException().isThrownBy(() -> b.header8(256));
    assertThatIllegalArgumentException().isThrownBy(() -> b.header8(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> b.header16(65536));
    assertThatIllegalArgumentException().isThrownBy(() -> b.header16(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> b.u8(1, 256));
    assertThatIllegalArgumentException().isThrownBy(() -> b.u8(1, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> b.u16(1, 65536));
    assertThatIllegalArgumentException().isThrownBy(() -> b.u16be(1, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> b.u32(1, 1L << 32));
    assertThatIllegalArgumentException().isThrownBy(() -> b.u32be(1, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> b.flag(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> b.flag(0x10000));
    assertThatIllegalArgumentException().isThrownBy(() -> b.string(1, "a\0b"));
    assertThatIllegalArgumentException().isThrownBy(() -> MessageBuilder.of(65536, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> MessageBuilder.of(16, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> b.maxSize(15));
    assertThat(b.size()).isEqualTo(16);
  }

  @Test
  void anAttributeHasAtMost65535Bytes() throws Exception {
    MessageBuilder b = MessageBuilder.of(16, 0);
    assertThatThrownBy(() -> b.bytes(1, new byte[65532]))
        .isInstanceOf(MessageTooLargeException.class)
        .hasMessageContaining("65536");
    assertThat(b.size()).isEqualTo(16);
    b.bytes(1, new byte[65531]);
    assertThat(sent(b).attributes(0).get(1).length()).isEqualTo(65531);
  }

  @Test
  void aNestHasAtMost65535Bytes() throws Exception {
    MessageBuilder b = MessageBuilder.of(16, 0).u32(1, 1);
    int nest = b.openNest(2);
    int inner = b.openNest(3);
    int items = 0;
    while (b.remaining() >= 104) {
      b.bytes(4, new byte[100]);
      items++;
    }
    MessageBuilder.Mark mark = b.mark();
    assertThatThrownBy(() -> b.bytes(4, new byte[100]))
        .isInstanceOf(MessageTooLargeException.class);
    b.rollback(mark);
    b.closeNest(inner).closeNest(nest);
    assertThat(b.remaining()).isGreaterThan(60_000);
    Attributes found = sent(b).attributes(0).get(2).nested().get(3).nested();
    assertThat(found.size()).isEqualTo(items).isEqualTo((65535 - 8) / 104);
  }

  @Test
  void aMessageHasItsLimit() {
    MessageBuilder b = MessageBuilder.of(16, 0).maxSize(32).describe("try");
    b.u64(1, 1);
    assertThat(b.remaining()).isEqualTo(4);
    b.flag(2);
    assertThatThrownBy(() -> b.flag(3))
        .isInstanceOf(MessageTooLargeException.class)
        .hasMessageContaining("try");
  }

  @Test
  void rollbackReopensAndForgetsNests() throws Exception {
    MessageBuilder b = MessageBuilder.of(16, 0);
    int nest = b.openNest(1);
    b.u32(2, 2);
    MessageBuilder.Mark mark = b.mark();
    b.openNest(3);
    b.u32(4, 4);
    b.rollback(mark);
    b.closeNest(nest);
    assertThat(sent(b).attributes(0).get(1).nested().list()).hasSize(1);
    b.rollback(mark);
    b.u32(5, 5).closeNest(nest);
    assertThat(sent(b).attributes(0).get(1).nested().list())
        .extracting(Attribute::type)
        .containsExactly(2, 5);
    assertThatIllegalArgumentException().isThrownBy(() -> MessageBuilder.of(16, 0).rollback(mark));
  }

  @Test
  void nestsMustBeClosedInOrderAndAll() {
    MessageBuilder b = MessageBuilder.of(16, 0);
    int outer = b.openNest(1);
    b.openNest(2);
    assertThatIllegalStateException().isThrownBy(() -> b.closeNest(outer));
    assertThatIllegalStateException().isThrownBy(() -> b.build(0, 1, 1));
    assertThatIllegalStateException().isThrownBy(() -> MessageBuilder.of(16, 0).closeNest(0));
  }

  @Test
  void nestHeader() throws Exception {
    MessageBuilder b =
        MessageBuilder.of(16, 0)
            .nest(1, n -> n.nestHeader(new byte[] {1, 2, 3, 4, 5, 6}).u32(2, 9));
    assertThat(sent(b).attributes(0).get(1).nested(6).get(2).s32()).isEqualTo(9);
    assertThatIllegalStateException().isThrownBy(() -> b.nestHeader(new byte[4]));
  }

  @Test
  void wipeZeroes() {
    MessageBuilder b = MessageBuilder.of(16, 0).bytes(1, new byte[] {1, 2, 3, 4});
    ByteBuffer message = b.build(0, 1, 1);
    b.wipe();
    for (int i = 0; i < message.limit(); i++) {
      assertThat(message.get(i)).isZero();
    }
  }

  /** What may be a secret does not stay behind in memory that is no longer used. */
  @Test
  void whatIsLeftIsZeroed() {
    byte[] secret = new byte[100];
    Arrays.fill(secret, (byte) 7);
    MessageBuilder b = MessageBuilder.of(16, 0);
    MessageBuilder.Mark mark = b.mark();
    ByteBuffer rolledBack = b.bytes(1, secret).build(0, 1, 1);
    assertThat(rolledBack.get(50)).isEqualTo((byte) 7);
    b.rollback(mark);
    for (int i = 16; i < rolledBack.limit(); i++) {
      assertThat(rolledBack.get(i)).isZero();
    }
    ByteBuffer outgrown = b.bytes(1, secret).build(0, 1, 1);
    assertThat(outgrown.get(50)).isEqualTo((byte) 7);
    b.bytes(2, new byte[1000]);
    for (int i = 0; i < outgrown.limit(); i++) {
      assertThat(outgrown.get(i)).isZero();
    }
  }

  @Test
  void callsCanBeChained() throws Exception {
    NetlinkMessage m =
        sent(
            MessageBuilder.of(16, 0)
                .maxSize(1000)
                .flag(1)
                .u8(2, 255)
                .u16(3, 65535)
                .u16be(4, 0x1234)
                .u32(5, 0xffffffffL)
                .u32be(6, 0x12345678L)
                .u64(7, -1)
                .string(8, "x")
                .bytes(9, ByteBuffer.wrap(new byte[] {1, 2}))
                .bytes(10, new byte[] {1, 2, 3, 4}, 1, 2)
                .nest(11, n -> n.flag(1)));
    assertThat(m.attributes(0).size()).isEqualTo(11);
    assertThat(m.attributes(0).get(10).bytes()).containsExactly(2, 3);
    assertThat(m.attributes(0).get(6).u32be()).isEqualTo(0x12345678L);
    MessageBuilder b = MessageBuilder.of(16, 0);
    assertThat(b.rollback(b.mark())).isSameAs(b);
  }

  @Test
  void receivedMessagesAreWipedInAllViews() throws Exception {
    NetlinkMessage m = sent(MessageBuilder.of(16, 0).bytes(1, new byte[] {1, 2, 3, 4}));
    Attribute secret = m.attributes(0).get(1);
    m.wipe();
    assertThat(secret.bytes()).containsOnly(0);
    assertThat(m).hasToString("message type 16 flags 0x0 sequence 7 (8 bytes)");
  }

  @Test
  void contentIsNotInTheText() {
    assertThat(MessageBuilder.of(16, 0).string(1, "secret").describe("set key"))
        .hasToString("set key (28 bytes)");
  }
}
