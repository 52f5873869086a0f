// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkSubscription;
import org.netlink4j.recording.ReplayTransport;

/** Watches on devices that the test changes, looked at when the test says so. */
@Timeout(300)
class DeviceWatchTest {

  private static final PublicKey A = key(1);
  private static final PublicKey B = key(2);
  private static final Endpoint HERE = Endpoint.parse("192.0.2.1:1");
  private static final Endpoint THERE = Endpoint.parse("192.0.2.2:2");

  private final Devices devices = new Devices();
  private final Prompt prompt = new Prompt();
  private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
  private final DeviceListener listener =
      new DeviceListener() {
        @Override
        public void changed(List<DeviceEvent> events) {
          heard.add(events);
        }

        @Override
        public void failed(IOException e) {
          heard.add(e);
        }
      };

  private static PublicKey key(int number) {
    byte[] bytes = new byte[32];
    bytes[31] = (byte) number;
    return PublicKey.of(bytes);
  }

  /** Devices that are said to be there. */
  private static final class Devices implements WireGuard {
    final Map<String, Device> all = new ConcurrentSkipListMap<>();
    final List<Device> given = new ArrayList<>();
    volatile IOException failure;

    void put(String name, int index, int port, Peer... peers) {
      Optional<PrivateKey> key = Optional.of(PrivateKey.generate());
      all.put(name, new Device(name, index, key, Optional.of(A), port, 0, List.of(peers)));
    }

    @Override
    public List<String> deviceNames() throws IOException {
      if (failure != null) {
        throw failure;
      }
      List<String> names = new ArrayList<>(all.keySet());
      names.add("gone");
      return names;
    }

    @Override
    public Device device(String name) throws IOException {
      Device device = all.get(name);
      if (device == null) {
        throw NetlinkException.of("test", Errno.ENODEV.number(), ExtAck.NONE);
      }
      given.add(device);
      return device;
    }

    @Override
    public Device device(int index) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Device> devices() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void configure(String name, DeviceConfig change) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void configure(int index, DeviceConfig change) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  /** Ends a pause when the test wants it. */
  private static final class Prompt implements DeviceWatch.Waker {
    final Semaphore looks = new Semaphore(0);
    volatile boolean closed;

    @Override
    public void await(Duration atMost) {
      looks.acquireUninterruptibly();
    }

    @Override
    public void close() {
      closed = true;
      looks.release();
    }
  }

  private static Peer peer(PublicKey key, Endpoint endpoint, Instant handshake, long rx, long tx) {
    return peer(key, endpoint, handshake, rx, tx, 0);
  }

  private static Peer peer(
      PublicKey key, Endpoint endpoint, Instant handshake, long rx, long tx, int keepalive) {
    return new Peer(
        key,
        Optional.of(PresharedKey.generate()),
        Optional.ofNullable(endpoint),
        List.of(AllowedIp.parse("10.0.0.0/8")),
        Optional.ofNullable(handshake),
        rx,
        tx,
        keepalive,
        1);
  }

  private DeviceWatch watch() throws IOException {
    return watch(listener);
  }

  private DeviceWatch watch(DeviceListener whoHears) throws IOException {
    return DeviceWatch.start(devices, Duration.ofHours(1), whoHears, prompt);
  }

  private Object next() throws InterruptedException {
    prompt.looks.release();
    return heard.poll(200, TimeUnit.SECONDS);
  }

