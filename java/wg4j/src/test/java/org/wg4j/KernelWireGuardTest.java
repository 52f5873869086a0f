// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.netlink4j.Attributes;
import org.netlink4j.Errno;
import org.netlink4j.FamilyNotFoundException;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.MessageBuilder;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.NetlinkSocket;
import org.netlink4j.NoSuchDeviceException;
import org.netlink4j.NotPermittedException;

/** Reading and configuring, against a kernel that is not there. */
class KernelWireGuardTest {

  private static final int ROOMY = KernelWireGuard.MAX_MESSAGE;

  private final FakeKernel kernel = new FakeKernel("wg0", 7);

  private static PublicKey key(Random random) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return PublicKey.of(bytes);
  }

  private static AllowedIp prefix(int number) {
    byte[] bytes = new byte[number % 3 == 0 ? 16 : 4];
    bytes[0] = (byte) (number % 3 == 0 ? 0xfd : 10);
    bytes[bytes.length - 3] = (byte) (number >>> 16);
    bytes[bytes.length - 2] = (byte) (number >>> 8);
    bytes[bytes.length - 1] = (byte) number;
    return new AllowedIp(IpAddress.of(bytes), bytes.length * 8);
  }

  /** A change that sets everything, with that many peers of up to that many prefixes. */
  private static DeviceConfig change(Random random, int peers, int mostPrefixes) {
    DeviceConfig.Builder device =
        DeviceConfig.builder()
            .privateKey(PrivateKey.generate())
            .listenPort(1 + random.nextInt(65535))
            .fwmark(random.nextInt() | 1)
            .replacePeers();
    int next = 0;
    for (int i = 0; i < peers; i++) {
      PeerConfig.Builder peer = PeerConfig.builder(key(random)).replaceAllowedIps();
      if (random.nextBoolean()) {
        peer.presharedKey(PresharedKey.generate());
      }
      if (random.nextBoolean()) {
        peer.persistentKeepalive(1 + random.nextInt(65535));
      }
      switch (random.nextInt(3)) {
        case 0 -> peer.endpoint(Endpoint.of(IpAddress.parse("192.0.2.1"), random.nextInt(65536)));
        case 1 -> peer.endpoint(Endpoint.of(IpAddress.parse("fe80::1"), 5, random.nextInt()));
        default -> {}
      }
      int count = mostPrefixes == 0 ? 0 : random.nextInt(mostPrefixes + 1);
      for (int n = 0; n < count; n++) {
        peer.addAllowedIp(prefix(next++));
      }
      device.addPeer(peer.build());
    }
    return device.build();
  }

  private static void assertShows(Device device, DeviceConfig change) {
    assertThat(device.privateKey()).isEqualTo(change.privateKey().value());
    assertThat(device.publicKey()).isEqualTo(device.privateKey().map(PrivateKey::publicKey));
    assertThat(device.listenPort()).isEqualTo(change.listenPort().value().orElse(0));
    assertThat(device.fwmark()).isEqualTo(change.fwmark().value().orElse(0));
    assertThat(device.peers()).hasSameSizeAs(change.peers());
    for (int i = 0; i < change.peers().size(); i++) {
      Peer peer = device.peers().get(i);
      PeerConfig wish = change.peers().get(i);
      assertThat(peer.publicKey()).isEqualTo(wish.publicKey());
      assertThat(peer.presharedKey()).isEqualTo(wish.presharedKey().value());
      assertThat(peer.endpoint()).isEqualTo(wish.endpoint().value());
      assertThat(peer.persistentKeepalive())
          .isEqualTo(wish.persistentKeepalive().value().orElse(0));
      assertThat(peer.allowedIps()).isEqualTo(wish.allowedIps());
      assertThat(peer.protocolVersion()).isEqualTo(1);
    }
  }

  /** Every count of peers from 0 to 500: other clients broke at 21, 23 and about 100. */
  @Test
  void everyCountOfPeers() throws IOException {
    Random random = new Random(500);
    try (WireGuard client = kernel.client(4096)) {
      for (int peers = 0; peers <= 500; peers++) {
        DeviceConfig change = change(random, peers, 3);
        client.configure("wg0", change);
        assertShows(client.device("wg0"), change);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1024, 1000",
    "1024, 4096",
    "4096, 1024",
    "32768, 32768",
    "2000, 2500",
    "32768, 4096"
  })
  void peersOfManyPrefixes(int setLimit, int dumpLimit) throws IOException {
    Random random = new Random(setLimit * 31L + dumpLimit);
    kernel.dumpLimit = dumpLimit;
    try (WireGuard client = kernel.client(setLimit)) {
      for (int round = 0; round < 25; round++) {
        DeviceConfig change = change(random, 1 + random.nextInt(8), 1 + random.nextInt(1500));
        kernel.sets.clear();
        client.configure("wg0", change);
        for (byte[] message : kernel.sets) {
          assertThat(message.length).isLessThanOrEqualTo(setLimit);
        }
        assertShows(client.device("wg0"), change);
      }
    }
  }

  @Test
  void paddingAndUnknownAttributesAreSkipped() throws IOException {
    kernel.padding = true;
    DeviceConfig change = change(new Random(8), 100, 50);
    try (WireGuard client = kernel.client(ROOMY)) {
      client.configure(7, change);
      assertShows(client.device(7), change);
    }
  }

  @Test
  void interruptedDumpsAreRepeated() throws IOException {
    kernel.interruptions = 5;
    DeviceConfig change = change(new Random(9), 200, 5);
    try (WireGuard client = kernel.client(ROOMY)) {
      client.configure("wg0", change);
      assertShows(client.device("wg0"), change);
    }
    assertThat(kernel.dumps).isEqualTo(6);
  }

  @Test
  void countersAndTimes() throws IOException {
    DeviceConfig change = change(new Random(10), 1, 1000);
    kernel.dumpLimit = 2100;
    try (WireGuard client = kernel.client(ROOMY)) {
      client.configure("wg0", change);
      FakeKernel.KernelPeer peer = kernel.peers.values().iterator().next();
      peer.received = -1;
      peer.sent = 1L << 40;
      peer.seconds = 1_700_000_000;
      peer.nanoseconds = 5;
      Peer read = client.device("wg0").peers().get(0);
      assertThat(Long.toUnsignedString(read.receivedBytes())).isEqualTo("18446744073709551615");
      assertThat(read.sentBytes()).isEqualTo(1L << 40);
      assertThat(read.lastHandshake()).contains(Instant.ofEpochSecond(1_700_000_000, 5));
    }
  }

  @Test
  void absentSetAndClearedAreThreeThings() throws IOException {
    PublicKey who = key(new Random(11));
    PresharedKey shared = PresharedKey.generate();
    try (WireGuard client = kernel.client(ROOMY)) {
      client.configure(
          "wg0",
          DeviceConfig.builder()
              .privateKey(PrivateKey.generate())
              .listenPort(5)
              .fwmark(6)
              .addPeer(PeerConfig.builder(who).presharedKey(shared).persistentKeepalive(25).build())
              .build());
      client.configure(
          "wg0", DeviceConfig.builder().addPeer(PeerConfig.builder(who).build()).build());
      Device kept = client.device("wg0");
      assertThat(kept.privateKey()).isPresent();
      assertThat(kept.listenPort()).isEqualTo(5);
      assertThat(kept.fwmark()).isEqualTo(6);
      assertThat(kept.peers().get(0).presharedKey()).contains(shared);
      assertThat(kept.peers().get(0).persistentKeepalive()).isEqualTo(25);

      client.configure(
          "wg0",
          DeviceConfig.builder()
              .clearPrivateKey()
              .clearListenPort()
              .clearFwmark()
              .addPeer(
                  PeerConfig.builder(who).clearPresharedKey().clearPersistentKeepalive().build())
              .build());
      Device cleared = client.device("wg0");
      assertThat(cleared.privateKey()).isEmpty();
      assertThat(cleared.publicKey()).isEmpty();
      assertThat(cleared.listenPort()).isZero();
      assertThat(cleared.fwmark()).isZero();
      assertThat(cleared.peers().get(0).presharedKey()).isEmpty();
      assertThat(cleared.peers().get(0).persistentKeepalive()).isZero();
    }
  }

  @Test
  void replaceAndRemoveAndUpdateOnly() throws IOException {
    Random random = new Random(12);
    PublicKey one = key(random);
    PublicKey two = key(random);
    PublicKey absent = key(random);
    try (WireGuard client = kernel.client(1024)) {
      PeerConfig.Builder many = PeerConfig.builder(one).updateOnly();
      for (int i = 0; i < 200; i++) {
        many.addAllowedIp(prefix(i));
      }
      // Not even the later parts of a peer that does not exist may create it.
      client.configure("wg0", DeviceConfig.builder().addPeer(many.build()).build());
      assertThat(kernel.sets).hasSizeGreaterThan(1);
      assertThat(client.device("wg0").peers()).isEmpty();

      client.configure(
          "wg0",
          DeviceConfig.builder()
              .addPeer(PeerConfig.builder(one).addAllowedIp(prefix(1000)).build())
              .addPeer(PeerConfig.builder(two).addAllowedIp(prefix(1001)).build())
              .addPeer(many.replaceAllowedIps().build())
              .addPeer(PeerConfig.removal(absent))
              .build());
      Device device = client.device("wg0");
      assertThat(device.peers()).hasSize(2);
      assertThat(device.peers().get(0).allowedIps()).hasSize(200).doesNotContain(prefix(1000));

      client.configure("wg0", DeviceConfig.builder().addPeer(PeerConfig.removal(one)).build());
      assertThat(client.device("wg0").peers()).extracting(Peer::publicKey).containsExactly(two);

      client.configure("wg0", DeviceConfig.builder().replacePeers().build());
      assertThat(client.device("wg0").peers()).isEmpty();
    }
  }

  @Test
  void prefixesCanBeTakenAwayOneByOne() throws IOException {
    PublicKey who = key(new Random(13));
    PeerConfig.Builder all = PeerConfig.builder(who);
    PeerConfig.Builder odd = PeerConfig.builder(who);
    for (int i = 0; i < 300; i++) {
      all.addAllowedIp(prefix(i));
      if (i % 2 == 1) {
        odd.removeAllowedIp(prefix(i));
      }
    }
    try (WireGuard client = kernel.client(1024)) {
      client.configure(
          "wg0", DeviceConfig.builder().addPeer(all.build()).addPeer(odd.build()).build());
      List<AllowedIp> left = client.device("wg0").peers().get(0).allowedIps();
      assertThat(left).hasSize(150).contains(prefix(0), prefix(298)).doesNotContain(prefix(1));
    }
  }

  @Test
  void emptyChangeIsOneMessage() throws IOException {
    try (WireGuard client = kernel.client(ROOMY)) {
      client.configure("wg0", DeviceConfig.builder().build());
    }
    assertThat(kernel.sets).hasSize(1);
    assertThat(DeviceConfig.builder().build().isEmpty()).isTrue();
  }

  @Test
  void sentMessagesAreWiped() throws IOException {
    List<MessageBuilder> used = new ArrayList<>();
    DeviceWriter writer =
        new DeviceWriter(
            () -> {
              MessageBuilder message = MessageBuilder.of(1, 0).maxSize(1024);
              used.add(message);
              return message;
            },
            message -> assertThat(message.size()).isGreaterThan(16));
    writer.write(change(new Random(14), 20, 20));
    assertThat(used).hasSizeGreaterThan(3);
    for (MessageBuilder message : used) {
      assertThat(message.size())
          .as("a wiped message is an empty one")
          .isEqualTo(used.get(0).size());
    }
    assertThat(used.get(0).size()).isLessThan(100);
  }

  @Test
  void errors() throws IOException {
    try (WireGuard client = kernel.client(ROOMY)) {
      assertThatExceptionOfType(NoSuchDeviceException.class).isThrownBy(() -> client.device("wg1"));
      assertThatExceptionOfType(NoSuchDeviceException.class).isThrownBy(() -> client.device(""));
      assertThatExceptionOfType(NoSuchDeviceException.class).isThrownBy(() -> client.device(8));
      assertThatExceptionOfType(NoSuchDeviceException.class)
          .isThrownBy(() -> client.configure("wg1", DeviceConfig.builder().build()));
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> client.device("averyverylongname"))
          .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENAMETOOLONG.number()));
    }
    kernel.hasFamily = false;
    try (WireGuard client = kernel.client(ROOMY)) {
      assertThatExceptionOfType(FamilyNotFoundException.class)
          .isThrownBy(() -> client.device("wg0"));
      assertThatExceptionOfType(FamilyNotFoundException.class)
          .isThrownBy(() -> client.configure("averyverylongname", DeviceConfig.builder().build()));
    }
  }

  /** Each thread has a peer of its own, whose prefixes need several messages. */
  @Test
  void threadsShareAClient() throws Exception {
    kernel.dumpLimit = 1000;
    int threads = 8;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try (WireGuard client = kernel.client(1024)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        PeerConfig.Builder peer = PeerConfig.builder(key(new Random(i))).replaceAllowedIps();
        for (int n = 0; n < 100; n++) {
          peer.addAllowedIp(prefix(1000 * i + n));
        }
        DeviceConfig change = DeviceConfig.builder().addPeer(peer.build()).build();
        all.add(
            executor.submit(
                () -> {
                  for (int round = 0; round < 20; round++) {
                    client.configure("wg0", change);
                    assertThat(client.device("wg0").peers())
                        .filteredOn(p -> p.publicKey().equals(change.peers().get(0).publicKey()))
                        .extracting(Peer::allowedIps)
                        .containsExactly(change.peers().get(0).allowedIps());
                  }
                  return null;
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
      assertThat(client.device("wg0").peers()).hasSize(threads);
    } finally {
      executor.shutdownNow();
    }
  }

  /** Whatever comes from the socket, the worst that happens is a checked exception. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void hostileAnswers(long seed) throws IOException {
    Random random = new Random(seed);
    List<byte[]> samples = new ArrayList<>();
    try (WireGuard client = kernel.client(ROOMY)) {
      client.configure("wg0", change(random, 3, 4));
      samples.addAll(kernel.sets);
    }
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = samples.get(0).clone();
      int from = 20;
      for (int n = random.nextInt(6); n >= 0; n--) {
        bytes[from + random.nextInt(bytes.length - from)] = (byte) random.nextInt();
      }
      int length =
          random.nextInt(4) == 0 ? from + random.nextInt(bytes.length - from) : bytes.length;
      DeviceReader reader = new DeviceReader();
      try {
        ByteBuffer payload = ByteBuffer.wrap(bytes, from, length - from).slice();
        reader.accept(Attributes.parse(payload.order(ByteOrder.nativeOrder())));
        reader.finish();
      } catch (MalformedMessageException expected) {
        assertThat(expected).hasMessageNotContaining("null");
      }
    }
  }

  @Test
  void devicesAreListedMadeAndRemoved() throws IOException {
    kernel.links.add("eth0", "veth");
    kernel.links.add("wg0", "wireguard");
    kernel.links.add("wg7", "wireguard");
    try (WireGuard client = kernel.client(ROOMY)) {
      assertThat(client.deviceNames()).containsExactly("wg0", "wg7");
      // The family knows nothing of wg7: it has gone since it was listed.
      assertThat(client.devices()).extracting(Device::name).containsExactly("wg0");

      client.createDevice("wg1");
      assertThat(kernel.links.all.get("wg1").kind()).isEqualTo("wireguard");
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> client.createDevice("eth0"))
          .satisfies(e -> assertThat(e.is(Errno.EEXIST)).isTrue());

      client.deleteDevice("wg7");
      assertThat(kernel.links.all).containsOnlyKeys("eth0", "wg0", "wg1");
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> client.deleteDevice("eth0"))
          .satisfies(e -> assertThat(e.is(Errno.EOPNOTSUPP)).isTrue());
      assertThatExceptionOfType(NoSuchDeviceException.class)
          .isThrownBy(() -> client.deleteDevice("wg9"));
      assertThat(kernel.links.all).containsOnlyKeys("eth0", "wg0", "wg1");
    }
    try (WireGuard userspace = WireGuard.userspace()) {
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> userspace.createDevice("wg1"))
          .satisfies(e -> assertThat(e.is(Errno.EOPNOTSUPP)).isTrue());
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> userspace.deleteDevice("wg1"))
          .satisfies(e -> assertThat(e.is(Errno.EOPNOTSUPP)).isTrue());
    }
  }

  /** A client outlives the module: its family has another number when it is loaded again. */
  @Test
  void aModuleThatWasLoadedAgainIsFound() throws IOException {
    try (WireGuard client = kernel.client(ROOMY)) {
      client.configure("wg0", DeviceConfig.builder().listenPort(5).build());
      kernel.family++;
      assertThat(client.device("wg0").listenPort()).isEqualTo(5);
      kernel.family++;
      client.configure(7, DeviceConfig.builder().listenPort(6).build());
      assertThat(kernel.port).isEqualTo(6);
      kernel.family++;
      kernel.hasFamily = false;
      assertThatExceptionOfType(FamilyNotFoundException.class)
          .isThrownBy(() -> client.device("wg0"));
      kernel.hasFamily = true;
      assertThat(client.device(7).listenPort()).isEqualTo(6);
    }
  }

  @Test
  void aClosedClientOpensNothing() throws IOException {
    AtomicInteger opened = new AtomicInteger();
    WireGuard client =
        new KernelWireGuard(
            protocol -> {
              opened.incrementAndGet();
              return NetlinkSocket.builder(protocol).transport(kernel).open();
            },
            ROOMY);
    client.close();
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(client::deviceNames)
        .satisfies(e -> assertThat(e.is(Errno.EBADF)).isTrue());
    assertThat(opened).hasValue(1);
  }

  @Test
  void devicesWithoutANameAreNotMade() throws IOException {
    try (WireGuard client = kernel.client(ROOMY)) {
      for (String bad : List.of("", "a\0b", "averyverylongname")) {
        assertThatExceptionOfType(NetlinkException.class)
            .isThrownBy(() -> client.createDevice(bad));
      }
    }
    assertThat(kernel.links.all).isEmpty();
  }

  private static DeviceConfig secrets() {
    return DeviceConfig.builder()
        .privateKey(PrivateKey.generate())
        .addPeer(
            PeerConfig.builder(key(new Random(15))).presharedKey(PresharedKey.generate()).build())
        .addPeer(
            PeerConfig.builder(key(new Random(16))).presharedKey(PresharedKey.generate()).build())
        .build();
  }

  private static void assertWiped(Device device) {
    assertThat(device.privateKey().orElseThrow().isDestroyed()).isTrue();
    assertThat(device.peers()).isNotEmpty();
    for (Peer peer : device.peers()) {
      assertThat(peer.presharedKey().orElseThrow().isDestroyed()).isTrue();
    }
  }

  /** Of several devices of which one cannot be read nobody gets the others, to close them. */
  @Test
  void devicesThatNobodyGetsAreWiped() throws IOException {
    kernel.links.add("wg0", "wireguard");
    kernel.links.add("wg7", "wireguard");
    kernel.otherDevices = Errno.EPERM;
    List<Device> given = new ArrayList<>();
    try (WireGuard client = kernel.client(ROOMY)) {
      client.configure("wg0", secrets());
      WireGuard spy =
          (WireGuard)
              Proxy.newProxyInstance(
                  WireGuard.class.getClassLoader(),
                  new Class<?>[] {WireGuard.class},
                  (proxy, method, arguments) -> {
                    try {
                      Object result = method.invoke(client, arguments);
                      if (result instanceof Device device) {
                        given.add(device);
                      }
                      return result;
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                  });
      assertThatExceptionOfType(NotPermittedException.class)
          .isThrownBy(() -> KernelWireGuard.readAll(spy));
    }
    assertThat(given).hasSize(1);
    assertWiped(given.get(0));
  }

  @Test
  void whatADroppedReaderReadIsWiped() throws IOException {
    kernel.recording = true;
    DeviceReader reader = new DeviceReader();
    try (WireGuard client = kernel.client(ROOMY)) {
      client.configure("wg0", secrets());
    }
    NetlinkMessage sent = NetlinkMessage.parse(ByteBuffer.wrap(kernel.sets.get(0))).get(0);
    reader.accept(sent.attributes(4));
    reader.discard();
    // It has ended, but a test may see what it held.
    assertWiped(reader.finish());
  }

  @Test
  void clearedOptionalsOfDevice() throws IOException {
    try (WireGuard client = kernel.client(ROOMY)) {
      Device device = client.device("wg0");
      assertThat(device)
          .isEqualTo(new Device("wg0", 7, Optional.empty(), Optional.empty(), 0, 0, List.of()));
    }
  }

  @Test
  void closingADeviceWipesItsKeys() throws IOException {
    try (WireGuard client = kernel.client(ROOMY)) {
      client.configure("wg0", secrets());
      Device device = client.device("wg0");
      device.close();
      assertWiped(device);
    }
  }
}
