// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.netlink4j.Errno;
import org.netlink4j.NetlinkException;
import org.netlink4j.NoSuchDeviceException;

/** The text protocol, against a server that answers what the test wants. */
class UserspaceWireGuardTest {

  private static final String HEX =
      "c82027e5317e9575c9b5ed78b638b7ce530dabe85ddab614220241801ddf0669";
  private static final String KEY = "yCAn5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";

  @TempDir Path directory;
  private ServerSocketChannel server;
  private volatile String answer = "errno=0\n\n";
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private UserspaceWireGuard client;

  @BeforeEach
  void listen() throws IOException {
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(directory.resolve("wg0.sock")));
    Thread thread = new Thread(this::serve, "userspace WireGuard");
    thread.setDaemon(true);
    thread.start();
    client = new UserspaceWireGuard(directory);
  }

  private void serve() {
    while (server.isOpen()) {
      try (SocketChannel channel = server.accept()) {
        StringBuilder text = new StringBuilder();
        ByteBuffer buffer = ByteBuffer.allocate(7);
        while (text.indexOf("\n\n") < 0 && channel.read(buffer.clear()) >= 0) {
          text.append(new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8));
        }
        if (text.length() > 0) {
          requests.add(text.toString());
          channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
        }
      } catch (IOException closed) {
        continue;
      }
    }
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void listsLivingSockets() throws IOException {
    Files.createFile(directory.resolve("dead.sock"));
    for (String other : List.of("other", "a", "wg0.sock.old", "wg0 sock")) {
      Files.createFile(directory.resolve(other));
    }
    assertThat(client.deviceNames()).containsExactly("wg0");
    assertThat(new UserspaceWireGuard(directory.resolve("none")).deviceNames()).isEmpty();
    assertThat(client.isAlive("../wg0")).isFalse();
  }

  @Test
  void reads() throws Exception {
    answer =
        """
        private_key=%s
        listen_port=51820
        fwmark=4294967295
        public_key=%s
        preshared_key=%s
        endpoint=[fe80::1%%7]:5
        last_handshake_time_sec=1700000000
        last_handshake_time_nsec=5
        rx_bytes=18446744073709551615
        tx_bytes=2
        persistent_keepalive_interval=25
        allowed_ip=10.0.0.0/8
        allowed_ip=::/0
        protocol_version=1
        something_new=1
        public_key=%s
        preshared_key=%s
        errno=0

        """
            .formatted(HEX, HEX, HEX, HEX, "0".repeat(64));
    try (Device device = client.device("wg0")) {
      assertThat(requests.poll(60, TimeUnit.SECONDS)).isEqualTo("get=1\n\n");
      assertThat(device.privateKey()).contains(PrivateKey.parse(KEY));
      assertThat(device.publicKey()).contains(PrivateKey.parse(KEY).publicKey());
      assertThat(device.listenPort()).isEqualTo(51820);
      assertThat(device.fwmark()).isEqualTo(-1);
      Peer peer = device.peers().get(0);
      assertThat(peer.publicKey()).isEqualTo(PublicKey.parse(KEY));
      assertThat(peer.presharedKey()).contains(PresharedKey.parse(KEY));
      assertThat(peer.endpoint()).contains(Endpoint.parse("[fe80::1%7]:5"));
      assertThat(peer.lastHandshake()).contains(Instant.ofEpochSecond(1_700_000_000, 5));
      assertThat(peer.receivedBytes()).isEqualTo(-1);
      assertThat(peer.persistentKeepalive()).isEqualTo(25);
      assertThat(peer.allowedIps()).hasSize(2);
      assertThat(device.peers().get(1).presharedKey()).isEmpty();
      assertThat(device.peers().get(1).lastHandshake()).isEmpty();
    }
  }

  @Test
  void writes() throws Exception {
    client.configure(
        "wg0",
        DeviceConfig.builder()
            .privateKey(PrivateKey.parse(KEY))
            .clearListenPort()
            .fwmark(-1)
            .replacePeers()
            .addPeer(
                PeerConfig.builder(PublicKey.parse(KEY))
                    .updateOnly()
                    .clearPresharedKey()
                    .endpoint(Endpoint.parse("[fe80::1%1999999999]:5"))
                    .persistentKeepalive(25)
                    .replaceAllowedIps()
                    .addAllowedIp(AllowedIp.parse("10.0.0.0/8"))
                    .removeAllowedIp(AllowedIp.parse("::/0"))
                    .build())
            .addPeer(PeerConfig.removal(PublicKey.parse(KEY)))
            .build());
    assertThat(requests.poll(60, TimeUnit.SECONDS))
        .isEqualTo(
            """
            set=1
            private_key=%s
            listen_port=0
            fwmark=4294967295
            replace_peers=true
            public_key=%s
            update_only=true
            preshared_key=%s
            endpoint=[fe80::1%%1999999999]:5
            persistent_keepalive_interval=25
            replace_allowed_ips=true
            allowed_ip=10.0.0.0/8
            allowed_ip=-::/0
            public_key=%s
            remove=true

            """
                .formatted(HEX, HEX, "0".repeat(64), HEX));
  }

  @Test
  void errorsHaveTheirNumber() {
    answer = "errno=98\n\n";
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> client.configure("wg0", DeviceConfig.builder().build()))
        .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EADDRINUSE.number()));
    answer = "errno=-1\n\n";
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> client.device("wg0"))
        .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EPERM.number()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n",
        "private_key=" + HEX + "\n\n",
        "private_key=" + HEX + "0\nerrno=0\n\n",
        "private_key=zz" + HEX + "\nerrno=0\n\n",
        "listen_port=x\nerrno=0\n\n",
        "public_key=" + HEX + "\nallowed_ip=x\nerrno=0\n\n",
        "public_key=" + HEX + "\nendpoint=example.com:5\nerrno=0\n\n",
        "public_key=" + HEX + "\nlast_handshake_time_sec=9223372036854775807\nerrno=0\n\n",
        "errno=x\n\n",
        "errno=+0\n\n",
        "errno=\nerrno=0\n\n",
        "errno=0\n",
        "nothing\nerrno=0\n\n",
        "listen_port=5\0\nerrno=0\n\n",
        "listen_port=-1\nerrno=0\n\n",
        "listen_port=+1\nerrno=0\n\n",
        "listen_port=\nerrno=0\n\n",
        "listen_port=65536\nerrno=0\n\n",
        "fwmark=4294967296\nerrno=0\n\n",
        "public_key=" + HEX + "\npersistent_keepalive_interval=65536\nerrno=0\n\n",
        "public_key=" + HEX + "\nrx_bytes=18446744073709551616\nerrno=0\n\n",
        "public_key=" + HEX + "\nlast_handshake_time_sec=-1\nerrno=0\n\n",
        "public_key=" + HEX + "\nlast_handshake_time_nsec=1000000000\nerrno=0\n\n",
        "public_key=" + HEX + "\nallowed_ip=10.0.0.0\nerrno=0\n\n"
      })
  void nonsenseIsAProtocolError(String nonsense) {
    answer = nonsense;
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> client.device("wg0"))
        .satisfies(
            e -> assertThat(e.toString()).contains("EPROTO").doesNotContain(HEX.substring(2)));
  }

  @Test
  void answersEndAtTheBlankLineAndVersionsDoNotMatter() throws IOException {
    answer = "listen_port=65535\nerrno=0\n\nlisten_port=7\nerrno=1\n\n";
    assertThat(client.device("wg0").listenPort()).isEqualTo(65535);
    answer = "public_key=" + HEX + "\nprotocol_version=two\nerrno=0\n\n";
    assertThat(client.device("wg0").peers().get(0).protocolVersion()).isZero();
  }

  @Test
  void incompleteAnswersToChangesAreNoSuccess() {
    for (String incomplete :
        List.of("errno=0", "errno=0\n", "\nerrno=0\n\n", "errno=x\nerrno=0\n\n")) {
      answer = incomplete;
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> client.configure("wg0", DeviceConfig.builder().build()))
          .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EPROTO.number()));
    }
  }

  @Test
  void scopesAreWrittenByName() throws Exception {
    client.configure(
        "wg0",
        DeviceConfig.builder()
            .addPeer(
                PeerConfig.builder(PublicKey.parse(KEY))
                    .endpoint(Endpoint.parse("[fe80::1%1]:5"))
                    .build())
            .build());
    assertThat(requests.poll(60, TimeUnit.SECONDS)).contains("\nendpoint=[fe80::1%lo]:5\n");
  }

  /** Names that lead elsewhere, and names that no file can have. */
  @Test
  void whatHasNoSocketIsNoDevice() throws IOException {
    Path below = Files.createDirectory(directory.resolve("below"));
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(below.resolve("dead.sock")));
    }
    UserspaceWireGuard other = new UserspaceWireGuard(below);
    for (String name : List.of("../wg0", "", "a\0b", "\ud800", "none", "dead")) {
      assertThat(other.isAlive(name)).isFalse();
      assertThatExceptionOfType(NoSuchDeviceException.class)
          .as(name)
          .isThrownBy(() -> other.device(name));
      assertThatExceptionOfType(NoSuchDeviceException.class)
          .as(name)
          .isThrownBy(() -> other.configure(name, DeviceConfig.builder().build()));
    }
    assertThat(requests).isEmpty();
    assertThat(other.devices()).isEmpty();
    assertThat(client.devices()).extracting(Device::name).containsExactly("wg0");
  }

  /** A program that goes on and on. */
  @Test
  void answersAreBounded() throws IOException {
    UserspaceWireGuard narrow = new UserspaceWireGuard(directory, 100);
    answer = "listen_port=5\nerrno=0\n\n";
    assertThat(narrow.device("wg0").listenPort()).isEqualTo(5);
    answer = "x=1\n".repeat(25) + "\n";
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> narrow.device("wg0"))
        .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EMSGSIZE.number()));
  }

  @Test
  void thereAreNoIndexes() {
    assertThatExceptionOfType(NetlinkException.class).isThrownBy(() -> client.device(1));
    assertThat(List.of(client)).hasSize(1);
  }
}
