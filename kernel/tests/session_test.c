// SPDX-License-Identifier: GPL-2.0
/* Sessions: the limits of age and count as rows, the three places as a table of every occupancy. */
#include <linux/slab.h>
#include "harness.h"
#include "noise/limits.h"
#include "noise/session.h"

#define BORN   (500 * (u64)NSEC_PER_SEC)
#define SECOND ((u64)NSEC_PER_SEC)

static struct wg_session *make_session(struct kunit *test, bool initiator)
{
	const struct wg_session_keys keys = {
		.send = { 1, 2, 3 },
		.receive = { 4, 5, 6 },
		.remote_index = 0x2222,
		.initiator = initiator,
	};
	/* Not zeroed: filling must leave nothing as it was. */
	struct wg_session *session = kunit_kmalloc(test, sizeof(*session), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, session);
	memset(session, 0xa5, sizeof(*session));
	wg_session_fill(session, &keys, BORN);
	return session;
}

static void filled_and_wiped(struct kunit *test)
{
	static const u8 zero[NOISE_KEY_SIZE];
	struct wg_session *session = make_session(test, true);
	u64 first;

	KUNIT_EXPECT_EQ(test, session->send_key[1], 2);
	KUNIT_EXPECT_EQ(test, session->receive_key[1], 5);
	KUNIT_EXPECT_EQ(test, session->remote_index, 0x2222);
	KUNIT_EXPECT_TRUE(test, session->initiator);
	KUNIT_EXPECT_EQ(test, session->born, BORN);
	KUNIT_EXPECT_TRUE(test, wg_session_can_send(session, BORN));
	KUNIT_EXPECT_TRUE(test, wg_session_reserve(session, 3, &first));
	KUNIT_EXPECT_EQ(test, first, 0);

	wg_session_wipe(session);
	WG_EXPECT_MEMEQ(test, session->send_key, zero, sizeof(zero));
	WG_EXPECT_MEMEQ(test, session->receive_key, zero, sizeof(zero));
	KUNIT_EXPECT_EQ(test, atomic64_read(&session->send_counter), 0);
	KUNIT_EXPECT_FALSE(test, wg_session_can_send(session, BORN));
}

struct limit {
	const char *name;
	u64 age;
	u64 sent;
	bool initiator;
	bool can_send, can_receive, rekey_on_send, rekey_on_receive;
};

static const struct limit limits[] = {
	{ "new, initiator", 0, 0, true, true, true, false, false },
	{ "new, responder", 0, 0, false, true, true, false, false },
	{ "just under 120 s, initiator", 120 * SECOND - 1, 9, true, true, true, false, false },
	{ "120 s, initiator", 120 * SECOND, 9, true, true, true, true, false },
	{ "120 s, responder", 120 * SECOND, 9, false, true, true, false, false },
	{ "just under 165 s, initiator", 165 * SECOND - 1, 9, true, true, true, true, false },
	{ "165 s, initiator", 165 * SECOND, 9, true, true, true, true, true },
	{ "165 s, responder", 165 * SECOND, 9, false, true, true, false, false },
	{ "just under 180 s, initiator", 180 * SECOND - 1, 9, true, true, true, true, true },
	{ "just under 180 s, responder", 180 * SECOND - 1, 9, false, true, true, false, false },
	{ "180 s, initiator", 180 * SECOND, 9, true, false, false, true, true },
	{ "180 s, responder", 180 * SECOND, 9, false, false, false, false, false },
	{ "long dead", 100000 * SECOND, 9, true, false, false, true, true },
	{ "2^60 sent, initiator", 1, 1ULL << 60, true, true, true, false, false },
	{ "2^60 + 1 sent, initiator", 1, (1ULL << 60) + 1, true, true, true, true, false },
	{ "2^60 + 1 sent, responder", 1, (1ULL << 60) + 1, false, true, true, true, false },
	{ "2^63 sent, responder", 1, 1ULL << 63, false, true, true, true, false },
	{ "one left to send", 1, REJECT_AFTER_MESSAGES - 1, false, true, true, true, false },
	{ "none left to send", 1, REJECT_AFTER_MESSAGES, false, false, true, true, false },
};

static void describe_limit(const struct limit *limit, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%s", limit->name);
}

KUNIT_ARRAY_PARAM(limit, limits, describe_limit);

