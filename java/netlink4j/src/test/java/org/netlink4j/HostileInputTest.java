// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.netlink4j.generic.GenericNetlink;
import org.netlink4j.route.InterfaceAddress;
import org.netlink4j.route.IpFamily;
import org.netlink4j.route.Link;
import org.netlink4j.route.Route;
import org.netlink4j.route.RouteNetlink;
import org.netlink4j.route.Rule;

/** Whatever bytes come: values, or one of our exceptions, and soon. */
class HostileInputTest {
  private interface Attempt {
    Object run() throws NetlinkException;
  }

  private int refused;
  private int taken;

  private void attempt(Attempt attempt) {
    try {
      attempt.run();
      taken++;
    } catch (NetlinkException e) {
      refused++;
    }
  }

  /** Walks everything that can be asked of attributes, as deep as they go. */
  private void walk(Attributes attributes, int depth) {
    for (int offset = -1; offset < 100; offset += 7) {
      assertThat(attributes.pathTo(offset)).hasSizeLessThan(100);
    }
    for (Attribute a : attributes) {
      attempt(a::u8);
      attempt(a::u16);
      attempt(a::u16be);
      attempt(a::u32);
      attempt(a::u32be);
      attempt(a::u64);
      attempt(a::uint);
      attempt(a::address);
      attempt(a::array);
      attempt(() -> a.nested(8));
      assertThat(a.string().length()).isLessThanOrEqualTo(a.length());
      if (depth < 10) {
        try {
          walk(a.nested(), depth + 1);
        } catch (NetlinkException e) {
          refused++;
        }
      }
    }
  }

  private void readAll(NetlinkMessage message) {
    attempt(() -> Link.read(message).statistics());
    attempt(() -> Link.read(message).kindData());
    attempt(() -> InterfaceAddress.read(message));
    attempt(() -> Route.read(message));
    attempt(() -> Rule.read(message));
    for (int header : new int[] {0, 1, 4, 12, 16}) {
      try {
        walk(message.attributes(header), 0);
      } catch (NetlinkException e) {
        refused++;
      }
    }
  }

  private static byte[] valid(Random random) {
    MessageBuilder b =
        MessageBuilder.of(16 + random.nextInt(20), 0)
            .header32(random.nextInt(4) == 0 ? 2 : 10 | random.nextInt(33) << 8)
            .header32(random.nextInt())
            .header32(random.nextInt());
    if (random.nextBoolean()) {
      b.header32(random.nextInt());
    }
    fill(b, random, 0);
    ByteBuffer message = b.build(0, 1, 1);
    byte[] bytes = new byte[message.remaining()];
    message.get(bytes);
    return bytes;
  }

  private static void fill(MessageBuilder b, Random random, int depth) {
    int count = random.nextInt(8);
    for (int i = 0; i < count; i++) {
      int type = random.nextInt(40);
      switch (random.nextInt(depth < 3 ? 6 : 5)) {
        case 0 -> b.u32(type, random.nextInt());
        case 1 -> b.bytes(type, Generators.bytes(random, random.nextBoolean() ? 4 : 16));
        case 2 -> b.string(type, "name" + random.nextInt());
        case 3 -> b.bytes(type, Generators.bytes(random, random.nextInt(70)));
        case 4 -> b.flag(type);
        default -> b.nest(type, n -> fill(n, random, depth + 1));
      }
    }
  }

  private static byte[] mutate(Random random, byte[] bytes) {
    byte[] mutated = bytes.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(mutated.length);
      switch (random.nextInt(4)) {
        case 0 -> mutated[at] = (byte) random.nextInt();
        case 1 -> mutated[at] = 0;
        case 2 -> mutated[at] = (byte) 0xff;
        default -> mutated[at] ^= (byte) (1 << random.nextInt(8));
      }
    }
    int length = random.nextInt(4) == 0 ? random.nextInt(mutated.length + 1) : mutated.length;
    return Arrays.copyOf(mutated, length);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.netlink4j.Generators#seeds")
  void parsers(long seed) {
    assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () -> {
          Random random = new Random(seed);
          for (int i = 0; i < 500; i++) {
            byte[] bytes =
                switch (random.nextInt(3)) {
                  case 0 -> Generators.bytes(random, random.nextInt(200));
                  case 1 -> valid(random);
                  default -> mutate(random, valid(random));
                };
            try {
              NetlinkMessage.parse(ByteBuffer.wrap(bytes)).forEach(this::readAll);
            } catch (NetlinkException e) {
              refused++;
            }
          }
        });
    // The generator must reach both.
    assertThat(refused).isPositive();
    assertThat(taken).isPositive();
  }

  /** A kernel that answers with garbage in which, at times, the header is right. */
  private static ScriptedTransport garbage(Random random) {
    return new ScriptedTransport(
        (request, kernel) -> {
          int datagrams = random.nextInt(6);
          for (int i = 0; i < datagrams; i++) {
            byte[] bytes =
                random.nextBoolean()
                    ? mutate(random, valid(random))
                    : Generators.bytes(random, 16 + random.nextInt(80));
            if (bytes.length >= 16 && random.nextInt(8) != 0) {
              ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
              header.putInt(0, bytes.length);
              header.putShort(4, (short) random.nextInt(30));
              header.putInt(8, request.sequence());
              header.putInt(12, ScriptedTransport.PORT);
            }
            kernel.say(ByteBuffer.wrap(bytes));
          }
        });
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.netlink4j.Generators#seeds")
  void exchanges(long seed) {
    assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () -> {
          Random random = new Random(seed);
          for (int i = 0; i < 200; i++) {
            List<Attempt> attempts = new ArrayList<>();
            RouteNetlink route = RouteNetlink.over(garbage(random).socket());
            GenericNetlink generic = GenericNetlink.over(garbage(random).socket());
            attempts.add(() -> route.link("x"));
            attempts.add(() -> route.lookup(InetAddress.getLoopbackAddress()));
            attempts.add(() -> route.links("veth"));
            attempts.add(() -> route.addresses(1));
            attempts.add(() -> route.routes(IpFamily.IPV6, 1000));
            attempts.add(() -> route.rules(IpFamily.IPV4));
            attempts.add(() -> generic.family("x"));
            attempts.add(generic::families);
            attempt(attempts.get(random.nextInt(attempts.size())));
          }
        });
    assertThat(refused).isPositive();
  }
}
