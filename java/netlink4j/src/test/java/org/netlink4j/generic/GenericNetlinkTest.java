// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.generic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.netlink4j.ScriptedTransport.done;
import static org.netlink4j.ScriptedTransport.error;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.netlink4j.Errno;
import org.netlink4j.FamilyNotFoundException;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.ScriptedTransport;

/** A controller with two families, written byte by byte. */
class GenericNetlinkTest {
  private static byte[] join(byte[]... parts) {
    ByteBuffer all = ByteBuffer.allocate(1000);
    for (byte[] part : parts) {
      all.put(part);
    }
    byte[] bytes = new byte[all.position()];
    all.get(0, bytes);
    return bytes;
  }

  private static byte[] attribute(int type, byte[] content) {
    int padded = content.length + 3 & ~3;
    ByteBuffer bytes = ByteBuffer.allocate(4 + padded).order(ByteOrder.nativeOrder());
    bytes.putShort((short) (4 + content.length)).putShort((short) type).put(content);
    return bytes.array();
  }

  private static byte[] number(int type, int value) {
    return attribute(type, ScriptedTransport.number(value));
  }

  private static byte[] family(int id, String name, byte[]... more) {
    byte[] idBytes =
        ByteBuffer.allocate(2).order(ByteOrder.nativeOrder()).putShort((short) id).array();
    return join(
        new byte[] {1, 2, 0, 0},
        attribute(1, idBytes),
        attribute(2, (name + "\0").getBytes()),
        join(more));
  }

  private static final byte[] FULL =
      family(
          40,
          "full",
          number(3, 200),
          number(4, 4),
          number(5, 33),
          attribute(6, attribute(1, join(number(1, 3), number(2, 14)))),
          attribute(7, attribute(1, join(attribute(1, "news\0".getBytes()), number(2, 9)))));

  private static final byte[] BARE = family(41, "bare");

  private final ScriptedTransport kernel =
      new ScriptedTransport(
          (r, k) -> {
            boolean dump = r.hasFlags(0x300);
            if (r.type() != 16) {
              // Its command and version beyond 127, and a header of its own.
              byte[] payload = {(byte) 200, (byte) 201, 0, 0, 1, 2, 3, 4, 4, 0, 5, 0};
              k.say(
                  ScriptedTransport.message(
                      r.type(), 2, r.sequence(), ScriptedTransport.PORT, payload));
              k.say(dump ? done(r, 0) : error(r, 0));
            } else if (dump) {
              k.say(family(r, FULL), family(r, BARE)).say(done(r, 0));
            } else {
              answerFamily(r, k);
            }
          });

  private static ByteBuffer family(NetlinkMessage request, byte[] payload) {
    return ScriptedTransport.message(16, 2, request.sequence(), ScriptedTransport.PORT, payload);
  }

  private static void answerFamily(NetlinkMessage request, ScriptedTransport kernel) {
    try {
      switch (request.attributes(4).get(2).string()) {
        case "full" -> kernel.say(family(request, FULL)).say(error(request, 0));
        case "silent" -> kernel.say(error(request, 0));
        case "backward" -> kernel.say(family(request, family(42, "backward", number(4, -8))));
        case "endless" -> kernel.say(family(request, family(42, "endless", number(4, 1 << 30))));
        case "modern" -> kernel.say(family(request, family(42, "modern", number(3, 256))));
        case "broken" -> kernel.say(error(request, -Errno.EIO.number()));
        default -> kernel.say(error(request, -Errno.ENOENT.number()));
      }
    } catch (NetlinkException e) {
      throw new AssertionError(e);
    }
  }

  private GenericNetlink open() throws NetlinkException {
    return GenericNetlink.over(kernel.socket());
  }

  @Test
  void familiesAreRead() throws Exception {
    GenericFamily full =
        new GenericFamily(
            40, "full", 200, 4, 33, List.of(new GenericFamily.Operation(3, 14)), Map.of("news", 9));
    GenericFamily bare = new GenericFamily(41, "bare", 0, 0, 0, List.of(), Map.of());
    try (GenericNetlink generic = open()) {
      assertThat(generic.family("full")).isEqualTo(full);
      assertThat(generic.families()).containsExactly(full, bare);
      assertThat(generic.socket().portId()).isEqualTo(ScriptedTransport.PORT);
    }
    assertThat(kernel.closed).isTrue();
  }

  @Test
  void whatIsNoFamilyIsToldFromWhatFails() throws Exception {
    try (GenericNetlink generic = open()) {
      String longest = "x".repeat(15);
      List<String> missing = new ArrayList<>(List.of("", "none", "silent", longest, longest + "x"));
      for (String name : missing) {
        assertThatThrownBy(() -> generic.family(name)).isInstanceOf(FamilyNotFoundException.class);
      }
      // The kernel was not asked for names that cannot be.
      assertThatThrownBy(() -> generic.family("\u00fc".repeat(8)))
          .isInstanceOf(FamilyNotFoundException.class);
      assertThat(kernel.requests).hasSize(3);
      assertThatThrownBy(() -> generic.family("broken"))
          .isNotInstanceOf(FamilyNotFoundException.class)
          .hasMessageContaining("EIO");
    }
  }

  /** Not an exception of another kind later, when messages are made and read by it. */
  @ParameterizedTest
  @ValueSource(strings = {"backward", "endless", "modern"})
  void impossibleFamiliesAreMalformed(String name) throws Exception {
    ScriptedTransport hostile =
        new ScriptedTransport(
            (r, k) -> {
              answerFamily(r, k);
              k.say(error(r, 0));
            });
    try (GenericNetlink generic = GenericNetlink.over(hostile.socket())) {
      assertThatThrownBy(() -> generic.family(name)).isInstanceOf(MalformedMessageException.class);
    }
  }

  @Test
  void messagesHaveTheirHeaders() throws Exception {
    try (GenericNetlink generic = open()) {
      GenericFamily full = generic.family("full");
      for (List<GenericMessage> answers :
          List.of(
              generic.request(generic.message(full, 255)),
              generic.dump(generic.message(full, 255)))) {
        assertThat(answers).hasSize(1);
        assertThat(answers.get(0).command()).isEqualTo(200);
        assertThat(answers.get(0).version()).isEqualTo(201);
        assertThat(answers.get(0).attributes().list())
            .extracting(a -> a.type() + "/" + a.length())
            .containsExactly("5/0");
      }
      NetlinkMessage sent = kernel.requests.get(1);
      assertThat(sent.type()).isEqualTo(40);
      assertThat(sent.header(4).get(0)).isEqualTo((byte) 255);
      assertThat(sent.header(4).get(1)).isEqualTo((byte) 200);
      // The same number, given to a family without a header: its bytes are attributes.
      GenericFamily other = new GenericFamily(40, "other", 1, 0, 0, List.of(), Map.of());
      assertThatThrownBy(() -> generic.request(generic.message(other, 1)))
          .isInstanceOf(MalformedMessageException.class);
    }
  }
}
