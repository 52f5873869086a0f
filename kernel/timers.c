// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that happens to a peer's timers is a row of the table below. Where an event means
 * different things depending on a counter or a setting, classify() turns it into a case with a row
 * of its own first; applying a row then knows no exceptions.
 *
 * Two relations hold in every state that the table can reach, and the suite checks them:
 * RETRANSMIT is armed exactly in HANDSHAKING, and nothing is armed in STOPPED.
 */
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "timers.h"

#define NEW_HANDSHAKE_TIMEOUT (KEEPALIVE_TIMEOUT + REKEY_TIMEOUT)

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

enum timer_next {
	NO_ROW, /* what a pair without a row would have */
	SAME,
	TO_STOPPED,
	TO_QUIET,
	TO_HANDSHAKING,
};

/* What becomes of the count of initiations. */
enum timer_tries {
	TRIES_KEPT,
	TRIES_NONE, /* begins anew, before the first one */
	TRIES_ONE,  /* begins anew with the one that is outstanding */
	TRIES_MORE,
};

struct timer_row {
	u8 next;	/* enum timer_next */
	u8 tries;	/* enum timer_tries */
	u8 cancel;	/* enum timer_bit, as all three */
	u8 arm;		/* from now, also when armed already */
	u8 arm_if_idle; /* left alone when armed */
	bool more_data;
	u32 actions;
};

/*
 * An expired timer's row cancels that timer, or arms it again. The persistent keepalive and the
 * retransmission arm themselves again when due, although sending arms them too: when the packet
 * cannot be sent for want of memory, there is another chance. (The formatter knows no ranges in
 * designators.)
 */
