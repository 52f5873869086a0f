// SPDX-License-Identifier: GPL-2.0
/*
 * The timers over virtual time: no clock runs here. Each constant is tried one nanosecond before,
 * at and after it is due; a storm of random events looks for a state in which the table contradicts
 * itself.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "timers.h"
#include "harness.h"

#define SECONDS(n) ((n) * (u64)NSEC_PER_SEC)
#define RETRY	   (WG_ACTION_SEND_INITIATION | WG_ACTION_FORGET_SOURCE)

enum {
	STORM_STEPS = 20000,
	SOME_START = 1000, /* virtual time does not begin at zero: zero means "not armed" */
};

/* A peer, its clock and its caller, who does what the real one does with the actions. */
struct clock {
	struct wg_timers timers;
	u64 now;
	u64 jitter;
	unsigned int initiations, keepalives, drops, forgets, wipes;
};

static void start_clock(struct clock *clock, u16 persistent)
{
	*clock = (struct clock){ .now = SOME_START };
	wg_timers_init(&clock->timers);
	clock->timers.persistent_seconds = persistent;
}

static u32 raise(struct clock *clock, enum wg_timer_event event)
{
	return wg_timers_event(&clock->timers, event, clock->now, clock->jitter);
}

static void start_peer(struct clock *clock)
{
	start_clock(clock, 0);
	raise(clock, WG_EVENT_START);
}

static void send_initiation(struct clock *clock)
{
	clock->initiations++;
	raise(clock, WG_EVENT_INITIATION_SENT);
	raise(clock, WG_EVENT_SENT);
}

static void act(struct clock *clock, u32 actions)
{
	clock->forgets += !!(actions & WG_ACTION_FORGET_SOURCE);
	clock->drops += !!(actions & WG_ACTION_DROP_STAGED);
	clock->wipes += !!(actions & WG_ACTION_ZERO_KEYS);
	if (actions & WG_ACTION_SEND_INITIATION)
		send_initiation(clock);
	if (actions & WG_ACTION_SEND_KEEPALIVE) {
		clock->keepalives++;
		raise(clock, WG_EVENT_SENT);
	}
}

static void expire(struct clock *clock)
{
	act(clock, wg_timers_expire(&clock->timers, clock->now, clock->jitter));
}

/* Lets time pass as an alarm would: from one deadline to the next. */
static void run_until(struct clock *clock, u64 when)
{
	u64 next;

	while ((next = wg_timers_next(&clock->timers)) && next <= when) {
		clock->now = max(clock->now, next);
		expire(clock);
	}
	clock->now = when;
}

/* Each timer: how it is set, how long it runs, what it does. */
struct duration_row {
	const char *name;
	enum wg_timer timer;
	enum wg_timer_event set_by[2];
	u64 duration;
	bool jittered;
	u16 persistent;
	u32 actions;
};

static const struct duration_row durations[] = {
	{
		.name = "an initiation is sent again after 5 s and jitter",
		.timer = WG_TIMER_RETRANSMIT,
		.set_by = { WG_EVENT_INITIATION_SENT, WG_EVENT_SENT },
		.duration = SECONDS(5),
		.jittered = true,
		.actions = RETRY,
	},
	{
		.name = "received data is answered after 10 s",
		.timer = WG_TIMER_PASSIVE_KEEPALIVE,
		.set_by = { WG_EVENT_DATA_RECEIVED, WG_EVENT_RECEIVED },
		.duration = SECONDS(10),
		.actions = WG_ACTION_SEND_KEEPALIVE,
	},
	{
		.name = "unanswered data makes a handshake after 15 s and jitter",
		.timer = WG_TIMER_NEW_HANDSHAKE,
		.set_by = { WG_EVENT_DATA_SENT, WG_EVENT_SENT },
		.duration = SECONDS(15),
		.jittered = true,
		.actions = RETRY,
	},
	{
		.name = "keys are zeroed 540 s after the last session",
		.timer = WG_TIMER_ZERO_KEYS,
		.set_by = { WG_EVENT_HANDSHAKE_COMPLETE, WG_EVENT_SESSION_DERIVED },
		.duration = SECONDS(540),
		.actions = WG_ACTION_ZERO_KEYS,
	},
	{
		.name = "the shortest persistent interval after sending",
		.timer = WG_TIMER_PERSISTENT,
		.set_by = { WG_EVENT_SENT, WG_EVENT_SENT },
		.duration = SECONDS(1),
		.persistent = 1,
		.actions = WG_ACTION_SEND_KEEPALIVE,
	},
	{
		.name = "the longest persistent interval after receiving",
		.timer = WG_TIMER_PERSISTENT,
		.set_by = { WG_EVENT_RECEIVED, WG_EVENT_RECEIVED },
		.duration = SECONDS(65535),
		.persistent = U16_MAX,
		.actions = WG_ACTION_SEND_KEEPALIVE,
	},
};

