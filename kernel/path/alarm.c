// SPDX-License-Identifier: GPL-2.0
#include "path/alarm.h"

#include <linux/hash.h>
#include <linux/random.h>
#include "path/handshakes.h"
#include "path/transmit.h"
#include "path/udp.h"
#include "peers/device.h"

/* It only has to differ from the other side's, and is asked for with each bundle. */
static u64 jitter(void)
{
	return mul_u64_u32_shr(REKEY_JITTER_MAX, hash_32(random_get_entropy(), 32), 32);
}

/*
 * The kernel timer is moved only when something is due earlier than it would fire: each packet
 * moves deadlines, nearly always to later, and a timer that fires early merely finds nothing to
 * do.
 */
static void rearm(struct wg_peer *peer, u64 now)
{
	u64 next = wg_timers_next(&peer->timers);

	lockdep_assert_held(&peer->timer_lock);
	if (!next || (peer->alarm_at && peer->alarm_at <= next))
		return;
	peer->alarm_at = next;
	mod_timer(&peer->alarm, jiffies + 1 + (next > now ? nsecs_to_jiffies(next - now) : 0));
}

static void act(struct wg_peer *peer, u32 actions)
{
	if (actions & WG_ACTION_DROP_STAGED)
		wg_peer_drop_staged(peer);
	if (actions & WG_ACTION_FORGET_SOURCE)
		wg_udp_forget_source(peer);
	if (actions & WG_ACTION_ZERO_KEYS)
		wg_handshakes_ask(peer, WG_CHORE_ZERO_KEYS);
	if (actions & WG_ACTION_SEND_INITIATION)
		wg_handshakes_request(peer, true);
	if (actions & WG_ACTION_SEND_KEEPALIVE)
		wg_transmit_keepalive(peer);
}

void wg_alarm_raise(struct wg_peer *peer, unsigned long events)
{
	u64 now = ktime_get_coarse_boottime_ns(), later = jitter();
	unsigned int event;
	u32 actions = 0;

	if (!events)
		return;
	spin_lock_bh(&peer->timer_lock);
	for_each_set_bit(event, &events, WG_EVENT_COUNT)
		actions |= wg_timers_event(&peer->timers, event, now, later);
	rearm(peer, now);
	spin_unlock_bh(&peer->timer_lock);
	act(peer, actions);
}

void wg_alarm_set_persistent(struct wg_peer *peer, u16 seconds)
{
	spin_lock_bh(&peer->timer_lock);
	peer->timers.persistent_seconds = seconds;
	spin_unlock_bh(&peer->timer_lock);
	wg_alarm_raise(peer, BIT(WG_EVENT_PERSISTENT_CHANGED));
}

void wg_alarm_fired(struct timer_list *alarm)
{
	struct wg_peer *peer = from_timer(peer, alarm, alarm);
	u64 now = ktime_get_coarse_boottime_ns();
	u32 actions;

	spin_lock_bh(&peer->timer_lock);
	peer->alarm_at = 0;
	actions = wg_timers_expire(&peer->timers, now, jitter());
	rearm(peer, now);
	spin_unlock_bh(&peer->timer_lock);
	act(peer, actions);
}
