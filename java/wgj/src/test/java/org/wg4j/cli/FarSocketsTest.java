// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.netlink4j.NetNamespace;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.WireGuard;

/** {@code --netns} finds interfaces of programs in user space: those that are there. */
class FarSocketsTest {

  private static final byte[] DEVICE = ParityCase.bytes("listen_port=7\nerrno=0\n\n");
  private static final byte[] DONE = ParityCase.bytes("errno=0\n\n");

  @TempDir Path directory;
  private Path sockets;
  private Process shell;

  /** A network namespace with an interface tun0, and a mount namespace with the sockets. */
  @BeforeEach
  void namespace() throws IOException {
    sockets = Files.createDirectory(directory.resolve("s"));
    shell =
        new ProcessBuilder(
                "unshare",
                "-m",
                "-n",
                "sh",
                "-c",
                "mount -t tmpfs none /run && mkdir /run/wireguard && mount --bind \"$1\""
                    + " /run/wireguard && ip tuntap add dev tun0 mode tun && echo ready && read line",
                "sh",
                sockets.toString())
            .redirectErrorStream(true)
            .start();
    BufferedReader said =
        new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.UTF_8));
    String line = said.readLine();
    assumeTrue("ready".equals(line), "needs root to make namespaces: " + line);
  }

  @AfterEach
  void leave() throws IOException {
    shell.getOutputStream().close();
    shell.onExit().join();
  }

  private FakeUserspace serve(String name) throws IOException {
    return new FakeUserspace(sockets, name, DEVICE, DONE);
  }

  @Test
  void socketsOfInterfacesThatAreThere() throws IOException {
    NetNamespace there = NetNamespace.path(Path.of("/proc/" + shell.pid() + "/ns/net"));
    try (FakeUserspace tun0 = serve("tun0");
        FakeUserspace elsewhere = serve("elsewhere0");
        WireGuard far = new FarSockets(WireGuard.userspace(sockets), there)) {
      assertThat(far.deviceNames()).containsExactly("tun0");
      assertThat(far.devices()).extracting(Device::name).containsExactly("tun0");
      far.configure("tun0", DeviceConfig.builder().fwmark(5).build());
      assertThat(tun0.takeRequests()).contains("set=1\nfwmark=5\n\n");
      assertThat(elsewhere.takeRequests()).isEmpty();
    }
  }

  /** A process's files are taken with its network: a container has sockets of its own. */
  @Test
  void socketsOfAnotherFileSystem() throws IOException {
    try (FakeUserspace tun0 = serve("tun0");
        WireGuard far = new Host().wireGuard(NetNamespace.pid(shell.pid()))) {
      assertThat(far.deviceNames()).containsExactly("tun0");
      try (Device device = far.device("tun0")) {
        assertThat(device.listenPort()).isEqualTo(7);
      }
      assertThat(tun0.takeRequests()).containsExactly("get=1\n\n");
    }
  }
}
