// SPDX-License-Identifier: GPL-2.0
/*
 * Sums of moments are compared, never differences: @now may have been read on another CPU a little
 * before the moment it is compared with, and a difference would then wrap to something huge.
 */
#include "noise/limits.h"
#include "noise/session.h"

#define PLACES 3

/* The last moment at which a handshake begun can still complete and be tried again once. */
#define LAST_MINUTE (REJECT_AFTER_TIME - KEEPALIVE_TIMEOUT - REKEY_TIMEOUT)

/*
 * The caller still has the slot to itself: what is written here is published by the release that
 * makes the slot live, and until then nobody uses the session.
 */
void wg_session_fill(struct wg_session *session, const struct wg_session_keys *keys, u64 now)
{
	memcpy(session->send_key, keys->send, sizeof(session->send_key));
	memcpy(session->receive_key, keys->receive, sizeof(session->receive_key));
	session->born = now;
	session->remote_index = keys->remote_index;
	session->initiator = keys->initiator;
	WRITE_ONCE(session->rekey_asked, false);
	WRITE_ONCE(session->may_send, true);
	atomic64_set(&session->send_counter, 0);
}

/* What is left afterwards, index and age, is no secret and is overwritten by the next session. */
void wg_session_wipe(struct wg_session *session)
{
	WRITE_ONCE(session->may_send, false);
	memzero_explicit(session->send_key, sizeof(session->send_key));
	memzero_explicit(session->receive_key, sizeof(session->receive_key));
	atomic64_set(&session->send_counter, 0);
}

static bool older_than(const struct wg_session *session, u64 age, u64 now)
{
	return now >= session->born + age;
}

/* An estimate where the counter is concerned: it is wg_session_reserve() that must be exact. */
bool wg_session_can_send(const struct wg_session *session, u64 now)
{
	return READ_ONCE(session->may_send) && !older_than(session, REJECT_AFTER_TIME, now) &&
	       (u64)atomic64_read(&session->send_counter) < REJECT_AFTER_MESSAGES;
}

/* Of the counters received, each is judged by the replay window, which knows the limit as well. */
bool wg_session_can_receive(const struct wg_session *session, u64 now)
{
	return !older_than(session, REJECT_AFTER_TIME, now);
}

/* The responder leaves renewal by age to the initiator, or both would start a handshake at once. */
bool wg_session_rekey_on_send(const struct wg_session *session, u64 now)
{
	if ((u64)atomic64_read(&session->send_counter) > REKEY_AFTER_MESSAGES)
		return true;
	return session->initiator && older_than(session, REKEY_AFTER_TIME, now);
}

bool wg_session_rekey_on_receive(struct wg_session *session, u64 now)
{
	if (!session->initiator || !older_than(session, LAST_MINUTE, now))
		return false;
	if (READ_ONCE(session->rekey_asked))
		return false;
	/* Not a test-and-set: only the peer's one receive drain asks. */
	WRITE_ONCE(session->rekey_asked, true);
	return true;
}

bool wg_session_reserve(struct wg_session *session, unsigned int count, u64 *first)
{
	s64 seen = atomic64_read(&session->send_counter);

	/* Not an addition undone when too far: another CPU could use the counters in between. */
	do {
		*first = seen;
		if (*first > REJECT_AFTER_MESSAGES || count > REJECT_AFTER_MESSAGES - *first)
			return false;
	} while (!atomic64_try_cmpxchg(&session->send_counter, &seen, *first + count));
	return true;
}

void wg_sessions_init(struct wg_sessions *sessions)
{
	memset(sessions, 0, sizeof(*sessions));
	spin_lock_init(&sessions->lock);
}

static struct wg_session *in_place(const struct wg_sessions *sessions,
				   struct wg_session __rcu *const *place)
{
	return rcu_dereference_protected(*place, lockdep_is_held(&sessions->lock));
}

static void look(const struct wg_sessions *sessions, struct wg_session *place[PLACES])
{
	place[0] = in_place(sessions, &sessions->current_session);
	place[1] = in_place(sessions, &sessions->previous);
	place[2] = in_place(sessions, &sessions->next);
}

/*
 * Fills the three places anew; who was in one of them and is in none any more has retired. Next
 * goes first: whoever looks without the lock must not find it alone and promote it.
 */
