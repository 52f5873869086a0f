/* SPDX-License-Identifier: GPL-2.0 */
/* Moves handshake messages: arrivals wait in per-CPU intakes for a worker, which asks noise/. */
#ifndef WG_PATH_HANDSHAKES_H
#define WG_PATH_HANDSHAKES_H

#include "peers/peer.h"

int wg_handshakes_init(struct wg_device *wg);
void wg_handshakes_uninit(struct wg_device *wg);

/* In softirq: queues an admitted handshake or cookie message, or drops it. Takes the packet. */
void wg_handshakes_enqueue(struct wg_device *wg, struct sk_buff *skb);

/*
 * Asks for an initiation to be sent, unless one was within REKEY_TIMEOUT. Any context. A @retry is
 * the timers' doing; anything else lets the count of tries begin anew.
 */
void wg_handshakes_request(struct wg_peer *peer, bool retry);
/* Asks for what softirq cannot do itself. Any context. */
void wg_handshakes_ask(struct wg_peer *peer, enum wg_chore chore);

/* What a device lends its peers: what a peer asked for and softirq cannot do. */
void wg_handshakes_chore(struct work_struct *work);

#endif
