// SPDX-License-Identifier: Apache-2.0
package org.wg4j.demo;

import java.io.IOException;
import org.netlink4j.NetNamespace;
import org.wg4j.AllowedIp;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.Peer;
import org.wg4j.PeerConfig;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;
import org.wg4j.WireGuard;

/** The example that README.md shows, here so that it is compiled and, in the demonstration, run. */
public final class ApiExample {
  private ApiExample() {}

  /**
   * Adds a peer to {@code wg0} of a network namespace and prints all peers.
   *
   * @param args the namespace's name
   */
  public static void main(String[] args) throws IOException {
    // Example begin
    try (WireGuard wireGuard = WireGuard.open(NetNamespace.named(args[0]));
        PrivateKey guest = PrivateKey.generate()) {
      PublicKey key = guest.publicKey();
      wireGuard.configure(
          "wg0",
          DeviceConfig.builder()
              .addPeer(
                  PeerConfig.builder(key)
                      .addAllowedIp(AllowedIp.parse("10.77.0.3/32"))
                      .persistentKeepalive(25)
                      .build())
              .build());
      try (Device device = wireGuard.device("wg0")) {
        for (Peer peer : device.peers()) {
          System.out.println(peer.publicKey() + " " + peer.allowedIps() + " " + peer.endpoint());
        }
      }
      wireGuard.configure("wg0", DeviceConfig.builder().addPeer(PeerConfig.removal(key)).build());
    }
    // Example end
  }
}
