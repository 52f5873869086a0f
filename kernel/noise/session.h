/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session: the two keys of one completed handshake, its counters and its age. A peer has three
 * places for sessions; which message moves which session is decided here, who may still hold a
 * retired session is the business of peers/.
 */
#ifndef WG_NOISE_SESSION_H
#define WG_NOISE_SESSION_H

#include "noise/handshake.h"
#include "noise/replay.h"

struct wg_session {
	/* Constant while the session lives. */
	u8 send_key[NOISE_KEY_SIZE];
	u8 receive_key[NOISE_KEY_SIZE];
	u64 born;
	u32 remote_index;
	bool initiator;

	bool may_send;	  /* READ_ONCE/WRITE_ONCE: false once its sending key was revoked */
	bool rekey_asked; /* READ_ONCE/WRITE_ONCE: the one rekey on receiving was asked for */
	atomic64_t send_counter;
	/* Set under the sessions' lock by the receive drain; NULL: none yet, or retired */
	struct wg_replay *replay;
};

/* A peer's places. Readers take RCU, writers @lock. */
struct wg_sessions {
	spinlock_t lock; /* protects changes of the three places */
	struct wg_session __rcu *current_session;
	struct wg_session __rcu *previous;
	struct wg_session __rcu *next;
	/* Never are more than two places taken. Only the peer's one receive drain looks inside. */
	struct wg_replay windows[2];
};

struct wg_retired_sessions {
	unsigned int count;
	struct wg_session *session[3];
};

void wg_session_fill(struct wg_session *session, const struct wg_session_keys *keys, u64 now);
/* Zeroes keys and counters; to be called by whoever drops the last reference. */
void wg_session_wipe(struct wg_session *session);

/* Age and counter limits. */
bool wg_session_can_send(const struct wg_session *session, u64 now);
bool wg_session_can_receive(const struct wg_session *session, u64 now);
bool wg_session_rekey_on_send(const struct wg_session *session, u64 now);
/* True once in a session's life, which it notes; for the peer's one receive drain only. */
bool wg_session_rekey_on_receive(struct wg_session *session, u64 now);
/* Reserves @count consecutive counters; false, and none taken, when they would pass the limit. */
bool wg_session_reserve(struct wg_session *session, unsigned int count, u64 *first);

void wg_sessions_init(struct wg_sessions *sessions);
/* Puts a fresh session where its role belongs. What falls out is returned in @retired. */
void wg_sessions_install(struct wg_sessions *sessions, struct wg_session *fresh,
			 struct wg_retired_sessions *retired);
/* An authentic message arrived under @session: true if that made the responder's next current. */
bool wg_sessions_confirm(struct wg_sessions *sessions, struct wg_session *session,
			 struct wg_retired_sessions *retired);
void wg_sessions_clear(struct wg_sessions *sessions, struct wg_retired_sessions *retired);
/*
 * Whether an authentic message's counter is new; false as well if the session has no place any
 * more. For the peer's one receive drain only.
 */
bool wg_sessions_accept(struct wg_sessions *sessions, struct wg_session *session, u64 counter);
/* Revokes the sending keys of current and next, so that the next packet starts a handshake. */
void wg_sessions_revoke_sending(struct wg_sessions *sessions);

#endif
