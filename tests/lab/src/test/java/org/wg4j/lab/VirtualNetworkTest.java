// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The switch, with ports that only remember. */
class VirtualNetworkTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int BROADCAST = 0xff;

  private final VirtualNetwork network = VirtualNetwork.create(42);
  private final FakePort a = new FakePort("a");
  private final FakePort b = new FakePort("b");
  private final FakePort c = new FakePort("c");

  private static final class FakePort extends Port {
    private final String name;
    private final List<byte[]> received = new ArrayList<>();

    FakePort(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    synchronized void deliver(byte[] frame) {
      received.add(frame);
      notifyAll();
    }

    synchronized List<Integer> numbers() {
      return received.stream().map(frame -> (frame[14] & 0xff) << 8 | frame[15] & 0xff).toList();
    }

    synchronized List<Integer> awaitNumbers(int count) throws InterruptedException {
      long deadline = System.nanoTime() + LONG.toNanos();
      while (received.size() < count && System.nanoTime() < deadline) {
        wait(100);
      }
      return numbers();
    }
  }

  @AfterEach
  void close() {
    network.close();
  }

  private void plugAll() {
    network.plug(a);
    network.plug(b);
    network.plug(c);
  }

  private static byte[] frame(int to, int from, int number) {
    byte[] frame = new byte[60];
    frame[0] = (byte) (to == BROADCAST ? 0xff : 2);
    frame[5] = (byte) to;
    frame[6] = 2;
    frame[11] = (byte) from;
    frame[12] = (byte) 0x88;
    frame[13] = (byte) 0xb5;
    frame[14] = (byte) (number >> 8);
    frame[15] = (byte) number;
    return frame;
  }

  @Test
  void floodsUntilItKnowsTheAddress() {
    plugAll();
    a.send(frame(2, 1, 10));
    assertThat(b.numbers()).containsExactly(10);
    assertThat(c.numbers()).containsExactly(10);
    b.send(frame(1, 2, 11));
    assertThat(a.numbers()).containsExactly(11);
    assertThat(c.numbers()).containsExactly(10);
    a.send(frame(2, 1, 12));
    assertThat(b.numbers()).containsExactly(10, 12);
    assertThat(c.numbers()).containsExactly(10);
    a.send(frame(BROADCAST, 1, 13));
    assertThat(c.numbers()).containsExactly(10, 13);
  }

  @Test
  void forgetsAnAddressWithItsPort() {
    plugAll();
    b.send(frame(BROADCAST, 2, 1));
    network.unplug(b);
    a.send(frame(2, 1, 2));
    assertThat(b.numbers()).isEmpty();
    assertThat(c.numbers()).containsExactly(1, 2);
    network.plug(b);
    a.send(frame(2, 1, 3));
    assertThat(b.numbers()).containsExactly(3);
  }

  @Test
  void aPortIsInOneNetworkAtATime() {
    network.plug(a);
    network.plug(a);
    try (VirtualNetwork other = VirtualNetwork.create()) {
      assertThatIllegalStateException().isThrownBy(() -> other.plug(a));
      a.unplug();
      other.plug(a);
    }
    network.plug(a);
    network.plug(b);
    a.send(frame(BROADCAST, 1, 1));
    assertThat(b.numbers()).containsExactly(1);
    network.close();
    a.send(frame(BROADCAST, 1, 2));
    assertThat(b.numbers()).containsExactly(1);
    assertThatIllegalStateException().isThrownBy(() -> network.plug(a));
  }

  @Test
  void losesAllOrNothingOrAShareThatFollowsFromTheSeed() {
    plugAll();
    network.impair(Impairment.none().withLoss(1));
    a.send(frame(BROADCAST, 1, 1));
    assertThat(b.numbers()).isEmpty();
    network.impair(Impairment.none());
    a.send(frame(BROADCAST, 1, 2));
    assertThat(b.numbers()).containsExactly(2);

    List<Integer> first = survivorsOf(7);
    assertThat(first).hasSizeBetween(600, 800).isEqualTo(survivorsOf(7));
    assertThat(first).isNotEqualTo(survivorsOf(8));
  }

  private static List<Integer> survivorsOf(long seed) {
    FakePort from = new FakePort("from");
    FakePort to = new FakePort("to");
    try (VirtualNetwork lossy = VirtualNetwork.create(seed)) {
      lossy.plug(from);
      lossy.plug(to);
      lossy.impair(Impairment.none().withLoss(0.3));
      for (int i = 0; i < 1000; i++) {
        from.send(frame(BROADCAST, 1, i));
      }
      assertThat(lossy.counters().lost()).isEqualTo(1000 - to.numbers().size());
      return to.numbers();
    }
  }

  @Test
  void impairsOneDirectionOnly() {
    plugAll();
    network.impair(a, Impairment.none().withLoss(1));
    a.send(frame(BROADCAST, 1, 1));
    b.send(frame(BROADCAST, 2, 2));
    assertThat(b.numbers()).isEmpty();
    assertThat(a.numbers()).containsExactly(2);
    network.unplug(c);
    assertThatIllegalArgumentException().isThrownBy(() -> network.impair(c, Impairment.none()));
  }

  @Test
  void delaysWithoutReordering() throws InterruptedException {
    plugAll();
    Duration delay = Duration.ofMillis(100);
    network.impair(Impairment.none().withDelay(delay));
    long start = System.nanoTime();
    for (int i = 0; i < 200; i++) {
      a.send(frame(BROADCAST, 1, i));
    }
    assertThat(b.awaitNumbers(200)).isEqualTo(IntStream.range(0, 200).boxed().toList());
    // At least the delay: how much more is the host's affair.
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(delay.toNanos());
  }

  @Test
  void jitterReordersAndLosesNothing() throws InterruptedException {
    plugAll();
    network.impair(Impairment.none().withJitter(Duration.ofMillis(200)));
    for (int i = 0; i < 300; i++) {
      a.send(frame(BROADCAST, 1, i));
    }
    List<Integer> arrived = b.awaitNumbers(300);
    List<Integer> sent = IntStream.range(0, 300).boxed().toList();
    assertThat(arrived).containsExactlyInAnyOrderElementsOf(sent).isNotEqualTo(sent);
  }

  @Test
  void duplicates() {
    plugAll();
    network.impair(Impairment.none().withDuplicate(1));
    a.send(frame(BROADCAST, 1, 5));
    assertThat(b.numbers()).containsExactly(5, 5);
    assertThat(network.counters()).isEqualTo(new NetworkCounters(1, 4, 0, 0, 1));
  }

  @Test
  void tapsSeeWhatIsLostToo() {
    plugAll();
    network.impair(Impairment.none().withLoss(1));
    try (FrameTap tap = network.tap()) {
      a.send(frame(BROADCAST, 1, 1));
      assertThat(tap.frames()).hasSize(1);
      assertThat(tap.await(frame -> frame.from().equals("a"), LONG).etherType()).isEqualTo(0x88b5);
      assertThatThrownBy(() -> tap.await(frame -> false, Duration.ofMillis(20)))
          .isInstanceOf(AssertionError.class);
      tap.clear();
      assertThat(tap.frames()).isEmpty();
    }
  }

  @Test
  void aTapAwaitsAFrameOfAnotherThread() throws InterruptedException {
    plugAll();
    FrameTap tap = network.tap();
    Thread sender = new Thread(() -> IntStream.range(0, 50).forEach(i -> a.send(frame(2, 1, i))));
    sender.start();
    assertThat(tap.await(frame -> frame.bytes()[15] == 49, LONG).from()).isEqualTo("a");
    sender.join();
    tap.close();
    a.send(frame(2, 1, 50));
    assertThat(tap.frames()).hasSize(50);
  }

  @Test
  void dropsByRuleUntilTheRuleIsClosed() {
    plugAll();
    try (FrameDrop drop = network.drop(frame -> frame.bytes()[15] == 2)) {
      a.send(frame(BROADCAST, 1, 1));
      a.send(frame(BROADCAST, 1, 2));
      assertThat(drop.count()).isEqualTo(1);
    }
    a.send(frame(BROADCAST, 1, 2));
    assertThat(b.numbers()).containsExactly(1, 2);
    assertThat(network.counters().dropped()).isEqualTo(1);
  }

  @Test
  void injectsToOnePort() {
    plugAll();
    network.inject(frame(2, 9, 7), b);
    assertThat(b.numbers()).containsExactly(7);
    assertThat(c.numbers()).isEmpty();
    network.unplug(b);
    assertThatIllegalArgumentException().isThrownBy(() -> network.inject(frame(2, 9, 7), b));
  }

  @Test
  void ignoresWhatIsNoFrame() {
    plugAll();
    a.send(new byte[0]);
    a.send(new byte[13]);
    assertThat(b.numbers()).isEmpty();
  }

  @Test
  void findsUdpInFrames() {
    Frame.Udp udp =
        parse("0800", "45000020" + "00004000" + "40110000", "0a000001", "0a000002")
            .udp()
            .orElseThrow();
    assertThat(udp.source().getHostAddress()).isEqualTo("10.0.0.1");
    assertThat(udp.destination().getHostAddress()).isEqualTo("10.0.0.2");
    assertThat(udp.sourcePort()).isEqualTo(51820);
    assertThat(udp.destinationPort()).isEqualTo(1234);
    assertThat(udp.payload()).containsExactly(1, 2, 3, 4);

    String six = "60000000" + "000c1140";
    String left = "fd000000000000000000000000000001";
    String right = "fd000000000000000000000000000002";
    assertThat(parse("86dd", six, left, right).udpPayload()).contains(new byte[] {1, 2, 3, 4});
  }

  @Test
  void findsNoUdpInWhatIsNone() {
    // A fragment, another protocol, another EtherType, a header longer than the frame, no frame.
    assertThat(parse("0800", "45000020" + "00002000" + "40110000", "0a000001", "0a000002").udp())
        .isEmpty();
    assertThat(parse("0800", "45000020" + "00000001" + "40110000", "0a000001", "0a000002").udp())
        .isEmpty();
    assertThat(parse("0800", "45000020" + "00000000" + "40060000", "0a000001", "0a000002").udp())
        .isEmpty();
    assertThat(parse("0806", "45000020" + "00000000" + "40110000", "0a000001", "0a000002").udp())
        .isEmpty();
    assertThat(parse("0800", "4f000020" + "00000000" + "40110000", "0a000001", "0a000002").udp())
        .isEmpty();
    assertThat(new Frame("a", new byte[3]).etherType()).isEqualTo(-1);
    assertThat(new Frame("a", HexFormat.of().parseHex("00".repeat(12) + "86dd")).udp()).isEmpty();
  }

  private static Frame parse(String etherType, String ip, String source, String destination) {
    String udp = "ca6c" + "04d2" + "000c" + "0000" + "01020304";
    return new Frame(
        "a",
        HexFormat.of().parseHex("00".repeat(12) + etherType + ip + source + destination + udp));
  }
}