  @Test
  void tellsWhatChanged() throws Exception {
    devices.put("wg0", 1, 5, peer(A, null, null, 0, 0));
    try (DeviceWatch watch = watch()) {
      assertThat(watch).isNotNull();
      devices.put("wg0", 1, 5, peer(A, HERE, Instant.EPOCH, 10, 20), peer(B, null, null, 0, 0));
      assertThat(next())
          .isEqualTo(
              List.of(
                  new DeviceEvent.EndpointChanged("wg0", A, Optional.empty(), Optional.of(HERE)),
                  new DeviceEvent.HandshakeCompleted("wg0", A, Instant.EPOCH),
                  new DeviceEvent.BytesTransferred("wg0", A, 10, 20),
                  new DeviceEvent.PeerAdded("wg0", B)));

      devices.put("wg0", 1, 6, peer(B, THERE, null, 0, 1, 25));
      assertThat(next())
          .isEqualTo(
              List.of(
                  new DeviceEvent.DeviceChanged("wg0", Optional.of(A), 6, 0),
                  new DeviceEvent.PeerRemoved("wg0", A),
                  new DeviceEvent.PeerChanged("wg0", B, List.of(AllowedIp.parse("10.0.0.0/8")), 25),
                  new DeviceEvent.EndpointChanged("wg0", B, Optional.empty(), Optional.of(THERE)),
                  new DeviceEvent.BytesTransferred("wg0", B, 0, 1)));

      devices.all.remove("wg0");
      devices.put("wg1", 2, 5, peer(A, HERE, null, 0, 0));
      assertThat(next())
          .isEqualTo(
              List.of(
                  new DeviceEvent.PeerRemoved("wg0", B),
                  new DeviceEvent.DeviceRemoved("wg0"),
                  new DeviceEvent.DeviceAdded("wg1"),
                  new DeviceEvent.PeerAdded("wg1", A)));

      // The same name, but another interface.
      devices.put("wg1", 3, 5);
      assertThat(next())
          .isEqualTo(
              List.of(
                  new DeviceEvent.PeerRemoved("wg1", A),
                  new DeviceEvent.DeviceRemoved("wg1"),
                  new DeviceEvent.DeviceAdded("wg1")));
    }
  }

  @Test
  void nothingIsToldOfWhatStaysAndSecretsAreWiped() throws Exception {
    devices.put("wg0", 1, 5, peer(A, HERE, Instant.EPOCH, 1, 1));
    try (DeviceWatch watch = watch()) {
      devices.put("wg0", 1, 5, peer(A, HERE, Instant.EPOCH, 1, 1));
      prompt.looks.release();
      devices.put("wg0", 1, 5, peer(A, HERE, Instant.EPOCH, 1, 2));
      assertThat(next()).isEqualTo(List.of(new DeviceEvent.BytesTransferred("wg0", A, 0, 1)));
      assertThat(watch).isNotNull();
    }
    assertThat(devices.given)
        .hasSizeGreaterThan(1)
        .allMatch(device -> device.privateKey().orElseThrow().isDestroyed())
        .allMatch(device -> device.peers().get(0).presharedKey().orElseThrow().isDestroyed());
  }

  @Test
  void goesOnAfterAFailure() throws Exception {
    devices.put("wg0", 1, 5);
    try (DeviceWatch watch = watch()) {
      assertThat(watch).isNotNull();
      IOException failure = new IOException("no");
      devices.failure = failure;
      assertThat(next()).isSameAs(failure);
      devices.failure = null;
      devices.put("wg0", 1, 6);
      assertThat(next())
          .isEqualTo(List.of(new DeviceEvent.DeviceChanged("wg0", Optional.of(A), 6, 0)));
    }
  }

  /** Then the time must do, and nobody is asked again and again. */
  @Test
  void aWakerThatFailsIsReplacedByTime() throws Exception {
    devices.put("wg0", 1, 5);
    IOException failure = new IOException("deaf");
    DeviceWatch.Waker deaf =
        new DeviceWatch.Waker() {
          @Override
          public void await(Duration atMost) throws IOException {
            throw failure;
          }

          @Override
          public void close() {}
        };
    DeviceWatch watch = DeviceWatch.start(devices, Duration.ofHours(1), listener, deaf);
    assertThat(heard.poll(200, TimeUnit.SECONDS)).isSameAs(failure);
    watch.close();
    assertThat(heard).isEmpty();
    assertThat(isWatched()).isFalse();
  }

