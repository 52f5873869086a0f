// SPDX-License-Identifier: Apache-2.0
package com.example.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.Network;
import org.wg4j.AllowedIp;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.DeviceNetwork;
import org.wg4j.Endpoint;
import org.wg4j.IpAddress;
import org.wg4j.PeerConfig;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;
import org.wg4j.QuickConfig;
import org.wg4j.WireGuard;
import org.wg4j.testcontainers.WireGuardKernelContainer;

/** Two machines, a tunnel, and a cable that is pulled. */
@Tag("docker")
class TunnelTest {
  @Test
  void tunnelSurvivesALostNetwork() throws IOException {
    try (Network network = Network.newNetwork();
        WireGuardKernelContainer office = new WireGuardKernelContainer().withNetwork(network);
        WireGuardKernelContainer laptop = new WireGuardKernelContainer().withNetwork(network);
        PrivateKey officeKey = PrivateKey.generate();
        PrivateKey laptopKey = PrivateKey.generate()) {
      office.start();
      laptop.start();
      configure(office, officeKey, "10.9.0.1", peer(laptopKey.publicKey(), "10.9.0.2").build());
      configure(
          laptop,
          laptopKey,
          "10.9.0.2",
          peer(officeKey.publicKey(), "10.9.0.1")
              .endpoint(Endpoint.of(IpAddress.parse(office.address(network)), 51820))
              .build());

      // Waits, up to two minutes, for a first answer.
      laptop.run("ping", "-c", "1", "-w", "120", "10.9.0.1").check();

      laptop.disconnect(network);
      assertFalse(laptop.run("ping", "-c", "1", "-W", "2", "10.9.0.1").ok());
      laptop.connect(network);
      laptop.run("ping", "-c", "1", "-w", "120", "10.9.0.1").check();

      // What the office's kernel says of its peer, in objects.
      try (WireGuard wireGuard = office.wireGuard();
          Device device = wireGuard.device("wg0")) {
        assertEquals(laptopKey.publicKey(), device.peers().get(0).publicKey());
        assertEquals(
            laptop.address(network),
            device.peers().get(0).endpoint().orElseThrow().address().toString());
      }
    }
  }

  private static PeerConfig.Builder peer(PublicKey key, String address) {
    return PeerConfig.builder(key).addAllowedIp(AllowedIp.parse(address + "/32"));
  }

  private static void configure(
      WireGuardKernelContainer machine, PrivateKey key, String address, PeerConfig peer)
      throws IOException {
    try (WireGuard wireGuard = machine.wireGuard();
        DeviceNetwork links = DeviceNetwork.open(machine.transport())) {
      wireGuard.createDevice("wg0");
      wireGuard.configure(
          "wg0", DeviceConfig.builder().privateKey(key).listenPort(51820).addPeer(peer).build());
      links.addAddress(
          "wg0", new QuickConfig.Address(IpAddress.parse(address), OptionalInt.of(24)));
      links.setUp("wg0");
    }
  }
}
