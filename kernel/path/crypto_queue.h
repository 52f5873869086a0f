/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Each CPU has its own bounded queue of bundles, polled in softirq by its own NAPI instance: no
 * scheduler stands between a packet and its cipher. A CPU whose queue is empty takes from the
 * others', and a CPU with a long bundle or a backlog wakes an idle one, so that together the queues
 * behave as one that all CPUs share.
 */
#ifndef WG_PATH_CRYPTO_QUEUE_H
#define WG_PATH_CRYPTO_QUEUE_H

#include "peers/peer.h"

int wg_crypto_init(struct wg_device *wg);
void wg_crypto_uninit(struct wg_device *wg);

/*
 * Both with bottom halves off. _submit takes an outbound bundle that is in its lane; @alone says
 * that nothing was ahead of it there. _gather adds an arrived packet to this CPU's open bundle.
 */
void wg_crypto_submit(struct wg_device *wg, struct sk_buff *bundle, bool alone);
void wg_crypto_gather(struct wg_device *wg, struct wg_slot *slot, struct sk_buff *skb);

/*
 * With bottom halves off, when packets of @peer have just been staged: whether to leave them
 * there. A sender that does not wait for anything will send more: for a moment, which ends by
 * itself with a flush, they are left to become one bundle.
 */
bool wg_crypto_linger(struct wg_peer *peer);

#endif
