/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When a peer speaks without being asked: the protocol's timers as one table of (event, state) ->
 * action. A decider: it is told the time and says what is to be done; path/alarm.c does it.
 */
#ifndef WG_TIMERS_H
#define WG_TIMERS_H

#include "noise/limits.h"

enum wg_timer {
	WG_TIMER_RETRANSMIT,	    /* our initiation was not answered */
	WG_TIMER_PASSIVE_KEEPALIVE, /* we received data and have sent nothing since */
	WG_TIMER_NEW_HANDSHAKE,	    /* we sent data and heard nothing since */
	WG_TIMER_ZERO_KEYS,	    /* no new session for so long that the old keys must go */
	WG_TIMER_PERSISTENT,	    /* the administrator wants a packet every so often */
	WG_TIMER_COUNT,
};

enum wg_timer_state {
	WG_STATE_STOPPED,     /* the device is down or the peer is being removed */
	WG_STATE_QUIET,	      /* up, no initiation of ours is outstanding */
	WG_STATE_HANDSHAKING, /* up, an initiation of ours waits for its response */
	WG_STATE_COUNT,
};

enum wg_timer_event {
	WG_EVENT_START,
	WG_EVENT_STOP,
	WG_EVENT_DATA_SENT,	/* a data message with a payload */
	WG_EVENT_DATA_RECEIVED, /* likewise */
	WG_EVENT_SENT,		/* any authenticated message, keepalives and handshakes too */
	WG_EVENT_RECEIVED,	/* likewise */
	WG_EVENT_INITIATION_SENT,
	WG_EVENT_HANDSHAKE_COMPLETE, /* response consumed, or first data under a next session */
	WG_EVENT_SESSION_DERIVED,
	WG_EVENT_HANDSHAKE_WANTED, /* a packet to send started a handshake: tries begin anew */
	WG_EVENT_PERSISTENT_CHANGED,
	WG_EVENT_RETRANSMIT_DUE,
	WG_EVENT_PASSIVE_KEEPALIVE_DUE,
	WG_EVENT_NEW_HANDSHAKE_DUE,
	WG_EVENT_ZERO_KEYS_DUE,
	WG_EVENT_PERSISTENT_DUE,
	WG_EVENT_COUNT,
};

/* What the caller is to do, as bits. */
enum wg_timer_action {
	WG_ACTION_SEND_INITIATION = 1 << 0, /* a retry: it does not begin the tries anew */
	WG_ACTION_SEND_KEEPALIVE = 1 << 1,
	WG_ACTION_DROP_STAGED = 1 << 2,
	WG_ACTION_FORGET_SOURCE = 1 << 3, /* the cached route and source address */
	WG_ACTION_ZERO_KEYS = 1 << 4,
};

/* The caller holds the peer's timer lock around every call. */
struct wg_timers {
	u64 deadline[WG_TIMER_COUNT]; /* 0: not armed */
	enum wg_timer_state state;
	u8 tries;		 /* initiations of the present attempt */
	bool more_data_received; /* while the passive keepalive was already armed */
	u16 persistent_seconds;	 /* 0: off */
};

void wg_timers_init(struct wg_timers *timers);
/* @jitter is random, in nanoseconds below REKEY_JITTER_MAX. Returns wg_timer_action bits. */
u32 wg_timers_event(struct wg_timers *timers, enum wg_timer_event event, u64 now, u64 jitter);
/* Raises the _DUE event of every timer whose deadline has passed. Returns the union of actions. */
u32 wg_timers_expire(struct wg_timers *timers, u64 now, u64 jitter);
/* The earliest deadline, or 0 when no timer is armed. */
u64 wg_timers_next(const struct wg_timers *timers);

#endif