/* Rows TM-1, TM-2, TX-10, RX-7. */
static void by_limits(struct kunit *test)
{
	const struct limit *row = test->param_value;
	struct wg_session *session = make_session(test, row->initiator);
	const u64 now = BORN + row->age;

	atomic64_set(&session->send_counter, row->sent);
	KUNIT_EXPECT_EQ(test, wg_session_can_send(session, now), row->can_send);
	KUNIT_EXPECT_EQ(test, wg_session_can_receive(session, now), row->can_receive);
	KUNIT_EXPECT_EQ(test, wg_session_rekey_on_send(session, now), row->rekey_on_send);
	KUNIT_EXPECT_EQ(test, wg_session_rekey_on_receive(session, now), row->rekey_on_receive);
	/* The last-minute rekey is asked for once. */
	KUNIT_EXPECT_FALSE(test, wg_session_rekey_on_receive(session, now));
}

/* A moment read just before the session was born, on another CPU. */
static void clock_behind(struct kunit *test)
{
	struct wg_session *session = make_session(test, true);

	KUNIT_EXPECT_TRUE(test, wg_session_can_send(session, BORN - 1));
	KUNIT_EXPECT_TRUE(test, wg_session_can_receive(session, 0));
	KUNIT_EXPECT_FALSE(test, wg_session_rekey_on_send(session, BORN - 1));
	KUNIT_EXPECT_FALSE(test, wg_session_rekey_on_receive(session, BORN - 1));
}

struct reservation {
	u64 sent;
	unsigned int count;
	bool granted;
};

static const struct reservation reservations[] = {
	{ 0, 1, true },
	{ 0, 0, true },
	{ 41, 64, true },
	{ (1ULL << 63) - 1, 1, true },
	{ (1ULL << 63) - 1, 5, true },
	{ 0, U32_MAX, true },
	{ REJECT_AFTER_MESSAGES - 64, 64, true },
	{ REJECT_AFTER_MESSAGES - 64, 65, false },
	{ REJECT_AFTER_MESSAGES - 1, 1, true },
	{ REJECT_AFTER_MESSAGES - 1, 2, false },
	{ REJECT_AFTER_MESSAGES, 1, false },
	{ REJECT_AFTER_MESSAGES, U32_MAX, false },
	{ REJECT_AFTER_MESSAGES + 1, 1, false },
	{ U64_MAX, 1, false },
	{ U64_MAX, U32_MAX, false },
};

static void describe_reservation(const struct reservation *row, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%u after %llu", row->count, row->sent);
}

KUNIT_ARRAY_PARAM(reservation, reservations, describe_reservation);

/* Row TX-10. */
static void reserves(struct kunit *test)
{
	const struct reservation *row = test->param_value;
	struct wg_session *session = make_session(test, true);
	u64 first = 0;

	atomic64_set(&session->send_counter, row->sent);
	KUNIT_EXPECT_EQ(test, wg_session_reserve(session, row->count, &first), row->granted);
	if (row->granted)
		KUNIT_EXPECT_EQ(test, first, row->sent);
	KUNIT_EXPECT_EQ(test, (u64)atomic64_read(&session->send_counter),
			row->granted ? row->sent + row->count : row->sent);
}

#ifdef WG_TEST_USER
enum {
	THREADS = 4,
	RESERVATIONS = 20000,
};

static void *reserve_many(void *argument)
{
	struct wg_session *session = argument;
	u64 first, last = 0, sum = 0;
	int i;

	for (i = 0; i < RESERVATIONS; i++) {
		const unsigned int count = 1 + i % 3;

		/* One thread's counters only grow. */
		if (!wg_session_reserve(session, count, &first) || (i && first <= last))
			return NULL;
		last = first + count - 1;
		sum += (first + last) * count;
	}
	return (void *)(uintptr_t)sum;
}

/* If each counter is handed out once, twice their sum is known. */
static void reserved_from_many_threads(struct kunit *test)
{
	struct wg_session *session = make_session(test, true);
	pthread_t threads[THREADS];
	u64 total, sum = 0;
	void *part;
	int i;

	for (i = 0; i < THREADS; i++)
		KUNIT_ASSERT_EQ(test, pthread_create(&threads[i], NULL, reserve_many, session), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &part);
		KUNIT_EXPECT_NOT_NULL(test, part);
		sum += (uintptr_t)part;
	}
	total = atomic64_read(&session->send_counter);
	KUNIT_EXPECT_EQ(test, total, THREADS * (2 * RESERVATIONS - 1));
	KUNIT_EXPECT_EQ(test, sum, total * (total - 1));
}
#endif

