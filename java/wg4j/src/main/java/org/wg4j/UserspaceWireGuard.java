// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.NetlinkException;

/**
 * WireGuard implemented by programs in user space, over the cross-platform text protocol: {@code
 * get=1} and {@code set=1} on a UNIX socket named after the interface.
 */
final class UserspaceWireGuard implements WireGuard {

  static final Path DEFAULT_DIRECTORY = Path.of("/var/run/wireguard");

  /** Most bytes of an answer that are taken; a hundred thousand peers need a sixth of it. */
  private static final int MOST = 256 << 20;

  private static final String SUFFIX = ".sock";
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final Path directory;
  private final int most;

  UserspaceWireGuard(Path directory) {
    this(directory, MOST);
  }

  UserspaceWireGuard(Path directory, int most) {
    this.directory = directory;
    this.most = most;
  }

  @Override
  public List<String> deviceNames() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String file = entry.getFileName().toString();
        // Not by a glob: the JVM makes it a regular expression, which takes dozens of classes.
        if (file.endsWith(SUFFIX)) {
          String name = file.substring(0, file.length() - SUFFIX.length());
          if (isAlive(name)) {
            names.add(name);
          }
        }
      }
    } catch (NoSuchFileException | NotDirectoryException none) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  /** Whether a program listens on the socket of that interface. */
  boolean isAlive(String name) {
    Optional<Path> socket = socket(name);
    if (socket.isEmpty() || !Files.exists(socket.get())) {
      return false;
    }
    try (SocketChannel channel = connect(socket.get())) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** The socket of an interface; empty if no interface can have that name. */
  private Optional<Path> socket(String name) {
    if (name.isEmpty() || name.indexOf('/') >= 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(directory.resolve(name + SUFFIX));
    } catch (InvalidPathException noFile) {
      return Optional.empty();
    }
  }

  private static SocketChannel connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** As {@link #connect}; where there is no socket or nobody who listens, there is no device. */
  private SocketChannel reach(String name) throws IOException {
    Path socket = socket(name).orElseThrow(() -> failure("reach device " + name, Errno.ENODEV));
    try {
      return connect(socket);
    } catch (IOException e) {
      if (!Files.exists(socket) || e instanceof ConnectException) {
        NetlinkException none = failure("reach device " + name, Errno.ENODEV);
        none.initCause(e);
        throw none;
      }
      throw e;
    }
  }

  @Override
  public Device device(String name) throws IOException {
    byte[] answer = exchange(name, "get=1\n\n".getBytes(StandardCharsets.US_ASCII));
    try {
      return parse(name, answer);
    } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
      // Not the cause: its message may quote the answer, which has keys in it.
      throw failure("read device " + name, Errno.EPROTO);
    } finally {
      Arrays.fill(answer, (byte) 0);
    }
  }

  @Override
  public Device device(int index) throws IOException {
    throw failure("read device " + index, Errno.EOPNOTSUPP);
  }

  @Override
  public List<Device> devices() throws IOException {
    return KernelWireGuard.readAll(this);
  }

  @Override
  public void configure(String name, DeviceConfig change) throws IOException {
    WipedBuffer request = new WipedBuffer();
    try {
      render(request, change);
      byte[] bytes = request.toByteArray();
      try {
        byte[] answer = exchange(name, bytes);
        int errno = answerErrno(answer);
        if (errno != 0) {
          throw NetlinkException.of("configure device " + name, errno, ExtAck.NONE);
        }
      } finally {
        Arrays.fill(bytes, (byte) 0);
      }
    } finally {
      request.wipe();
    }
  }

  @Override
  public void configure(int index, DeviceConfig change) throws IOException {
    throw failure("configure device " + index, Errno.EOPNOTSUPP);
  }

  private byte[] exchange(String name, byte[] request) throws IOException {
    WipedBuffer answer = new WipedBuffer();
    ByteBuffer chunk = ByteBuffer.allocate(16384);
    try (SocketChannel channel = reach(name)) {
      ByteBuffer out = ByteBuffer.wrap(request);
      while (out.hasRemaining()) {
        channel.write(out);
      }
      while (!answer.endsWithBlankLine() && channel.read(chunk.clear()) >= 0) {
        if (answer.size() + chunk.position() > most) {
          throw failure("read the answer of device " + name, Errno.EMSGSIZE);
        }
        answer.write(chunk.array(), 0, chunk.position());
      }
      return answer.toByteArray();
    } finally {
      answer.wipe();
      Arrays.fill(chunk.array(), (byte) 0);
    }
  }

  private static NetlinkException failure(String operation, Errno error) {
    return NetlinkException.of(operation, error.number(), ExtAck.NONE);
  }

  private static int answerErrno(byte[] answer) {
    int errno = Errno.EPROTO.number();
    try {
      for (Line line : lines(answer)) {
        errno = line.is("errno") ? errno(line) : errno;
      }
      return errno;
    } catch (IllegalArgumentException e) {
      return Errno.EPROTO.number();
    }
  }

  /** Programs report errors with and without a minus sign; here they have none. */
  private static int errno(Line line) {
    String text = line.text();
    String digits = text.startsWith("-") ? text.substring(1) : text;
    long errno = ConfigValues.digits(digits, 10, Integer.MAX_VALUE);
    if (errno < 0) {
      throw new IllegalArgumentException("not an errno");
    }
    return (int) errno;
  }

  /** One {@code key=value} of an answer; the value stays where it is. */
  private record Line(byte[] source, int start, int equals, int end) {
    boolean is(String key) {
      if (equals - start != key.length()) {
        return false;
      }
      for (int i = 0; i < key.length(); i++) {
        if (source[start + i] != key.charAt(i)) {
          return false;
        }
      }
      return true;
    }

    String text() {
      return new String(source, equals + 1, end - equals - 1, StandardCharsets.UTF_8);
    }

    /** Digits only; {@code limit} is unsigned, as the result. */
    long number(long limit) {
      String text = text();
      if (text.isEmpty() || text.charAt(0) < '0' || text.charAt(0) > '9') {
        throw new IllegalArgumentException("not a number");
      }
      long value = Long.parseUnsignedLong(text);
      if (Long.compareUnsigned(value, limit) > 0) {
        throw new IllegalArgumentException("a number out of range");
      }
      return value;
    }

    byte[] key() {
      byte[] out = new byte[Key.LENGTH];
      if (end - equals - 1 != 2 * Key.LENGTH) {
        throw new IllegalArgumentException("a key of the wrong length");
      }
      for (int i = 0; i < out.length; i++) {
        int high = Character.digit(source[equals + 1 + 2 * i], 16);
        int low = Character.digit(source[equals + 2 + 2 * i], 16);
        if ((high | low) < 0) {
          throw new IllegalArgumentException("a key that is not hexadecimal");
        }
        out[i] = (byte) (high << 4 | low);
      }
      return out;
    }
  }

  /**
   * The lines up to the blank one that ends an answer.
   *
   * @throws IllegalArgumentException if that is missing, or a line is not {@code key=value}
   */
  private static List<Line> lines(byte[] answer) {
    List<Line> lines = new ArrayList<>();
    int start = 0;
    int equals = -1;
    for (int at = 0; at < answer.length; at++) {
      switch (answer[at]) {
        case '\n' -> {
          if (at == start) {
            return lines;
          }
          if (equals < 0) {
            throw new IllegalArgumentException("a line without an equals sign");
          }
          lines.add(new Line(answer, start, equals, at));
          start = at + 1;
          equals = -1;
        }
        case '=' -> equals = equals < 0 ? at : equals;
        case 0 -> throw new IllegalArgumentException("a NUL in an answer");
        default -> {}
      }
    }
    throw new IllegalArgumentException("an answer without an end");
  }

  private static Device parse(String name, byte[] answer) throws IOException {
    PartialDevice device = new PartialDevice();
    try {
      int errno = Errno.EPROTO.number();
      for (Line line : lines(answer)) {
        if (line.is("errno")) {
          errno = errno(line);
        } else {
          device.accept(line);
        }
      }
      if (errno != 0) {
        throw NetlinkException.of("read device " + name, errno, ExtAck.NONE);
      }
      return device.toDevice(name);
    } catch (IOException | RuntimeException e) {
      device.wipe();
      throw e;
    }
  }

  private static final class PartialDevice {
    private Optional<PrivateKey> privateKey = Optional.empty();
    private int listenPort;
    private int fwmark;
    private final List<PartialPeer> peers = new ArrayList<>();

    void accept(Line line) throws IOException {
      if (line.is("public_key")) {
        peers.add(new PartialPeer(PublicKey.of(line.key())));
      } else if (!peers.isEmpty()) {
        peers.get(peers.size() - 1).accept(line);
      } else if (line.is("private_key")) {
        privateKey.ifPresent(PrivateKey::destroy);
        byte[] bytes = line.key();
        privateKey = Optional.of(PrivateKey.of(bytes)).filter(key -> !key.isZero());
        Arrays.fill(bytes, (byte) 0);
      } else if (line.is("listen_port")) {
        listenPort = (int) line.number(65535);
      } else if (line.is("fwmark")) {
        fwmark = (int) line.number(0xffffffffL);
      }
    }

    Device toDevice(String name) {
      return new Device(
          name,
          0,
          privateKey,
          privateKey.map(PrivateKey::publicKey),
          listenPort,
          fwmark,
          peers.stream().map(PartialPeer::toPeer).toList());
    }

    void wipe() {
      privateKey.ifPresent(PrivateKey::destroy);
      peers.forEach(peer -> peer.presharedKey.ifPresent(PresharedKey::destroy));
    }
  }

  private static final class PartialPeer {
    private final PublicKey publicKey;
    private Optional<PresharedKey> presharedKey = Optional.empty();
    private Optional<Endpoint> endpoint = Optional.empty();
    private final List<AllowedIp> allowedIps = new ArrayList<>();
    private long handshakeSeconds;
    private long handshakeNanos;
    private long received;
    private long sent;
    private int keepalive;
    private int version;

    PartialPeer(PublicKey publicKey) {
      this.publicKey = publicKey;
    }

    void accept(Line line) throws IOException {
      if (line.is("preshared_key")) {
        presharedKey.ifPresent(PresharedKey::destroy);
        byte[] bytes = line.key();
        presharedKey = Optional.of(PresharedKey.of(bytes)).filter(key -> !key.isZero());
        Arrays.fill(bytes, (byte) 0);
      } else if (line.is("endpoint")) {
        endpoint = Optional.of(endpoint(line.text()));
      } else if (line.is("allowed_ip")) {
        allowedIps.add(prefix(line.text()));
      } else if (line.is("last_handshake_time_sec")) {
        handshakeSeconds = line.number(Long.MAX_VALUE);
      } else if (line.is("last_handshake_time_nsec")) {
        handshakeNanos = line.number(999_999_999);
      } else if (line.is("rx_bytes")) {
        received = line.number(-1);
      } else if (line.is("tx_bytes")) {
        sent = line.number(-1);
      } else if (line.is("persistent_keepalive_interval")) {
        keepalive = (int) line.number(65535);
      } else if (line.is("protocol_version")) {
        // Nothing depends on it, so whatever it says is no reason to refuse all the rest.
        version = (int) Math.max(0, ConfigValues.digits(line.text(), 10, Integer.MAX_VALUE));
      }
    }

    private static Endpoint endpoint(String text) throws IOException {
      try {
        return SystemResolver.numeric(HostPort.parse(text));
      } catch (ResolveException e) {
        throw new IllegalArgumentException("an endpoint that is not numeric", e);
      }
    }

    private static AllowedIp prefix(String text) {
      if (text.indexOf('/') < 0) {
        throw new IllegalArgumentException("a prefix without a length");
      }
      return AllowedIp.parse(text);
    }

    Peer toPeer() {
      return new Peer(
          publicKey,
          presharedKey,
          endpoint,
          allowedIps,
          (handshakeSeconds | handshakeNanos) == 0
              ? Optional.empty()
              : Optional.of(Instant.ofEpochSecond(handshakeSeconds, handshakeNanos)),
          received,
          sent,
          keepalive,
          version);
    }
  }

  private static void render(WipedBuffer out, DeviceConfig change) {
    out.line("set", "1");
    if (!change.privateKey().isKeep()) {
      out.key("private_key", change.privateKey().value().map(PrivateKey::toBytes));
    }
    if (!change.listenPort().isKeep()) {
      out.line("listen_port", Integer.toString(change.listenPort().value().orElse(0)));
    }
    if (!change.fwmark().isKeep()) {
      out.line("fwmark", Integer.toUnsignedString(change.fwmark().value().orElse(0)));
    }
    if (change.replacePeers()) {
      out.line("replace_peers", "true");
    }
    for (PeerConfig peer : change.peers()) {
      out.key("public_key", Optional.of(peer.publicKey().toBytes()));
      if (peer.updateOnly()) {
        out.line("update_only", "true");
      }
      if (peer.remove()) {
        out.line("remove", "true");
        continue;
      }
      if (!peer.presharedKey().isKeep()) {
        out.key("preshared_key", peer.presharedKey().value().map(PresharedKey::toBytes));
      }
      peer.endpoint()
          .value()
          .ifPresent(where -> out.line("endpoint", where.format(SystemResolver::interfaceName)));
      if (!peer.persistentKeepalive().isKeep()) {
        int seconds = peer.persistentKeepalive().value().orElse(0);
        out.line("persistent_keepalive_interval", Integer.toString(seconds));
      }
      if (peer.replaceAllowedIps()) {
        out.line("replace_allowed_ips", "true");
      }
      peer.allowedIps().forEach(prefix -> out.line("allowed_ip", prefix.toString()));
      peer.removedAllowedIps().forEach(prefix -> out.line("allowed_ip", "-" + prefix));
    }
    out.write('\n');
  }

  /** Does nothing: each exchange has its own connection. */
  @Override
  public void close() {}

  /** A byte buffer that leaves no copy of its content behind. */
  private static final class WipedBuffer extends ByteArrayOutputStream {
    WipedBuffer() {
      super(4096);
    }

    private void room(int more) {
      if (count + more > buf.length) {
        byte[] old = buf;
        buf = Arrays.copyOf(old, Math.max(2 * old.length, count + more));
        Arrays.fill(old, (byte) 0);
      }
    }

    @Override
    public void write(int value) {
      room(1);
      super.write(value);
    }

    @Override
    public void write(byte[] from, int offset, int length) {
      room(length);
      super.write(from, offset, length);
    }

    void line(String key, String value) {
      writeBytes((key + '=' + value + '\n').getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a key in hexadecimal, zeros if there is none, and wipes {@code secret}. */
    void key(String name, Optional<byte[]> secret) {
      byte[] bytes = secret.orElseGet(() -> new byte[Key.LENGTH]);
      writeBytes((name + '=').getBytes(StandardCharsets.UTF_8));
      for (byte b : bytes) {
        write(HEX[b >> 4 & 15]);
        write(HEX[b & 15]);
      }
      write('\n');
      Arrays.fill(bytes, (byte) 0);
    }

    boolean endsWithBlankLine() {
      return count >= 2 && buf[count - 1] == '\n' && buf[count - 2] == '\n';
    }

    void wipe() {
      Arrays.fill(buf, (byte) 0);
      reset();
    }
  }
}
