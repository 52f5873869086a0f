// SPDX-License-Identifier: GPL-2.0
#include "path/bundle.h"

void wg_bundle_begin(struct sk_buff *first, struct wg_slot *slot, bool outbound)
{
	struct wg_packet *packet = wg_packet(first);

	first->next = NULL;
	packet->good = false;
	packet->outbound = outbound;
	packet->done = false;
	packet->count = 1;
	packet->slot = slot;
	packet->last = first;
	packet->next_bundle = NULL;
}

void wg_bundle_append(struct sk_buff *first, struct sk_buff *skb)
{
	struct wg_packet *packet = wg_packet(first);

	wg_packet(skb)->good = false;
	skb->next = NULL;
	packet->last->next = skb;
	packet->last = skb;
	++packet->count;
}

struct wg_lane *wg_bundle_lane(struct sk_buff *first)
{
	struct wg_packet *packet = wg_packet(first);
	struct wg_peer *peer = packet->slot->peer;

	return packet->outbound ? &peer->outbound : &peer->inbound;
}

static void choose_home(struct wg_lane *lane, unsigned int cpu)
{
	if (!lane->first && !lane->draining && !lane->asked &&
	    time_after(jiffies, lane->left_at + WG_LANE_STAYS))
		lane->home = cpu;
}

bool wg_lane_append(struct wg_lane *lane, struct sk_buff *first, unsigned int cpu)
{
	unsigned int count = wg_packet(first)->count;

	lockdep_assert_held(&lane->lock);
	/* A bundle larger than the lane may still go through an empty one. */
	if (lane->first && lane->packets + count > WG_LANE_MAX)
		return false;
	choose_home(lane, cpu);
	if (lane->first)
		wg_packet(lane->last)->next_bundle = first;
	else
		lane->first = first;
	lane->last = first;
	lane->packets += count;
	return true;
}

static bool head_is_done(const struct wg_lane *lane)
{
	return lane->first && wg_packet(lane->first)->done;
}

enum wg_lane_duty wg_lane_finish(struct wg_lane *lane, struct sk_buff *first, unsigned int cpu,
				 bool may_drain, unsigned int *home)
{
	enum wg_lane_duty duty = WG_LANE_NO_DUTY;

	spin_lock(&lane->lock);
	wg_packet(first)->done = true;
	*home = lane->home;
	/* Whoever drains looks at the head again before it gives up: no wake-up can be lost. */
	if (head_is_done(lane) && !lane->draining && !lane->asked) {
		duty = may_drain && lane->home == cpu ? WG_LANE_DRAIN : WG_LANE_ASK_HOME;
		/* In the same step, or a second finisher would take the duty too. */
		lane->draining = duty == WG_LANE_DRAIN;
		lane->asked = duty == WG_LANE_ASK_HOME;
	}
	spin_unlock(&lane->lock);
	return duty;
}

void wg_lane_turn(struct wg_lane *lane, bool draining)
{
	spin_lock(&lane->lock);
	lane->draining = draining;
	lane->asked = !draining;
	spin_unlock(&lane->lock);
}

struct sk_buff *wg_lane_next(struct wg_lane *lane)
{
	struct sk_buff *ready = NULL;

	spin_lock(&lane->lock);
	lane->draining = head_is_done(lane);
	if (lane->draining) {
		ready = lane->first;
		lane->first = wg_packet(ready)->next_bundle;
		lane->packets -= wg_packet(ready)->count;
		lane->left_at = jiffies;
	}
	spin_unlock(&lane->lock);
	return ready;
}
