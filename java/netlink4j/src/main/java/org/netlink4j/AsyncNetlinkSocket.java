// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A {@link NetlinkSocket} whose exchanges are futures. Anything that can be done with a socket can
 * be done so:
 *
 * <pre>{@code
 * try (AsyncNetlinkSocket async = AsyncNetlinkSocket.over(NetlinkSocket.open(Netlink.ROUTE))) {
 *   CompletableFuture<List<Link>> links =
 *       async.call(socket -> RouteNetlink.over(socket).links());
 *   CompletableFuture<List<Route>> routes =
 *       async.call(socket -> RouteNetlink.over(socket).routes(IpFamily.IPV4));
 *   links.thenCombine(routes, Overview::new).thenAccept(System.out::println).join();
 * }
 * }</pre>
 *
 * <p>The kernel answers a socket's requests one after the other, so one daemon thread does the
 * exchanges, in the order in which they were asked for. It is started when there is something to
 * do, ends after some idle seconds, and completes the futures: what is chained to one without
 * {@code Async} in the method's name must not block.
 *
 * <p>A future fails with what the blocking method would throw, most often a {@link
 * NetlinkException}. Cancelling one that waits keeps its request from being sent. One that is under
 * way cannot be called back: its outcome is dropped, the rest of its dump read and discarded, and
 * the socket remains usable.
 *
 * <p>Thread-safe. A message must not be changed until its future is done.
 */
public final class AsyncNetlinkSocket implements AutoCloseable {
  /** How many exchanges may wait; with more, {@code EAGAIN}. */
  public static final int MAX_WAITING = 10_000;

  private static final long IDLE_SECONDS = 10;

  /**
   * Something to do with a socket.
   *
   * @param <T> what comes of it
   */
  public interface Exchange<T> {
    /** Does it, blocking as long as it takes. */
    T with(NetlinkSocket socket) throws NetlinkException;
  }

  private final NetlinkSocket socket;
  private final ThreadPoolExecutor executor;

  private AsyncNetlinkSocket(NetlinkSocket socket) {
    this.socket = Objects.requireNonNull(socket);
    this.executor =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING),
            task -> {
              Thread thread = new Thread(task, "netlink4j-async");
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  /** Uses a socket, which is closed with this. Others may use it too, and take turns with this. */
  public static AsyncNetlinkSocket over(NetlinkSocket socket) {
    return new AsyncNetlinkSocket(socket);
  }

  /** Does something with the socket. */
  public <T> CompletableFuture<T> call(Exchange<T> exchange) {
    Objects.requireNonNull(exchange);
    return submit(future -> exchange);
  }

  /** Sends a request and waits for its acknowledgement. See {@link NetlinkSocket#request}. */
  public CompletableFuture<List<NetlinkMessage>> request(MessageBuilder message) {
    Objects.requireNonNull(message);
    return call(s -> s.request(message));
  }

  /** Asks for everything. See {@link NetlinkSocket#dump(MessageBuilder)}. */
  public CompletableFuture<List<NetlinkMessage>> dump(MessageBuilder message) {
    Objects.requireNonNull(message);
    return call(s -> s.dump(message));
  }

  /**
   * Asks for everything and hands the answer to a reader, on this socket's thread. See {@link
   * NetlinkSocket#dump(MessageBuilder, Supplier)}.
   */
  public <R> CompletableFuture<R> dump(
      MessageBuilder message, Supplier<? extends DumpReader<R>> readers) {
    Objects.requireNonNull(message);
    Objects.requireNonNull(readers);
    return submit(
        future ->
            s ->
                s.dump(
                    message,
                    () -> {
                      requireWanted(future);
                      return new WantedReader<>(readers.get(), future);
                    }));
  }

  private static void requireWanted(CompletableFuture<?> future) {
    if (future.isDone()) {
      throw new CancellationException();
    }
  }

  /** A reader that gives up when nobody waits for what it reads. */
  private record WantedReader<R>(DumpReader<R> reader, CompletableFuture<R> future)
      implements DumpReader<R> {
    @Override
    public void accept(NetlinkMessage message) throws NetlinkException {
      requireWanted(future);
      reader.accept(message);
    }

    @Override
    public R finish() throws NetlinkException {
      requireWanted(future);
      return reader.finish();
    }

    @Override
    public void discard() {
      reader.discard();
    }
  }

  private <T> CompletableFuture<T> submit(Function<CompletableFuture<T>, Exchange<T>> exchange) {
    CompletableFuture<T> future = new CompletableFuture<>();
    try {
      executor.execute(
          () -> {
            if (future.isDone()) {
              return;
            }
            try {
              future.complete(exchange.apply(future).with(socket));
            } catch (NetlinkException | RuntimeException | Error e) {
              future.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException e) {
      Errno why = executor.isShutdown() ? Errno.EBADF : Errno.EAGAIN;
      String text = why == Errno.EBADF ? "the socket is closed" : MAX_WAITING + " others wait";
      future.completeExceptionally(
          new NetlinkException("exchange netlink messages (" + text + ")", why.number()));
    }
    return future;
  }

  /**
   * Closes the socket. Closing twice is harmless. Exchanges that are under way or wait fail with
   * {@code EBADF}, on the thread that does exchanges, perhaps after this returns.
   */
  @Override
  public void close() {
    socket.close();
    executor.shutdown();
  }
}