/*
 * The places as three letters: current, previous, next. 'c', 'p', 'n' are the sessions that were
 * there, 'f' is the fresh one, '-' is none. What fell out is listed in the order of the letters.
 */
enum event {
	INITIATED,
	RESPONDED,
	CONFIRM_NEXT,
	CONFIRM_CURRENT,
	CONFIRM_PREVIOUS,
	CLEAR,
};

struct transition {
	enum event event;
	const char *before, *after, *retired;
};

static const struct transition transitions[] = {
	{ INITIATED, "---", "f--", "" },
	{ INITIATED, "c--", "fc-", "" },
	{ INITIATED, "-p-", "f--", "p" },
	{ INITIATED, "cp-", "fc-", "p" },
	{ INITIATED, "--n", "fn-", "" },
	{ INITIATED, "c-n", "fn-", "c" },
	{ INITIATED, "-pn", "fn-", "p" },
	{ INITIATED, "cpn", "fn-", "cp" },

	{ RESPONDED, "---", "--f", "" },
	{ RESPONDED, "c--", "c-f", "" },
	{ RESPONDED, "-p-", "--f", "p" },
	{ RESPONDED, "cp-", "c-f", "p" },
	{ RESPONDED, "--n", "--f", "n" },
	{ RESPONDED, "c-n", "c-f", "n" },
	{ RESPONDED, "-pn", "--f", "pn" },
	{ RESPONDED, "cpn", "c-f", "pn" },

	{ CONFIRM_NEXT, "--n", "n--", "" },
	{ CONFIRM_NEXT, "c-n", "nc-", "" },
	{ CONFIRM_NEXT, "-pn", "n--", "p" },
	{ CONFIRM_NEXT, "cpn", "nc-", "p" },

	{ CONFIRM_CURRENT, "c--", "c--", "" },
	{ CONFIRM_CURRENT, "cpn", "cpn", "" },
	{ CONFIRM_PREVIOUS, "-p-", "-p-", "" },
	{ CONFIRM_PREVIOUS, "cpn", "cpn", "" },

	{ CLEAR, "---", "---", "" },
	{ CLEAR, "c--", "---", "c" },
	{ CLEAR, "-p-", "---", "p" },
	{ CLEAR, "cp-", "---", "cp" },
	{ CLEAR, "--n", "---", "n" },
	{ CLEAR, "c-n", "---", "cn" },
	{ CLEAR, "-pn", "---", "pn" },
	{ CLEAR, "cpn", "---", "cpn" },
};

static void describe_transition(const struct transition *row, char *name)
{
	static const char *const events[] = { "initiated",	 "responded",	     "confirm next",
					      "confirm current", "confirm previous", "clear" };

	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%s: %s", events[row->event], row->before);
}

KUNIT_ARRAY_PARAM(transition, transitions, describe_transition);

static const char letters[] = "cpnf";

struct places {
	struct wg_sessions sessions;
	struct wg_session *session[4]; /* in the order of the letters */
};

static struct places *make_places(struct kunit *test, const char *before, bool fresh_initiator)
{
	struct places *places = kunit_kzalloc(test, sizeof(*places), GFP_KERNEL);
	struct wg_session **session;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, places);
	session = places->session;
	for (i = 0; i < 4; i++)
		session[i] = make_session(test, i == 3 && fresh_initiator);
	wg_sessions_init(&places->sessions);
	RCU_INIT_POINTER(places->sessions.current_session, before[0] == '-' ? NULL : session[0]);
	RCU_INIT_POINTER(places->sessions.previous, before[1] == '-' ? NULL : session[1]);
	RCU_INIT_POINTER(places->sessions.next, before[2] == '-' ? NULL : session[2]);
	return places;
}

static char letter_of(const struct places *places, const struct wg_session *session)
{
	int i;

	for (i = 0; i < 4; i++)
		if (session == places->session[i])
			return letters[i];
	return session ? '?' : '-';
}

