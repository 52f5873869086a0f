// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites.guest;

/**
 * Numbers of linux/wireguard.h, written down here once more so that a wrong one elsewhere shows.
 */
final class Uapi {
  static final String FAMILY = "wireguard";
  static final int GET_DEVICE = 0;
  static final int SET_DEVICE = 1;

  static final int DEVICE_IFINDEX = 1;
  static final int DEVICE_IFNAME = 2;
  static final int DEVICE_PRIVATE_KEY = 3;
  static final int DEVICE_PUBLIC_KEY = 4;
  static final int DEVICE_FLAGS = 5;
  static final int DEVICE_LISTEN_PORT = 6;
  static final int DEVICE_FWMARK = 7;
  static final int DEVICE_PEERS = 8;
  static final int DEVICE_REPLACE_PEERS = 1;

  static final int PEER_PUBLIC_KEY = 1;
  static final int PEER_PRESHARED_KEY = 2;
  static final int PEER_FLAGS = 3;
  static final int PEER_ENDPOINT = 4;
  static final int PEER_KEEPALIVE = 5;
  static final int PEER_LAST_HANDSHAKE = 6;
  static final int PEER_RX_BYTES = 7;
  static final int PEER_TX_BYTES = 8;
  static final int PEER_ALLOWED_IPS = 9;
  static final int PEER_PROTOCOL_VERSION = 10;
  static final int PEER_REMOVE_ME = 1;
  static final int PEER_REPLACE_ALLOWED_IPS = 2;
  static final int PEER_UPDATE_ONLY = 4;

  static final int ALLOWED_IP_FAMILY = 1;
  static final int ALLOWED_IP_ADDRESS = 2;
  static final int ALLOWED_IP_MASK = 3;
  static final int ALLOWED_IP_FLAGS = 4;

  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int KEY_LENGTH = 32;

  private Uapi() {}
}
