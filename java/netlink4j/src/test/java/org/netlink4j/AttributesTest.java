// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
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
    assertThatThrownBy(() -> three.nested(-1)).isInstanceOf(IllegalArgumentException.class);
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

  @Test
  void flagsAreReadOneByOne() throws Exception {
    assertThat(only(attribute(4, 0x4000 | 5)).isNetworkOrder()).isTrue();
    assertThat(only(attribute(4, 0x4000 | 5)).isNested()).isFalse();
    assertThat(only(attribute(4, 0x8000 | 5)).isNetworkOrder()).isFalse();
    assertThat(only(attribute(4, 5)).isNetworkOrder()).isFalse();
  }

  @Test
  void unknownAndRepeatedOnesAreKeptInOrder() throws Exception {
    ByteBuffer all = ByteBuffer.allocate(20).order(ByteOrder.nativeOrder());
    all.put(attribute(4, 16383)).put(attribute(8, 3, 1, 2, 3, 4)).put(attribute(4, 16383));
    Attributes attributes = Attributes.parse(all.put(attribute(4, 0)).flip());
    assertThat(attributes.list()).extracting(Attribute::type).containsExactly(16383, 3, 16383, 0);
    assertThat(attributes.has(3)).isTrue();
    assertThat(attributes.has(4)).isFalse();
    assertThat(attributes.get(3).bytes()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void unsignedNumbersOfAnyLength() throws Exception {
    assertThat(only(attribute(5, 1, 0xff)).uint()).isEqualTo(255);
    assertThat(only(attribute(6, 1, 0xff, 0xff)).uint()).isEqualTo(65535);
    assertThat(only(attribute(8, 1, 0xff, 0xff, 0xff, 0xff)).uint()).isEqualTo(0xffffffffL);
    assertThat(only(attribute(12, 1, 1, 1, 1, 1, 1, 1, 1, 1)).uint())
        .isEqualTo(0x0101010101010101L);
    assertThatThrownBy(() -> only(attribute(7, 1, 1, 1, 1)).uint())
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("3 bytes instead of 1, 2, 4 or 8");
  }

  @Test
  void arraysOfNests() throws Exception {
    ByteBuffer array = ByteBuffer.allocate(28).order(ByteOrder.nativeOrder());
    array.putShort((short) 28).putShort((short) 9);
    array.putShort((short) 12).putShort((short) 1).put(attribute(8, 5, 1, 0, 0, 0));
    array.putShort((short) 12).putShort((short) 2).put(attribute(8, 6, 2, 0, 0, 0));
    List<Attributes> items = only(array.flip()).array();
    assertThat(items).hasSize(2);
    assertThat(items.get(0).has(5)).isTrue();
    assertThat(items.get(1).get(6).bytes()).containsExactly(2, 0, 0, 0);
  }

  @Test
  void equalOnesHaveEqualHashes() throws Exception {
    Attributes one = Attributes.parse(attribute(8, 5, 1, 2, 3, 4));
    Attributes same = Attributes.parse(attribute(8, 5, 1, 2, 3, 4));
    Attributes other = Attributes.parse(attribute(8, 6, 1, 2, 3, 4));
    assertThat(one).hasSameHashCodeAs(same).isEqualTo(same);
    assertThat(one.hashCode()).isNotEqualTo(other.hashCode()).isNotZero();
  }

  @Test
  void pathToAByte() throws Exception {
    // 7 at 0 with one byte and its padding, 8 at 8 as a nest with 9 at 12 and, after it, 10 at 20.
    ByteBuffer bytes = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder());
    bytes.put(attribute(5, 7, 1, 0, 0, 0));
    bytes.putShort((short) 16).putShort((short) (0x8000 | 8));
    bytes.put(attribute(8, 9, 1, 2, 3, 4)).put(attribute(4, 10));
    Attributes all = Attributes.parse(bytes.flip());
    int[][] places = {{-1}, {0, 7}, {7, 7}, {8, 8}, {11, 8}, {12, 8, 9}, {19, 8, 9}, {20, 8, 10}};
    for (int[] place : places) {
      Integer[] path = Arrays.stream(place).skip(1).boxed().toArray(Integer[]::new);
      assertThat(all.pathTo(place[0])).as("byte " + place[0]).containsExactly(path);
    }
    assertThat(all.pathTo(24)).isEmpty();
    assertThat(all.pathTo(Integer.MAX_VALUE)).isEmpty();
    // What is marked as a nest and is none ends the path.
    Attributes bad = Attributes.parse(attribute(7, 0x8000 | 3, 1, 2, 3));
    assertThat(bad.pathTo(5)).containsExactly(3);
  }
}
