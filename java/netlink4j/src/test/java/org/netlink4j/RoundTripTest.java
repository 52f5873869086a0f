// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is built is read back, for random trees of attributes. */
class RoundTripTest {
  private sealed interface Node permits Leaf, Nest {
    int type();
  }

  private record Leaf(int type, int shape, long number, byte[] bytes) implements Node {}

  private record Nest(int type, List<Node> children) implements Node {}

  private static List<Node> tree(Random random, int depth) {
    List<Node> nodes = new ArrayList<>();
    int count = random.nextInt(depth == 0 ? 12 : 6);
    for (int i = 0; i < count; i++) {
      int type = random.nextInt(0x4000);
      if (depth < 4 && random.nextInt(4) == 0) {
        nodes.add(new Nest(type, tree(random, depth + 1)));
      } else {
        byte[] bytes = Generators.bytes(random, random.nextInt(40));
        nodes.add(new Leaf(type, random.nextInt(8), random.nextLong(), bytes));
      }
    }
    return nodes;
  }

  private static void write(MessageBuilder to, List<Node> nodes) {
    for (Node node : nodes) {
      if (node instanceof Nest nest) {
        to.nest(nest.type(), inner -> write(inner, nest.children()));
      } else if (node instanceof Leaf leaf) {
        switch (leaf.shape()) {
          case 0 -> to.u8(leaf.type(), (int) leaf.number() & 0xff);
          case 1 -> to.u16(leaf.type(), (int) leaf.number() & 0xffff);
          case 2 -> to.u16be(leaf.type(), (int) leaf.number() & 0xffff);
          case 3 -> to.u32(leaf.type(), leaf.number() & 0xffffffffL);
          case 4 -> to.u32be(leaf.type(), leaf.number() & 0xffffffffL);
          case 5 -> to.u64(leaf.type(), leaf.number());
          case 6 -> to.string(leaf.type(), Long.toString(leaf.number(), 36));
          default -> to.bytes(leaf.type(), ByteBuffer.wrap(leaf.bytes()));
        }
      }
    }
  }

  private static void check(Attributes found, List<Node> nodes) throws Exception {
    assertThat(found.size()).isEqualTo(nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      Attribute attribute = found.list().get(i);
      Node node = nodes.get(i);
      assertThat(attribute.type()).isEqualTo(node.type());
      if (node instanceof Nest nest) {
        assertThat(attribute.isNested()).isTrue();
        check(attribute.nested(), nest.children());
      } else if (node instanceof Leaf leaf) {
        assertThat(attribute.isNested()).isFalse();
        switch (leaf.shape()) {
          case 0 -> assertThat(attribute.u8()).isEqualTo((int) leaf.number() & 0xff);
          case 1 -> assertThat(attribute.u16()).isEqualTo((int) leaf.number() & 0xffff);
          case 2 -> assertThat(attribute.u16be()).isEqualTo((int) leaf.number() & 0xffff);
          case 3 -> assertThat(attribute.u32()).isEqualTo(leaf.number() & 0xffffffffL);
          case 4 -> assertThat(attribute.u32be()).isEqualTo(leaf.number() & 0xffffffffL);
          case 5 -> assertThat(attribute.u64()).isEqualTo(leaf.number());
          case 6 -> assertThat(attribute.string()).isEqualTo(Long.toString(leaf.number(), 36));
          default -> assertThat(attribute.bytes()).isEqualTo(leaf.bytes());
        }
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.netlink4j.Generators#seeds")
  void builtIsReadBack(long seed) throws Exception {
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      List<Node> nodes = tree(random, 0);
      MessageBuilder builder = MessageBuilder.of(16 + random.nextInt(100), 0).header32(42);
      write(builder, nodes);
      // Several messages in one datagram are taken apart again.
      ByteBuffer one = builder.build(0, round, 1);
      ByteBuffer two = ByteBuffer.allocate(2 * one.remaining());
      two.put(one.duplicate()).put(one.duplicate()).flip();
      List<NetlinkMessage> messages = NetlinkMessage.parse(two);
      assertThat(messages).hasSize(2);
      for (NetlinkMessage message : messages) {
        assertThat(message.header(4).getInt()).isEqualTo(42);
        check(message.attributes(4), nodes);
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.netlink4j.Generators#seeds")
  void rolledBackLeavesNoTrace(long seed) throws Exception {
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      List<Node> kept = tree(random, 0);
      List<Node> dropped = tree(random, 0);
      List<Node> after = tree(random, 0);
      MessageBuilder clean = MessageBuilder.of(16, 0);
      write(clean, kept);
      write(clean, after);
      MessageBuilder tried = MessageBuilder.of(16, 0);
      write(tried, kept);
      MessageBuilder.Mark mark = tried.mark();
      tried.openNest(1);
      write(tried, dropped);
      tried.rollback(mark);
      write(tried, after);
      assertThat(tried.build(0, 1, 1)).isEqualTo(clean.build(0, 1, 1));
    }
  }
}
