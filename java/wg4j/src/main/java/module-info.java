// SPDX-License-Identifier: Apache-2.0

/** WireGuard administration for Java: keys, peers, devices and configuration files. */
module org.wg4j {
  requires transitive org.netlink4j;

  exports org.wg4j;
}
