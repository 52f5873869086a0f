/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WG_PEERS_PEER_H
#define WG_PEERS_PEER_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/kref.h>
#include <linux/llist.h>
#include <linux/seqlock.h>
#include <net/sock.h>
#include "noise/cookie.h"
#include "noise/handshake.h"
#include "noise/session.h"
#include "peers/allowedips.h"
#include "timers.h"

struct wg_device;
struct wg_peer;

union wg_address {
	struct in_addr v4;
	struct in6_addr v6;
};

/* Where a peer is, and which of our addresses it last used. */
struct wg_endpoint {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} remote;		/* family AF_UNSPEC: not known */
	union wg_address local; /* zero: let routing choose */
	int ifindex;		/* where IPv4 came in; 0: not known */
};

/* The way to an endpoint, as it was last found. */
struct wg_route {
	struct dst_entry *dst; /* NULL: to be found anew */
	u32 cookie;	       /* by which a route for IPv6 knows whether it is out of date */
	union wg_address source;
};

enum wg_slot_state {
	WG_SLOT_FREE,
	WG_SLOT_WAITING, /* for the response to our initiation */
	WG_SLOT_LIVE,
	WG_SLOT_RETIRED, /* out of the tables, until the last user and a grace period are over */
};

/*
 * Room for one session, allocated with its peer. A slot in use holds a reference on its peer, a
 * user of its session (a bundle under way) one on the slot.
 */
struct wg_slot {
	struct wg_session session;
	struct hlist_node index_node; /* the device's index_lock */
	u32 index;		      /* constant while in the table */
	struct wg_peer *peer;	      /* constant */
	refcount_t users;
	enum wg_slot_state state; /* from FREE under handshake_lock, to FREE by release/acquire */
	struct rcu_head rcu;
};

/* Two in place, one waiting for a response, two whose grace period has not ended. */
#define WG_SLOTS      5
#define WG_STAGED_MAX 128
#define WG_PEERS_MAX  1048576

/* Bundles of one direction in the order in which they must leave; see path/bundle.h. */
struct wg_lane {
	struct wg_peer *peer; /* constant */
	spinlock_t lock;      /* innermost; softirqs are off */
	struct sk_buff *first __guarded_by(&lock);
	struct sk_buff *last __guarded_by(&lock);
	unsigned int packets __guarded_by(&lock);
	bool draining __guarded_by(&lock);
	bool asked __guarded_by(&lock);		   /* node waits in the home queue's list */
	unsigned int home __guarded_by(&lock);	   /* the CPU whose queue drains */
	unsigned long left_at __guarded_by(&lock); /* jiffies when a bundle was last drained */
	struct llist_node node;			   /* owned by who set asked */
};

enum wg_chore {
	WG_CHORE_INITIATE,
	WG_CHORE_ZERO_KEYS,
};

struct wg_peer {
	/* Constant. */
	struct wg_device *device;
	u8 public_key[NOISE_KEY_SIZE];
	u32 id;

	/* Life: tables hold the first reference, RCU readers none, everybody else their own. */
	struct kref refs;
	struct rcu_head rcu;
	bool dead; /* READ_ONCE; written once, under handshake_lock */

	/* Configuration: the device's config_lock; key_node has the table's own locks. */
	struct rhash_head key_node;
	struct list_head leaving; /* of the caller that unlinked the peer */
	struct wg_allowedips_owner allowedips;

	/* Packets that wait for a session. The queue's own lock. */
	struct sk_buff_head staged;

	struct wg_lane outbound;
	struct wg_lane inbound;

	/* Endpoint: readers copy it out, writers also drop the route. */
	seqlock_t endpoint_lock;
	struct wg_endpoint endpoint __guarded_by(&endpoint_lock);
	struct wg_route route __guarded_by(&endpoint_lock);

	/* Handshakes: process context only. */
	struct mutex handshake_lock;
	struct wg_handshake handshake __guarded_by(&handshake_lock);
	struct wg_slot *waiting __guarded_by(&handshake_lock);
	struct wg_slot slots[WG_SLOTS];
	atomic64_t handshake_sent;   /* when; 0: never */
	struct wg_sessions sessions; /* has its own lock */
	struct wg_cookie_jar jar;    /* has its own lock */
	atomic64_t last_handshake;   /* wall clock, in nanoseconds; 0: never */

	/* Timers. */
	spinlock_t timer_lock;
	struct wg_timers timers __guarded_by(&timer_lock);
	u64 alarm_at __guarded_by(&timer_lock); /* when alarm is to fire; 0: not pending */
	struct timer_list alarm;
	unsigned long chores; /* atomic bits, enum wg_chore */
	struct work_struct chore_work;

	atomic64_t rx_bytes;
	atomic64_t tx_bytes;
};

int wg_peer_module_init(void);
void wg_peer_module_uninit(void);

/* Makes a peer and enters it in the device's tables, under config_lock; or an ERR_PTR. */
struct wg_peer *wg_peer_create(struct wg_device *wg, const u8 public_key[NOISE_KEY_SIZE]);
/* Under RCU or with a reference; NULL if the last one is gone. */
struct wg_peer *wg_peer_get(struct wg_peer *peer);
void wg_peer_put(struct wg_peer *peer);

/*
 * Removing goes in two steps so that any number of peers costs one grace period: _unlink takes a
 * peer out of every table and puts it on the caller's list; _retire waits once, then ends the
 * timers and sessions of them all and drops the tables' reference. Both under config_lock.
 */
void wg_peer_unlink(struct wg_peer *peer, struct list_head *leaving);
void wg_peers_retire(struct list_head *leaving);
void wg_peer_remove_all(struct wg_device *wg);

/* The device goes down, or the peer: no timer, chore, session, or waiting packet is left. */
void wg_peer_stop(struct wg_peer *peer);

/* A free slot, with a fresh index in the table; needs handshake_lock. NULL when all are in use. */
struct wg_slot *wg_slot_take(struct wg_peer *peer);
/*
 * Takes a slot that is in no place any more out of the index table and gives up its place's
 * reference.
 */
void wg_slot_retire(struct wg_slot *slot);
bool wg_slot_get(struct wg_slot *slot);
void wg_slot_put(struct wg_slot *slot);
void wg_slots_retire(const struct wg_retired_sessions *retired);

static inline struct wg_slot *wg_slot_of(struct wg_session *session)
{
	return container_of(session, struct wg_slot, session);
}

/* Ends every session and every handshake under way; what the administrator configured stays. */
void wg_peer_forget_sessions(struct wg_peer *peer);
/* The identity changes: nothing more is sent under the present sessions, no handshake goes on. */
void wg_peer_revoke_sessions(struct wg_peer *peer);
void wg_peer_drop_staged(struct wg_peer *peer);

#endif