/* clang-format off */
static const struct timer_row rows[CASE_COUNT][WG_STATE_COUNT] = {
	[WG_EVENT_START] = {
		[WG_STATE_STOPPED] = { .next = TO_QUIET },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = { .next = SAME },
	},
	[CASE_START_PERSISTENT] = {
		[WG_STATE_STOPPED] = {
			.next = TO_QUIET,
			.arm = PERSISTENT,
			.actions = WG_ACTION_SEND_KEEPALIVE,
		},
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = { .next = SAME },
	},
	[WG_EVENT_STOP] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = {
			.next = TO_STOPPED,
			.cancel = EVERY_TIMER,
			.tries = TRIES_NONE,
		},
	},

	/* Traffic */
	/* The first of a row of messages counts: the peer had all that time to answer. */
	[WG_EVENT_DATA_SENT] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = {
			.next = SAME,
			.arm_if_idle = NEW_HANDSHAKE,
		},
	},
	/* So does the first that is owed an answer; what comes while it waits is remembered. */
	[WG_EVENT_DATA_RECEIVED] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = {
			.next = SAME,
			.arm = PASSIVE_KEEPALIVE,
		},
	},
	[CASE_MORE_DATA_RECEIVED] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = { .next = SAME, .more_data = true },
	},
	/* Whatever goes out tells the peer that we live, and what comes in that it does. */
	[WG_EVENT_SENT] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = {
			.next = SAME,
			.cancel = PASSIVE_KEEPALIVE,
			.arm = PERSISTENT,
		},
	},
	[WG_EVENT_RECEIVED] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = {
			.next = SAME,
			.cancel = NEW_HANDSHAKE,
			.arm = PERSISTENT,
		},
	},

	/* Handshakes */
	[WG_EVENT_HANDSHAKE_WANTED] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET] = { .next = SAME, .tries = TRIES_NONE },
		[WG_STATE_HANDSHAKING] = { .next = SAME, .tries = TRIES_ONE },
	},
	/* A retry has been counted when it was asked for, so that one that fails counts as well. */
	[WG_EVENT_INITIATION_SENT] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET] = {
			.next = TO_HANDSHAKING,
			.tries = TRIES_ONE,
			.arm = RETRANSMIT,
		},
		[WG_STATE_HANDSHAKING] = { .next = SAME, .arm = RETRANSMIT },
	},
	[WG_EVENT_RETRANSMIT_DUE] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET] = { .next = SAME },
		[WG_STATE_HANDSHAKING] = {
			.next = SAME,
			.tries = TRIES_MORE,
			.arm = RETRANSMIT,
			.actions = WG_ACTION_SEND_INITIATION | WG_ACTION_FORGET_SOURCE,
		},
	},
	/* There may be keys of an older session; that nobody will need them is known by now. */
	[CASE_GIVE_UP] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET] = { .next = SAME },
		[WG_STATE_HANDSHAKING] = {
			.next = TO_QUIET,
			.tries = TRIES_NONE,
			.cancel = RETRANSMIT | PASSIVE_KEEPALIVE,
			.arm_if_idle = ZERO_KEYS,
			.actions = WG_ACTION_DROP_STAGED,
		},
	},
	[WG_EVENT_HANDSHAKE_COMPLETE] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET] = { .next = SAME, .tries = TRIES_NONE },
		[WG_STATE_HANDSHAKING] = {
			.next = TO_QUIET,
			.tries = TRIES_NONE,
			.cancel = RETRANSMIT,
		},
	},
	[WG_EVENT_SESSION_DERIVED] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = { .next = SAME, .arm = ZERO_KEYS },
	},
	/* Not a retry but a reason of its own: the tries begin anew. */
	[WG_EVENT_NEW_HANDSHAKE_DUE] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET] = {
			.next = SAME,
			.tries = TRIES_NONE,
			.cancel = NEW_HANDSHAKE,
			.actions = WG_ACTION_SEND_INITIATION | WG_ACTION_FORGET_SOURCE,
		},
		[WG_STATE_HANDSHAKING] = {
			.next = SAME,
			.tries = TRIES_ONE,
			.cancel = NEW_HANDSHAKE,
			.actions = WG_ACTION_SEND_INITIATION | WG_ACTION_FORGET_SOURCE,
		},
	},
	[WG_EVENT_ZERO_KEYS_DUE] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = {
			.next = SAME,
			.cancel = ZERO_KEYS,
			.actions = WG_ACTION_ZERO_KEYS,
		},
	},

	/* Keepalives */
	[WG_EVENT_PASSIVE_KEEPALIVE_DUE] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = {
			.next = SAME,
			.cancel = PASSIVE_KEEPALIVE,
			.actions = WG_ACTION_SEND_KEEPALIVE,
		},
	},
	/* Sending the first of the two does away with the second, unless it cannot be sent. */
	[CASE_KEEPALIVE_STILL_OWED] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = {
			.next = SAME,
			.arm = PASSIVE_KEEPALIVE,
			.actions = WG_ACTION_SEND_KEEPALIVE,
		},
	},
	[WG_EVENT_PERSISTENT_DUE] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = {
			.next = SAME,
			.arm = PERSISTENT,
			.actions = WG_ACTION_SEND_KEEPALIVE,
		},
	},
	/* From one interval to another: the next packet counts with the new one. */
	[WG_EVENT_PERSISTENT_CHANGED] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = { .next = SAME },
	},
	[CASE_PERSISTENT_BEGINS] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = {
			.next = SAME,
			.arm = PERSISTENT,
			.actions = WG_ACTION_SEND_KEEPALIVE,
		},
	},
	[CASE_PERSISTENT_ENDS] = {
		[WG_STATE_STOPPED] = { .next = SAME },
		[WG_STATE_QUIET ... WG_STATE_HANDSHAKING] = { .next = SAME, .cancel = PERSISTENT },
	},
};

/* clang-format on */

static const u8 due_events[WG_TIMER_COUNT] = {
	[WG_TIMER_RETRANSMIT] = WG_EVENT_RETRANSMIT_DUE,
	[WG_TIMER_PASSIVE_KEEPALIVE] = WG_EVENT_PASSIVE_KEEPALIVE_DUE,
	[WG_TIMER_NEW_HANDSHAKE] = WG_EVENT_NEW_HANDSHAKE_DUE,
	[WG_TIMER_ZERO_KEYS] = WG_EVENT_ZERO_KEYS_DUE,
	[WG_TIMER_PERSISTENT] = WG_EVENT_PERSISTENT_DUE,
};