  private static boolean isWatched() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("wg4j watch") && thread.isAlive());
  }

  @Test
  void closingEndsTheThread() throws Exception {
    devices.put("wg0", 1, 5);
    DeviceWatch byTime = devices.watch(Duration.ofSeconds(Long.MAX_VALUE), listener);
    assertThat(isWatched()).isTrue();
    byTime.close();
    byTime.close();
    assertThat(isWatched()).isFalse();

    DeviceWatch watch = watch();
    assertThat(isWatched()).isTrue();
    Thread.currentThread().interrupt();
    watch.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(isWatched()).isFalse();
  }

  @Test
  void theListenerMayCloseTheWatch() throws Exception {
    devices.put("wg0", 1, 5);
    BlockingQueue<DeviceWatch> self = new LinkedBlockingQueue<>();
    DeviceWatch watch =
        watch(
            events -> {
              self.element().close();
              heard.add(events);
            });
    self.add(watch);
    devices.put("wg0", 1, 6);
    assertThat(next()).isNotNull();
    watch.close();
    assertThat(isWatched()).isFalse();
  }

  @Test
  void aListenerThatThrowsEndsTheWatch() throws Exception {
    devices.put("wg0", 1, 5);
    BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
    DeviceWatch watch =
        watch(
            events -> {
              Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> thrown.add(e));
              throw new IllegalStateException("for the test");
            });
    devices.put("wg0", 1, 6);
    prompt.looks.release();
    assertThat(thrown.poll(200, TimeUnit.SECONDS)).hasMessage("for the test");
    assertThat(prompt.closed).as("nothing stays open").isTrue();
    watch.close();
    assertThat(isWatched()).isFalse();
  }

  @Test
  void whatCannotStartLeavesNothing() {
    devices.failure = new IOException("no");
    assertThatExceptionOfType(IOException.class).isThrownBy(this::watch);
    assertThat(prompt.closed).isTrue();
    for (Duration bad : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> devices.watch(bad, listener));
    }
    assertThat(isWatched()).isFalse();
  }

  @Test
  void timeIsEnoughToLookAgain() throws Exception {
    devices.put("wg0", 1, 5);
    try (DeviceWatch watch = devices.watch(Duration.ofMillis(1), listener)) {
      assertThat(watch).isNotNull();
      devices.put("wg0", 1, 6);
      assertThat(heard.poll(200, TimeUnit.SECONDS)).isNotNull();
    }
  }

  /** A link event as rtnetlink sends it. */
  private static String event(int type, String kind) {
    byte[] attributes =
        new FakeKernel.Writer()
            .string(3, "wg0")
            .u32(4, 1420)
            .nest(18, new FakeKernel.Writer().string(1, kind))
            .toBytes();
    ByteBuffer event = ByteBuffer.allocate(32 + attributes.length);
    event.order(ByteOrder.nativeOrder()).putInt(0, event.capacity()).putShort(4, (short) type);
    event.put(32, attributes);
    return "receive 1\n  " + HexFormat.of().formatHex(event.array()) + "\n";
  }

  @Test
  void linkEventsOfWireGuardEndThePause() throws Exception {
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    String recording =
        "netlink4j-recording 1 "
            + (little ? "little-endian" : "big-endian")
            + "\nopen 1 protocol 0\n"
            + "option 1 level 270 name 11 value 1\n"
            + "option 1 level 270 name 10 value 1\n"
            + "option 1 level 270 name 12 value 1\n"
            + "option 1 level 270 name 1 value 1\n"
            + event(16, "dummy")
            + event(20, "wireguard")
            + event(16, "wireguard")
            + event(17, "wireguard")
            + "receive 1 failed 105\n"
            + "closed 1\n";
    ReplayTransport events = ReplayTransport.read(new StringReader(recording), "events");
    LinkWaker waker =
        new LinkWaker(
            NetlinkSubscription.builder(Netlink.ROUTE).transport(events).groups(1).open());
    // A link that came, one that went, and the kernel's word that some were lost.
    for (int pause = 0; pause < 3; pause++) {
      waker.await(Duration.ofHours(1));
    }
    events.verifyFinished();
    waker.close();
    waker.await(Duration.ofHours(1));
  }
}
