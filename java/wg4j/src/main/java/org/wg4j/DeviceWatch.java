// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.netlink4j.NoSuchDeviceException;

/**
 * Looks at the devices of a client again and again, and tells what changed. The kernel's WireGuard
 * has no events of its own, so this polls; that interfaces come and go the kernel does tell, and a
 * client of {@link WireGuard#open()} looks at once when it hears so.
 *
 * <p>It has one daemon thread, which {@link #close()} ends. Close it before the client. It keeps no
 * secrets: that a pre-shared key changed is not noticed. Thread-safe.
 */
public final class DeviceWatch implements AutoCloseable {

  /** What ends the pause between two looks before its time. */
  interface Waker extends AutoCloseable {

    /**
     * Waits until something may have changed that the time is over for, or {@link #close()} is
     * called.
     */
    void await(Duration atMost) throws IOException;

    @Override
    void close();
  }

  private final WireGuard client;
  private final Duration interval;
  private final DeviceListener listener;
  private final Waker waker;
  private final Timer timer = new Timer();
  private final Thread thread;
  private Map<String, DeviceSnapshot> known;
  private volatile boolean closed;

  private DeviceWatch(WireGuard client, Duration interval, DeviceListener listener, Waker waker) {
    this.client = client;
    this.interval = interval;
    this.listener = listener;
    this.waker = waker;
    this.thread = new Thread(this::run, "wg4j watch");
    thread.setDaemon(true);
  }

  /** Takes the first look, with which the later ones are compared, and starts. */
  static DeviceWatch start(
      WireGuard client, Duration interval, DeviceListener listener, Waker waker)
      throws IOException {
    boolean started = false;
    try {
      if (interval.isZero() || interval.isNegative()) {
        throw new IllegalArgumentException("an interval must be positive: " + interval);
      }
      DeviceWatch watch = new DeviceWatch(client, interval, listener, waker);
      watch.known = watch.look();
      watch.thread.start();
      started = true;
      return watch;
    } finally {
      if (!started) {
        waker.close();
      }
    }
  }

  private Map<String, DeviceSnapshot> look() throws IOException {
    Map<String, DeviceSnapshot> seen = new LinkedHashMap<>();
    for (String name : client.deviceNames()) {
      try {
        seen.put(name, new DeviceSnapshot(client.device(name)));
      } catch (NoSuchDeviceException gone) {
        // It was there when the list was made; the next look will not find it either.
        continue;
      }
    }
    return seen;
  }

  private void run() {
    try {
      watch();
    } finally {
      // Also when the listener threw: then nobody may know that there is something to close.
      waker.close();
    }
  }

  private void watch() {
    while (!closed) {
      List<DeviceEvent> events = List.of();
      await();
      if (closed) {
        return;
      }
      try {
        Map<String, DeviceSnapshot> seen = look();
        events = changes(known, seen);
        known = seen;
      } catch (IOException e) {
        if (!closed) {
          listener.failed(e);
        }
      }
      if (!events.isEmpty() && !closed) {
        listener.changed(events);
      }
    }
  }

  private void await() {
    try {
      waker.await(interval);
    } catch (IOException e) {
      // Who cannot be woken still knows what time it is.
      if (!closed) {
        listener.failed(e);
      }
      timer.await(interval);
    }
  }

  private static List<DeviceEvent> changes(
      Map<String, DeviceSnapshot> before, Map<String, DeviceSnapshot> now) {
    List<DeviceEvent> events = new ArrayList<>();
    before.forEach(
        (name, device) -> {
          DeviceSnapshot later = now.get(name);
          if (later == null || device.isReplacedBy(later)) {
            events.addAll(device.going());
          }
        });
    now.forEach(
        (name, device) -> {
          DeviceSnapshot earlier = before.get(name);
          boolean same = earlier != null && !earlier.isReplacedBy(device);
          events.addAll(same ? earlier.changesTo(device) : device.coming());
        });
    return events;
  }

  /**
   * Ends the watch. When this returns its thread is gone and the listener is not called any more,
   * unless the listener itself calls this: then its thread ends when the listener returns.
   */
  @Override
  public void close() {
    closed = true;
    waker.close();
    timer.close();
    boolean interrupted = false;
    while (Thread.currentThread() != thread && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Only time ends the pause. */
  static final class Timer implements Waker {
    private boolean closed;

    @Override
    public synchronized void await(Duration atMost) {
      long end = System.nanoTime() + nanos(atMost);
      long left = end - System.nanoTime();
      while (!closed && left > 0) {
        try {
          // Round up: a wait of zero has no end.
          wait(left / 1_000_000 + 1);
        } catch (InterruptedException e) {
          // Nobody else knows this thread; it ends with close().
          continue;
        } finally {
          left = end - System.nanoTime();
        }
      }
    }

    private static long nanos(Duration duration) {
      try {
        return duration.toNanos();
      } catch (ArithmeticException centuries) {
        return Long.MAX_VALUE / 2;
      }
    }

    @Override
    public synchronized void close() {
      closed = true;
      notifyAll();
    }
  }
}
