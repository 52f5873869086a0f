// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.netlink4j.ScriptedTransport.PORT;
import static org.netlink4j.ScriptedTransport.done;
import static org.netlink4j.ScriptedTransport.error;
import static org.netlink4j.ScriptedTransport.message;
import static org.netlink4j.ScriptedTransport.number;
import static org.netlink4j.ScriptedTransport.part;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Exchanges with a kernel that behaves, and with one that does not. */
class NetlinkSocketTest {
  private static MessageBuilder request() {
    return MessageBuilder.of(18, 0).describe("ask");
  }

  private static NetlinkException failure(ScriptedTransport.Kernel kernel) throws Exception {
    try (NetlinkSocket socket = new ScriptedTransport(kernel).socket()) {
      return catchThrowableOfType(NetlinkException.class, () -> socket.request(request()));
    }
  }

  @Test
  void repliesComeBeforeTheAcknowledgement() throws Exception {
    ScriptedTransport kernel =
        new ScriptedTransport(
            (r, k) ->
                k.say(message(20, 0, r.sequence(), PORT, (byte) 1))
                    .say(message(20, 0, r.sequence(), PORT, (byte) 2), error(r, 0)));
    try (NetlinkSocket socket = kernel.socket()) {
      assertThat(socket.request(request())).hasSize(2);
      assertThat(kernel.requests.get(0).flags())
          .isEqualTo(Netlink.NLM_F_REQUEST | Netlink.NLM_F_ACK);
      assertThat(socket.request(request())).hasSize(2);
      assertThat(kernel.requests.get(1).sequence()).isNotEqualTo(kernel.requests.get(0).sequence());
    }
  }

  @Test
  void strangersAreIgnored() throws Exception {
    ScriptedTransport kernel =
        new ScriptedTransport(
            (r, k) ->
                k.sayFrom(666, error(r, -1))
                    .say(message(20, 0, r.sequence() - 1, PORT))
                    .say(message(20, 0, r.sequence(), PORT + 1))
                    .say(message(Netlink.NLMSG_NOOP, 0, r.sequence(), PORT))
                    .say(error(r, 0)));
    try (NetlinkSocket socket = kernel.socket()) {
      assertThat(socket.request(request())).isEmpty();
    }
  }

  @Test
  void errorsBecomeExceptions() throws Exception {
    assertThat(failure((r, k) -> k.say(error(r, -19))))
        .isInstanceOf(NoSuchDeviceException.class)
        .hasMessage("ask: ENODEV (No such device)");
    assertThat(failure((r, k) -> k.say(error(r, -1)))).isInstanceOf(NotPermittedException.class);
    assertThat(failure((r, k) -> k.say(error(r, -13)))).isInstanceOf(NotPermittedException.class);
    NetlinkException plain = failure((r, k) -> k.say(error(r, -17)));
    assertThat(plain.errno()).isEqualTo(17);
    assertThat(plain.is(Errno.EEXIST)).isTrue();
    assertThat(plain.operation()).isEqualTo("ask");
    assertThat(plain.extAck()).isEmpty();
    assertThat(failure((r, k) -> k.say(error(r, -9999)))).hasMessageContaining("errno 9999");
    assertThat(failure((r, k) -> k.say(error(r, 5)))).isInstanceOf(MalformedMessageException.class);
    assertThat(failure((r, k) -> k.say(error(r, Integer.MIN_VALUE))))
        .isInstanceOf(MalformedMessageException.class);
    assertThat(failure((r, k) -> k.say(message(2, 0, r.sequence(), PORT, (byte) 1))))
        .isInstanceOf(MalformedMessageException.class);
    assertThat(failure((r, k) -> k.say(message(2, 0x200, r.sequence(), PORT, number(-22)))).errno())
        .isEqualTo(22);
  }

