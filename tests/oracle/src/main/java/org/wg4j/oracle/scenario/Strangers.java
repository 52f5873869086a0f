// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.wg4j.oracle.crypto.DhKey;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.crypto.X25519Key;
import org.wg4j.oracle.peer.Engine;
import org.wg4j.oracle.peer.HandshakeOptions;
import org.wg4j.oracle.wire.CookieReply;
import org.wg4j.oracle.wire.HandshakeInitiation;
import org.wg4j.oracle.wire.HandshakeResponse;
import org.wg4j.oracle.wire.MacSigner;
import org.wg4j.oracle.wire.TransportData;

/**
 * Senders on several ports, IPv4 and IPv6, who know the device's public key and its peer's, have
 * overheard conversations, and have no private key: what they can send.
 */
final class Strangers implements AutoCloseable {
  private static final int LONGEST = 1600;
  private static final int PORTS = 4;
  private static final int POOL = 24;

  /** Fewer than a device lets wait before it is under load. */
  private static final int PACE = 96;

  private enum Kind {
    NOISE,
    INITIATION_WRONG_MAC1,
    INITIATION_RIGHT_MAC1,
    INITIATION_OF_STRANGER,
    INITIATION_CLAIMING_PEER,
    INITIATION_REPLAYED,
    INITIATION_MUTATED,
    RESPONSE_WRONG_MAC1,
    RESPONSE_RIGHT_MAC1,
    COOKIE_REPLY,
    DATA_TO_NOBODY,
    DATA_FORGED,
    DATA_REPLAYED,
    DATA_MUTATED,
    KEEPALIVE_FORGED,
    REFLECTED,
    TRUNCATED,
    EXTENDED
  }

  private final Conversation conversation;
  private final Overheard overheard;
  private final MacSigner signer;
  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final List<DatagramChannel> channels = new ArrayList<>();
  private final List<byte[]> ofStrangers = new ArrayList<>();
  private final List<byte[]> claimingPeer = new ArrayList<>();
  private final Map<Kind, Integer> counts = new TreeMap<>();
  private final Set<Integer> answerable = new HashSet<>();
  private int handshakes;
  private int refusals;

  Strangers(Conversation conversation, Overheard overheard) throws IOException {
    this.conversation = conversation;
    this.overheard = overheard;
    this.signer = new MacSigner(conversation.settings().peerPublicKey());
    InetSocketAddress endpoint = conversation.settings().endpoint();
    InetSocketAddress endpoint6 = conversation.settings().endpoint6().orElseThrow();
    for (int i = 0; i < PORTS; i++) {
      // Connected, so that a refusal by ICMP comes back as an error.
      channels.add(connected(endpoint));
      channels.add(connected(endpoint6));
    }
    for (int i = 0; i < POOL; i++) {
      try (X25519Key stranger = X25519Key.generate()) {
        ofStrangers.add(initiation(stranger));
      }
      claimingPeer.add(initiation(new Impostor(conversation.identity().publicKey())));
    }
  }

  /** The public key of one's choice, and no private key at all. */
  private record Impostor(byte[] publicKey) implements DhKey {
    @Override
    public byte[] agree(byte[] peerPublic) {
      return Primitives.random(Primitives.KEY);
    }
  }

  private byte[] initiation(DhKey identity) {
    try (X25519Key unused = X25519Key.generate();
        Engine engine =
            new Engine(
                unused,
                conversation.settings().peerPublicKey(),
                new byte[Primitives.KEY],
                Clock.systemUTC())) {
      return engine.initiate(HandshakeOptions.HONEST.withIdentity(identity)).datagram();
    }
  }

