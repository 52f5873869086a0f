// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.netlink4j.Attributes;
import org.netlink4j.MessageBuilder;
import org.netlink4j.NetlinkException;

/**
 * A program that does with keys what programs do, closes what is to be closed, and then waits for
 * its memory to be looked at. {@link SecretsTest} gives it the keys in a file. It wipes what it has
 * itself, all but the first key, by which the test knows that it would find one.
 */
final class Secrets {

  /** How many keys it needs. */
  static final int KEYS = 25;

  private static final byte[] KEPT = new byte[Key.LENGTH];

  private final FileInputStream keys;
  private final Path directory;

  private Secrets(FileInputStream keys, Path directory) {
    this.keys = keys;
    this.directory = directory;
  }

  public static void main(String[] arguments) throws Exception {
    try (FileInputStream keys = new FileInputStream(arguments[0])) {
      Secrets program = new Secrets(keys, Path.of(arguments[1]));
      keys.read(KEPT);
      program.files();
      program.refusedFiles();
      program.documents();
      program.messages();
      program.answers();
      program.userspace();
      if (keys.read() >= 0) {
        throw new AssertionError("a key that was not used");
      }
    }
    System.out.println("done " + KEPT.length);
    System.in.read();
  }

  // What this program has of keys, it wipes.

  private interface Use<K, R, E extends Exception> {
    R of(K what) throws E;
  }

