/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bundle is the unit of work: packets of one peer that travel together, in order, under one
 * session. It costs no allocation: the packets are chained by skb->next, and the bundle's own
 * fields are in the control block of its first packet, by which it is known.
 *
 * A lane is one peer's bundles of one direction, in the order in which they must leave. Bundles
 * are encrypted or decrypted anywhere and in any order, but a lane is drained by one CPU, its
 * home: what two CPUs hand to the stack one after the other, it may well pass on the other way
 * round. The home changes only once the lane has been empty long enough for all that left it to
 * be far away.
 */
#ifndef WG_PATH_BUNDLE_H
#define WG_PATH_BUNDLE_H

#include "peers/peer.h"

#define WG_BUNDLE_MAX 16   /* packets in a bundle of arrivals; twice as many to send are two */
#define WG_LANE_MAX   1024 /* packets in a lane; more are dropped */
#define WG_LANE_STAYS 2	   /* jiffies that an empty lane keeps its home */

struct wg_packet {
	u64 counter;
	u32 mtu;   /* of the way inside the tunnel: padding must not exceed it */
	u8 ds;	   /* the outer header's traffic class */
	bool good; /* encrypted, or decrypted and authentic */

	/* Of the bundle; in its first packet only. */
	bool outbound;
	bool done; /* the lane's lock */
	u16 count;
	struct wg_slot *slot; /* the bundle's reference */
	struct sk_buff *last;
	struct sk_buff *next_bundle; /* the lane's lock */
};

static inline struct wg_packet *wg_packet(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct wg_packet) > sizeof_field(struct sk_buff, cb));
	return (struct wg_packet *)skb->cb;
}

/* Makes a bundle of one packet; takes over the caller's reference on @slot. */
void wg_bundle_begin(struct sk_buff *first, struct wg_slot *slot, bool outbound);
void wg_bundle_append(struct sk_buff *first, struct sk_buff *skb);
struct wg_lane *wg_bundle_lane(struct sk_buff *first);

/*
 * With the lane's lock held, on CPU @cpu, which becomes the lane's home if that may change.
 * False, and nothing done, if the lane is full.
 */
bool wg_lane_append(struct wg_lane *lane, struct sk_buff *first, unsigned int cpu);

enum wg_lane_duty {
	WG_LANE_NO_DUTY,  /* nothing can leave yet, or it is being seen to */
	WG_LANE_DRAIN,	  /* here and now */
	WG_LANE_ASK_HOME, /* wake the lane's home, which is to do it */
};

/* Marks a bundle done, and says what its finisher on @cpu must do then. */
enum wg_lane_duty wg_lane_finish(struct wg_lane *lane, struct sk_buff *first, unsigned int cpu,
				 bool may_drain, unsigned int *home);
/*
 * The home, asked to drain, begins to; or it ends before it is done, and is to be asked to go on.
 */
void wg_lane_turn(struct wg_lane *lane, bool draining);
/*
 * Whose duty it is hands out, in order, what can leave, until NULL ends the duty. Emitting may lead
 * back to wg_lane_finish(), when one tunnel runs through another; that finds the lane seen to.
 */
struct sk_buff *wg_lane_next(struct wg_lane *lane);

#endif
