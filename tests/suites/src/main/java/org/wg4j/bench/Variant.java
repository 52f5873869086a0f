// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

/** What lies under the tunnel. */
enum Variant {
  PLAIN("veth as it is", "", "", false, 1420),
  NO_GSO(
      "without UDP segmentation in the device",
      "tx-udp-segmentation off tx-gso-list off",
      "",
      false,
      1420),
  NO_CHECKSUM("without checksum offload", "tx off", "", false, 1420),
  NO_GRO("without GRO", "gro off", "", false, 1420),
  IPV6("outer IPv6", "", "", true, 1420),
  CONNTRACK("conntrack and NAT on both sides", "", Setup.CONNTRACK, false, 1420),
  FQ_CODEL("fq_codel on both sides", "", Setup.FQ_CODEL, false, 1420),
  NETEM("2 ms and one datagram in 1000 lost each way", "", Setup.NETEM, false, 1420),
  JUMBO("MTU 8920", "", "", false, 8920),
  ESP_OFFLOAD("IPsec with the kernel's ESP offload", "", "esp_offload=yes", false, 1420);

  private final String title;
  private final String features;
  private final String setup;
  private final boolean outerIpv6;
  private final int mtu;

  Variant(String title, String features, String setup, boolean outerIpv6, int mtu) {
    this.title = title;
    this.features = features;
    this.setup = setup;
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

  /** Shell lines that run once the cable is there, before any tunnel. */
  String setup() {
    return setup;
  }

  boolean outerIpv6() {
    return outerIpv6;
  }

  /** The tunnel's MTU; the link below has 80 bytes more. */
  int mtu() {
    return mtu;
  }

  /** How long to send for: where packets are lost, chance decides until many have been. */
  int seconds() {
    return this == NETEM ? 3 : 1;
  }

  /** Whether it makes a difference to a contender, or to what that is compared with. */
  boolean concerns(Contender contender) {
    return this != ESP_OFFLOAD || contender.isIpsec() || contender.isWireGuardModule();
  }

  private static final class Setup {
    static final String CONNTRACK =
        """
        for side in $sides; do
          ip netns exec $side nft -f - <<'END'
        table ip nat { chain out { type nat hook postrouting priority 100; oifname cable rt ipsec missing masquerade; }; }
        table inet filter {
          chain in { type filter hook input priority 0; ct state established,related accept; };
        }
        END
        done
        """;

    static final String FQ_CODEL =
        """
        for side in $sides; do tc -n $side qdisc add dev cable root fq_codel; done
        """;

    /** netem takes a batch for one packet, and would lose all of it: tbf takes batches apart. */
    static final String NETEM =
        """
        for side in $sides; do
          tc -n $side qdisc add dev cable root handle 1: tbf rate 100gbit burst 2000 limit 100mb
          tc -n $side qdisc add dev cable parent 1:1 netem delay 2ms loss 0.1% limit 10000
        done
        """;
  }
}