/* The places as letters, into @out[4]. */
static void spell(struct places *places, char *out)
{
	out[0] = letter_of(places, rcu_access_pointer(places->sessions.current_session));
	out[1] = letter_of(places, rcu_access_pointer(places->sessions.previous));
	out[2] = letter_of(places, rcu_access_pointer(places->sessions.next));
	out[3] = '\0';
}

static void spell_retired(const struct places *places, const struct wg_retired_sessions *retired,
			  char *out)
{
	const char *letter;
	unsigned int i;

	for (letter = letters; *letter; letter++)
		for (i = 0; i < retired->count; i++)
			if (letter_of(places, retired->session[i]) == *letter)
				*out++ = *letter;
	*out = '\0';
}

static bool apply(struct places *places, enum event event, struct wg_retired_sessions *retired)
{
	struct wg_sessions *sessions = &places->sessions;

	switch (event) {
	case INITIATED:
	case RESPONDED:
		wg_sessions_install(sessions, places->session[3], retired);
		return false;
	case CONFIRM_NEXT:
		return wg_sessions_confirm(sessions, places->session[2], retired);
	case CONFIRM_CURRENT:
		return wg_sessions_confirm(sessions, places->session[0], retired);
	case CONFIRM_PREVIOUS:
		return wg_sessions_confirm(sessions, places->session[1], retired);
	default:
		wg_sessions_clear(sessions, retired);
		return false;
	}
}

/* Row HS-6. */
static void moves(struct kunit *test)
{
	const struct transition *row = test->param_value;
	struct places *places = make_places(test, row->before, row->event == INITIATED);
	struct wg_retired_sessions retired = { .count = 77 };
	char after[4], fallen[5];

	KUNIT_EXPECT_EQ(test, apply(places, row->event, &retired), row->event == CONFIRM_NEXT);
	KUNIT_ASSERT_LE(test, retired.count, ARRAY_SIZE(retired.session));
	spell(places, after);
	spell_retired(places, &retired, fallen);
	KUNIT_EXPECT_STREQ(test, after, row->after);
	KUNIT_EXPECT_STREQ(test, fallen, row->retired);
	KUNIT_EXPECT_EQ(test, retired.count, strlen(row->retired));
}

/* A session that was thrown out while its first message was on the way is not brought back. */
static void late_confirmation(struct kunit *test)
{
	struct places *places = make_places(test, "c-n", false);
	struct wg_retired_sessions retired;
	char after[4];

	apply(places, RESPONDED, &retired);
	KUNIT_EXPECT_FALSE(test, apply(places, CONFIRM_NEXT, &retired));
	KUNIT_EXPECT_EQ(test, retired.count, 0);
	spell(places, after);
	KUNIT_EXPECT_STREQ(test, after, "c-f");
}

/*
 * Both sides initiate at once and both answer: each has a session as initiator and one as
 * responder, in either order. Whatever is sent then, the other side still has the session it is
 * sent under.
 */
static void simultaneous_initiation(struct kunit *test)
{
	struct places *places = make_places(test, "cp-", true);
	struct wg_sessions *sessions = &places->sessions;
	struct wg_session *initiated = places->session[3];
	struct wg_session *responded = places->session[2];
	struct wg_retired_sessions retired;
	char after[4];

	/* First the other's initiation is answered, then its response to ours arrives. */
	wg_sessions_install(sessions, responded, &retired);
	wg_sessions_install(sessions, initiated, &retired);
	spell(places, after);
	KUNIT_EXPECT_STREQ(test, after, "fn-");

	/* The other way round the one we initiated stays current until the peer uses the other. */
	places = make_places(test, "cp-", true);
	sessions = &places->sessions;
	wg_sessions_install(sessions, places->session[3], &retired);
	wg_sessions_install(sessions, places->session[2], &retired);
	spell(places, after);
	KUNIT_EXPECT_STREQ(test, after, "f-n");
	KUNIT_EXPECT_TRUE(test, apply(places, CONFIRM_NEXT, &retired));
	spell(places, after);
	KUNIT_EXPECT_STREQ(test, after, "nf-");
}

static void accepts_once(struct kunit *test, struct wg_sessions *sessions,
			 struct wg_session __rcu **place, u64 step)
{
	struct wg_session *session = rcu_access_pointer(*place);
	u64 counter;

