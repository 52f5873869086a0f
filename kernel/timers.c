// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that happens to a peer's timers is a row of the table below. Where an event means
 * different things depending on a counter or a setting, classify() turns it into a case with rows
 * of its own first; applying a row then knows no exceptions.
 *
 * Two relations hold in every state that the table can reach, and the suite checks them:
 * RETRANSMIT is armed exactly in HANDSHAKING, and nothing is armed in STOPPED. tests/model holds
 * the same table and explores what two peers can come to with it.
 */
#include <linux/bitops.h>
#include "timers.h"

/* Events whose rows depend on more than the state, beside those the callers know. */
enum timer_case {
	CASE_START_PERSISTENT = WG_EVENT_COUNT, /* up, with a persistent interval */
	CASE_MORE_DATA_RECEIVED,		/* with the passive keepalive already armed */
	CASE_KEEPALIVE_STILL_OWED,		/* it is due, and more data came meanwhile */
	CASE_PERSISTENT_BEGINS,			/* the interval was zero */
	CASE_PERSISTENT_ENDS,			/* the interval is zero */
	CASE_GIVE_UP,				/* a retry is due, but there were enough */
	CASE_COUNT,
};

enum timer_bit {
	RETRANSMIT = BIT(WG_TIMER_RETRANSMIT),
	PASSIVE_KEEPALIVE = BIT(WG_TIMER_PASSIVE_KEEPALIVE),
	NEW_HANDSHAKE = BIT(WG_TIMER_NEW_HANDSHAKE),
	ZERO_KEYS = BIT(WG_TIMER_ZERO_KEYS),
	PERSISTENT = BIT(WG_TIMER_PERSISTENT),
	EVERY_TIMER = BIT(WG_TIMER_COUNT) - 1,
};

#define SAME (1 + WG_STATE_COUNT)

struct timer_row {
	u8 next;	/* 1 + enum wg_timer_state, or SAME; 0: there is no such row */
	bool anew;	/* the count of initiations begins at zero */
	bool count;	/* and then counts one more */
	bool more_data; /* to be remembered */
	u8 cancel;	/* enum timer_bit, as the next two */
	u8 arm;		/* from now, also when armed already */
	u8 arm_if_idle; /* left alone when armed */
	u8 actions;	/* enum wg_timer_action */
};

/* clang-format off */
#define KEEPALIVE WG_ACTION_SEND_KEEPALIVE
#define INITIATE (WG_ACTION_SEND_INITIATION | WG_ACTION_FORGET_SOURCE)
#define TO(state, ...) { .next = 1 + (state), __VA_ARGS__ }
#define STAY(...) { .next = SAME, __VA_ARGS__ }
/* The rows in QUIET and in HANDSHAKING; in STOPPED, such an event means nothing. */
#define EACH(quiet, handshaking) { STAY(), quiet, handshaking }
#define BOTH(...) { STAY(), __VA_ARGS__, __VA_ARGS__ }

/*
 * An expired timer's row cancels that timer, or arms it again. The persistent keepalive and the
 * retransmission arm themselves again when due, although sending arms them too: when the packet
 * cannot be sent for want of memory, there is another chance.
 */
