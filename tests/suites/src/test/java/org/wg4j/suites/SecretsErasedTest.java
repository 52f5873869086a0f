// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.GuestMemory;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.oracle.crypto.X25519Key;

/**
 * Secrets die when what they belong to ends: the guest's whole RAM, freed memory and stacks
 * included, is looked through for them from outside.
 *
 * <p>What is looked for never was in the guest's user space: session keys, ephemeral keys and
 * shared secrets arise in the kernel; the pre-shared key is drawn by the test's module; and private
 * keys are given unclamped, so that as they are kept they are only there. The test's module tells
 * all of them masked. It notes every private key and every result of the curve's arithmetic.
 */
@Lab
class SecretsErasedTest {
  private static final int MASK = 0x5a;
  private static final Duration LIMIT = Duration.ofMinutes(4);

  /** A grace period of RCU, or a worker, on a slow host. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final SecureRandom RANDOM = new SecureRandom();

  private Machine machine;
  private final Map<String, byte[]> secrets = new TreeMap<>();

  private static final String SET_UP =
      """
      set -e
      for ns in a b; do
        if [ -e /run/netns/$ns ]; then
          ip netns pids $ns | xargs -r kill -9
          ip netns delete $ns
        fi
      done
      ip netns add a
      ip netns add b
      ip link add v0 netns a type veth peer name v0 netns b
      for end in 'a 1' 'b 2'; do
        set -- $end
        ip -n $1 -batch - <<END
      link set lo up
      addr add 10.0.0.$2/24 dev v0
      link set v0 up
      link add wg0 type wireguard
      addr add 192.168.77.$2/24 dev wg0
      END
      done
      echo record >/proc/wg_secrets
      """;

  /** As `wg` takes it, but not as it will be kept: clamping changes the first and the last byte. */
  private static String unclamped() {
    byte[] key = new byte[32];
    RANDOM.nextBytes(key);
    key[0] |= 7;
    key[31] |= (byte) 0x80;
    return Base64.getEncoder().encodeToString(key);
  }

  private static String publicKey(String privateKey) {
    try (X25519Key key = X25519Key.of(Base64.getDecoder().decode(privateKey))) {
      return Base64.getEncoder().encodeToString(key.publicKey());
    }
  }

  private void wg(String namespace, String configuration) {
    machine
        .run(
            Command.of("ip", "netns", "exec", namespace, "wg", "addconf", "wg0", "/dev/stdin")
                .stdin(configuration))
        .check();
  }

  private void sh(String script) {
    machine.run(Command.sh("set -e\n" + script).within(LIMIT)).check();
  }