static void rearrange(struct wg_sessions *sessions, struct wg_session *current_session,
		      struct wg_session *previous, struct wg_session *next,
		      struct wg_retired_sessions *retired)
{
	struct wg_session *before[PLACES], *session;
	unsigned int i;

	look(sessions, before);
	rcu_assign_pointer(sessions->next, next);
	rcu_assign_pointer(sessions->previous, previous);
	rcu_assign_pointer(sessions->current_session, current_session);
	for (i = 0; i < PLACES; i++) {
		session = before[i];
		if (session && session != current_session && session != previous &&
		    session != next) {
			WRITE_ONCE(session->replay, NULL);
			retired->session[retired->count++] = session;
		}
	}
}

void wg_sessions_install(struct wg_sessions *sessions, struct wg_session *fresh,
			 struct wg_retired_sessions *retired)
{
	struct wg_session *old, *waiting;

	retired->count = 0;
	spin_lock_bh(&sessions->lock);
	old = in_place(sessions, &sessions->current_session);
	waiting = in_place(sessions, &sessions->next);
	/*
	 * The initiator has been answered, so the peer has the keys: they may be used at once. A
	 * session waiting as next is at least as young as the current one and the peer may be
	 * sending under it; it is worth keeping more.
	 *
	 * Whether a responder's answer arrived is unknown until the peer uses the new keys, so
	 * current stays and the fresh session waits. Previous goes: by now it is two handshakes
	 * old, nothing is under way with it.
	 */
	if (fresh->initiator)
		rearrange(sessions, fresh, waiting ?: old, NULL, retired);
	else
		rearrange(sessions, old, NULL, fresh, retired);
	spin_unlock_bh(&sessions->lock);
}

bool wg_sessions_confirm(struct wg_sessions *sessions, struct wg_session *session,
			 struct wg_retired_sessions *retired)
{
	bool confirmed;

	retired->count = 0;
	/* Asked for every message, true once a session: the lock is for that once. */
	if (likely(rcu_access_pointer(sessions->next) != session))
		return false;

	spin_lock_bh(&sessions->lock);
	/* Meanwhile it may have been cleared or pushed out by another handshake. */
	confirmed = in_place(sessions, &sessions->next) == session;
	if (confirmed)
		rearrange(sessions, session, in_place(sessions, &sessions->current_session), NULL,
			  retired);
	spin_unlock_bh(&sessions->lock);
	return confirmed;
}

void wg_sessions_clear(struct wg_sessions *sessions, struct wg_retired_sessions *retired)
{
	retired->count = 0;
	spin_lock_bh(&sessions->lock);
	rearrange(sessions, NULL, NULL, NULL, retired);
	spin_unlock_bh(&sessions->lock);
}

/*
 * Two windows do for all sessions: before a third takes a place, one has left. Whoever had the
 * window is not using it meanwhile: that would be the same drain.
 */
static struct wg_replay *give_window(struct wg_sessions *sessions, struct wg_session *session)
{
	struct wg_session *place[PLACES];
	bool placed = false, first_taken = false;
	struct wg_replay *replay = NULL;
	unsigned int i;

	spin_lock_bh(&sessions->lock);
	look(sessions, place);
	for (i = 0; i < PLACES; i++) {
		placed |= place[i] == session;
		first_taken |= place[i] && place[i]->replay == &sessions->windows[0];
	}
	if (placed) {
		replay = &sessions->windows[first_taken];
		memset(replay, 0, sizeof(*replay));
		WRITE_ONCE(session->replay, replay);
	}
	spin_unlock_bh(&sessions->lock);
	return replay;
}

bool wg_sessions_accept(struct wg_sessions *sessions, struct wg_session *session, u64 counter)
{
	struct wg_replay *replay = READ_ONCE(session->replay);

	if (unlikely(!replay))
		replay = give_window(sessions, session);
	return replay && wg_replay_accept(replay, counter);
}

/* Receiving goes on: what the peer sent before it learns of our new key is still genuine. */
static void revoke(struct wg_session *session)
{
	if (session)
		WRITE_ONCE(session->may_send, false);
}

void wg_sessions_revoke_sending(struct wg_sessions *sessions)
{
	spin_lock_bh(&sessions->lock);
	revoke(in_place(sessions, &sessions->next));
	revoke(in_place(sessions, &sessions->current_session));
	spin_unlock_bh(&sessions->lock);
}