static unsigned int classify_change(const struct wg_timers *timers)
{
	if (!timers->persistent_seconds)
		return CASE_PERSISTENT_ENDS;
	/* With an interval the timer is armed, so an idle one says that there was none. */
	return timers->deadline[WG_TIMER_PERSISTENT] ? WG_EVENT_PERSISTENT_CHANGED :
						       CASE_PERSISTENT_BEGINS;
}

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
		return classify_change(timers);
	case WG_EVENT_PERSISTENT_DUE:
		return timers->persistent_seconds ? event : CASE_PERSISTENT_ENDS;
	case WG_EVENT_RETRANSMIT_DUE:
		return timers->tries >= HANDSHAKE_TRIES_MAX ? CASE_GIVE_UP : event;
	default:
		return event;
	}
}

/* How long a timer runs; 0: it is switched off. Jitter keeps two peers from staying in step. */
static u64 duration(const struct wg_timers *timers, enum wg_timer timer, u64 jitter)
{
	switch (timer) {
	case WG_TIMER_RETRANSMIT:
		return REKEY_TIMEOUT + jitter;
	case WG_TIMER_PASSIVE_KEEPALIVE:
		return KEEPALIVE_TIMEOUT;
	case WG_TIMER_NEW_HANDSHAKE:
		return NEW_HANDSHAKE_TIMEOUT + jitter;
	case WG_TIMER_ZERO_KEYS:
		return ZERO_KEYS_AFTER;
	case WG_TIMER_PERSISTENT:
		return timers->persistent_seconds * (u64)NSEC_PER_SEC;
	default:
		return 0;
	}
}

static void cancel_and_arm(struct wg_timers *timers, const struct timer_row *row, u64 now,
			   u64 jitter)
{
	enum wg_timer timer;
	u64 after;

	for (timer = 0; timer < WG_TIMER_COUNT; timer++) {
		if (row->cancel & BIT(timer))
			timers->deadline[timer] = 0;
		if (!(row->arm & BIT(timer)) &&
		    !(row->arm_if_idle & BIT(timer) && !timers->deadline[timer]))
			continue;
		after = duration(timers, timer, jitter);
		timers->deadline[timer] = after ? now + after : 0;
	}
}

static void count_tries(struct wg_timers *timers, enum timer_tries tries)
{
	if (tries == TRIES_NONE)
		timers->tries = 0;
	else if (tries == TRIES_ONE)
		timers->tries = 1;
	else if (tries == TRIES_MORE)
		timers->tries++;
}

/* What came is told by the keepalive that follows it: the note lives as long as its timer runs. */
static void note_more_data(struct wg_timers *timers, const struct timer_row *row)
{
	if ((row->cancel | row->arm) & PASSIVE_KEEPALIVE)
		timers->more_data_received = false;
	if (row->more_data)
		timers->more_data_received = true;
}

static void change_state(struct wg_timers *timers, enum timer_next next)
{
	if (next != SAME)
		timers->state = next - TO_STOPPED + WG_STATE_STOPPED;
}

void wg_timers_init(struct wg_timers *timers)
{
	memset(timers, 0, sizeof(*timers));
	timers->state = WG_STATE_STOPPED;
}

u32 wg_timers_event(struct wg_timers *timers, enum wg_timer_event event, u64 now, u64 jitter)
{
	const struct timer_row *row = &rows[classify(timers, event)][timers->state];

	if (WARN_ON_ONCE(row->next == NO_ROW))
		return 0;
	cancel_and_arm(timers, row, now, jitter);
	count_tries(timers, row->tries);
	note_more_data(timers, row);
	change_state(timers, row->next);
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
		actions |= wg_timers_event(timers, due_events[timer], now, jitter);
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
