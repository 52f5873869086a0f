// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * A switch that joins machines, and does to their frames what a test wants: loss, delay,
 * reordering, duplicates, by chance from a seed or by rule. Thread-safe.
 *
 * <p>It learns addresses as a switch does, so that a machine sees what is meant for it and what is
 * meant for all. Without delay a frame is handed over at once and order is kept; with a constant
 * delay order is kept too.
 */
public final class VirtualNetwork implements AutoCloseable {
  private static final int ADDRESS_LENGTH = 6;
  private static final int FRAME_MIN = 14;

  /** A frame on its way. Frames due at the same time keep their order. */
  private record InFlight(long due, long number, Port to, byte[] frame) implements Delayed {
    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      InFlight that = (InFlight) other;
      int byTime = Long.compare(due - that.due, 0);
      return byTime != 0 ? byTime : Long.compare(number, that.number);
    }
  }

  /** A plugged port: its own chances, so that they do not depend on what others send meanwhile. */
  private static final class Plug {
    final Port port;
    final SplittableRandom random;
    volatile Impairment impairment;

    Plug(Port port, SplittableRandom random, Impairment impairment) {
      this.port = port;
      this.random = random;
      this.impairment = impairment;
    }
  }

  private final long seed;
  private final List<Plug> plugs = new CopyOnWriteArrayList<>();
  private final Map<Long, Port> addresses = new ConcurrentHashMap<>();
  private final List<FrameTap> taps = new CopyOnWriteArrayList<>();
  private final List<FrameDrop> drops = new CopyOnWriteArrayList<>();
  private final DelayQueue<InFlight> inFlight = new DelayQueue<>();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong duplicated = new AtomicLong();
  private final Thread courier;
  private int plugCount;
  private Impairment impairment = Impairment.none();
  private volatile boolean closed;

  private VirtualNetwork(long seed) {
    this.seed = seed;
    courier = new Thread(this::carry, "lab-network");
    courier.setDaemon(true);
    courier.start();
  }

  /** A perfect network with a fixed seed. */
  public static VirtualNetwork create() {
    return create(1);
  }

  /**
   * A perfect network; what chance decides later follows from the seed and the order of plugging.
   */
  public static VirtualNetwork create(long seed) {
    return new VirtualNetwork(seed);
  }

  /**
   * Connects a port. One that is connected here already stays so.
   *
   * @throws IllegalStateException if it is plugged into another network, or this one is closed
   */
  public synchronized void plug(Port port) {
    if (closed) {
      throw new IllegalStateException("the network is closed");
    }
    port.attach(this);
    if (plugOf(port) == null) {
      // Far apart even for neighbouring seeds and numbers, as SplittableRandom mixes them.
      SplittableRandom random = new SplittableRandom(seed * 1_000_003 + plugCount++);
      plugs.add(new Plug(port, random, impairment));
    }
  }

  /** Disconnects a port; frames already on their way to it are lost. */
  public synchronized void unplug(Port port) {
    plugs.removeIf(plug -> plug.port == port);
    addresses.values().removeIf(known -> known == port);
    port.detach(this);
  }

  /** Sets what happens to the frames of all ports, now plugged or later. */
  public synchronized void impair(Impairment all) {
    impairment = all;
    plugs.forEach(plug -> plug.impairment = all);
  }

  /**
   * Sets what happens to the frames that one port sends.
   *
   * @throws IllegalArgumentException if it is not plugged in here
   */
  public synchronized void impair(Port from, Impairment forItsFrames) {
    Plug plug = plugOf(from);
    if (plug == null) {
      throw new IllegalArgumentException(from + " is not plugged in");
    }
    plug.impairment = forItsFrames;
  }

  /** Starts a capture. */
  public FrameTap tap() {
    FrameTap tap = new FrameTap(this);
    taps.add(tap);
    return tap;
  }

  /**
   * Loses every frame that the predicate takes, until the result is closed. The predicate is called
   * by the threads of the sending machines, so it must be thread-safe and quick.
   */
  public FrameDrop drop(Predicate<Frame> victims) {
    FrameDrop drop = new FrameDrop(this, victims);
    drops.add(drop);
    return drop;
  }

  /** Hands a frame to one port at once, as if another port had sent it; no capture shows it. */
  public void inject(byte[] frame, Port to) {
    if (plugOf(to) == null) {
      throw new IllegalArgumentException(to + " is not plugged in");
    }
    sent.incrementAndGet();
    delivered.incrementAndGet();
    to.deliver(frame.clone());
  }

  /** What it has done so far. */
  public NetworkCounters counters() {
    return new NetworkCounters(
        sent.get(), delivered.get(), lost.get(), dropped.get(), duplicated.get());
  }

  /** Takes a frame that a port sends; called by that port's one thread. */
  void receive(Port from, byte[] bytes) {
    Plug plug = plugOf(from);
    if (plug == null || bytes.length < FRAME_MIN) {
      return;
    }
    sent.incrementAndGet();
    Frame frame = new Frame(from.name(), bytes);
    taps.forEach(tap -> tap.add(frame));
    learn(from, bytes);
    for (FrameDrop drop : drops) {
      if (drop.takes(frame)) {
        dropped.incrementAndGet();
        return;
      }
    }
    Impairment now = plug.impairment;
    // The port's own thread is the only one to draw, so that a draw needs no lock.
    if (now.loss() > 0 && plug.random.nextDouble() < now.loss()) {
      lost.incrementAndGet();
      return;
    }
    int copies = 1;
    if (now.duplicate() > 0 && plug.random.nextDouble() < now.duplicate()) {
      duplicated.incrementAndGet();
      copies = 2;
    }
    for (int i = 0; i < copies; i++) {
      forward(plug, bytes, now);
    }
  }

  private void learn(Port from, byte[] frame) {
    boolean ofOne = (frame[ADDRESS_LENGTH] & 1) == 0;
    if (ofOne) {
      addresses.put(address(frame, ADDRESS_LENGTH), from);
    }
  }

  private void forward(Plug from, byte[] frame, Impairment now) {
    long delay = now.delay().toNanos();
    long jitter = now.jitter().toNanos();
    if (jitter > 0) {
      delay += from.random.nextLong(jitter + 1);
    }
    boolean toMany = (frame[0] & 1) != 0;
    Port known = toMany ? null : addresses.get(address(frame, 0));
    for (Plug plug : plugs) {
      if (plug == from || known != null && plug.port != known) {
        continue;
      }
      if (delay == 0) {
        delivered.incrementAndGet();
        plug.port.deliver(frame);
      } else {
        long due = System.nanoTime() + delay;
        inFlight.add(new InFlight(due, numbers.incrementAndGet(), plug.port, frame));
      }
    }
  }

  private void carry() {
    try {
      while (!closed) {
        InFlight next = inFlight.take();
        if (plugOf(next.to()) != null) {
          delivered.incrementAndGet();
          next.to().deliver(next.frame());
        }
      }
    } catch (InterruptedException e) {
      // The network is closed: what is still on its way is lost.
    }
  }

  private static long address(byte[] frame, int at) {
    long value = 0;
    for (int i = 0; i < ADDRESS_LENGTH; i++) {
      value = value << 8 | frame[at + i] & 0xff;
    }
    return value;
  }

  private Plug plugOf(Port port) {
    for (Plug plug : plugs) {
      if (plug.port == port) {
        return plug;
      }
    }
    return null;
  }

  void remove(FrameTap tap) {
    taps.remove(tap);
  }

  void remove(FrameDrop drop) {
    drops.remove(drop);
  }

  /** Unplugs every port. */
  @Override
  public synchronized void close() {
    closed = true;
    for (Plug plug : plugs) {
      unplug(plug.port);
    }
    courier.interrupt();
  }
}
