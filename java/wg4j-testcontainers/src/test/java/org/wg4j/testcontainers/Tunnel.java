// SPDX-License-Identifier: Apache-2.0
package org.wg4j.testcontainers;

import java.io.IOException;
import java.util.OptionalInt;
import org.testcontainers.containers.Network;
import org.wg4j.AllowedIp;
import org.wg4j.ApplyMode;
import org.wg4j.Device;
import org.wg4j.DeviceNetwork;
import org.wg4j.DeviceSpec;
import org.wg4j.Endpoint;
import org.wg4j.IpAddress;
import org.wg4j.Peer;
import org.wg4j.PeerSpec;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;
import org.wg4j.QuickConfig;
import org.wg4j.WireGuard;

/** One machine's end of a tunnel, wg0, driven by wg4j from here. */
record Tunnel(WireGuardKernelContainer machine, String address) {
  /** Configures two ends that know each other's address on a network. */
  static void between(Tunnel left, Tunnel right, Network network) throws IOException {
    try (PrivateKey leftKey = PrivateKey.generate();
        PrivateKey rightKey = PrivateKey.generate()) {
      left.configure(leftKey, rightKey.publicKey(), right, network);
      right.configure(rightKey, leftKey.publicKey(), left, network);
    }
  }

  private void configure(PrivateKey key, PublicKey peer, Tunnel other, Network network)
      throws IOException {
    try (WireGuard wireGuard = machine.wireGuard();
        DeviceNetwork links = DeviceNetwork.open(machine.transport())) {
      wireGuard.createDevice("wg0");
      wireGuard.apply(
          "wg0",
          DeviceSpec.builder()
              .privateKey(key)
              .listenPort(51820)
              .addPeer(
                  PeerSpec.builder(peer)
                      .endpoint(Endpoint.of(IpAddress.parse(other.machine.address(network)), 51820))
                      .addAllowedIp(AllowedIp.parse(other.address + "/32"))
                      .build())
              .build(),
          ApplyMode.SYNC);
      links.addAddress(
          "wg0", new QuickConfig.Address(IpAddress.parse(address), OptionalInt.of(24)));
      links.setUp("wg0");
    }
  }

  /** Pings the other end until it answers, for three minutes at most. */
  void awaitReply(Tunnel other) {
    machine.run("ping", "-c", "1", "-w", "180", other.address).check();
  }

  /** Whether the other end answers one of two pings within a few seconds. */
  boolean isAnswered(Tunnel other) {
    return machine.run("ping", "-c", "2", "-W", "3", other.address).ok();
  }

  /** What the kernel says of its one peer. */
  Peer peer() throws IOException {
    try (WireGuard wireGuard = machine.wireGuard();
        Device device = wireGuard.device("wg0")) {
      return device.peers().get(0);
    }
  }
}
