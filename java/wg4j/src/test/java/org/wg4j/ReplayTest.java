// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.NetNamespace;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.recording.RecordingTransport;
import org.netlink4j.recording.ReplayMismatchError;
import org.netlink4j.recording.ReplayTransport;
import org.netlink4j.transport.NetlinkChannel;
import org.netlink4j.transport.Transport;

/** A program that uses this library is recorded once and tested without a kernel from then on. */
class ReplayTest {

  private static final PublicKey OFFICE =
      PublicKey.parse("xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=");

  private final PrivateKey key = PrivateKey.generate();
  private final FakeKernel kernel = new FakeKernel("wg0", 7);
  private String recording;

  /** What the program saw while it was recorded. */
  private List<Object> seen;

  /** Makes another interface, configures the one that is there, and reads what came of it. */
  private List<Object> program(Transport transport, int port) throws IOException {
    try (WireGuard wireGuard = WireGuard.open(transport);
        DeviceNetwork network = DeviceNetwork.open(transport)) {
      wireGuard.createDevice("wg1");
      Plan plan =
          wireGuard.apply(
              "wg0",
              DeviceSpec.builder()
                  .privateKey(key)
                  .listenPort(port)
                  .addPeer(
                      PeerSpec.builder(OFFICE)
                          .addAllowedIp(AllowedIp.parse("10.77.0.0/16"))
                          .build())
                  .build(),
              ApplyMode.SYNC);
      String refused = "";
      try {
        wireGuard.createDevice("wg1");
      } catch (NetlinkException e) {
        refused = e.getMessage();
      }
      try (Device device = wireGuard.device("wg0")) {
        return List.of(
            wireGuard.deviceNames(),
            plan.toString(),
            refused,
            device.toString(),
            device.peers(),
            network.isUp("wg1"));
      }
    }
  }

  private ReplayTransport replay() throws IOException {
    return ReplayTransport.read(new StringReader(recording), "recording");
  }

  @BeforeEach
  void record() throws IOException {
    kernel.links.add("wg0", "wireguard");
    StringWriter out = new StringWriter();
    try (RecordingTransport recorder = RecordingTransport.to(out, kernel)) {
      seen = program(recorder, 51820);
    }
    recording = out.toString();
  }

  @Test
  void aReplayedProgramSeesWhatTheRecordedOneSaw() throws IOException {
    assertThat(seen.get(0)).isEqualTo(List.of("wg0", "wg1"));
    assertThat(kernel.port).isEqualTo(51820);
    assertThat(kernel.links.all).containsKey("wg1");
    ReplayTransport replay = replay();
    assertThat(program(replay, 51820)).isEqualTo(seen);
    replay.verifyFinished();
  }

  @Test
  void aProgramThatDoesSomethingElseFails() throws IOException {
    ReplayTransport other = replay();
    assertThatExceptionOfType(ReplayMismatchError.class).isThrownBy(() -> program(other, 51821));
    ReplayTransport less = replay();
    WireGuard.open(less).close();
    assertThatExceptionOfType(ReplayMismatchError.class).isThrownBy(less::verifyFinished);
  }

  @Test
  void eventsComeThroughTheTransport() throws IOException {
    Transport deaf =
        new Transport() {
          @Override
          public String name() {
            return "deaf";
          }

          @Override
          public NetlinkChannel open(int protocol, Optional<NetNamespace> namespace)
              throws NetlinkException {
            if (protocol == Netlink.ROUTE) {
              throw NetlinkException.of("open", Errno.EXFULL.number(), ExtAck.NONE);
            }
            return kernel.open(protocol, namespace);
          }

          @Override
          public NamespaceHandle openNamespace(NetNamespace namespace) {
            return kernel.openNamespace(namespace);
          }
        };
    try (WireGuard wireGuard = WireGuard.open(deaf)) {
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> wireGuard.watch(Duration.ofHours(1), events -> {}))
          .satisfies(e -> assertThat(e.is(Errno.EXFULL)).isTrue());
    }
  }
}
