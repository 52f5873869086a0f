/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the peers of one network interface share. Lock order: rtnl, config_lock, identity_lock,
 * then a peer's handshake_lock; every spinlock is a leaf.
 */
#ifndef WG_PEERS_DEVICE_H
#define WG_PEERS_DEVICE_H

#include <linux/rhashtable.h>
#include <linux/rwsem.h>
#include <linux/xarray.h>
#include "noise/cookie.h"
#include "noise/handshake.h"
#include "noise/limiter.h"
#include "peers/allowedips.h"

#define WG_INDEX_CHAINS	  8192 /* in the first segment, and again in the second */
#define WG_INDEX_SEGMENTS 8    /* each but the first two has twice as many as the one before */

struct wg_crypto_cpu;
struct wg_intake;

struct wg_device {
	/* Constant from creation to destruction. */
	struct net_device *dev;
	/* What the layer above lends to each peer. */
	void (*peer_alarm)(struct timer_list *alarm);
	void (*peer_chore)(struct work_struct *work);
	struct wg_crypto_cpu __percpu *crypto;
	struct wg_intake __percpu *intakes;
	struct workqueue_struct *handshake_wq;
	struct wg_limiter limiter; /* locks its sets itself */

	/* Who we are. Held for reading through a whole handshake step. */
	struct rw_semaphore identity_lock;
	struct wg_identity identity __guarded_by(&identity_lock);
	struct wg_cookie_judge judge; /* its keys likewise; its secret has its own lock */

	/* Configuration. Lookups take RCU, changes config_lock. */
	struct mutex config_lock;
	/* In order of creation. */
	struct xarray peers __guarded_by(&config_lock);
	u32 next_peer_id __guarded_by(&config_lock);
	unsigned int peer_count __guarded_by(&config_lock);
	struct rhashtable peers_by_key;
	struct wg_allowedips allowedips;
	/* Lets a dump notice a change; never 0. */
	u32 config_generation __guarded_by(&config_lock);
	u16 listen_port __guarded_by(&config_lock);

	/* READ_ONCE; written under config_lock. */
	bool up;
	u32 fwmark;

	/* The namespace that made the interface and has its sockets. RCU; written under rtnl. */
	struct net __rcu *home;
	/* RCU; written under config_lock. */
	struct sock __rcu *sock4;
	struct sock __rcu *sock6;

	/* Sessions and outstanding initiations by the index we gave them. Lookups take RCU. */
	spinlock_t index_lock; /* protects the chains */
	/* How many segments there are: release/acquire; raised under config_lock, never lowered. */
	unsigned int index_segments;
	/* Each is constant once it is counted. */
	struct hlist_head *slots_by_index[WG_INDEX_SEGMENTS];

	/* Handshake load: of this device, so that no other one's flood is felt here. */
	atomic_t handshakes_waiting;
	u64 overloaded_at; /* READ_ONCE/WRITE_ONCE */

	struct list_head all; /* rtnl */
};

#endif
