// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where the implementation under test is and who we are to it.
 *
 * @param endpoint its UDP address
 * @param bind our UDP address; port 0 for any
 * @param privateKeyFile holds our private key in base64
 * @param peerPublicKey its static public key
 * @param pskFile holds the pre-shared key in base64, if there is one
 * @param inner4 our inner IPv4 address, allowed at the other side
 * @param innerPeer4 its inner IPv4 address
 * @param inner6 our inner IPv6 address, allowed at the other side
 * @param innerPeer6 its inner IPv6 address
 * @param mtu the MTU of its device, in bytes
 * @param netns the network namespace of its device, if not ours
 * @param endpoint6 its other UDP address, of the other family, for floods
 * @param stateFile where its whole state can be read, if it can
 * @param packets how many datagrams strangers send
 * @param peerPrivateKeyFile holds its private key in base64, if it is compromised
 * @param timeout the longest wait for one event
 * @param linger how long silence is listened to
 */
public record Settings(
    InetSocketAddress endpoint,
    InetSocketAddress bind,
    Path privateKeyFile,
    byte[] peerPublicKey,
    Optional<Path> pskFile,
    InetAddress inner4,
    InetAddress innerPeer4,
    InetAddress inner6,
    InetAddress innerPeer6,
    int mtu,
    Optional<String> netns,
    Optional<InetSocketAddress> endpoint6,
    Optional<Path> stateFile,
    int packets,
    Optional<Path> peerPrivateKeyFile,
    Duration timeout,
    Duration linger) {

  /** The command line's keys, each with its meaning; for the help text. */
  public static final String HELP =
      """
        endpoint=ADDR:PORT      where the implementation under test listens ([ADDR6]:PORT for IPv6)
        private-key-file=FILE   the oracle's private key, base64
        peer-public-key=KEY     the public key of the implementation under test, base64
        psk-file=FILE           the pre-shared key, base64; leave out for none
        bind=ADDR:PORT          the oracle's own address [127.0.0.1:0]; scenarios in which the
                                other side speaks first need the port it has as our endpoint
        inner=ADDR4             our inner address, in the allowed IPs [10.77.0.2]
        inner-peer=ADDR4        inner address of the other side's device [10.77.0.1]
        inner6=ADDR6            likewise [fd77::2]
        inner-peer6=ADDR6       likewise [fd77::1]
        mtu=BYTES               MTU of the other side's device [1420]
        netns=NAME              namespace of the other side's device, if not the oracle's
        endpoint6=[ADDR6]:PORT  where it listens too, for floods over both
        state=FILE              its whole state, as tests/suites/guest-module prints it
        packets=COUNT           how many datagrams a flood sends [2000]
        peer-private-key-file=FILE
                                its private key, for scenarios in which it was stolen
        timeout=SECONDS         longest wait for one event [60]
        linger-ms=MILLIS        how long silence is listened to [500]
      """;

  private static final Set<String> KEYS =
      Set.of(
          "endpoint",
          "private-key-file",
          "peer-public-key",
          "psk-file",
          "bind",
          "inner",
          "inner-peer",
          "inner6",
          "inner-peer6",
          "mtu",
          "netns",
          "endpoint6",
          "state",
          "packets",
          "peer-private-key-file",
          "timeout",
          "linger-ms");

  /**
   * @param values key to value
   * @return the settings
   * @throws IllegalArgumentException if a key is unknown or missing or a value makes no sense
   */
  public static Settings parse(Map<String, String> values) {
    Set<String> unknown = new TreeSet<>(values.keySet());
    unknown.removeAll(KEYS);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException("unknown setting " + unknown);
    }
    return new Settings(
        socketAddress(required(values, "endpoint")),
        socketAddress(values.getOrDefault("bind", "127.0.0.1:0")),
        Path.of(required(values, "private-key-file")),
        key(required(values, "peer-public-key").getBytes(StandardCharsets.US_ASCII)),
        Optional.ofNullable(values.get("psk-file")).map(Path::of),
        address(values.getOrDefault("inner", "10.77.0.2")),
        address(values.getOrDefault("inner-peer", "10.77.0.1")),
        address(values.getOrDefault("inner6", "fd77::2")),
        address(values.getOrDefault("inner-peer6", "fd77::1")),
        Integer.parseInt(values.getOrDefault("mtu", "1420")),
        Optional.ofNullable(values.get("netns")),
        Optional.ofNullable(values.get("endpoint6")).map(Settings::socketAddress),
        Optional.ofNullable(values.get("state")).map(Path::of),
        Integer.parseInt(values.getOrDefault("packets", "2000")),
        Optional.ofNullable(values.get("peer-private-key-file")).map(Path::of),
        Duration.ofSeconds(Long.parseLong(values.getOrDefault("timeout", "60"))),
        Duration.ofMillis(Long.parseLong(values.getOrDefault("linger-ms", "500"))));
  }

  private static String required(Map<String, String> values, String key) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException(key + "= is missing");
    }
    return value;
  }

  private static InetSocketAddress socketAddress(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("no port in " + text);
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    return new InetSocketAddress(address(host), Integer.parseInt(text.substring(colon + 1)));
  }

  private static InetAddress address(String text) {
    // Literals only: a name would be looked up.
    if (!text.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.%a-z]*")) {
      throw new IllegalArgumentException("not an IP address: " + text);
    }
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an IP address: " + text, e);
    }
  }

  private static byte[] key(byte[] base64) {
    int end = base64.length;
    while (end > 0 && base64[end - 1] <= ' ') {
      end--;
    }
    byte[] key = Base64.getDecoder().decode(Arrays.copyOf(base64, end));
    if (key.length != 32) {
      throw new IllegalArgumentException("a key has 32 bytes");
    }
    return key;
  }

  /**
   * Reads a key file.
   *
   * @param file holds 32 bytes in base64
   * @return the key, which the caller zeroes
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it holds no key
   */
  static byte[] readKey(Path file) throws IOException {
    byte[] text = Files.readAllBytes(file);
    try {
      return key(text);
    } catch (IllegalArgumentException e) {
      // The decoder's own message would quote the file.
      throw new IllegalArgumentException("no key in " + file);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }
}
