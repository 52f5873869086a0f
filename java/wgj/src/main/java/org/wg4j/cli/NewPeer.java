// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.wg4j.AllowedIp;
import org.wg4j.HostPort;
import org.wg4j.PresharedKey;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;

/**
 * Somebody who is to join an interface, and both sides' configuration.
 *
 * @param hostKey of the interface
 * @param name what to call the peer
 * @param addresses of the peer, single ones
 * @param allowedIps what the peer sends through the tunnel
 * @param endpoint where the interface's host is for the peer
 * @param dns addresses of name servers, and search domains
 * @param keepalive in seconds, 0 for none
 * @param mtu in bytes, 0 to choose automatically
 */
record NewPeer(
    PublicKey hostKey,
    Optional<String> name,
    List<AllowedIp> addresses,
    List<AllowedIp> allowedIps,
    Optional<HostPort> endpoint,
    List<String> dns,
    int keepalive,
    int mtu) {

  /** A part of a configuration file, with secrets in it. */
  static final class Text extends ByteArrayOutputStream {
    Text() {
      super(1 << 16);
    }

    @Override
    public void close() {
      Arrays.fill(buf, (byte) 0);
    }
  }

  private static String list(List<?> items) {
    return items.stream().map(Object::toString).collect(Collectors.joining(", "));
  }

  /** The new peer's file. */
  Text theirs(PrivateKey key, Optional<PresharedKey> psk) {
    Text text = new Text();
    Output out = new Output(text);
    if (name.isPresent()) {
      out.println("# " + name.get());
    }
    out.print("[Interface]\nPrivateKey = ").print(key).print("\n");
    out.println("Address = " + list(addresses));
    if (!dns.isEmpty()) {
      out.println("DNS = " + list(dns));
    }
    if (mtu != 0) {
      out.println("MTU = " + mtu);
    }
    out.println("\n[Peer]\nPublicKey = " + hostKey);
    if (psk.isPresent()) {
      out.print("PresharedKey = ").print(psk.get()).print("\n");
    }
    if (!allowedIps.isEmpty()) {
      out.println("AllowedIPs = " + list(allowedIps));
    }
    if (endpoint.isPresent()) {
      out.println("Endpoint = " + endpoint.get());
    }
    if (keepalive != 0) {
      out.println("PersistentKeepalive = " + keepalive);
    }
    out.flush();
    return text;
  }

  /** The section for this side's file. */
  Text ours(PublicKey key, Optional<PresharedKey> psk) {
    Text text = new Text();
    Output out = new Output(text);
    out.println("[Peer]");
    if (name.isPresent()) {
      out.println("# Name = " + name.get());
    }
    out.println("PublicKey = " + key);
    if (psk.isPresent()) {
      out.print("PresharedKey = ").print(psk.get()).print("\n");
    }
    out.println("AllowedIPs = " + list(addresses));
    out.flush();
    return text;
  }
}
