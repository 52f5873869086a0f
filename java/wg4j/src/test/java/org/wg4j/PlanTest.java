// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.netlink4j.Errno;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;

/** Plans against a kernel that is not there, looked at after each single change of its routing. */
class PlanTest {

  private static final int ROUNDS = 25;
  private static final PublicKey A = key(1);
  private static final PublicKey B = key(2);
  private static final PublicKey C = key(3);

  /** All addresses that the prefixes of these tests tell apart: 16 of each family. */
  private static final List<IpAddress> ADDRESSES =
      IntStream.range(0, 32).mapToObj(PlanTest::address).toList();

  private static final Map<IpAddress, List<AllowedIp>> AROUND = new HashMap<>();

  private final FakeKernel kernel = new FakeKernel("wg0", 7);
  private WireGuard client;

  @BeforeEach
  void open() throws IOException {
    client = kernel.client(KernelWireGuard.MAX_MESSAGE);
  }

  private static PublicKey key(int number) {
    byte[] bytes = new byte[32];
    bytes[0] = (byte) number;
    return PublicKey.of(bytes);
  }

  /** One of very many, none of those above. */
  private static PublicKey numbered(int number) {
    byte[] bytes = new byte[32];
    bytes[0] = (byte) number;
    bytes[1] = (byte) (number >> 8);
    bytes[2] = 1;
    return PublicKey.of(bytes);
  }

  private static IpAddress address(int number) {
    byte[] bytes = new byte[number < 16 ? 4 : 16];
    bytes[0] = (byte) (number < 16 ? 10 : 0xfd);
    bytes[bytes.length - 1] = (byte) (number & 15);
    return IpAddress.of(bytes);
  }

  private static AllowedIp prefix(Random random) {
    IpAddress address = ADDRESSES.get(random.nextInt(ADDRESSES.size()));
    return around(address).get(random.nextInt(6));
  }

  /** All prefixes around an address that these tests use, the longest first. */
  private static List<AllowedIp> around(IpAddress address) {
    return AROUND.computeIfAbsent(
        address,
        a ->
            IntStream.range(0, 6)
                .mapToObj(bits -> new AllowedIp(a, bits == 5 ? 0 : a.bits() - bits))
                .toList());
  }

  private static DeviceSpec spec(Random random) {
    DeviceSpec.Builder device = DeviceSpec.builder();
    if (random.nextBoolean()) {
      device.privateKey(privateKey(random.nextInt(3)));
    }
    if (random.nextBoolean()) {
      device.listenPort(random.nextInt(3));
    }
    if (random.nextBoolean()) {
      device.fwmark(random.nextInt(3) - 1);
    }
    for (int i = random.nextInt(7); i > 0; i--) {
      // The fourth key is what the device itself may have.
      int number = random.nextInt(7);
      PeerSpec.Builder peer =
          PeerSpec.builder(number == 6 ? privateKey(1).publicKey() : key(number));
      if (random.nextBoolean()) {
        byte[] shared = new byte[32];
        shared[0] = (byte) random.nextInt(3);
        peer.presharedKey(PresharedKey.of(shared));
      }
      if (random.nextBoolean()) {
        peer.endpoint(Endpoint.of(address(random.nextInt(32)), random.nextInt(2)));
      }
      if (random.nextBoolean()) {
        peer.persistentKeepalive(random.nextInt(3));
      }
      for (int n = random.nextInt(8); n > 0; n--) {
        peer.addAllowedIp(prefix(random));
      }
      device.addPeer(peer.build());
    }
    return device.build();
  }

  private static PrivateKey privateKey(int number) {
    byte[] bytes = new byte[32];
    bytes[5] = (byte) number;
    return PrivateKey.of(bytes);
  }

  /** Where the kernel's table leads an address, by looking at each length in turn. */
  private static PublicKey route(Map<AllowedIp, PublicKey> owners, IpAddress address) {
    for (AllowedIp prefix : around(address)) {
      PublicKey owner = owners.get(prefix);
      if (owner != null) {
        return owner;
      }
    }
    return null;
  }

  private static Map<AllowedIp, PublicKey> owners(List<PeerSpec> peers) {
    Map<AllowedIp, PublicKey> owners = new HashMap<>();
    peers.forEach(peer -> peer.allowedIps().forEach(p -> owners.put(p, peer.publicKey())));
    return owners;
  }

