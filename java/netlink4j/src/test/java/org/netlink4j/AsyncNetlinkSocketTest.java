// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.netlink4j.ScriptedTransport.done;
import static org.netlink4j.ScriptedTransport.error;
import static org.netlink4j.ScriptedTransport.part;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 10, unit = TimeUnit.MINUTES)
class AsyncNetlinkSocketTest {
  private static final int DUMP = 26;

  /** Answers each request with its own type, and each dump with two parts. */
  private final ScriptedTransport kernel =
      new ScriptedTransport(
          (r, k) -> {
            if (r.type() == DUMP) {
              k.say(part(r, 0, (byte) 1)).say(part(r, 0, (byte) 2), done(r, 0));
            } else if (r.type() == 40) {
              k.say(error(r, -Errno.ENODEV.number()));
            } else {
              k.say(ScriptedTransport.message(r.type(), 0, r.sequence(), ScriptedTransport.PORT));
              k.say(error(r, 0));
            }
          });

  private static MessageBuilder request(int type) {
    return MessageBuilder.of(type, 0);
  }

  private AsyncNetlinkSocket async() throws NetlinkException {
    return AsyncNetlinkSocket.over(kernel.socket());
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(5, TimeUnit.MINUTES);
  }

  /** Holds the socket's thread until the latch is counted down. */
  private static CompletableFuture<Void> hold(AsyncNetlinkSocket async, CountDownLatch latch)
      throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    CompletableFuture<Void> holding =
        async.call(
            socket -> {
              held.countDown();
              try {
                latch.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              return null;
            });
    held.await();
    return holding;
  }

  @Test
  void exchangesFollowOneAnother() throws Exception {
    try (AsyncNetlinkSocket async = async()) {
      CountDownLatch latch = new CountDownLatch(1);
      hold(async, latch);
      List<CompletableFuture<List<NetlinkMessage>>> all = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        all.add(async.request(request(50 + i)));
      }
      CompletableFuture<List<NetlinkMessage>> dump = async.dump(request(DUMP));
      assertThat(all).noneMatch(CompletableFuture::isDone);
      assertThat(kernel.requests).isEmpty();
      latch.countDown();
      for (int i = 0; i < 5; i++) {
        assertThat(get(all.get(i))).extracting(NetlinkMessage::type).containsExactly(50 + i);
      }
      assertThat(get(dump)).hasSize(2);
      assertThat(kernel.requests)
          .extracting(NetlinkMessage::type)
          .containsExactly(50, 51, 52, 53, 54, DUMP);
      assertThat(get(async.call(NetlinkSocket::portId))).isEqualTo(ScriptedTransport.PORT);
    }
    assertThat(kernel.closed).isTrue();
  }

  @Test
  void futuresFailAsTheBlockingMethodsDo() throws Exception {
    try (AsyncNetlinkSocket async = async()) {
      assertThatThrownBy(() -> get(async.request(request(40))))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(NoSuchDeviceException.class);
      assertThatThrownBy(
              () ->
                  get(
                      async.call(
                          socket -> {
                            throw new AssertionError("of the caller");
                          })))
          .hasRootCauseMessage("of the caller");
      assertThat(get(async.request(request(50)))).hasSize(1);
    }
  }

  @Test
  void cancelledRequestIsNotSent() throws Exception {
    try (AsyncNetlinkSocket async = async()) {
      CountDownLatch latch = new CountDownLatch(1);
      hold(async, latch);
      CompletableFuture<List<NetlinkMessage>> unwanted = async.request(request(50));
      CompletableFuture<List<NetlinkMessage>> wanted = async.request(request(51));
      assertThat(unwanted.cancel(true)).isTrue();
      latch.countDown();
      assertThat(get(wanted)).hasSize(1);
      assertThat(kernel.requests).extracting(NetlinkMessage::type).containsExactly(51);
      assertThatThrownBy(() -> get(unwanted)).isInstanceOf(CancellationException.class);
    }
  }

  /** Takes in what comes, and waits at one message for the test. */
  private static final class SlowReader implements DumpReader<Integer> {
    private final int waitsAt;
    volatile boolean discarded;
    final CountDownLatch started = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    final AtomicInteger seen = new AtomicInteger();

    /** A reader that waits at the first message. */
    SlowReader() {
      this(1);
    }

    SlowReader(int waitsAt) {
      this.waitsAt = waitsAt;
    }

    @Override
    public void accept(NetlinkMessage message) {
      if (seen.incrementAndGet() != waitsAt) {
        return;
      }
      started.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public Integer finish() {
      return seen.get();
    }

    @Override
    public void discard() {
      discarded = true;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void cancelledDumpIsReadToItsEndForNobody(int message) throws Exception {
    try (AsyncNetlinkSocket async = async()) {
      SlowReader slow = new SlowReader(message);
      CompletableFuture<Integer> dump = async.dump(request(DUMP), () -> slow);
      slow.started.await();
      dump.cancel(false);
      slow.goOn.countDown();
      // The next dump on this socket works, and the first was not handed on.
      SlowReader second = new SlowReader();
      second.goOn.countDown();
      assertThat(get(async.dump(request(DUMP), () -> second))).isEqualTo(2);
      assertThat(slow.seen).hasValue(message);
      assertThat(slow.discarded).isTrue();
      assertThat(second.discarded).isFalse();
    }
  }

  @Test
  void cancelledDumpIsNotTriedAgain() throws Exception {
    SlowReader slow = new SlowReader();
    ScriptedTransport changing =
        new ScriptedTransport(
            (r, k) ->
                k.say(part(r, 0, (byte) 1))
                    .say(part(r, Netlink.NLM_F_DUMP_INTR, (byte) 2), done(r, 0)));
    try (AsyncNetlinkSocket async = AsyncNetlinkSocket.over(changing.socket())) {
      CompletableFuture<Integer> dump = async.dump(request(DUMP), () -> slow);
      slow.started.await();
      dump.cancel(false);
      slow.goOn.countDown();
      get(async.call(socket -> null));
      assertThat(changing.requests).hasSize(1);
    }
  }

  @Test
  void closingFailsWhatWaits() throws Exception {
    AsyncNetlinkSocket async = async();
    CountDownLatch latch = new CountDownLatch(1);
    CompletableFuture<Void> running = hold(async, latch);
    CompletableFuture<List<NetlinkMessage>> waiting = async.request(request(50));
    async.close();
    async.close();
    latch.countDown();
    get(running);
    assertThatThrownBy(() -> get(waiting)).hasMessageContaining("EBADF");
    assertThatThrownBy(() -> get(async.request(request(50))))
        .hasRootCauseInstanceOf(NetlinkException.class)
        .hasMessageContaining("the socket is closed");
    assertThat(kernel.requests).isEmpty();
  }

  @Test
  void onlySoManyMayWait() throws Exception {
    try (AsyncNetlinkSocket async = async()) {
      CountDownLatch latch = new CountDownLatch(1);
      hold(async, latch);
      List<CompletableFuture<Integer>> all = new ArrayList<>();
      for (int i = 0; i < AsyncNetlinkSocket.MAX_WAITING; i++) {
        int number = i;
        all.add(async.call(socket -> number));
      }
      CompletableFuture<Integer> tooMany = async.call(socket -> -1);
      assertThat(tooMany).isCompletedExceptionally();
      assertThatThrownBy(() -> get(tooMany))
          .hasMessageContaining("EAGAIN")
          .hasMessageContaining("10000");
      latch.countDown();
      for (int i = 0; i < all.size(); i++) {
        assertThat(get(all.get(i))).isEqualTo(i);
      }
    }
  }
}
