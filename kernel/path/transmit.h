/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WG_PATH_TRANSMIT_H
#define WG_PATH_TRANSMIT_H

#include "noise/messages.h"

struct wg_device;
struct wg_peer;

/*
 * Room in front for the data header, UDP, IPv6 and a link layer. Behind, for the tag and for the
 * padding, which together with what Poly1305's last block lacks is less than a block:
 * wg_aead_seal() finds its WG_AEAD_TAIL() there.
 */
#define WG_HEADROOM ALIGN(sizeof(struct message_data) + 8 + 40 + NET_SKB_PAD, 4)
#define WG_TAILROOM (MESSAGE_PADDING + NOISE_TAG_SIZE)
/* The longest packet that, padded, fits into a UDP datagram over IPv4. */
#define WG_PACKET_MAX round_down(65535 - 20 - 8 - MESSAGE_DATA_OVERHEAD, MESSAGE_PADDING)

/* Under RCU: the peer that owns a packet's destination, or with @back its source; or NULL. */
struct wg_peer *wg_transmit_route(struct wg_device *wg, const struct sk_buff *skb, bool back);
netdev_tx_t wg_transmit(struct sk_buff *skb, struct net_device *dev);
/* Sends what waits for a session, or asks for one. */
void wg_transmit_flush(struct wg_peer *peer);
void wg_transmit_keepalive(struct wg_peer *peer);

/* For the crypto queues: encrypt a bundle, anywhere; send it off, in its lane's order. */
void wg_transmit_seal(struct sk_buff *bundle);
void wg_transmit_emit(struct sk_buff *bundle);

#endif