  /**
   * Follows where each address leads while a plan is applied: from where it led to where it shall
   * lead, at once, and never back.
   */
  private final class RouteWatch {
    private final Map<IpAddress, PublicKey> from = new HashMap<>();
    private final Map<IpAddress, PublicKey> to = new HashMap<>();
    private final Set<IpAddress> mayPause = new HashSet<>();
    private final Map<IpAddress, PublicKey> now;

    RouteWatch(Map<AllowedIp, PublicKey> after) {
      Map<AllowedIp, PublicKey> before = Map.copyOf(kernel.owners);
      for (IpAddress address : ADDRESSES) {
        from.put(address, route(before, address));
        to.put(address, route(after, address));
        if (!kernel.takesPrefixesAway && losesItsPrefix(address, before, after)) {
          mayPause.add(address);
        }
      }
      now = new HashMap<>(from);
      kernel.onRouting = this::look;
    }

    private static boolean losesItsPrefix(
        IpAddress address, Map<AllowedIp, PublicKey> before, Map<AllowedIp, PublicKey> after) {
      for (AllowedIp prefix : around(address)) {
        if (before.containsKey(prefix) || after.containsKey(prefix)) {
          return !after.containsKey(prefix);
        }
      }
      return false;
    }

    private void look() {
      for (IpAddress address : ADDRESSES) {
        PublicKey route = route(kernel.owners, address);
        if (Objects.equals(route, now.get(address))) {
          continue;
        }
        boolean pause = mayPause.contains(address) && !isKnown(route);
        assertThat(route)
            .as("%s leads from %s to %s", address, from.get(address), to.get(address))
            .satisfiesAnyOf(
                there -> assertThat(there).isEqualTo(to.get(address)),
                there -> assertThat(pause).isTrue());
        now.put(address, route);
      }
    }

    /** Whether this is a peer of either side, and not one that only takes prefixes away. */
    private boolean isKnown(PublicKey peer) {
      return from.containsValue(peer) || to.containsValue(peer);
    }

    void end() {
      kernel.onRouting = () -> {};
      assertThat(now).isEqualTo(to);
    }
  }

  private static Optional<PublicKey> self(DeviceSpec spec) {
    return spec.effectivePrivateKey().map(PrivateKey::publicKey);
  }

  private static List<PeerSpec> strangers(DeviceSpec spec, Optional<PublicKey> self) {
    return spec.peers().stream()
        .filter(peer -> !self.equals(Optional.of(peer.publicKey())))
        .toList();
  }

  private static void assertIs(Device device, DeviceSpec wish, Device before) {
    assertThat(device.privateKey()).isEqualTo(wish.effectivePrivateKey());
    if (wish.listenPort().orElse(0) == 0) {
      assertThat(device.listenPort()).isEqualTo(before.listenPort());
    } else {
      assertThat(device.listenPort()).isEqualTo(wish.listenPort().getAsInt());
    }
    assertThat(device.fwmark()).isEqualTo(wish.fwmark().orElse(0));
    Map<PublicKey, Peer> peers = new LinkedHashMap<>();
    device.peers().forEach(peer -> peers.put(peer.publicKey(), peer));
    List<PeerSpec> wanted = strangers(wish, self(wish));
    assertThat(peers.keySet())
        .containsExactlyInAnyOrderElementsOf(wanted.stream().map(PeerSpec::publicKey).toList());
    for (PeerSpec peer : wanted) {
      Peer actual = peers.get(peer.publicKey());
      assertThat(actual.presharedKey()).isEqualTo(peer.effectivePresharedKey());
      peer.endpoint().ifPresent(where -> assertThat(actual.endpoint()).contains(where));
      assertThat(actual.persistentKeepalive()).isEqualTo(peer.persistentKeepalive().orElse(0));
      assertThat(actual.allowedIps()).containsExactlyInAnyOrderElementsOf(peer.allowedIps());
    }
  }