  private static DatagramChannel connected(InetSocketAddress to) throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    channel.connect(to);
    channel.configureBlocking(false);
    return channel;
  }

  /** Sends so many datagrams, and calls between, as often as a device needs to keep up. */
  void flood(int packets, Runnable between) {
    for (int i = 0; i < packets; i++) {
      Kind kind = Kind.values()[i % Kind.values().length];
      byte[] datagram = make(kind);
      counts.merge(kind, 1, Integer::sum);
      send(datagram);
      if (datagram.length > 0 && datagram[0] >= 1 && datagram[0] <= 3 && ++handshakes % PACE == 0) {
        between.run();
      }
    }
  }

  /** From every port and, most dangerous, from the honest peer's own address. */
  private void send(byte[] datagram) {
    int which = random.nextInt(channels.size() + 1);
    if (which == channels.size()) {
      conversation.peer().send(datagram);
    } else {
      write(channels.get(which), datagram);
    }
  }

  void probe(byte[] datagram) {
    channels.forEach(channel -> write(channel, datagram));
  }

  private void write(DatagramChannel channel, byte[] datagram) {
    try {
      ByteBuffer buffer = ByteBuffer.wrap(datagram);
      while (channel.write(buffer) == 0 && datagram.length > 0) {
        Thread.onSpinWait();
      }
    } catch (PortUnreachableException e) {
      refusals++;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] make(Kind kind) {
    return switch (kind) {
      case NOISE -> bytes(random.nextInt(LONGEST + 1));
      case INITIATION_WRONG_MAC1 -> typed(1, HandshakeInitiation.LENGTH);
      case INITIATION_RIGHT_MAC1 -> signed(typed(1, HandshakeInitiation.LENGTH));
      case INITIATION_OF_STRANGER -> known(any(ofStrangers));
      case INITIATION_CLAIMING_PEER -> known(any(claimingPeer));
      case INITIATION_REPLAYED -> known(any(overheard.initiations()));
      case INITIATION_MUTATED ->
          signed(flipped(any(overheard.initiations()), 8, HandshakeInitiation.LENGTH - 32));
      case RESPONSE_WRONG_MAC1 -> toSession(typed(2, HandshakeResponse.LENGTH), 8);
      case RESPONSE_RIGHT_MAC1 -> signed(toSession(typed(2, HandshakeResponse.LENGTH), 8));
      case COOKIE_REPLY -> toSession(typed(3, CookieReply.LENGTH), 4);
      case DATA_TO_NOBODY -> typed(4, TransportData.MINIMUM_LENGTH + random.nextInt(1400));
      case DATA_FORGED -> forgedData(TransportData.MINIMUM_LENGTH + random.nextInt(1400));
      case DATA_REPLAYED -> any(overheard.data());
      case DATA_MUTATED -> {
        byte[] honest = any(overheard.data());
        yield flipped(honest, 0, honest.length);
      }
      case KEEPALIVE_FORGED -> forgedData(TransportData.MINIMUM_LENGTH);
      case REFLECTED -> reflected(any(overheard.fromModule()));
      case TRUNCATED -> {
        byte[] honest = anyMessage();
        yield Arrays.copyOf(honest, random.nextInt(honest.length));
      }
      case EXTENDED -> {
        byte[] honest = anyMessage();
        yield Arrays.copyOf(honest, honest.length + 1 + random.nextInt(200));
      }
    };
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] typed(int type, int length) {
    byte[] datagram = bytes(length);
    ByteBuffer.wrap(datagram).order(ByteOrder.LITTLE_ENDIAN).putInt(type);
    return datagram;
  }

  private static int word(byte[] datagram, int at) {
    return ByteBuffer.wrap(datagram).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  /** What a cookie may be sent for. */
  private byte[] known(byte[] datagram) {
    answerable.add(word(datagram, 4));
    return datagram;
  }

  private byte[] signed(byte[] datagram) {
    signer.sign(datagram);
    return known(datagram);
  }

  /** Addressed to a living session's index more often than not. */
  private byte[] toSession(byte[] datagram, int at) {
    if (random.nextInt(4) > 0) {
      int index = any(overheard.indices());
      ByteBuffer.wrap(datagram).order(ByteOrder.LITTLE_ENDIAN).putInt(at, index);
    }
    return datagram;
  }

  private byte[] forgedData(int length) {
    byte[] datagram = typed(4, length);
    long[] counters = {
      0, 1, 2, random.nextInt(10000), Long.MAX_VALUE, -1, -8194, random.nextLong()
    };
    ByteBuffer.wrap(datagram)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(4, any(overheard.indices()))
        .putLong(8, counters[random.nextInt(counters.length)]);
    return datagram;
  }

  private byte[] flipped(byte[] honest, int from, int to) {
    byte[] changed = honest.clone();
    changed[from + random.nextInt(to - from)] ^= (byte) (1 << random.nextInt(8));
    return changed;
  }

  private byte[] reflected(byte[] datagram) {
    byte[] changed = datagram.clone();
    if (changed[0] == HandshakeResponse.TYPE) {
      return signed(toSession(changed, 8));
    }
    return toSession(changed, 4);
  }

  private byte[] anyMessage() {
    return switch (random.nextInt(4)) {
      case 0 -> any(overheard.initiations());
      case 1 -> any(overheard.fromModule());
      case 2 -> any(claimingPeer);
      default -> any(overheard.data());
    };
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  /** What came back to the strangers, to each of their ports; a refusal counts as empty answer. */
  List<byte[]> answers(Duration linger) {
    List<byte[]> answers = new ArrayList<>();
    // The honest peer's socket is read meanwhile: that is where time passes.
    conversation.peer().await(event -> false, linger);
    for (DatagramChannel channel : channels) {
      read(channel, answers);
    }
    for (; refusals > 0; refusals--) {
      answers.add(new byte[0]);
    }
    return answers;
  }

  private void read(DatagramChannel channel, List<byte[]> answers) {
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    while (true) {
      try {
        buffer.clear();
        // Zero bytes are an answer too, which read() alone would not tell from none.
        if (channel.receive(buffer) == null) {
          return;
        }
        answers.add(Arrays.copyOf(buffer.array(), buffer.position()));
      } catch (PortUnreachableException e) {
        refusals++;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Whether a cookie answers a message that was sent with a right mac1. */
  boolean mayBeAnswered(byte[] cookie) {
    return answerable.contains(word(cookie, 4));
  }

  /** How many of what was sent looks like handshake messages. */
  int handshakes() {
    return handshakes;
  }

  /**
   * Whether a closed port of the same host is refused, which shows that silence means something.
   */
  boolean closedPortIsRefused(Duration limit) throws IOException {
    InetSocketAddress open = conversation.settings().endpoint();
    InetAddress host = open.getAddress();
    long deadline = System.nanoTime() + limit.toNanos();
    try (DatagramChannel channel = connected(new InetSocketAddress(host, open.getPort() + 1))) {
      ByteBuffer buffer = ByteBuffer.allocate(16);
      while (System.nanoTime() < deadline) {
        channel.write(ByteBuffer.wrap(new byte[1]));
        conversation.peer().await(event -> false, Duration.ofMillis(50));
        channel.receive(buffer);
      }
    } catch (PortUnreachableException e) {
      return true;
    }
    return false;
  }

  String summary() {
    int sum = counts.values().stream().mapToInt(Integer::intValue).sum();
    return sum + " datagrams of strangers (seed " + seed + "): " + counts;
  }

  @Override
  public void close() {
    for (DatagramChannel channel : channels) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
