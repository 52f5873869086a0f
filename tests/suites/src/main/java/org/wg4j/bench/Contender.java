// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import org.wg4j.lab.Machine;

/** Who competes. Each has its tunnel's ends in devices {@code ta} and {@code tb}. */
enum Contender {
  /** No tunnel at all: what the programs and the stack around it cost. */
  VETH("plain veth", ""),
  IN_TREE("in-tree", Scripts.KERNEL_LINKS),
  OURS("wg4j", Scripts.KERNEL_LINKS),
  WIREGUARD_GO("wireguard-go", Scripts.USER_SPACE_LINKS);

  private final String title;
  private final String links;

  Contender(String title, String links) {
    this.title = title;
    this.links = links;
  }

  String title() {
    return title;
  }

  boolean isTunnel() {
    return this != VETH;
  }

  /** The shell script that makes the links, in namespaces that are joined already. */
  String links() {
    return links;
  }

  /** Loads the module it needs, which must not be there yet. */
  void load(Machine machine) {
    switch (this) {
      case OURS -> machine.loadWireGuard();
      case IN_TREE -> machine.loadInTreeWireGuard();
      case WIREGUARD_GO -> machine.run("modprobe", "tun").check();
      case VETH -> {}
    }
  }

  void unload(Machine machine) {
    if (this == OURS || this == IN_TREE) {
      machine.sh("until [ $(cat /sys/module/wireguard/refcnt) = 0 ]; do sleep 0.1; done").check();
      machine.unloadModule("wireguard");
    }
  }

  private static final class Scripts {
    static final String KERNEL_LINKS =
        """
        for side in a b; do ip -n $side link add t$side type wireguard; done
        """;

    static final String USER_SPACE_LINKS =
        """
        for side in a b; do ip netns exec $side wireguard-go t$side >/dev/null 2>&1; done
        """;
  }
}