static const struct timer_row rows[CASE_COUNT][WG_STATE_COUNT] = {
	[WG_EVENT_START] = { TO(WG_STATE_QUIET), STAY(), STAY() },
	[CASE_START_PERSISTENT] = {
		TO(WG_STATE_QUIET, .arm = PERSISTENT, .actions = KEEPALIVE),
		STAY(),
		STAY(),
	},
	[WG_EVENT_STOP] = BOTH(TO(WG_STATE_STOPPED, .anew = true, .cancel = EVERY_TIMER)),

	/* The first of a row of messages counts: the peer had all that time to answer. */
	[WG_EVENT_DATA_SENT] = BOTH(STAY(.arm_if_idle = NEW_HANDSHAKE)),
	/* So does the first that is owed an answer; what comes while it waits is remembered. */
	[WG_EVENT_DATA_RECEIVED] = BOTH(STAY(.arm = PASSIVE_KEEPALIVE)),
	[CASE_MORE_DATA_RECEIVED] = BOTH(STAY(.more_data = true)),
	/* Whatever goes out tells the peer that we live, and what comes in that it does. */
	[WG_EVENT_SENT] = BOTH(STAY(.cancel = PASSIVE_KEEPALIVE, .arm = PERSISTENT)),
	[WG_EVENT_RECEIVED] = BOTH(STAY(.cancel = NEW_HANDSHAKE, .arm = PERSISTENT)),

	/* One that is outstanding is the first of the tries that begin anew. */
	[WG_EVENT_HANDSHAKE_WANTED] = EACH(STAY(.anew = true), STAY(.anew = true, .count = true)),
	/* A retry has been counted when it was asked for, so that one that fails counts as well. */
	[WG_EVENT_INITIATION_SENT] =
		EACH(TO(WG_STATE_HANDSHAKING, .anew = true, .count = true, .arm = RETRANSMIT),
		     STAY(.arm = RETRANSMIT)),
	[WG_EVENT_RETRANSMIT_DUE] =
		EACH(STAY(), STAY(.count = true, .arm = RETRANSMIT, .actions = INITIATE)),
	/* There may be keys of an older session; that nobody will need them is known by now. */
	[CASE_GIVE_UP] =
		EACH(STAY(),
		     TO(WG_STATE_QUIET, .anew = true, .cancel = RETRANSMIT | PASSIVE_KEEPALIVE,
			.arm_if_idle = ZERO_KEYS, .actions = WG_ACTION_DROP_STAGED)),
	[WG_EVENT_HANDSHAKE_COMPLETE] =
		EACH(STAY(.anew = true), TO(WG_STATE_QUIET, .anew = true, .cancel = RETRANSMIT)),
	[WG_EVENT_SESSION_DERIVED] = BOTH(STAY(.arm = ZERO_KEYS)),
	/* Not a retry but a reason of its own: the tries begin anew. */
	[WG_EVENT_NEW_HANDSHAKE_DUE] =
		EACH(STAY(.anew = true, .cancel = NEW_HANDSHAKE, .actions = INITIATE),
		     STAY(.anew = true, .count = true, .cancel = NEW_HANDSHAKE,
			  .actions = INITIATE)),
	[WG_EVENT_ZERO_KEYS_DUE] = BOTH(STAY(.cancel = ZERO_KEYS, .actions = WG_ACTION_ZERO_KEYS)),

	/* Keepalives */
	[WG_EVENT_PASSIVE_KEEPALIVE_DUE] =
		BOTH(STAY(.cancel = PASSIVE_KEEPALIVE, .actions = KEEPALIVE)),
	/* Sending the first of the two does away with the second, unless it cannot be sent. */
	[CASE_KEEPALIVE_STILL_OWED] = BOTH(STAY(.arm = PASSIVE_KEEPALIVE, .actions = KEEPALIVE)),
	[WG_EVENT_PERSISTENT_DUE] = BOTH(STAY(.arm = PERSISTENT, .actions = KEEPALIVE)),
	/* From one interval to another: the next packet counts with the new one. */
	[WG_EVENT_PERSISTENT_CHANGED] = BOTH(STAY()),
	[CASE_PERSISTENT_BEGINS] = BOTH(STAY(.arm = PERSISTENT, .actions = KEEPALIVE)),
	[CASE_PERSISTENT_ENDS] = BOTH(STAY(.cancel = PERSISTENT)),
};

/* clang-format on */

struct timer_kind {
	u64 duration;
	bool jittered; /* so that two peers do not stay in step */
	enum wg_timer_event due;
};

static const struct timer_kind kinds[WG_TIMER_COUNT] = {
	[WG_TIMER_RETRANSMIT] = { REKEY_TIMEOUT, true, WG_EVENT_RETRANSMIT_DUE },
	[WG_TIMER_PASSIVE_KEEPALIVE] = { KEEPALIVE_TIMEOUT, false, WG_EVENT_PASSIVE_KEEPALIVE_DUE },
	[WG_TIMER_NEW_HANDSHAKE] = { KEEPALIVE_TIMEOUT + REKEY_TIMEOUT, true,
				     WG_EVENT_NEW_HANDSHAKE_DUE },
	[WG_TIMER_ZERO_KEYS] = { ZERO_KEYS_AFTER, false, WG_EVENT_ZERO_KEYS_DUE },
	/* For each second of the interval; without one the timer stays idle. */
	[WG_TIMER_PERSISTENT] = { NSEC_PER_SEC, false, WG_EVENT_PERSISTENT_DUE },
};