  private static ByteBuffer errorWithAck(NetlinkMessage r, boolean capped, int quotedLength) {
    MessageBuilder ack = MessageBuilder.of(16, 0).string(1, "no such colour").u32(2, 20).u32(5, 3);
    ByteBuffer attributes = ack.build(0, 0, 0).position(16);
    ByteBuffer payload =
        ByteBuffer.allocate(20 + (capped ? 0 : 8) + attributes.remaining())
            .order(ByteOrder.nativeOrder());
    payload.putInt(0, -22).putInt(4, quotedLength);
    payload.position(capped ? 20 : 28);
    payload.put(attributes);
    int flags = Netlink.NLM_F_ACK_TLVS | (capped ? Netlink.NLM_F_CAPPED : 0);
    return message(Netlink.NLMSG_ERROR, flags, r.sequence(), PORT, payload.array());
  }

  @Test
  void extendedAcknowledgement() throws Exception {
    for (boolean capped : new boolean[] {true, false}) {
      NetlinkException e = failure((r, k) -> k.say(errorWithAck(r, capped, 24)));
      assertThat(e.extAck().orElseThrow().message()).contains("no such colour");
      assertThat(e.extAck().orElseThrow().offset()).hasValue(20);
      assertThat(e.extAck().orElseThrow().missingType()).hasValue(3);
      assertThat(e)
          .hasMessage(
              "ask: EINVAL (Invalid argument): no such colour, at byte 20 of the request, "
                  + "attribute 3 is missing");
    }
  }

  private static ExtAck acknowledged(MessageBuilder request, MessageBuilder ack)
      throws NetlinkException {
    ByteBuffer attributes = ack.build(0, 0, 0).position(16);
    ByteBuffer payload =
        ByteBuffer.allocate(20 + attributes.remaining()).order(ByteOrder.nativeOrder());
    payload.putInt(0, -22).putInt(4, 16).position(20).put(attributes);
    int flags = Netlink.NLM_F_ACK_TLVS | Netlink.NLM_F_CAPPED;
    ScriptedTransport kernel =
        new ScriptedTransport(
            (r, k) ->
                k.say(message(Netlink.NLMSG_ERROR, flags, r.sequence(), PORT, payload.array())));
    try (NetlinkSocket socket = kernel.socket()) {
      socket.request(request);
      throw new AssertionError("not refused");
    } catch (NetlinkException e) {
      ExtAck extAck = e.extAck().orElseThrow();
      assertThat(e).hasMessageEndingWith("EINVAL (Invalid argument): " + extAck.explanation());
      return extAck;
    }
  }

  /** Header of 16 and fixed header of 5, then attribute 7 at 24, 8 at 32 with 9 in it at 36. */
  @Test
  void offendingAttributeIsNamed() throws Exception {
    MessageBuilder request =
        MessageBuilder.of(16, 0).header32(1).header8(2).u8(7, 1).nest(8, n -> n.u32(9, 3));
    int[][] places = {{20}, {24, 7}, {31, 7}, {32, 8}, {36, 8, 9}, {43, 8, 9}, {44}, {-1}};
    for (int[] place : places) {
      ExtAck extAck = acknowledged(request, MessageBuilder.of(16, 0).u32(2, place[0]));
      Integer[] types = Arrays.stream(place).skip(1).boxed().toArray(Integer[]::new);
      assertThat(extAck.attribute()).containsExactly(types);
      String path = types.length == 0 ? "" : "attribute " + (types.length == 1 ? types[0] : "8/9");
      assertThat(extAck.explanation())
          .isEqualTo((path + " at byte " + place[0] + " of the request").strip());
    }
    ExtAck missing = acknowledged(request, MessageBuilder.of(16, 0).u32(5, 4).u32(6, 32));
    assertThat(missing.attribute()).containsExactly(8);
    assertThat(missing.missingNest()).hasValue(32);
    assertThat(missing.explanation()).isEqualTo("attribute 8/4 is missing");
    ExtAck atTop = acknowledged(request, MessageBuilder.of(16, 0).u32(5, 4));
    assertThat(atTop.explanation()).isEqualTo("attribute 4 is missing");
    ExtAck nothing = acknowledged(MessageBuilder.of(16, 0), MessageBuilder.of(16, 0).u32(2, 16));
    assertThat(nothing.explanation()).isEqualTo("at byte 16 of the request");
  }