  private static <R, E extends Exception> R wiped(byte[] secret, Use<byte[], R, E> use) throws E {
    try {
      return use.of(secret);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private byte[] next() throws IOException {
    byte[] key = new byte[Key.LENGTH];
    if (keys.read(key) != key.length) {
      throw new AssertionError("more keys are needed");
    }
    return key;
  }

  private PrivateKey privateKey() throws IOException {
    return wiped(next(), PrivateKey::of);
  }

  private PresharedKey presharedKey() throws IOException {
    return wiped(next(), PresharedKey::of);
  }

  /** A text in which each $ stands for the next key. */
  private byte[] text(String pattern) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(1000);
    for (int i = 0; i < pattern.length(); i++) {
      if (pattern.charAt(i) == '$') {
        try (PresharedKey key = presharedKey()) {
          wiped(key.toBase64Bytes(), out::put);
        }
      } else {
        out.put((byte) pattern.charAt(i));
      }
    }
    return wiped(out.array(), all -> Arrays.copyOf(all, out.position()));
  }

  private static String peer(int number) {
    return "[Peer]\nPublicKey = " + key(number) + "\n";
  }

  private static PublicKey key(int number) {
    byte[] bytes = new byte[Key.LENGTH];
    bytes[0] = (byte) number;
    return PublicKey.of(bytes);
  }

  // What programs do

  private static final String FILE =
      "[Interface]\nPrivateKey = $ # mine\nListenPort = 5\n" + peer(1) + "PresharedKey = $\n";

  private void files() throws Exception {
    byte[] text = text(FILE);
    Path file = directory.resolve("wg0.conf");
    wiped(
        text,
        bytes -> {
          try (ConfigFile read =
                  ConfigFile.parse(bytes, ConfigFile.Dialect.WG, ConfigListener.NONE);
              OutputStream out = new FileOutputStream(file.toFile())) {
            DeviceSpec spec = read.toSpec(new SystemResolver());
            Device device =
                new Device("wg0", 1, spec.privateKey(), Optional.empty(), 5, 0, List.of());
            ConfigFile.write(device, index -> Optional.empty(), OutputStream.nullOutputStream());
            out.write(bytes);
            wiped(ConfigFile.strip(bytes), stripped -> stripped.length);
          }
          return null;
        });
    ConfigFile.read(file, ConfigFile.Dialect.WG_QUICK).close();
  }

  /** In which keys were read before the mistake, and keys are in the wrong place. */
  private void refusedFiles() throws IOException {
    List<String> mistakes =
        List.of(
            FILE + "Foo = 1\n",
            "[Interface]\nPrivateKey = $\nPrivateKey = x$\n",
            peer(1) + "PresharedKey = $\nPresharedKey = $\nPrivateKey = $\n");
    for (String mistake : mistakes) {
      wiped(
          text(mistake),
          bytes -> {
            try {
              ConfigFile.parse(bytes, ConfigFile.Dialect.WG, ConfigListener.NONE);
              throw new AssertionError("not refused");
            } catch (ConfigException e) {
              return null;
            }
          });
    }
  }

  private void documents() throws Exception {
    Path file = directory.resolve("wg0.conf");
    byte[] text = text(FILE + peer(2) + "PresharedKey = $\n" + peer(3) + "PresharedKey = $");
    try (ConfigDocument document = wiped(text, ConfigDocument::parse);
        PrivateKey mine = privateKey();
        PresharedKey shared = presharedKey()) {
      document.update(
          DeviceSpec.builder()
              .privateKey(mine)
              .addPeer(PeerSpec.builder(key(1)).presharedKey(shared).build())
              .addPeer(PeerSpec.builder(key(3)).build())
              .build());
      document.removePeer(key(3));
      document.addPeer(PeerSpec.builder(key(4)).build(), List.of());
      document.write(file);
      ConfigDocument.read(file).close();
      document.update(DeviceSpec.builder().build());
    }
  }

  private void messages() throws IOException {
    try (PrivateKey mine = privateKey();
        PresharedKey shared = presharedKey()) {
      DeviceConfig.Builder change = DeviceConfig.builder().privateKey(mine);
      for (int i = 0; i < 100; i++) {
        change.addPeer(PeerConfig.builder(key(i)).presharedKey(shared).build());
      }
      new DeviceWriter(() -> MessageBuilder.of(16, 0).maxSize(4096), message -> {})
          .write(change.build());
    }
  }

  /** A device that is closed, and one whose dump was overtaken. */
  private void answers() throws IOException {
    for (boolean overtaken : new boolean[] {false, true}) {
      ByteBuffer answer = ByteBuffer.allocate(100).order(ByteOrder.nativeOrder());
      answer.putShort((short) 36).putShort((short) Uapi.WGDEVICE_A_PRIVATE_KEY);
      wiped(next(), answer::put);
      answer.putShort((short) 8).putShort((short) Uapi.WGDEVICE_A_IFNAME).put((byte) 'w');
      DeviceReader reader = new DeviceReader();
      ByteBuffer attributes = ByteBuffer.wrap(answer.array(), 0, 44);
      reader.accept(Attributes.parse(attributes));
      if (overtaken) {
        reader.discard();
      } else {
        reader.finish().close();
      }
      Arrays.fill(answer.array(), (byte) 0);
    }
  }

  /** A program in user space is told a key, and tells keys in an answer that is right and not. */
  private void userspace() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(directory.resolve("wg0.sock")));
      UserspaceWireGuard client = new UserspaceWireGuard(directory);
      Thread thread = new Thread(() -> serve(server), "userspace");
      thread.start();
      try (PrivateKey mine = privateKey()) {
        client.configure("wg0", DeviceConfig.builder().privateKey(mine).build());
      }
      client.device("wg0").close();
      try {
        client.device("wg0");
        throw new AssertionError("not refused");
      } catch (NetlinkException e) {
        thread.join();
      }
    }
  }

  private void serve(ServerSocketChannel server) {
    try {
      for (String end : List.of("errno=0\n\n", "errno=0\n\n", "errno=5\n\n")) {
        try (SocketChannel channel = server.accept()) {
          ByteBuffer buffer = ByteBuffer.allocate(1000);
          boolean asked = false;
          while (!asked && channel.read(buffer) >= 0) {
            int at = buffer.position();
            asked = at >= 2 && buffer.get(at - 1) == '\n' && buffer.get(at - 2) == '\n';
          }
          boolean get = buffer.get(0) == 'g';
          buffer.clear().put(new byte[1000]).clear();
          if (get) {
            buffer.put("private_key=".getBytes(StandardCharsets.US_ASCII));
            hex(buffer);
            buffer.put(("\npublic_key=" + "0".repeat(64) + "\npreshared_key=").getBytes());
            hex(buffer);
            buffer.put((byte) '\n');
          }
          buffer.put(end.getBytes(StandardCharsets.US_ASCII)).flip();
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
          buffer.clear().put(new byte[1000]);
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void hex(ByteBuffer out) throws IOException {
    wiped(
        next(),
        key -> {
          for (byte b : key) {
            out.put((byte) Character.forDigit(b >> 4 & 15, 16));
            out.put((byte) Character.forDigit(b & 15, 16));
          }
          return null;
        });
  }
}
