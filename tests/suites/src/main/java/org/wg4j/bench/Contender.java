// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import org.wg4j.lab.Machine;

/** Who competes. */
enum Contender {
  /** No tunnel at all: what the programs and the stack around it cost. */
  VETH("plain veth", "veth", ""),
  IN_TREE("in-tree", "wireguard", "program="),
  OURS("wg4j", "wireguard", "program="),
  WIREGUARD_GO("wireguard-go", "wireguard", "program=wireguard-go\nmodprobe tun"),
  IPSEC_CHACHA(
      "IPsec, ChaCha20", "strongswan", "esp=chacha20poly1305 negotiated=CHACHA20_POLY1305"),
  IPSEC_AES("IPsec, AES-128", "strongswan", "esp=aes128gcm128 negotiated=AES_GCM_16-128"),
  OPENVPN("OpenVPN", "openvpn", ""),
  SOFTETHER("SoftEther", "softether", "");

  private final String title;
  private final String script;
  private final String settings;

  Contender(String title, String script, String settings) {
    this.title = title;
    this.script = script;
    this.settings = settings;
  }

  String title() {
    return title;
  }

  boolean isTunnel() {
    return this != VETH;
  }

  boolean isIpsec() {
    return this == IPSEC_CHACHA || this == IPSEC_AES;
  }

  boolean isWireGuardModule() {
    return this == IN_TREE || this == OURS;
  }

  /** Whether packets pass through a program. */
  boolean isInUserSpace() {
    return this == WIREGUARD_GO || this == OPENVPN || this == SOFTETHER;
  }

  /** Whether a root has it (tests/lab/image/packages.bench has those who need packages). */
  boolean isThere(String release) {
    return !isTunnel() || isWireGuardModule() || release.endsWith("-bench");
  }

  /**
   * The shell script that sets {@code $sides} up, in namespaces that are joined already: 10.77.0.1
   * in a and 10.77.0.2 in b reach one another through it once it and {@link #join} have run.
   */
  String setup() {
    return settings + "\n" + Scripts.read(script);
  }

  /** The script for when each side has the public keys of both, {@code a.pub} and {@code b.pub}. */
  String join() {
    return script.equals("wireguard") ? Scripts.read("wireguard-join") : "";
  }

  /** Loads the WireGuard module it needs, which must not be there yet. */
  void load(Machine machine) {
    if (this == OURS) {
      machine.loadWireGuard();
    } else if (this == IN_TREE) {
      machine.loadInTreeWireGuard();
    }
  }

  void unload(Machine machine) {
    if (isWireGuardModule()) {
      machine.sh("until [ $(cat /sys/module/wireguard/refcnt) = 0 ]; do sleep 0.1; done").check();
      machine.unloadModule("wireguard");
    }
  }
}