static void describe_duration(const struct duration_row *row, char *text)
{
	strscpy(text, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(duration, durations, describe_duration);

static void check_duration(struct kunit *test, const struct duration_row *row, u64 jitter)
{
	struct clock clock;
	u64 due;

	start_clock(&clock, row->persistent);
	raise(&clock, WG_EVENT_START);
	clock.now += SECONDS(100);
	clock.jitter = jitter;
	due = clock.now + row->duration + (row->jittered ? jitter : 0);
	raise(&clock, row->set_by[0]);
	raise(&clock, row->set_by[1]);

	KUNIT_ASSERT_EQ(test, clock.timers.deadline[row->timer], due);
	KUNIT_EXPECT_EQ(test, wg_timers_next(&clock.timers), due);
	KUNIT_EXPECT_EQ(test, wg_timers_expire(&clock.timers, due - 1, jitter), 0);
	KUNIT_EXPECT_EQ(test, clock.timers.deadline[row->timer], due);
	KUNIT_EXPECT_EQ(test, wg_timers_expire(&clock.timers, due, jitter), row->actions);
	KUNIT_EXPECT_EQ(test, wg_timers_expire(&clock.timers, due + 1, jitter), 0);
}

static void late_is_due_too(struct kunit *test, const struct duration_row *row)
{
	struct clock clock;

	start_clock(&clock, row->persistent);
	raise(&clock, WG_EVENT_START);
	raise(&clock, row->set_by[0]);
	raise(&clock, row->set_by[1]);
	clock.now = wg_timers_next(&clock.timers) + 1;
	KUNIT_EXPECT_EQ(test, wg_timers_expire(&clock.timers, clock.now, 0), row->actions);
}

/* Rows TM-3, TM-NEW, TM-PERSISTENT, TM-ZERO. */
static void each_timer_to_the_nanosecond(struct kunit *test)
{
	const struct duration_row *row = test->param_value;

	check_duration(test, row, 0);
	check_duration(test, row, 1);
	check_duration(test, row, REKEY_JITTER_MAX - 1);
	late_is_due_too(test, row);
}

/* Each pair has a row: wg_timers_event() warns of one that has not, and the harness of warnings. */
static void every_pair_is_defined(struct kunit *test)
{
	enum wg_timer_state state;
	enum wg_timer_event event;
	int setting;

	for (state = 0; state < WG_STATE_COUNT; state++) {
		for (event = 0; event < WG_EVENT_COUNT; event++) {
			/* All the counters and settings that tell cases of one event apart. */
			for (setting = 0; setting < 16; setting++) {
				struct wg_timers timers = {
					.state = state,
					.tries = setting & 1 ? HANDSHAKE_TRIES_MAX : 1,
					.more_data_received = setting & 2,
					.persistent_seconds = setting & 4 ? 25 : 0,
				};

				if (setting & 8) {
					timers.deadline[WG_TIMER_PASSIVE_KEEPALIVE] = SOME_START;
					timers.deadline[WG_TIMER_PERSISTENT] = SOME_START;
				}
				wg_timers_event(&timers, event, SOME_START, 0);
				KUNIT_EXPECT_LT(test, timers.state, WG_STATE_COUNT);
			}
		}
	}
}

/* Row TM-7. */
static void stopped_is_silent(struct kunit *test)
{
	enum wg_timer_event event;
	struct clock clock;

	for (event = 0; event < WG_EVENT_COUNT; event++) {
		start_clock(&clock, 25);
		if (event == WG_EVENT_START)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, raise(&clock, event), 0, "event %d", event);
		KUNIT_EXPECT_EQ_MSG(test, wg_timers_next(&clock.timers), 0, "event %d", event);
		KUNIT_EXPECT_EQ_MSG(test, clock.timers.state, WG_STATE_STOPPED, "event %d", event);
	}
}

/* Row TM-7. */
static void stopping_disarms_all(struct kunit *test)
{
	struct clock clock;

	start_clock(&clock, 25);
	act(&clock, raise(&clock, WG_EVENT_START));
	raise(&clock, WG_EVENT_DATA_SENT);
	raise(&clock, WG_EVENT_DATA_RECEIVED);
	raise(&clock, WG_EVENT_DATA_RECEIVED);
	raise(&clock, WG_EVENT_SESSION_DERIVED);
	send_initiation(&clock);
	raise(&clock, WG_EVENT_STOP);
	KUNIT_EXPECT_EQ(test, wg_timers_next(&clock.timers), 0);
	KUNIT_EXPECT_EQ(test, clock.timers.tries, 0);
	KUNIT_EXPECT_FALSE(test, clock.timers.more_data_received);
	KUNIT_EXPECT_EQ_MSG(test, clock.timers.persistent_seconds, 25, "(a setting stays)");
	KUNIT_EXPECT_EQ(test, wg_timers_expire(&clock.timers, U64_MAX, 0), 0);
}

/* 20 initiations, then silence: 20 intervals of 5 s and jitter after the first one. */
static void check_give_up(struct kunit *test, u64 jitter)
{
	u64 began, interval = SECONDS(5) + jitter;
	struct clock clock;

	start_peer(&clock);
	clock.jitter = jitter;
	began = clock.now;
	raise(&clock, WG_EVENT_HANDSHAKE_WANTED);
	send_initiation(&clock);

	run_until(&clock, began + 19 * interval - 1);
	KUNIT_EXPECT_EQ(test, clock.initiations, 19);
	run_until(&clock, began + 19 * interval);
	KUNIT_EXPECT_EQ(test, clock.initiations, 20);
	KUNIT_EXPECT_EQ(test, clock.forgets, 19);
	raise(&clock, WG_EVENT_DATA_RECEIVED);
	run_until(&clock, began + 20 * interval - 1);
	KUNIT_EXPECT_EQ(test, clock.timers.state, WG_STATE_HANDSHAKING);
	KUNIT_EXPECT_EQ(test, clock.drops, 0);

	run_until(&clock, began + 20 * interval);
	KUNIT_EXPECT_EQ(test, clock.initiations, 20);
	KUNIT_EXPECT_EQ(test, clock.drops, 1);
	KUNIT_EXPECT_EQ(test, clock.timers.state, WG_STATE_QUIET);
	KUNIT_EXPECT_EQ(test, clock.timers.deadline[WG_TIMER_PASSIVE_KEEPALIVE], 0);
	KUNIT_EXPECT_EQ(test, wg_timers_next(&clock.timers), began + 20 * interval + SECONDS(540));
	run_until(&clock, began + SECONDS(100000));
	KUNIT_EXPECT_EQ(test, clock.initiations, 20);
	KUNIT_EXPECT_EQ(test, clock.wipes, 1);
}

/* Row TM-4. */
static void gives_up_after_twenty(struct kunit *test)
{
	check_give_up(test, 0);
	check_give_up(test, REKEY_JITTER_MAX - 1);
}

static void giving_up_leaves_an_armed_zeroing(struct kunit *test)
{
	struct clock clock;
	u64 began;

	start_peer(&clock);
	began = clock.now;
	raise(&clock, WG_EVENT_SESSION_DERIVED);
	send_initiation(&clock);
	run_until(&clock, began + SECONDS(101));
	KUNIT_EXPECT_EQ(test, clock.drops, 1);
	KUNIT_EXPECT_EQ(test, clock.timers.deadline[WG_TIMER_ZERO_KEYS], began + SECONDS(540));
}

/* Row TM-4. */
static void a_packet_begins_the_tries_anew(struct kunit *test)
{
	struct clock clock;

	start_peer(&clock);
	raise(&clock, WG_EVENT_HANDSHAKE_WANTED);
	send_initiation(&clock);
	run_until(&clock, clock.now + SECONDS(200));
	KUNIT_EXPECT_EQ(test, clock.initiations, 20);

	raise(&clock, WG_EVENT_HANDSHAKE_WANTED);
	send_initiation(&clock);
	run_until(&clock, clock.now + SECONDS(200));
	KUNIT_EXPECT_EQ(test, clock.initiations, 40);
	KUNIT_EXPECT_EQ(test, clock.drops, 2);
}

/* Wanted again while one is outstanding: that one is the first of the twenty. */
static void wanted_during_an_attempt(struct kunit *test)
{
	struct clock clock;

	start_peer(&clock);
	raise(&clock, WG_EVENT_HANDSHAKE_WANTED);
	send_initiation(&clock);
	run_until(&clock, clock.now + SECONDS(52));
	KUNIT_EXPECT_EQ(test, clock.initiations, 11);
	raise(&clock, WG_EVENT_HANDSHAKE_WANTED);
	run_until(&clock, clock.now + SECONDS(500));
	KUNIT_EXPECT_EQ(test, clock.initiations, 11 + 19);
	KUNIT_EXPECT_EQ(test, clock.drops, 1);
}

/* A caller that cannot send is asked again, but no more often than one that can. */
static void retries_that_fail_are_counted(struct kunit *test)
{
	unsigned int asked = 0, i;
	struct clock clock;
	u32 actions;

	start_peer(&clock);
	raise(&clock, WG_EVENT_INITIATION_SENT);
	for (i = 0; i < 100; i++) {
		clock.now += SECONDS(5);
		actions = wg_timers_expire(&clock.timers, clock.now, 0);
		asked += !!(actions & WG_ACTION_SEND_INITIATION);
	}
	KUNIT_EXPECT_EQ(test, asked, HANDSHAKE_TRIES_MAX - 1);
	KUNIT_EXPECT_EQ(test, clock.timers.state, WG_STATE_QUIET);
}

static void completion_ends_the_attempt(struct kunit *test)
{
	struct clock clock;

	start_peer(&clock);
	send_initiation(&clock);
	run_until(&clock, clock.now + SECONDS(12));
	KUNIT_EXPECT_EQ(test, clock.initiations, 3);
	raise(&clock, WG_EVENT_RECEIVED);
	raise(&clock, WG_EVENT_HANDSHAKE_COMPLETE);
	raise(&clock, WG_EVENT_SESSION_DERIVED);
	KUNIT_EXPECT_EQ(test, clock.timers.state, WG_STATE_QUIET);
	KUNIT_EXPECT_EQ(test, clock.timers.tries, 0);
	run_until(&clock, clock.now + SECONDS(1000));
	KUNIT_EXPECT_EQ(test, clock.initiations, 3);
	KUNIT_EXPECT_EQ(test, clock.wipes, 1);
}

/* Row TM-3. */
static void sending_cancels_the_passive_keepalive(struct kunit *test)
{
	struct clock clock;

	start_peer(&clock);
	raise(&clock, WG_EVENT_DATA_RECEIVED);
	raise(&clock, WG_EVENT_DATA_RECEIVED);
	clock.now += SECONDS(10) - 1;
	raise(&clock, WG_EVENT_SENT);
	KUNIT_EXPECT_EQ(test, wg_timers_next(&clock.timers), 0);
	/* What came before that answer is no reason for a second keepalive after the next. */
	raise(&clock, WG_EVENT_DATA_RECEIVED);
	run_until(&clock, clock.now + SECONDS(100));
	KUNIT_EXPECT_EQ(test, clock.keepalives, 1);
}

/* Row TM-3. */
static void more_data_asks_for_a_second_keepalive(struct kunit *test)
{
	struct clock clock;
	u64 began;

	start_peer(&clock);
	began = clock.now;
	raise(&clock, WG_EVENT_DATA_RECEIVED);
	clock.now += SECONDS(9);
	raise(&clock, WG_EVENT_DATA_RECEIVED);
	/* More data does not put the first one off. */
	KUNIT_EXPECT_EQ(test, wg_timers_next(&clock.timers), began + SECONDS(10));
	/* Due, but it cannot be sent: the second is armed and due 10 s later. */
	clock.now = began + SECONDS(10);
	KUNIT_EXPECT_EQ(test, wg_timers_expire(&clock.timers, clock.now, 0),
			WG_ACTION_SEND_KEEPALIVE);
	KUNIT_EXPECT_EQ(test, wg_timers_next(&clock.timers), began + SECONDS(20));
	KUNIT_EXPECT_EQ(test, wg_timers_expire(&clock.timers, began + SECONDS(20), 0),
			WG_ACTION_SEND_KEEPALIVE);
	KUNIT_EXPECT_EQ(test, wg_timers_next(&clock.timers), 0);
}

static void only_silence_makes_a_new_handshake(struct kunit *test)
{
	struct clock clock;
	u64 began;

	start_peer(&clock);
	began = clock.now;
	raise(&clock, WG_EVENT_DATA_SENT);
	clock.now += SECONDS(14);
	/* Further data does not put it off... */
	raise(&clock, WG_EVENT_DATA_SENT);
	KUNIT_EXPECT_EQ(test, wg_timers_next(&clock.timers), began + SECONDS(15));
	/* ...but anything authentic from the peer does away with it. */
	raise(&clock, WG_EVENT_RECEIVED);
	KUNIT_EXPECT_EQ(test, wg_timers_next(&clock.timers), 0);
	raise(&clock, WG_EVENT_DATA_SENT);
	run_until(&clock, clock.now + SECONDS(15));
	KUNIT_EXPECT_EQ(test, clock.initiations, 1);
	KUNIT_EXPECT_EQ(test, clock.forgets, 1);
	KUNIT_EXPECT_EQ(test, clock.timers.tries, 1);
	KUNIT_EXPECT_EQ(test, clock.timers.state, WG_STATE_HANDSHAKING);
}

/* Row TM-ZERO. */
static void a_new_session_puts_zeroing_off(struct kunit *test)
{
	struct clock clock;

	start_peer(&clock);
	raise(&clock, WG_EVENT_SESSION_DERIVED);
	run_until(&clock, clock.now + SECONDS(539));
	raise(&clock, WG_EVENT_SESSION_DERIVED);
	run_until(&clock, clock.now + SECONDS(539));
	KUNIT_EXPECT_EQ(test, clock.wipes, 0);
	run_until(&clock, clock.now + SECONDS(1));
	KUNIT_EXPECT_EQ(test, clock.wipes, 1);
}

static void persistent_keepalive_changes(struct kunit *test)
{
	struct clock clock;

	start_peer(&clock);
	/* 0 -> n: at once, then every n seconds. */
	clock.timers.persistent_seconds = 25;
	act(&clock, raise(&clock, WG_EVENT_PERSISTENT_CHANGED));
	KUNIT_EXPECT_EQ(test, clock.keepalives, 1);
	run_until(&clock, clock.now + SECONDS(100));
	KUNIT_EXPECT_EQ(test, clock.keepalives, 5);
	/* n -> m: from the next packet on. */
	clock.timers.persistent_seconds = 10;
	act(&clock, raise(&clock, WG_EVENT_PERSISTENT_CHANGED));
	KUNIT_EXPECT_EQ(test, clock.keepalives, 5);
	run_until(&clock, clock.now + SECONDS(25));
	KUNIT_EXPECT_EQ(test, clock.keepalives, 6);
	run_until(&clock, clock.now + SECONDS(10));
	KUNIT_EXPECT_EQ(test, clock.keepalives, 7);
	/* n -> 0: never again; and 0 -> n at once again. */
	clock.timers.persistent_seconds = 0;
	act(&clock, raise(&clock, WG_EVENT_PERSISTENT_CHANGED));
	run_until(&clock, clock.now + SECONDS(1000));
	KUNIT_EXPECT_EQ(test, clock.keepalives, 7);
	clock.timers.persistent_seconds = 25;
	act(&clock, raise(&clock, WG_EVENT_PERSISTENT_CHANGED));
	KUNIT_EXPECT_EQ(test, clock.keepalives, 8);
}

/* The interval may also be set to zero without a word: the timer then finds nothing to do. */
static void persistent_keepalive_ends_silently(struct kunit *test)
{
	struct clock clock;

	start_clock(&clock, 25);
	act(&clock, raise(&clock, WG_EVENT_START));
	KUNIT_EXPECT_EQ_MSG(test, clock.keepalives, 1, "(coming up is announced)");
	clock.timers.persistent_seconds = 0;
	run_until(&clock, clock.now + SECONDS(1000));
	KUNIT_EXPECT_EQ(test, clock.keepalives, 1);
	KUNIT_EXPECT_EQ(test, wg_timers_next(&clock.timers), 0);
}

/* Row TM-PERSISTENT. */
static void any_traffic_puts_the_persistent_one_off(struct kunit *test)
{
	struct clock clock;
	int i;

	start_clock(&clock, 25);
	act(&clock, raise(&clock, WG_EVENT_START));
	for (i = 0; i < 20; i++) {
		run_until(&clock, clock.now + SECONDS(24));
		raise(&clock, i % 2 ? WG_EVENT_SENT : WG_EVENT_RECEIVED);
	}
	KUNIT_EXPECT_EQ(test, clock.keepalives, 1);
	run_until(&clock, clock.now + SECONDS(25));
	KUNIT_EXPECT_EQ(test, clock.keepalives, 2);
}

/* Time jumps far past everything, as after a suspend: each timer fires once, none is left. */
static void all_due_at_once(struct kunit *test)
{
	struct clock clock;
	u32 actions;

	start_clock(&clock, 25);
	raise(&clock, WG_EVENT_START);
	raise(&clock, WG_EVENT_DATA_SENT);
	raise(&clock, WG_EVENT_DATA_RECEIVED);
	raise(&clock, WG_EVENT_SESSION_DERIVED);
	raise(&clock, WG_EVENT_INITIATION_SENT);
	clock.now += SECONDS(1000000);
	actions = wg_timers_expire(&clock.timers, clock.now, 0);
	KUNIT_EXPECT_EQ(test, actions, RETRY | WG_ACTION_SEND_KEEPALIVE | WG_ACTION_ZERO_KEYS);
	KUNIT_EXPECT_GT(test, wg_timers_next(&clock.timers), clock.now);
	KUNIT_EXPECT_EQ(test, wg_timers_expire(&clock.timers, clock.now, 0), 0);
}

static void check_invariants(struct kunit *test, const struct clock *clock)
{
	const struct wg_timers *timers = &clock->timers;
	u64 least = 0;
	int i;

	for (i = 0; i < WG_TIMER_COUNT; i++) {
		u64 deadline = timers->deadline[i];

		if (deadline && (!least || deadline < least))
			least = deadline;
		/* Nothing runs longer than the longest persistent interval. */
		KUNIT_ASSERT_LE(test, deadline, clock->now + SECONDS(65535));
	}
	KUNIT_ASSERT_EQ(test, wg_timers_next(timers), least);
	if (timers->state == WG_STATE_STOPPED)
		KUNIT_ASSERT_EQ(test, least, 0);
	KUNIT_ASSERT_EQ(test, timers->deadline[WG_TIMER_RETRANSMIT] != 0,
			timers->state == WG_STATE_HANDSHAKING);
	KUNIT_ASSERT_LE(test, timers->tries, HANDSHAKE_TRIES_MAX);
	if (timers->more_data_received)
		KUNIT_ASSERT_NE(test, timers->deadline[WG_TIMER_PASSIVE_KEEPALIVE], 0);
}

/* Events a caller can raise, in any order, at any time; the alarm comes late or not at all. */
static void storm_step(struct clock *clock, struct wg_test_random *random)
{
	unsigned int dice = wg_test_below(random, 100);

	clock->jitter = wg_test_below(random, REKEY_JITTER_MAX);
	if (dice < 30)
		clock->now += wg_test_random(random) % SECONDS(1u << wg_test_below(random, 11));
	if (dice < 60)
		expire(clock);
	if (dice >= 97) {
		clock->timers.persistent_seconds = wg_test_below(random, 3) * 20;
		act(clock, raise(clock, WG_EVENT_PERSISTENT_CHANGED));
	}
	act(clock, raise(clock, wg_test_below(random, WG_EVENT_RETRANSMIT_DUE)));
}

static void storms_keep_the_invariants(struct kunit *test)
{
	struct wg_test_random random;
	struct clock clock;
	int i;

	wg_test_random_init(test, &random);
	start_clock(&clock, 0);
	for (i = 0; i < STORM_STEPS; i++) {
		storm_step(&clock, &random);
		check_invariants(test, &clock);
		if (i % 7 == 0) {
			expire(&clock);
			if (wg_timers_next(&clock.timers))
				KUNIT_ASSERT_GT(test, wg_timers_next(&clock.timers), clock.now);
		}
	}
	/* The storm must have met what it is to judge. */
	KUNIT_EXPECT_GT(test, clock.initiations, 10);
	KUNIT_EXPECT_GT(test, clock.keepalives, 10);
}

static struct kunit_case timers_cases[] = {
	KUNIT_CASE_PARAM(each_timer_to_the_nanosecond, duration_gen_params),
	KUNIT_CASE(every_pair_is_defined),
	KUNIT_CASE(stopped_is_silent),
	KUNIT_CASE(stopping_disarms_all),
	KUNIT_CASE(gives_up_after_twenty),
	KUNIT_CASE(giving_up_leaves_an_armed_zeroing),
	KUNIT_CASE(a_packet_begins_the_tries_anew),
	KUNIT_CASE(wanted_during_an_attempt),
	KUNIT_CASE(retries_that_fail_are_counted),
	KUNIT_CASE(completion_ends_the_attempt),
	KUNIT_CASE(sending_cancels_the_passive_keepalive),
	KUNIT_CASE(more_data_asks_for_a_second_keepalive),
	KUNIT_CASE(only_silence_makes_a_new_handshake),
	KUNIT_CASE(a_new_session_puts_zeroing_off),
	KUNIT_CASE(persistent_keepalive_changes),
	KUNIT_CASE(persistent_keepalive_ends_silently),
	KUNIT_CASE(any_traffic_puts_the_persistent_one_off),
	KUNIT_CASE(all_due_at_once),
	KUNIT_CASE(storms_keep_the_invariants),
	{},
};

static struct kunit_suite timers_suite = {
	.name = "wg_timers",
	.test_cases = timers_cases,
};

kunit_test_suite(timers_suite);
