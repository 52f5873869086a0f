// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * One end of a tunnel, as lines of shell that make it with ip(8) and stock wg(8).
 *
 * @param device the WireGuard device's name
 * @param identity its keys
 * @param port its UDP port
 * @param addresses its inner addresses with prefix length
 * @param mtu the device's MTU
 * @param peer the other end's public key
 * @param presharedKey base64, if one is used
 * @param allowedIps what is routed to the peer
 * @param endpoint the peer's UDP address, if this end is to know it
 */
record TunnelEnd(
    String device,
    Identity identity,
    int port,
    List<String> addresses,
    int mtu,
    String peer,
    Optional<String> presharedKey,
    List<String> allowedIps,
    Optional<String> endpoint) {

  /** The configuration that wg setconf reads. */
  String configuration() {
    StringJoiner lines = new StringJoiner("\n", "", "\n");
    lines.add("[Interface]");
    lines.add("PrivateKey = " + identity.privateKey());
    lines.add("ListenPort = " + port);
    lines.add("[Peer]");
    lines.add("PublicKey = " + peer);
    presharedKey.ifPresent(key -> lines.add("PresharedKey = " + key));
    lines.add("AllowedIPs = " + String.join(", ", allowedIps));
    endpoint.ifPresent(address -> lines.add("Endpoint = " + address));
    return lines.toString();
  }

  /**
   * Shell lines that configure the device, which exists already, and bring it up. They start few
   * programs: in an emulated guest each costs a tenth of a second.
   *
   * @param namespace where the device is; empty for the initial one
   */
  String configure(String namespace) {
    String exec = namespace.isEmpty() ? "" : "ip netns exec " + namespace + " ";
    StringJoiner script = new StringJoiner("\n");
    script.add(exec + "wg setconf " + device + " /dev/stdin <<'END'\n" + configuration() + "END");
    script.add((namespace.isEmpty() ? "ip" : "ip -n " + namespace) + " -batch - <<'END'");
    for (String address : addresses) {
      String flags = address.contains(":") ? " nodad" : "";
      script.add("addr add " + address + " dev " + device + flags);
    }
    script.add("link set " + device + " mtu " + mtu + " up");
    script.add("END");
    return script.toString();
  }
}
