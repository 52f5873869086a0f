// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.Optional;
import java.util.function.IntFunction;

/**
 * The UDP address of a peer.
 *
 * @param address a numeric address
 * @param port 0 to 65535
 * @param scopeId interface index that an IPv6 address belongs to, 0 for none; always 0 for IPv4
 * @param flowInfo sin6_flowinfo as the kernel reports it, 0 for none; always 0 for IPv4
 */
public record Endpoint(IpAddress address, int port, int scopeId, int flowInfo) {

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if the port is out of range, or IPv4 comes with a scope
   */
  public Endpoint {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("a port is 0 to 65535, not " + port);
    }
    if (!address.isIpv6() && (scopeId | flowInfo) != 0) {
      throw new IllegalArgumentException("an IPv4 endpoint has neither scope nor flow");
    }
  }

  /** An endpoint without scope and flow. */
  public static Endpoint of(IpAddress address, int port) {
    return new Endpoint(address, port, 0, 0);
  }

  /** An IPv6 endpoint that belongs to the interface of that index. */
  public static Endpoint of(IpAddress address, int port, int scopeId) {
    return new Endpoint(address, port, scopeId, 0);
  }

  /**
   * Reads {@code 192.0.2.1:51820}, {@code [2001:db8::1]:51820} or {@code [fe80::1%3]:51820}. Names
   * of hosts, services and interfaces are for an {@link EndpointResolver}.
   *
   * @throws IllegalArgumentException if the text is no numeric endpoint
   */
  public static Endpoint parse(String text) {
    HostPort parts = HostPort.parse(text);
    String host = parts.host();
    int percent = host.indexOf('%');
    IpAddress address = IpAddress.parse(percent < 0 ? host : host.substring(0, percent));
    long port = ConfigValues.digits(parts.port(), 10, 65535);
    long scope =
        percent < 0 ? 0 : ConfigValues.digits(host.substring(percent + 1), 10, 0xffffffffL);
    if (port < 0 || scope < 0 || percent >= 0 && !address.isIpv6()) {
      throw new IllegalArgumentException("not a numeric endpoint: " + text);
    }
    return new Endpoint(address, (int) port, (int) scope, 0);
  }

  /** {@code ADDRESS:PORT}, IPv6 in brackets, a scope as a number after '%'. */
  @Override
  public String toString() {
    return format(index -> Optional.empty());
  }

  /**
   * As {@link #toString()}, but with the name of the interface for a scope, where the address is of
   * a kind that needs one: this is what getnameinfo(3) makes.
   *
   * @param names the name of an interface by its index, for example {@link
   *     SystemResolver#interfaceName}
   */
  public String format(IntFunction<Optional<String>> names) {
    if (!address.isIpv6()) {
      return address + ":" + port;
    }
    String scope = "";
    if (scopeId != 0) {
      Optional<String> name = address.needsScope() ? names.apply(scopeId) : Optional.empty();
      scope = "%" + name.orElseGet(() -> Integer.toUnsignedString(scopeId));
    }
    return "[" + address + scope + "]:" + port;
  }
}
