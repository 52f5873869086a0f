// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.netlink4j.recording.ReplayTransport;
import org.netlink4j.transport.NetlinkChannel;
import org.netlink4j.transport.Transport;

/** The rules of java.util.concurrent.Flow, over recordings of events. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class EventPublisherTest {
  private static final int GROUP = 5;

  /** Recordings of a socket in a group; each step is an event's type, an errno below 0, or WAIT. */
  private static final int WAIT = 0;

  private static String recording(int sockets, int... steps) {
    StringBuilder text =
        new StringBuilder("netlink4j-recording 1 ")
            .append(
                ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
                    ? "little-endian\n"
                    : "big-endian\n");
    for (int socket = 1; socket <= sockets; socket++) {
      text.append("open ").append(socket).append(" protocol 0\n");
      for (int option : new int[] {11, 10, 12}) {
        text.append("option ").append(socket).append(" level 270 name ").append(option);
        text.append(" value 1\n");
      }
      text.append("option ").append(socket).append(" level 270 name 1 value " + GROUP + "\n");
      for (int step : steps) {
        if (step == WAIT) {
          text.append("closed ").append(socket).append('\n');
        } else if (step < 0) {
          text.append("receive ").append(socket).append(" failed ").append(-step).append('\n');
        } else {
          byte[] event = ScriptedTransport.message(step, 0, 0, 0).array();
          text.append("receive ").append(socket).append("\n ");
          text.append(HexFormat.of().formatHex(event)).append('\n');
        }
      }
    }
    return text.toString();
  }

  /** A replay that counts its open sockets. */
  private static final class Counting implements Transport {
    final ReplayTransport replay;
    final List<NetlinkChannel> open = new ArrayList<>();

    Counting(String text) throws IOException {
      replay = ReplayTransport.read(new StringReader(text), "events.nl");
    }

    @Override
    public String name() {
      return "counting";
    }

    @Override
    public synchronized NetlinkChannel open(int protocol, Optional<NetNamespace> namespace)
        throws NetlinkException {
      NetlinkChannel channel = replay.open(protocol, namespace);
      open.add(channel);
      return channel;
    }

    @Override
    public NamespaceHandle openNamespace(NetNamespace namespace) throws NetlinkException {
      return replay.openNamespace(namespace);
    }

    void assertAllClosed() {
      for (NetlinkChannel channel : open) {
        assertThatThrownBy(() -> channel.setOption(1, 2, 3))
            .isInstanceOf(NetlinkException.class)
            .hasMessageContaining("EBADF");
      }
    }
  }

  private static Flow.Publisher<NetlinkMessage> publisher(Transport transport) {
    return NetlinkSubscription.builder(Netlink.ROUTE)
        .transport(transport)
        .groups(GROUP)
        .publisher();
  }

  /** Notes what it gets, and does as the test says. */
  private static class Subscriber implements Flow.Subscriber<NetlinkMessage> {
    final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    final LinkedBlockingQueue<Integer> types = new LinkedBlockingQueue<>();
    final CompletableFuture<Throwable> error = new CompletableFuture<>();
    volatile Thread thread;

    @Override
    public void onSubscribe(Flow.Subscription given) {
      assertThat(subscription.complete(given)).isTrue();
    }

    @Override
    public void onNext(NetlinkMessage event) {
      thread = Thread.currentThread();
      types.add(event.type());
    }

    @Override
    public void onError(Throwable failure) {
      thread = Thread.currentThread();
      assertThat(error.complete(failure)).isTrue();
    }

    @Override
    public void onComplete() {
      throw new AssertionError("events never end");
    }

    int next() throws InterruptedException {
      Integer type = types.poll(5, TimeUnit.MINUTES);
      assertThat(type).as("an event, but " + error.getNow(null)).isNotNull();
      return type;
    }

    Throwable failure() throws Exception {
      return error.get(5, TimeUnit.MINUTES);
    }

    void awaitEnd() throws InterruptedException {
      thread.join();
    }
  }

  @Test
  void noEventIsTakenBeforeItIsRequested() throws Exception {
    Counting transport = new Counting(recording(1, 16, 17, 18, WAIT));
    Subscriber subscriber = new Subscriber();
    publisher(transport).subscribe(subscriber);
    Flow.Subscription subscription = subscriber.subscription.get();
    assertThatThrownBy(transport.replay::verifyFinished).hasMessageContaining("nor do 2 later");
    subscription.request(1);
    assertThat(subscriber.next()).isEqualTo(16);
    subscription.request(1);
    assertThat(subscriber.next()).isEqualTo(17);
    // The third is still the kernel's.
    assertThatThrownBy(transport.replay::verifyFinished)
        .hasMessageContaining("the program did not receive on socket 1")
        .hasMessageNotContaining("later");
    assertThat(subscriber.types).isEmpty();
    subscription.request(Long.MAX_VALUE);
    subscription.request(Long.MAX_VALUE);
    assertThat(subscriber.next()).isEqualTo(18);
    subscription.cancel();
    subscription.cancel();
    subscription.request(1);
    subscriber.awaitEnd();
    transport.assertAllClosed();
    transport.replay.verifyFinished();
    assertThat(subscriber.error).isNotDone();
  }

  @Test
  void cancellingEndsAWait() throws Exception {
    Counting transport = new Counting(recording(1, 16, WAIT));
    Subscriber subscriber = new Subscriber();
    publisher(transport).subscribe(subscriber);
    subscriber.subscription.get().request(2);
    assertThat(subscriber.next()).isEqualTo(16);
    subscriber.subscription.get().cancel();
    subscriber.awaitEnd();
    assertThat(subscriber.error).isNotDone();
    transport.assertAllClosed();
  }

  @Test
  void cancellingEndsAWaitForDemand() throws Exception {
    Counting transport = new Counting(recording(1, 16, WAIT));
    Subscriber subscriber = new Subscriber();
    publisher(transport).subscribe(subscriber);
    subscriber.subscription.get().request(1);
    assertThat(subscriber.next()).isEqualTo(16);
    subscriber.subscription.get().cancel();
    subscriber.awaitEnd();
    transport.assertAllClosed();
  }

  @Test
  void subscribersMayCancelFromWithin() throws Exception {
    Counting transport = new Counting(recording(2, 16, 17, WAIT));
    Subscriber atOnce =
        new Subscriber() {
          @Override
          public void onSubscribe(Flow.Subscription given) {
            super.onSubscribe(given);
            given.request(5);
            given.cancel();
          }
        };
    publisher(transport).subscribe(atOnce);
    transport.assertAllClosed();
    Subscriber afterOne =
        new Subscriber() {
          @Override
          public void onNext(NetlinkMessage event) {
            super.onNext(event);
            subscription.join().cancel();
          }
        };
    publisher(transport).subscribe(afterOne);
    afterOne.subscription.get().request(5);
    assertThat(afterOne.next()).isEqualTo(16);
    afterOne.awaitEnd();
    assertThat(afterOne.types).isEmpty();
    assertThat(atOnce.types).isEmpty();
    assertThat(atOnce.error).isNotDone();
    transport.assertAllClosed();
  }

  @Test
  void eachSubscriberHasASocket() throws Exception {
    Counting transport = new Counting(recording(2, 16, WAIT));
    Flow.Publisher<NetlinkMessage> publisher = publisher(transport);
    Subscriber one = new Subscriber();
    Subscriber two = new Subscriber();
    publisher.subscribe(one);
    publisher.subscribe(two);
    assertThat(transport.open).hasSize(2);
    for (Subscriber subscriber : List.of(two, one)) {
      subscriber.subscription.get().request(1);
      assertThat(subscriber.next()).isEqualTo(16);
      subscriber.subscription.get().cancel();
    }
    one.awaitEnd();
    two.awaitEnd();
    transport.assertAllClosed();
    transport.replay.verifyFinished();
  }

  @Test
  void aBadRequestIsAnError() throws Exception {
    for (long bad : new long[] {0, -1, Long.MIN_VALUE}) {
      for (boolean waiting : new boolean[] {false, true}) {
        Counting transport = new Counting(recording(1, 16, WAIT));
        Subscriber subscriber = new Subscriber();
        publisher(transport).subscribe(subscriber);
        subscriber.subscription.get().request(waiting ? 2 : 1);
        assertThat(subscriber.next()).isEqualTo(16);
        subscriber.subscription.get().request(bad);
        assertThat(subscriber.failure())
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(Long.toString(bad));
        subscriber.awaitEnd();
        transport.assertAllClosed();
      }
    }
  }

  @Test
  void lostEventsEndIt() throws Exception {
    Counting transport = new Counting(recording(1, 16, -Errno.ENOBUFS.number(), 17));
    CompletableFuture<Void> closedBefore = new CompletableFuture<>();
    Subscriber subscriber =
        new Subscriber() {
          @Override
          public void onError(Throwable failure) {
            closedBefore.complete(null);
            transport.assertAllClosed();
            super.onError(failure);
          }
        };
    publisher(transport).subscribe(subscriber);
    subscriber.subscription.get().request(10);
    assertThat(subscriber.next()).isEqualTo(16);
    assertThat(subscriber.failure()).isInstanceOf(EventsLostException.class);
    assertThat(closedBefore).isCompleted();
    subscriber.awaitEnd();
    assertThat(subscriber.types).isEmpty();
  }

  @Test
  void whatFailsToOpenIsAnError() throws Exception {
    Counting transport =
        new Counting(
            recording(0) + "open failed " + Errno.EPROTONOSUPPORT.number() + " protocol 0\n");
    Subscriber subscriber = new Subscriber();
    publisher(transport).subscribe(subscriber);
    assertThat(subscriber.subscription).isDone();
    subscriber.subscription.get().request(1);
    subscriber.subscription.get().cancel();
    assertThat(subscriber.failure()).hasMessageContaining("EPROTONOSUPPORT");
    assertThatThrownBy(() -> publisher(transport).subscribe(null))
        .isInstanceOf(NullPointerException.class);
  }

  @Test
  void aSubscriberThatThrowsHasCancelled() throws Exception {
    Counting transport = new Counting(recording(2, 16, 17, WAIT));
    CountDownLatch handled = new CountDownLatch(1);
    Subscriber failing =
        new Subscriber() {
          @Override
          public void onNext(NetlinkMessage event) {
            super.onNext(event);
            Thread.currentThread().setUncaughtExceptionHandler((t, e) -> handled.countDown());
            throw new IllegalStateException("the subscriber's own");
          }
        };
    publisher(transport).subscribe(failing);
    failing.subscription.get().request(5);
    assertThat(failing.next()).isEqualTo(16);
    assertThat(handled.await(5, TimeUnit.MINUTES)).isTrue();
    failing.awaitEnd();
    assertThat(failing.types).isEmpty();
    assertThat(failing.error).isNotDone();
    Subscriber refusing =
        new Subscriber() {
          @Override
          public void onSubscribe(Flow.Subscription given) {
            throw new IllegalStateException("not me");
          }
        };
    assertThatThrownBy(() -> publisher(transport).subscribe(refusing)).hasMessage("not me");
    transport.assertAllClosed();
  }

  /** A subscription is what its builder was when the publisher was made. */
  @Test
  void laterChangesOfTheBuilderDoNotMatter() throws Exception {
    Counting transport = new Counting(recording(1, 16, WAIT));
    NetlinkSubscription.Builder builder =
        NetlinkSubscription.builder(Netlink.ROUTE).transport(transport).groups(GROUP);
    Flow.Publisher<NetlinkMessage> publisher = builder.publisher();
    builder.groups(GROUP + 1).namespace(NetNamespace.named("elsewhere"));
    Subscriber subscriber = new Subscriber();
    publisher.subscribe(subscriber);
    subscriber.subscription.get().request(1);
    assertThat(subscriber.next()).isEqualTo(16);
    subscriber.subscription.get().cancel();
    subscriber.awaitEnd();
  }
}