  /** Asks the test's module, and remembers what it says beyond what was known. */
  private void learn() {
    for (String line : machine.read(GuestModule.SECRETS).lines().toList()) {
      String[] words = line.split(" ");
      byte[] bytes = HexFormat.of().parseHex(words[1]);
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] ^= MASK;
      }
      if (secrets.values().stream().noneMatch(known -> Arrays.equals(known, bytes))) {
        secrets.put(words[0] + "#" + secrets.size(), bytes);
      }
    }
  }

  /** The names of those that are in the guest's memory. */
  private Set<String> present() {
    return places().keySet();
  }

  private Map<String, List<Long>> places() {
    List<String> names = List.copyOf(secrets.keySet());
    List<GuestMemory.Hit> hits = machine.memory().find(names.stream().map(secrets::get).toList());
    return hits.stream()
        .collect(
            Collectors.groupingBy(
                hit -> names.get(hit.what()),
                TreeMap::new,
                Collectors.mapping(GuestMemory.Hit::at, Collectors.toList())));
  }

  private Set<String> named(Predicate<String> which) {
    return secrets.keySet().stream().filter(which).collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * What lives is found, so that what is not found is not there. (Not asked of the ephemeral key of
   * an outstanding initiation: it is replaced every five seconds, before a slow host has looked.)
   */
  private void requireFound(String... kinds) {
    Set<String> found = present();
    for (String kind : kinds) {
      assertThat(found).as("what is alive").anyMatch(name -> name.contains(kind));
    }
  }

  /** Looks again until none of them is left, as memory is given back a little later. */
  private void requireGone(String after, Set<String> gone) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Map<String, List<Long>> left;
    do {
      left = places();
      left.keySet().retainAll(gone);
    } while (!left.isEmpty() && System.nanoTime() < deadline);
    assertThat(left).as("still in memory after " + after).isEmpty();
  }

  private static boolean isOfSession(String name) {
    return name.matches(".*(send_key|receive_key|ephemeral_private).*");
  }

  @Test
  void nothingSecretOutlivesWhatItBelongsTo(
      @Guest(value = "unpoisoned", slubDebug = false, memoryMiB = 640) Machine plain) {
    machine = plain;
    GuestModule.load(plain);
    String keyA = unclamped();
    String keyB = unclamped();
    Identity silent = Identity.generate();
    sh(SET_UP);
    wg("a", end(keyA, 1) + peer(publicKey(keyB), 2));
    wg("b", end(keyB, 2) + peer(publicKey(keyA), 1));
    // One who never answers, so that an initiation stays outstanding.
    wg("a", peer(silent.publicKey(), 9));
    sh(
        """
        echo psk >/proc/wg_secrets
        ip -n a link set wg0 up
        ip -n b link set wg0 up
        ip netns exec a ping -q -c 1 -W 60 192.168.77.2
        ip netns exec a ping -q -c 1 -W 1 192.168.77.9 || true
        """);
    learn();
    assertThat(secrets.keySet()).anyMatch(name -> name.contains("ephemeral_private"));
    requireFound("send_key", "receive_key", "preshared_key", "static_static", ".private_key");
    // Ephemeral keys of what has ended, and shared secrets: four of them in each handshake.
    assertThat(named(name -> name.startsWith("curve"))).hasSizeGreaterThanOrEqualTo(4);
    requireGone("the handshake", named(name -> name.startsWith("curve")));

    // As far as frozen processes: what the sleeping machine's memory holds is decided before that.
    sh(
        """
        echo freezer >/sys/power/pm_test
        echo 0 >/sys/module/suspend/parameters/pm_test_delay
        echo freeze >/sys/power/state
        echo none >/sys/power/pm_test
        """);
    requireGone("the machine slept", named(SecretsErasedTest::isOfSession));
    sh("ip netns exec a ping -q -c 1 -W 60 192.168.77.2");
    learn();
    requireFound("send_key", "receive_key");

    sh("ip -n a link set wg0 down; ip -n b link set wg0 down");
    requireGone("the interfaces went down", named(SecretsErasedTest::isOfSession));

    Set<String> formerIdentities =
        named(name -> name.matches(".*(\\.private_key|static_static).*"));
    Set<String> present = present();
    assertThat(present).as("the administrator's keys stay").containsAll(formerIdentities);
    setKeys(unclamped(), unclamped());
    requireGone("the private keys were changed", formerIdentities);

    learn();
    assertThat(present()).anyMatch(name -> name.contains("preshared_key"));
    for (String key : List.of(publicKey(keyB), silent.publicKey())) {
      sh("ip netns exec a wg set wg0 peer " + key + " remove");
    }
    sh("ip netns exec b wg set wg0 peer " + publicKey(keyA) + " remove");
    requireGone("the peers were removed", named(name -> name.contains("preshared_key")));

    sh("ip -n a link delete wg0; ip -n b link delete wg0");
    requireGone("the devices were deleted", named(name -> true));
  }

  private void setKeys(String keyA, String keyB) {
    wg("a", "[Interface]\nPrivateKey = " + keyA + "\n");
    wg("b", "[Interface]\nPrivateKey = " + keyB + "\n");
  }

  private static String end(String privateKey, int host) {
    return "[Interface]\nPrivateKey = " + privateKey + "\nListenPort = " + (51820 + host) + "\n";
  }

  private static String peer(String publicKey, int host) {
    return """
        [Peer]
        PublicKey = %1$s
        AllowedIPs = 192.168.77.%2$d/32
        Endpoint = 10.0.0.%2$d:%3$d
        """
        .formatted(publicKey, host, 51820 + host);
  }
}
