// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttributesTest {
  private static ByteBuffer attribute(int length, int type, int... payload) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + payload.length).order(ByteOrder.nativeOrder());
    bytes.putShort((short) length).putShort((short) type);
    for (int b : payload) {
      bytes.put((byte) b);
    }
    return bytes.flip();
  }

  private static Attribute only(ByteBuffer bytes) throws MalformedMessageException {
    List<Attribute> list = Attributes.parse(bytes).list();
    assertThat(list).hasSize(1);
    return list.get(0);
  }

  @Test
  void emptyIsNoAttributes() throws Exception {
    assertThat(Attributes.parse(ByteBuffer.allocate(0))).isEmpty();
  }

  @Test
  void flagsAreNotPartOfTheType() throws Exception {
    Attribute a = only(attribute(4, 0xc000 | 5));
    assertThat(a.type()).isEqualTo(5);
    assertThat(a.isNested()).isTrue();
    assertThat(a.isNetworkOrder()).isTrue();
    assertThat(a.nested()).isEmpty();
  }

  @Test
  void lastAttributeMayLackItsPadding() throws Exception {
    assertThat(only(attribute(5, 1, 0xfe)).u8()).isEqualTo(0xfe);
  }

  @Test
  void lastOfRepeatedAttributesWins() throws Exception {
    MessageBuilder b = MessageBuilder.of(16, 0).u32(1, 5).u32(2, 6).u32(1, 7);
    Attributes all = Attributes.parse(b.build(0, 1, 1).position(16));
    assertThat(all.get(1).s32()).isEqualTo(7);
    assertThat(all.size()).isEqualTo(3);
    assertThat(all.has(3)).isFalse();
    assertThatThrownBy(() -> all.get(3))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("attribute 3 is missing");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void lengthSmallerThanItsHeaderIsRefused(int length) {
    assertThatThrownBy(() -> Attributes.parse(attribute(length, 1, 1, 2, 3, 4)))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("length of " + length);
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 12, 0x7fff, 0x8000, 0xffff})
  void lengthBeyondTheEndIsRefused(int length) {
    assertThatThrownBy(() -> Attributes.parse(attribute(length, 1, 1, 2, 3, 4)))
        .isInstanceOf(MalformedMessageException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void leftOverBytesAreRefused(int extra) {
    ByteBuffer bytes = ByteBuffer.allocate(8 + extra).order(ByteOrder.nativeOrder());
    bytes.putShort(0, (short) 8);
    assertThatThrownBy(() -> Attributes.parse(bytes))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("left over");
  }

  @Test
  void numbersOfWrongLengthAreRefused() throws Exception {
    Attribute three = only(attribute(7, 1, 1, 2, 3));
    assertThatThrownBy(three::u8).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(three::u16).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(three::u16be).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(three::s32).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(three::u32).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(three::u32be).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(three::u64).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(three::uint).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(three::address).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(three::nested).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(three::array).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(() -> three.bytes(4)).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(() -> three.nested(8)).isInstanceOf(MalformedMessageException.class);
    assertThat(three.bytes(3)).containsExactly(1, 2, 3);
  }

  @Test
  void networkOrder() throws Exception {
    assertThat(only(attribute(6, 1, 0x12, 0xf4)).u16be()).isEqualTo(0x12f4);
    assertThat(only(attribute(6, 1, 0xff, 0xfe)).u16be()).isEqualTo(0xfffe);
    assertThat(only(attribute(8, 1, 0xf1, 2, 3, 4)).u32be()).isEqualTo(0xf1020304L);
  }

  @Test
  void textEndsAtItsNulOrAtTheEnd() throws Exception {
    assertThat(only(attribute(8, 1, 'a', 'b', 0, 'c')).string()).isEqualTo("ab");
    assertThat(only(attribute(8, 1, 'a', 'b', 'c', 'd')).string()).isEqualTo("abcd");
    assertThat(only(attribute(4, 1)).string()).isEmpty();
    assertThat(only(attribute(5, 1, 0xff)).string()).isEqualTo("\ufffd");
  }

  @Test
  void mappedAddressStaysIpv6() throws Exception {
    int[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1};
    assertThat(only(attribute(20, 1, mapped)).address()).isInstanceOf(Inet6Address.class);
  }

  @Test
  void viewsCannotChangeTheMessage() throws Exception {
    Attribute a = only(attribute(8, 1, 1, 2, 3, 4));
    a.bytes()[0] = 9;
    assertThat(a.buffer().isReadOnly()).isTrue();
    assertThat(a.bytes()).containsExactly(1, 2, 3, 4);
    assertThat(a).hasToString("attribute 1 (4 bytes)");
  }

  @Test
  void equality() throws Exception {
    Attributes one = Attributes.parse(attribute(8, 1, 1, 2, 3, 4));
    assertThat(one)
        .isEqualTo(Attributes.parse(attribute(8, 1, 1, 2, 3, 4)))
        .hasSameHashCodeAs(Attributes.parse(attribute(8, 1, 1, 2, 3, 4)))
        .isNotEqualTo(Attributes.parse(attribute(8, 1, 1, 2, 3, 5)))
        .isNotEqualTo(Attributes.parse(attribute(8, 0x8001, 1, 2, 3, 4)))
        .isNotEqualTo(Attributes.EMPTY);
  }
}
