// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

/** What lies under the tunnel. */
enum Variant {
  PLAIN("veth as it is", "", false, 1420),
  NO_GSO(
      "without UDP segmentation in the device",
      "tx-udp-segmentation off tx-gso-list off",
      false,
      1420),
  NO_CHECKSUM("without checksum offload", "tx off", false, 1420),
  NO_GRO("without GRO", "gro off", false, 1420),
  IPV6("outer IPv6", "", true, 1420),
  JUMBO("MTU 8920", "", false, 8920);

  private final String title;
  private final String features;
  private final boolean outerIpv6;
  private final int mtu;

  Variant(String title, String features, boolean outerIpv6, int mtu) {
    this.title = title;
    this.features = features;
    this.outerIpv6 = outerIpv6;
    this.mtu = mtu;
  }

  String title() {
    return title;
  }

  /** For {@code ethtool -K}; empty: none to change. */
  String features() {
    return features;
  }

  boolean outerIpv6() {
    return outerIpv6;
  }

  /** The tunnel's MTU; the link below has 80 bytes more. */
  int mtu() {
    return mtu;
  }
}