  @Test
  void brokenExtendedAcknowledgementDoesNotHideTheError() throws Exception {
    for (int length : new int[] {0, 5, 27, 33, 1000, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertThat(failure((r, k) -> k.say(errorWithAck(r, false, length))).errno()).isEqualTo(22);
    }
  }

  @Test
  void noAnswerIsATimeout() throws Exception {
    NetlinkException e = failure((r, k) -> {});
    assertThat(e.is(Errno.ETIMEDOUT)).isTrue();
    assertThat(e).hasMessageContaining("no answer in 60000 ms");
  }

  @Test
  void lostAnswerIsReported() throws Exception {
    assertThat(failure((r, k) -> k.fail(Errno.ENOBUFS)).is(Errno.ENOBUFS)).isTrue();
    assertThat(
            failure((r, k) -> k.say(message(Netlink.NLMSG_OVERRUN, 0, r.sequence(), PORT)))
                .is(Errno.ENOBUFS))
        .isTrue();
  }

  @Test
  void malformedDatagramIsReportedAndTheSocketGoesOn() throws Exception {
    ScriptedTransport kernel =
        ScriptedTransport.inTurn(
            (r, k) -> k.say(ByteBuffer.allocate(3)), (r, k) -> k.say(error(r, 0)));
    try (NetlinkSocket socket = kernel.socket()) {
      assertThatThrownBy(() -> socket.request(request()))
          .isInstanceOf(MalformedMessageException.class);
      assertThat(socket.request(request())).isEmpty();
    }
  }

  @Test
  void dumpOfSeveralDatagrams() throws Exception {
    ScriptedTransport kernel =
        new ScriptedTransport(
            (r, k) ->
                k.say(part(r, 0, (byte) 1), part(r, 0, (byte) 2))
                    .say(part(r, 0, (byte) 3))
                    .say(done(r, 0)));
    try (NetlinkSocket socket = kernel.socket()) {
      assertThat(socket.dump(request())).hasSize(3);
      assertThat(kernel.requests.get(0).flags())
          .isEqualTo(Netlink.NLM_F_REQUEST | Netlink.NLM_F_DUMP);
    }
  }

  @Test
  void overtakenDumpIsTriedAgain() throws Exception {
    ScriptedTransport kernel =
        ScriptedTransport.inTurn(
            (r, k) ->
                k.say(part(r, 0, (byte) 1))
                    .say(part(r, Netlink.NLM_F_DUMP_INTR, (byte) 2))
                    .say(done(r, 0)),
            (r, k) -> k.say(part(r, 0, (byte) 1)).say(done(r, Netlink.NLM_F_DUMP_INTR)),
            (r, k) -> k.say(part(r, 0, (byte) 1)).fail(Errno.ENOBUFS).say(done(r, 0)),
            (r, k) -> k.say(part(r, 0, (byte) 7), part(r, 0, (byte) 8), done(r, 0)));
    try (NetlinkSocket socket = kernel.socket()) {
      List<NetlinkMessage> parts = socket.dump(request());
      assertThat(parts).extracting(m -> m.payload().get(0)).containsExactly((byte) 7, (byte) 8);
      assertThat(kernel.requests).hasSize(4);
    }
  }

  @Test
  void dumpOvertakenTooOften() throws Exception {
    ScriptedTransport kernel =
        new ScriptedTransport((r, k) -> k.say(done(r, Netlink.NLM_F_DUMP_INTR)));
    try (NetlinkSocket socket = kernel.socket()) {
      assertThatThrownBy(() -> socket.dump(request()))
          .isInstanceOf(DumpInterruptedException.class)
          .hasMessageContaining("4 attempts");
      assertThat(kernel.requests).hasSize(4);
    }
  }

  @Test
  void dumpThatEndsInAnError() throws Exception {
    ScriptedTransport kernel =
        ScriptedTransport.inTurn(
            (r, k) -> k.say(error(r, -95)),
            (r, k) -> k.say(message(3, 2, r.sequence(), PORT, number(-19))),
            (r, k) -> k.say(message(3, 2, r.sequence(), PORT)));
    try (NetlinkSocket socket = kernel.socket()) {
      assertThatThrownBy(() -> socket.dump(request())).hasMessageContaining("EOPNOTSUPP");
      assertThatThrownBy(() -> socket.dump(request())).isInstanceOf(NoSuchDeviceException.class);
      assertThat(socket.dump(request())).isEmpty();
      assertThat(kernel.closed).isFalse();
    }
  }

  private static final class FailingReader implements DumpReader<Void> {
    private final RuntimeException failure;

    FailingReader(RuntimeException failure) {
      this.failure = failure;
    }

    @Override
    public void accept(NetlinkMessage message) throws NetlinkException {
      if (failure != null) {
        throw failure;
      }
      throw new MalformedMessageException("for the test");
    }

    @Override
    public Void finish() {
      throw new AssertionError("finished after a failure");
    }
  }

  @Test
  void restOfADumpIsReadWhenItsReaderFails() throws Exception {
    ScriptedTransport kernel =
        new ScriptedTransport(
            (r, k) -> k.say(part(r, 0, (byte) 1)).say(part(r, 0, (byte) 2)).say(done(r, 0)));
    try (NetlinkSocket socket = kernel.socket()) {
      assertThatThrownBy(() -> socket.dump(request(), () -> new FailingReader(null)))
          .isInstanceOf(MalformedMessageException.class);
      assertThatThrownBy(
              () -> socket.dump(request(), () -> new FailingReader(new IllegalStateException("x"))))
          .isInstanceOf(IllegalStateException.class);
      assertThat(socket.dump(request())).hasSize(2);
    }
  }

  /** Notes what became of it; gives up at a message with a payload of 9. */
  private static final class NotingReader implements DumpReader<String> {
    private final List<String> notes;

    NotingReader(List<String> notes) {
      this.notes = notes;
    }

    @Override
    public void accept(NetlinkMessage message) throws NetlinkException {
      byte number = message.payload().get(0);
      notes.add("accept " + number);
      if (number == 9) {
        throw new MalformedMessageException("for the test");
      }
    }

    @Override
    public String finish() throws NetlinkException {
      notes.add("finish");
      if (notes.contains("accept 8")) {
        throw new MalformedMessageException("no whole");
      }
      return "whole";
    }

    @Override
    public void discard() {
      notes.add("discard");
    }
  }

  @Test
  void readersOfWhichNothingComesAreToldSo() throws Exception {
    ScriptedTransport kernel =
        ScriptedTransport.inTurn(
            (r, k) ->
                k.say(part(r, 0, (byte) 1))
                    .say(part(r, Netlink.NLM_F_DUMP_INTR, (byte) 2), part(r, 0, (byte) 3))
                    .say(done(r, 0)),
            (r, k) -> k.say(part(r, 0, (byte) 4), done(r, 0)),
            (r, k) -> k.say(part(r, 0, (byte) 9), part(r, 0, (byte) 5), done(r, 0)),
            (r, k) -> k.say(part(r, 0, (byte) 8), done(r, 0)),
            (r, k) -> k.say(part(r, 0, (byte) 6)));
    List<String> notes = new ArrayList<>();
    try (NetlinkSocket socket = kernel.socket()) {
      assertThat(socket.dump(request(), () -> new NotingReader(notes))).isEqualTo("whole");
      assertThat(notes).containsExactly("accept 1", "discard", "accept 4", "finish");
      notes.clear();
      assertThatThrownBy(() -> socket.dump(request(), () -> new NotingReader(notes)))
          .hasMessageContaining("for the test");
      assertThat(notes).containsExactly("accept 9", "discard");
      notes.clear();
      assertThatThrownBy(() -> socket.dump(request(), () -> new NotingReader(notes)))
          .hasMessageContaining("no whole");
      assertThat(notes).containsExactly("accept 8", "finish", "discard");
      notes.clear();
      assertThatThrownBy(() -> socket.dump(request(), () -> new NotingReader(notes)))
          .hasMessageContaining("ETIMEDOUT");
      assertThat(notes).containsExactly("accept 6", "discard");
    }
    // What no reader saw none can wipe: messages 2 and 3 of the first dump, 5 of the third.
    assertThat(kernel.said.get(0).get(16)).isEqualTo((byte) 1);
    assertThat(kernel.said.get(1).get(16)).isZero();
    assertThat(kernel.said.get(1).get(36)).isZero();
    assertThat(kernel.said.get(4).get(16)).isEqualTo((byte) 9);
    assertThat(kernel.said.get(4).get(36)).isZero();
  }

  /** It would lose the rest of its own dump. */
  @Test
  void readersMayNotUseTheSocketThatDumps() throws Exception {
    ScriptedTransport kernel =
        new ScriptedTransport(
            (r, k) ->
                k.say(r.hasFlags(Netlink.NLM_F_DUMP) ? part(r, 0, (byte) 1) : error(r, 0))
                    .say(done(r, 0)));
    try (NetlinkSocket socket = kernel.socket()) {
      DumpReader<Void> curious =
          new DumpReader<>() {
            @Override
            public void accept(NetlinkMessage message) throws NetlinkException {
              socket.request(request());
            }

            @Override
            public Void finish() {
              return null;
            }
          };
      assertThatThrownBy(() -> socket.dump(request(), () -> curious))
          .isInstanceOf(IllegalStateException.class);
      assertThat(kernel.requests).hasSize(1);
      assertThat(socket.dump(request())).hasSize(1);
    }
  }

  @Test
  void unansweredDumpClosesTheSocket() throws Exception {
    ScriptedTransport kernel = new ScriptedTransport((r, k) -> k.say(part(r, 0, (byte) 1)));
    try (NetlinkSocket socket = kernel.socket()) {
      assertThatThrownBy(() -> socket.dump(request())).hasMessageContaining("ETIMEDOUT");
      assertThat(kernel.closed).isTrue();
      assertThatThrownBy(() -> socket.request(request())).hasMessageContaining("EBADF");
    }
  }

  @Test
  void oldKernelsLackOptions() throws Exception {
    ScriptedTransport kernel = new ScriptedTransport((r, k) -> k.say(error(r, 0)));
    kernel.refuseOptionsWith = Errno.ENOPROTOOPT.number();
    kernel.socket().close();
    kernel.refuseOptionsWith = Errno.EINVAL.number();
    assertThatThrownBy(kernel::socket).hasMessageContaining("EINVAL");
    assertThat(kernel.closed).isTrue();
    ScriptedTransport newer = new ScriptedTransport((r, k) -> {});
    newer.socket().close();
    assertThat(newer.options).containsExactly("270/11=1", "270/10=1", "270/12=1");
  }

  @Test
  void subscriptionGivesEventsOneByOne() throws Exception {
    ScriptedTransport kernel = new ScriptedTransport((r, k) -> {});
    kernel.say(message(20, 0, 0, 0), message(21, 0, 5, 99)).fail(Errno.ENOBUFS);
    kernel.sayFrom(12, message(22, 0, 0, 0)).say(message(23, 0, 0, 0));
    try (NetlinkSubscription events =
        NetlinkSubscription.builder(0).transport(kernel).groups(3, 40).open()) {
      assertThat(kernel.options).contains("270/1=3", "270/1=40");
      assertThat(events.next(Duration.ZERO).orElseThrow().type()).isEqualTo(20);
      assertThat(events.next(Duration.ZERO).orElseThrow().type()).isEqualTo(21);
      assertThatThrownBy(() -> events.next(Duration.ZERO)).isInstanceOf(EventsLostException.class);
      assertThat(events.next(Duration.ZERO).orElseThrow().type()).isEqualTo(23);
      assertThat(events.next(Duration.ZERO)).isEmpty();
    }
    assertThat(kernel.closed).isTrue();
  }
}