	if (!session)
		return;
	KUNIT_EXPECT_TRUE(test, wg_sessions_accept(sessions, session, step - session->born));
	for (counter = 0; counter <= step - session->born; counter++)
		KUNIT_EXPECT_FALSE(test, wg_sessions_accept(sessions, session, counter));
}

enum move {
	INITIATE,
	RESPOND,
	CONFIRM,
	MOVE_COUNT
};

static void make_move(struct kunit *test, struct wg_sessions *sessions, struct wg_session *fresh,
		      enum move move, u64 step)
{
	struct wg_session_keys keys = { .initiator = move == INITIATE };
	struct wg_session *next = rcu_access_pointer(sessions->next);
	struct wg_retired_sessions retired = {};
	bool accepted;

	wg_session_fill(fresh, &keys, step);
	if (move != CONFIRM)
		wg_sessions_install(sessions, fresh, &retired);
	else if (next)
		wg_sessions_confirm(sessions, next, &retired);
	while (retired.count--) {
		accepted = wg_sessions_accept(sessions, retired.session[retired.count], 100 + step);
		KUNIT_EXPECT_FALSE(test, accepted);
	}
}

#define WALK_STEPS 6

/*
 * Every sequence of six moves: never are three places taken, a session remembers what it accepted
 * since it came, and none that has left accepts anything. A session's birth is the step at which it
 * came, its messages' counters are the steps since.
 */
static void windows(struct kunit *test)
{
	struct wg_session *pool = kunit_kcalloc(test, WALK_STEPS, sizeof(*pool), GFP_KERNEL);
	struct wg_sessions *sessions = kunit_kzalloc(test, sizeof(*sessions), GFP_KERNEL);
	struct wg_retired_sessions retired;
	unsigned int walk, rest, step, taken;

	for (walk = 0; walk < 3 * 3 * 3 * 3 * 3 * 3; walk++) {
		memset(pool, 0, WALK_STEPS * sizeof(*pool));
		wg_sessions_init(sessions);
		for (step = 0, rest = walk; step < WALK_STEPS; step++, rest /= MOVE_COUNT) {
			make_move(test, sessions, &pool[step], rest % MOVE_COUNT, step);
			taken = !!rcu_access_pointer(sessions->current_session) +
				!!rcu_access_pointer(sessions->previous) +
				!!rcu_access_pointer(sessions->next);
			KUNIT_EXPECT_LE(test, taken, ARRAY_SIZE(sessions->windows));
			accepts_once(test, sessions, &sessions->next, step);
			accepts_once(test, sessions, &sessions->previous, step);
			accepts_once(test, sessions, &sessions->current_session, step);
		}
		wg_sessions_clear(sessions, &retired);
		KUNIT_EXPECT_FALSE(test, wg_sessions_accept(sessions, &pool[0], 200));
	}
}

static void revoked(struct kunit *test)
{
	struct places *places = make_places(test, "cpn", false);

	wg_sessions_revoke_sending(&places->sessions);
	KUNIT_EXPECT_FALSE(test, wg_session_can_send(places->session[0], BORN));
	KUNIT_EXPECT_TRUE(test, wg_session_can_send(places->session[1], BORN));
	KUNIT_EXPECT_FALSE(test, wg_session_can_send(places->session[2], BORN));
	/* What the peer sent before it knew is still read. */
	KUNIT_EXPECT_TRUE(test, wg_session_can_receive(places->session[0], BORN));

	wg_sessions_revoke_sending(&make_places(test, "---", false)->sessions);
}

static struct kunit_case session_cases[] = {
	KUNIT_CASE(filled_and_wiped),
	KUNIT_CASE_PARAM(by_limits, limit_gen_params),
	KUNIT_CASE(clock_behind),
	KUNIT_CASE_PARAM(reserves, reservation_gen_params),
#ifdef WG_TEST_USER
	KUNIT_CASE(reserved_from_many_threads),
#endif
	KUNIT_CASE_PARAM(moves, transition_gen_params),
	KUNIT_CASE(late_confirmation),
	KUNIT_CASE(simultaneous_initiation),
	KUNIT_CASE(windows),
	KUNIT_CASE(revoked),
	{},
};

static struct kunit_suite session_suite = {
	.name = "wg_session",
	.test_cases = session_cases,
};

kunit_test_suite(session_suite);