  static java.util.stream.LongStream seeds() {
    return Seeds.some();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void leadsToWhatIsDesiredAndKeepsTraffic(long seed) throws IOException {
    Random random = new Random(seed);
    client.apply("wg0", spec(random), ApplyMode.SYNC);
    for (int round = 0; round < ROUNDS; round++) {
      kernel.takesPrefixesAway = random.nextInt(4) > 0;
      DeviceSpec wish = spec(random);
      Device before = client.device("wg0");
      // A new identity may be that of a peer, which the kernel then removes on the spot.
      boolean becomesPeer =
          before.peers().stream()
              .anyMatch(peer -> self(wish).equals(Optional.of(peer.publicKey())));
      RouteWatch watch = becomesPeer ? null : new RouteWatch(owners(strangers(wish, self(wish))));
      Plan plan = client.diff("wg0", wish);
      client.apply("wg0", plan, ProgressListener.NONE);
      Device after = client.device("wg0");
      if (watch != null) {
        watch.end();
      }
      assertIs(after, wish, before);
      assertThat(Plan.diff(after, wish).steps()).isEmpty();
      assertMinimal(plan, before, wish);
    }
  }

  /** A step for each difference, and for nothing else. */
  private static void assertMinimal(Plan plan, Device before, DeviceSpec wish) {
    Map<PublicKey, Peer> old = new HashMap<>();
    before.peers().forEach(peer -> old.put(peer.publicKey(), peer));
    Map<AllowedIp, PublicKey> ownersBefore =
        owners(before.peers().stream().map(PeerSpec::of).toList());
    Map<AllowedIp, PublicKey> ownersAfter = owners(strangers(wish, self(wish)));
    Set<Object> seen = new HashSet<>();
    for (PlanStep step : plan.steps()) {
      if (step instanceof PlanStep.AddPeer add) {
        assertThat(old).doesNotContainKey(add.peer());
        assertThat(seen.add("add" + add.peer())).isTrue();
      } else if (step instanceof PlanStep.RemovePeer remove) {
        assertThat(old).containsKey(remove.peer());
        assertThat(seen.add("remove" + remove.peer())).isTrue();
      } else if (step instanceof PlanStep.AddAllowedIps add) {
        for (AllowedIp prefix : add.prefixes()) {
          assertThat(seen.add(prefix)).as("%s is named once", prefix).isTrue();
          assertThat(ownersAfter).containsEntry(prefix, add.peer());
          assertThat(ownersBefore.get(prefix)).isNotEqualTo(add.peer());
          assertThat(add.takenFrom().get(prefix)).isEqualTo(ownersBefore.get(prefix));
        }
      } else if (step instanceof PlanStep.RemoveAllowedIps remove) {
        for (AllowedIp prefix : remove.prefixes()) {
          assertThat(seen.add(prefix)).as("%s is named once", prefix).isTrue();
          assertThat(ownersBefore).containsEntry(prefix, remove.peer());
          assertThat(ownersAfter).doesNotContainKey(prefix);
        }
      } else if (step instanceof PlanStep.SetEndpoint endpoint) {
        assertThat(endpoint.from()).isEqualTo(old.get(endpoint.peer()).endpoint());
        assertThat(endpoint.from()).isNotEqualTo(Optional.of(endpoint.to()));
      } else if (step instanceof PlanStep.SetPersistentKeepalive keepalive) {
        assertThat(keepalive.from()).isNotEqualTo(keepalive.to());
        assertThat(keepalive.from()).isEqualTo(old.get(keepalive.peer()).persistentKeepalive());
      } else if (step instanceof PlanStep.SetPresharedKey key) {
        assertThat(key.to()).isNotEqualTo(old.get(key.peer()).presharedKey());
      } else if (step instanceof PlanStep.SetPrivateKey key) {
        assertThat(key.to()).isNotEqualTo(before.privateKey());
      } else if (step instanceof PlanStep.SetListenPort port) {
        assertThat(port.from()).isEqualTo(before.listenPort()).isNotEqualTo(port.to());
      } else if (step instanceof PlanStep.SetFwmark mark) {
        assertThat(mark.from()).isEqualTo(before.fwmark()).isNotEqualTo(mark.to());
      } else {
        throw new AssertionError("not in such a plan: " + step);
      }
    }
  }

  /** Adding is what `wg addconf` with the same words does, without its gaps. */
  @ParameterizedTest
  @MethodSource("seeds")
  void addingMeansWhatAddconfMeans(long seed) throws IOException {
    Random random = new Random(seed);
    FakeKernel reference = new FakeKernel("wg0", 7);
    WireGuard other = reference.client(KernelWireGuard.MAX_MESSAGE);
    for (int round = 0; round < ROUNDS; round++) {
      DeviceSpec wish = spec(random);
      other.configure("wg0", addconf(wish));
      kernel.takesPrefixesAway = random.nextBoolean();
      Device expected = other.device("wg0");
      RouteWatch watch =
          kernel.privateKey[5] == reference.privateKey[5]
              ? new RouteWatch(owners(DeviceSpec.of(expected).peers()))
              : null;
      client.apply("wg0", wish, ApplyMode.ADD);
      if (watch != null) {
        watch.end();
      }
      assertSame(client.device("wg0"), expected);
    }
  }

  private static DeviceConfig addconf(DeviceSpec spec) {
    DeviceConfig.Builder change = DeviceConfig.builder();
    spec.privateKey().ifPresent(change::privateKey);
    if (spec.listenPort().orElse(0) != 0) {
      change.listenPort(spec.listenPort().getAsInt());
    }
    spec.fwmark().ifPresent(change::fwmark);
    for (PeerSpec wish : spec.peers()) {
      PeerConfig.Builder peer = PeerConfig.builder(wish.publicKey()).replaceAllowedIps();
      wish.presharedKey().ifPresent(peer::presharedKey);
      wish.endpoint().ifPresent(peer::endpoint);
      if (wish.persistentKeepalive().isPresent()) {
        int seconds = wish.persistentKeepalive().getAsInt();
        if (seconds == 0) {
          peer.clearPersistentKeepalive();
        } else {
          peer.persistentKeepalive(seconds);
        }
      }
      change.addPeer(peer.addAllowedIps(wish.allowedIps()).build());
    }
    return change.build();
  }

  private static void assertSame(Device actual, Device expected) {
    assertThat(actual.privateKey()).isEqualTo(expected.privateKey());
    assertThat(actual.listenPort()).isEqualTo(expected.listenPort());
    assertThat(actual.fwmark()).isEqualTo(expected.fwmark());
    assertThat(byKey(actual)).isEqualTo(byKey(expected));
  }

  private static Map<PublicKey, Object> byKey(Device device) {
    Map<PublicKey, Object> peers = new HashMap<>();
    for (Peer peer : device.peers()) {
      peers.put(
          peer.publicKey(),
          List.of(
              peer.presharedKey(),
              peer.endpoint(),
              peer.persistentKeepalive(),
              Set.copyOf(peer.allowedIps())));
    }
    return peers;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void replacingForgetsWhatWas(long seed) throws IOException {
    Random random = new Random(seed);
    for (int round = 0; round < 10; round++) {
      DeviceSpec wish = spec(random);
      Device before = client.device("wg0");
      kernel.peers.values().forEach(peer -> peer.received = 5);
      client.apply("wg0", wish, ApplyMode.REPLACE);
      Device after = client.device("wg0");
      assertIs(after, wish, before);
      assertThat(after.peers()).allMatch(peer -> peer.receivedBytes() == 0);
    }
  }

  /** What others changed meanwhile is not undone half. */
  @Test
  void aPeerThatWentAwayMeanwhileIsNotMadeAgain() throws IOException {
    client.apply("wg0", peers(PeerSpec.builder(A).build()), ApplyMode.SYNC);
    Plan plan = client.diff("wg0", peers(PeerSpec.builder(A).persistentKeepalive(25).build()));
    client.configure("wg0", DeviceConfig.builder().addPeer(PeerConfig.removal(A)).build());
    client.apply("wg0", plan, ProgressListener.NONE);
    assertThat(client.device("wg0").peers()).isEmpty();
  }

  /** A kernel that cannot take prefixes away is asked once. */
  @Test
  void refusedRemovalsAreNotTriedAgain() throws IOException {
    kernel.takesPrefixesAway = false;
    DeviceSpec from = peers(peer(A, "10.0.0.1/32"), peer(B), peer(C, "10.0.0.3/32"));
    client.apply("wg0", from, ApplyMode.SYNC);
    kernel.sets.clear();
    client.apply("wg0", peers(peer(A), peer(C)), ApplyMode.SYNC);
    assertThat(kernel.sets).as("refused, moved; a peer removed; moved").hasSize(4);
    assertThat(kernel.owners).isEmpty();
    assertThat(kernel.peers).containsOnlyKeys(A, C);
  }

  /** The peer that takes prefixes along goes away even if something fails meanwhile. */
  @Test
  void aFailureLeavesNoCollectorBehind() throws IOException {
    kernel.takesPrefixesAway = false;
    PeerSpec.Builder many = PeerSpec.builder(A);
    for (int i = 0; i < 2000; i++) {
      many.addAllowedIp(
          new AllowedIp(IpAddress.of(new byte[] {10, 0, (byte) (i >> 8), (byte) i}), 32));
    }
    client.apply("wg0", peers(many.build()), ApplyMode.SYNC);
    // Refused, the first part of the collector, and then no memory for the second one.
    kernel.setsUntilRefusal = 2;
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> client.apply("wg0", peers(peer(A)), ApplyMode.SYNC))
        .satisfies(e -> assertThat(e.is(Errno.ENOMEM)).isTrue());
    assertThat(kernel.peers).containsOnlyKeys(A);
    assertThat(kernel.owners).isNotEmpty().hasSizeLessThan(2000);
    client.apply("wg0", peers(peer(A)), ApplyMode.SYNC);
    assertThat(kernel.owners).isEmpty();
  }

  private static DeviceSpec peers(PeerSpec... peers) {
    return DeviceSpec.builder().addPeers(List.of(peers)).build();
  }

  private static PeerSpec peer(PublicKey key, String... prefixes) {
    PeerSpec.Builder peer = PeerSpec.builder(key);
    for (String prefix : prefixes) {
      peer.addAllowedIp(AllowedIp.parse(prefix));
    }
    return peer.build();
  }

  private List<String> plan(DeviceSpec from, DeviceSpec to) throws IOException {
    client.apply("wg0", from, ApplyMode.SYNC);
    return client.diff("wg0", to).toString().lines().toList();
  }

  @Test
  void theOrderOfNestedPrefixes() throws IOException {
    // B's is inside A's: first the inner one, or B's traffic would go to A for a moment.
    assertThat(
            plan(
                peers(peer(C, "10.0.0.0/8")),
                peers(peer(A, "10.0.0.0/8"), peer(B, "10.1.0.0/16", "fd00::/8"), peer(C))))
        .containsExactly(
            "add peer " + A,
            "add peer " + B,
            "peer " + B + ": add allowed IPs 10.1.0.0/16, fd00::/8",
            "peer " + A + ": add allowed IPs 10.0.0.0/8 (from peer " + C + ")");
    // And the other way round: the outer one first, or B's traffic would go to A.
    assertThat(
            plan(
                peers(peer(A, "10.0.0.0/8", "10.3.0.0/16"), peer(B, "10.1.0.0/16"), peer(C)),
                peers(peer(A), peer(C, "0.0.0.0/0"))))
        .containsExactly(
            "peer " + C + ": add allowed IPs 0.0.0.0/0",
            "peer " + A + ": remove allowed IPs 10.3.0.0/16, 10.0.0.0/8",
            "peer " + B + ": remove allowed IPs 10.1.0.0/16",
            "remove peer " + B);
  }

  @Test
  void removedPeersTakeTheirPrefixesWithThem() throws IOException {
    assertThat(
            plan(
                peers(peer(A, "10.0.0.1/32"), peer(B, "10.0.0.2/32", "10.0.0.3/32")),
                peers(peer(A, "10.0.0.1/32", "10.0.0.2/32"))))
        .containsExactly(
            "peer " + A + ": add allowed IPs 10.0.0.2/32 (from peer " + B + ")",
            "remove peer " + B);
  }

  @Test
  void saysWhatChangesAndNoSecret() throws IOException {
    PrivateKey identity = PrivateKey.generate();
    PresharedKey shared = PresharedKey.generate();
    DeviceSpec one =
        DeviceSpec.builder()
            .listenPort(1)
            .fwmark(255)
            .addPeer(
                PeerSpec.builder(A)
                    .endpoint(Endpoint.parse("192.0.2.1:1"))
                    .persistentKeepalive(25)
                    .build())
            .build();
    DeviceSpec two =
        DeviceSpec.builder()
            .privateKey(identity)
            .listenPort(2)
            .addPeer(
                PeerSpec.builder(A)
                    .endpoint(Endpoint.parse("[2001:db8::1]:1"))
                    .presharedKey(shared)
                    .build())
            .addPeer(
                PeerSpec.builder(B)
                    .endpoint(Endpoint.parse("192.0.2.1:1"))
                    .presharedKey(shared)
                    .persistentKeepalive(7)
                    .build())
            .build();
    List<String> there = plan(one, two);
    assertThat(there)
        .containsExactly(
            "set the private key (hidden)",
            "set the listening port to 2 (was 1)",
            "set the fwmark to off (was 0xff)",
            "peer " + A + ": set the preshared key (hidden)",
            "peer " + A + ": set the endpoint to [2001:db8::1]:1 (was 192.0.2.1:1)",
            "peer " + A + ": set the keepalive to off (was 25)",
            "add peer "
                + B
                + ", endpoint 192.0.2.1:1, preshared key (hidden), persistent keepalive 7");
    assertThat(plan(two, one))
        .containsExactly(
            "remove the private key",
            "set the listening port to 1 (was 2)",
            "set the fwmark to 0xff (was off)",
            "peer " + A + ": remove the preshared key",
            "peer " + A + ": set the endpoint to 192.0.2.1:1 (was [2001:db8::1]:1)",
            "peer " + A + ": set the keepalive to 25 (was off)",
            "remove peer " + B);
    try (Device current = client.device("wg0")) {
      assertThat(Plan.of(current, one, ApplyMode.REPLACE).toString())
          .contains("remove all peers (2)\nadd peer " + A);
      assertThat(Plan.of(current, two, ApplyMode.REPLACE))
          .isEqualTo(Plan.of(current, two, ApplyMode.REPLACE))
          .isNotEqualTo(Plan.diff(current, two));
    }
  }

  /** A chosen port and a flow label are the kernel's, and no difference. */
  @Test
  void whatTheKernelChoseIsRight() throws IOException {
    kernel.port = 40000;
    client.configure(
        "wg0",
        DeviceConfig.builder()
            .addPeer(
                PeerConfig.builder(A)
                    .endpoint(new Endpoint(IpAddress.parse("fe80::1"), 5, 3, 77))
                    .build())
            .build());
    PeerSpec same = PeerSpec.builder(A).endpoint(Endpoint.parse("[fe80::1%3]:5")).build();
    assertThat(client.diff("wg0", peers(same)).isEmpty()).isTrue();
    assertThat(client.diff("wg0", DeviceSpec.builder().listenPort(0).addPeer(same).build()).steps())
        .isEmpty();
    assertThat(client.diff("wg0", peers(PeerSpec.builder(A).build())).isEmpty()).isTrue();
    PeerSpec elsewhere = PeerSpec.builder(A).endpoint(Endpoint.parse("[fe80::1%4]:5")).build();
    assertThat(client.diff("wg0", peers(elsewhere)).steps()).hasSize(1);
    try (Device device = client.device("wg0")) {
      assertThat(Plan.diff(device, DeviceSpec.of(device)).isEmpty()).isTrue();
    }
  }

  @Test
  void anEmptyPlanAsksNothing() throws IOException {
    DeviceSpec wish = peers(peer(A, "10.0.0.0/8"));
    client.apply("wg0", wish, ApplyMode.SYNC);
    kernel.sets.clear();
    assertThat(client.apply("wg0", wish, ApplyMode.SYNC).isEmpty()).isTrue();
    assertThat(kernel.sets).isEmpty();
  }

  /** What belongs to one peer and comes together is told to the kernel once. */
  @Test
  void stepsOfOnePeerAreOneChangeOfIt() throws IOException {
    kernel.sets.clear();
    PeerSpec second =
        PeerSpec.builder(B).persistentKeepalive(5).addAllowedIp(AllowedIp.parse("::/0")).build();
    Plan plan = client.apply("wg0", peers(peer(A, "10.0.0.0/8"), second), ApplyMode.SYNC);
    assertThat(plan.steps()).hasSize(4);
    assertThat(kernel.sets).hasSize(1);
    NetlinkMessage sent = NetlinkMessage.parse(ByteBuffer.wrap(kernel.sets.get(0))).get(0);
    assertThat(sent.attributes(4).get(Uapi.WGDEVICE_A_PEERS).array()).hasSize(2);
  }

  @Test
  void theEndIsToldOnce() throws IOException {
    List<PeerSpec> many = new ArrayList<>();
    for (int i = 0; i < 1024; i++) {
      many.add(PeerSpec.builder(numbered(i)).build());
    }
    List<String> heard = new ArrayList<>();
    try (Device empty = client.device("wg0")) {
      Plan.of(
          empty,
          DeviceSpec.builder().addPeers(many).build(),
          ApplyMode.SYNC,
          (done, total) -> heard.add(done + "/" + total));
    }
    assertThat(heard).containsExactly("1024/1024");
  }

  @Test
  void specificationsMergeAsTheKernelWould() {
    PresharedKey shared = PresharedKey.generate();
    DeviceSpec spec =
        peers(
            PeerSpec.builder(A)
                .persistentKeepalive(5)
                .presharedKey(shared)
                .addAllowedIps(List.of(AllowedIp.parse("10.0.0.0/8"), AllowedIp.parse("::/0")))
                .build(),
            peer(B, "10.0.0.0/8", "10.0.0.0/8", "10.1.0.0/16"),
            PeerSpec.builder(A)
                .endpoint(Endpoint.parse("192.0.2.1:1"))
                .addAllowedIp(AllowedIp.parse("::/0"))
                .build(),
            peer(A, "10.1.0.0/16"));
    assertThat(spec.peers())
        .containsExactly(
            peer(B, "10.0.0.0/8"),
            PeerSpec.builder(A)
                .persistentKeepalive(5)
                .presharedKey(shared)
                .endpoint(Endpoint.parse("192.0.2.1:1"))
                .addAllowedIp(AllowedIp.parse("10.1.0.0/16"))
                .build());
  }

  @Test
  void specificationsCheckTheirRanges() {
    for (int bad : new int[] {-1, 65536}) {
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> DeviceSpec.builder().listenPort(bad).build())
          .withMessageContaining("" + bad);
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> PeerSpec.builder(A).persistentKeepalive(bad).build())
          .withMessageContaining("" + bad);
    }
    DeviceSpec most = DeviceSpec.builder().listenPort(65535).fwmark(-1).build();
    assertThat(most.listenPort()).isEqualTo(OptionalInt.of(65535));
    assertThat(PeerSpec.builder(A).persistentKeepalive(65535).build().persistentKeepalive())
        .isEqualTo(OptionalInt.of(65535));
  }

  @Test
  void progressIsToldOfReadingComparingAndApplying() throws IOException {
    List<PeerSpec> many = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      many.add(PeerSpec.builder(numbered(i)).build());
    }
    DeviceSpec wish = DeviceSpec.builder().addPeers(many).build();
    List<String> heard = new ArrayList<>();
    ProgressListener listener = (done, total) -> heard.add(done + "/" + total);
    try (Device empty = client.device("wg0")) {
      Plan plan = Plan.of(empty, wish, ApplyMode.SYNC, listener);
      assertThat(heard).containsExactly("1024/3000", "2048/3000", "3000/3000");
      heard.clear();
      client.apply("wg0", plan, listener);
      assertThat(heard).containsExactly("1024/3000", "2048/3000", "3000/3000");
    }
    heard.clear();
    try (Device full = client.device("wg0")) {
      assertThat(Plan.of(full, peers(), ApplyMode.SYNC, listener).isEmpty()).isFalse();
    }
    assertThat(heard).containsExactly("1024/3000", "2048/3000", "3000/3000");
    heard.clear();
    client.device("wg0", listener).close();
    assertThat(heard).hasSizeGreaterThan(10).endsWith("3000/3000");
    assertThat(heard.get(3)).endsWith("/-1");
  }

  /** Whoever listens may stop it; what was done stays, and the client works on. */
  @Test
  void aListenerMayStopIt() throws IOException {
    client.apply("wg0", peers(peer(A), peer(B)), ApplyMode.SYNC);
    kernel.dumpLimit = 200;
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(
            () ->
                client.device(
                    "wg0",
                    (done, total) -> {
                      throw new IllegalStateException("enough");
                    }));
    assertThat(client.device("wg0").peers()).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(ApplyMode.class)
  void errorsAreTheKernels(ApplyMode mode) {
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> client.apply("wg1", peers(), mode))
        .satisfies(e -> assertThat(e.is(Errno.ENODEV)).isTrue());
  }
}