/* The row's index: the event itself, or the case of it that the counters and settings make. */
static unsigned int classify(const struct wg_timers *timers, enum wg_timer_event event)
{
	switch (event) {
	case WG_EVENT_START:
		return timers->persistent_seconds ? CASE_START_PERSISTENT : event;
	case WG_EVENT_DATA_RECEIVED:
		return timers->deadline[WG_TIMER_PASSIVE_KEEPALIVE] ? CASE_MORE_DATA_RECEIVED :
								      event;
	case WG_EVENT_PASSIVE_KEEPALIVE_DUE:
		return timers->more_data_received ? CASE_KEEPALIVE_STILL_OWED : event;
	case WG_EVENT_PERSISTENT_CHANGED:
		/* With an interval the timer is armed, so an idle one says that there was none. */
		if (timers->persistent_seconds && !timers->deadline[WG_TIMER_PERSISTENT])
			return CASE_PERSISTENT_BEGINS;
		fallthrough;
	case WG_EVENT_PERSISTENT_DUE:
		return timers->persistent_seconds ? event : CASE_PERSISTENT_ENDS;
	case WG_EVENT_RETRANSMIT_DUE:
		return timers->tries >= HANDSHAKE_TRIES_MAX ? CASE_GIVE_UP : event;
	default:
		return event;
	}
}

static void arm(struct wg_timers *timers, enum wg_timer timer, u64 now, u64 jitter)
{
	u64 after = kinds[timer].duration;

	if (timer == WG_TIMER_PERSISTENT)
		after *= timers->persistent_seconds;
	if (kinds[timer].jittered)
		after += jitter;
	timers->deadline[timer] = after ? now + after : 0;
}

void wg_timers_init(struct wg_timers *timers)
{
	*timers = (struct wg_timers){ .state = WG_STATE_STOPPED };
}

u32 wg_timers_event(struct wg_timers *timers, enum wg_timer_event event, u64 now, u64 jitter)
{
	const struct timer_row *row = &rows[classify(timers, event)][timers->state];
	unsigned long touched = row->cancel | row->arm | row->arm_if_idle;
	unsigned int timer;

	if (WARN_ON_ONCE(!row->next))
		return 0;
	for_each_set_bit(timer, &touched, WG_TIMER_COUNT) {
		if (row->cancel & BIT(timer))
			timers->deadline[timer] = 0;
		if (row->arm & BIT(timer) ||
		    (row->arm_if_idle & BIT(timer) && !timers->deadline[timer]))
			arm(timers, timer, now, jitter);
	}
	timers->tries = (row->anew ? 0 : timers->tries) + row->count;
	/* The keepalive tells what came: the note of it lives as long as its timer runs. */
	if ((row->cancel | row->arm) & PASSIVE_KEEPALIVE)
		timers->more_data_received = false;
	timers->more_data_received |= row->more_data;
	if (row->next != SAME)
		timers->state = row->next - 1;
	return row->actions;
}

/*
 * A due timer's row cancels it or arms it for later than @now, and so does whatever else a row
 * arms: one pass leaves nothing due. The retransmission comes first, as giving up cancels a
 * keepalive.
 */
u32 wg_timers_expire(struct wg_timers *timers, u64 now, u64 jitter)
{
	enum wg_timer timer;
	u32 actions = 0;
	u64 deadline;

	for (timer = 0; timer < WG_TIMER_COUNT; timer++) {
		deadline = timers->deadline[timer];
		if (!deadline || deadline > now)
			continue;
		actions |= wg_timers_event(timers, kinds[timer].due, now, jitter);
	}
	return actions;
}

u64 wg_timers_next(const struct wg_timers *timers)
{
	enum wg_timer timer;
	u64 next = 0;

	for (timer = 0; timer < WG_TIMER_COUNT; timer++) {
		if (timers->deadline[timer] && (!next || timers->deadline[timer] < next))
			next = timers->deadline[timer];
	}
	return next;
}
