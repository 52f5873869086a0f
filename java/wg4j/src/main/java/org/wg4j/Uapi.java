// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

/**
 * The numbers of WireGuard's Generic Netlink interface. Each is named after its enumerator in
 * {@code include/uapi/linux/wireguard.h} (UapiTest reads that header and compares), except where
 * the Javadoc names another source.
 */
final class Uapi {

  /** {@code WG_GENL_NAME}. */
  static final String WG_GENL_NAME = "wireguard";

  /** {@code WG_GENL_VERSION}. */
  static final int WG_GENL_VERSION = 1;

  /** {@code WG_KEY_LEN}: bytes of a key. */
  static final int WG_KEY_LEN = 32;

  /** {@code enum wg_cmd}: read a device; dump only. */
  static final int WG_CMD_GET_DEVICE = 0;

  /** {@code enum wg_cmd}: change a device. */
  static final int WG_CMD_SET_DEVICE = 1;

  /** {@code enum wgdevice_flag}: remove all peers first. */
  static final int WGDEVICE_F_REPLACE_PEERS = 1;

  /** {@code enum wgdevice_attribute}: u32, selects the device. */
  static final int WGDEVICE_A_IFINDEX = 1;

  /** {@code enum wgdevice_attribute}: string of at most 15 bytes and a NUL, selects the device. */
  static final int WGDEVICE_A_IFNAME = 2;

  /** {@code enum wgdevice_attribute}: 32 bytes, all zero to remove. */
  static final int WGDEVICE_A_PRIVATE_KEY = 3;

  /** {@code enum wgdevice_attribute}: 32 bytes, read only. */
  static final int WGDEVICE_A_PUBLIC_KEY = 4;

  /** {@code enum wgdevice_attribute}: u32, write only. */
  static final int WGDEVICE_A_FLAGS = 5;

  /** {@code enum wgdevice_attribute}: u16 in host order, 0 to let the kernel choose. */
  static final int WGDEVICE_A_LISTEN_PORT = 6;

  /** {@code enum wgdevice_attribute}: u32, 0 for off. */
  static final int WGDEVICE_A_FWMARK = 7;

  /** {@code enum wgdevice_attribute}: nest of nests. */
  static final int WGDEVICE_A_PEERS = 8;

  /** {@code enum wgpeer_flag}: remove the peer. */
  static final int WGPEER_F_REMOVE_ME = 1;

  /** {@code enum wgpeer_flag}: remove the peer's allowed IPs first. */
  static final int WGPEER_F_REPLACE_ALLOWEDIPS = 1 << 1;

  /** {@code enum wgpeer_flag}: do not create the peer. */
  static final int WGPEER_F_UPDATE_ONLY = 1 << 2;

  /** {@code enum wgpeer_attribute}: 32 bytes. */
  static final int WGPEER_A_PUBLIC_KEY = 1;

  /** {@code enum wgpeer_attribute}: 32 bytes, all zero for none. */
  static final int WGPEER_A_PRESHARED_KEY = 2;

  /** {@code enum wgpeer_attribute}: u32, write only. */
  static final int WGPEER_A_FLAGS = 3;

  /** {@code enum wgpeer_attribute}: struct sockaddr_in or sockaddr_in6. */
  static final int WGPEER_A_ENDPOINT = 4;

  /** {@code enum wgpeer_attribute}: u16 seconds, 0 for off. */
  static final int WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL = 5;

  /** {@code enum wgpeer_attribute}: struct __kernel_timespec, read only. */
  static final int WGPEER_A_LAST_HANDSHAKE_TIME = 6;

  /** {@code enum wgpeer_attribute}: u64, read only. */
  static final int WGPEER_A_RX_BYTES = 7;

  /** {@code enum wgpeer_attribute}: u64, read only. */
  static final int WGPEER_A_TX_BYTES = 8;

  /** {@code enum wgpeer_attribute}: nest of nests. */
  static final int WGPEER_A_ALLOWEDIPS = 9;

  /** {@code enum wgpeer_attribute}: u32. */
  static final int WGPEER_A_PROTOCOL_VERSION = 10;

  /** {@code enum wgallowedip_attribute}: u16, AF_INET or AF_INET6. */
  static final int WGALLOWEDIP_A_FAMILY = 1;

  /** {@code enum wgallowedip_attribute}: 4 or 16 bytes. */
  static final int WGALLOWEDIP_A_IPADDR = 2;

  /** {@code enum wgallowedip_attribute}: u8. */
  static final int WGALLOWEDIP_A_CIDR_MASK = 3;

  /** {@code enum wgallowedip_attribute} of Linux 6.16 and newer: u32, write only. */
  static final int WGALLOWEDIP_A_FLAGS = 4;

  /** {@code enum wgallowedip_flag} of Linux 6.16 and newer: take the prefix away from the peer. */
  static final int WGALLOWEDIP_F_REMOVE_ME = 1;

  /** {@code AF_INET} of {@code linux/socket.h}. */
  static final int AF_INET = 2;

  /** {@code AF_INET6} of {@code linux/socket.h}. */
  static final int AF_INET6 = 10;

  /** {@code sizeof(struct sockaddr_in)} of {@code linux/in.h}. */
  static final int SOCKADDR_IN_LENGTH = 16;

  /** {@code sizeof(struct sockaddr_in6)} of {@code linux/in6.h}. */
  static final int SOCKADDR_IN6_LENGTH = 28;

  /** {@code IFNAMSIZ} of {@code linux/if.h}: bytes of an interface name with its NUL. */
  static final int IFNAMSIZ = 16;

  private Uapi() {}
}
