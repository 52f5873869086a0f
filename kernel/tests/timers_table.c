// SPDX-License-Identifier: GPL-2.0
/*
 * Not a suite: prints what the timers do, for tests/model to compare with its own table. Each
 * event in each state meets every counter, setting and armed timer that could make a difference;
 * so does the passing of time, with every set of timers due.
 *
 *	EVENT STATE tries=N more_data=N persistent=N armed=TIMERS due=TIMERS ->
 *		STATE tries=N more_data=N TIMER=idle|kept|+NANOSECONDS... next=TIMER actions=ACTIONS
 */
#include <linux/kernel.h>
#include "timers.h"
#include "shim/kunit.h"

enum {
	NOW = 1000000,
	JITTER = 123, /* shows which timers take it */
	WAYS = 243,   /* three ways for each of five timers: idle, armed, due */
};

static const char *const timer_names[WG_TIMER_COUNT] = {
	[WG_TIMER_RETRANSMIT] = "RETRANSMIT",
	[WG_TIMER_PASSIVE_KEEPALIVE] = "PASSIVE_KEEPALIVE",
	[WG_TIMER_NEW_HANDSHAKE] = "NEW_HANDSHAKE",
	[WG_TIMER_ZERO_KEYS] = "ZERO_KEYS",
	[WG_TIMER_PERSISTENT] = "PERSISTENT",
};

static const char *const state_names[WG_STATE_COUNT] = {
	[WG_STATE_STOPPED] = "STOPPED",
	[WG_STATE_QUIET] = "QUIET",
	[WG_STATE_HANDSHAKING] = "HANDSHAKING",
};

/* The last one is not an event but time: wg_timers_expire(). */
static const char *const event_names[WG_EVENT_COUNT + 1] = {
	[WG_EVENT_START] = "START",
	[WG_EVENT_STOP] = "STOP",
	[WG_EVENT_DATA_SENT] = "DATA_SENT",
	[WG_EVENT_DATA_RECEIVED] = "DATA_RECEIVED",
	[WG_EVENT_SENT] = "SENT",
	[WG_EVENT_RECEIVED] = "RECEIVED",
	[WG_EVENT_INITIATION_SENT] = "INITIATION_SENT",
	[WG_EVENT_HANDSHAKE_COMPLETE] = "HANDSHAKE_COMPLETE",
	[WG_EVENT_SESSION_DERIVED] = "SESSION_DERIVED",
	[WG_EVENT_HANDSHAKE_WANTED] = "HANDSHAKE_WANTED",
	[WG_EVENT_PERSISTENT_CHANGED] = "PERSISTENT_CHANGED",
	[WG_EVENT_RETRANSMIT_DUE] = "RETRANSMIT_DUE",
	[WG_EVENT_PASSIVE_KEEPALIVE_DUE] = "PASSIVE_KEEPALIVE_DUE",
	[WG_EVENT_NEW_HANDSHAKE_DUE] = "NEW_HANDSHAKE_DUE",
	[WG_EVENT_ZERO_KEYS_DUE] = "ZERO_KEYS_DUE",
	[WG_EVENT_PERSISTENT_DUE] = "PERSISTENT_DUE",
	[WG_EVENT_COUNT] = "EXPIRE",
};

static const char *const action_names[] = {
	"SEND_INITIATION", "SEND_KEEPALIVE", "DROP_STAGED", "FORGET_SOURCE", "ZERO_KEYS",
};

static void print_set(const char *what, u32 set, const char *const *names, unsigned int count)
{
	const char *separator = "";
	unsigned int i;

	printf(" %s=", what);
	for (i = 0; i < count; i++) {
		if (!(set & BIT(i)))
			continue;
		printf("%s%s", separator, names[i]);
		separator = "|";
	}
	/* A bit without a name is printed too, and fits nothing. */
	if (set >> count)
		printf("%s%#x", separator, set >> count << count);
	else if (!set)
		printf("none");
}

/* Deadlines of their own for all, none of them a duration from now; past ones are due. */
static void set_deadlines(struct wg_timers *timers, unsigned int way)
{
	u32 armed = 0, due = 0;
	enum wg_timer timer;

	for (timer = 0; timer < WG_TIMER_COUNT; timer++, way /= 3) {
		if (way % 3 == 0)
			continue;
		armed |= BIT(timer);
		if (way % 3 == 2)
			due |= BIT(timer);
		timers->deadline[timer] = way % 3 == 2 ? NOW - timer : NOW + 1 + timer;
	}
	print_set("armed", armed, timer_names, WG_TIMER_COUNT);
	print_set("due", due, timer_names, WG_TIMER_COUNT);
}

static void print_timers(const struct wg_timers *before, const struct wg_timers *after)
{
	u64 next = wg_timers_next(after);
	const char *first = "none";
	enum wg_timer timer;

	for (timer = 0; timer < WG_TIMER_COUNT; timer++) {
		u64 deadline = after->deadline[timer];

		if (!deadline)
			printf(" %s=idle", timer_names[timer]);
		else if (deadline == before->deadline[timer])
			printf(" %s=kept", timer_names[timer]);
		else
			printf(" %s=+%llu", timer_names[timer], deadline - NOW);
		if (next && deadline == next)
			first = timer_names[timer];
	}
	printf(" next=%s", first);
}

static void print_row(struct wg_timers before, unsigned int event, unsigned int way)
{
	struct wg_timers after;
	u32 actions;

	printf("%s %s tries=%u more_data=%u persistent=%u", event_names[event],
	       state_names[before.state], before.tries, before.more_data_received,
	       before.persistent_seconds);
	set_deadlines(&before, way);
	after = before;
	if (event == WG_EVENT_COUNT)
		actions = wg_timers_expire(&after, NOW, JITTER);
	else
		actions = wg_timers_event(&after, event, NOW, JITTER);
	printf(" -> %s tries=%u more_data=%u", state_names[after.state], after.tries,
	       after.more_data_received);
	print_timers(&before, &after);
	print_set("actions", actions, action_names, ARRAY_SIZE(action_names));
	printf("\n");
}

/* Outside of wg_timers_expire() nothing asks whether an armed timer is due. */
static bool is_for_expire_only(unsigned int way)
{
	for (; way; way /= 3) {
		if (way % 3 == 2)
			return true;
	}
	return false;
}

static void print_rows(unsigned int event, enum wg_timer_state state)
{
	static const u8 tries[] = { 0, 1, HANDSHAKE_TRIES_MAX - 1, HANDSHAKE_TRIES_MAX };
	unsigned int setting, way;

	for (setting = 0; setting < 4 * ARRAY_SIZE(tries); setting++) {
		struct wg_timers before = {
			.state = state,
			.tries = tries[setting / 4],
			.more_data_received = setting & 1,
			.persistent_seconds = setting & 2 ? 25 : 0,
		};

		for (way = 0; way < WAYS; way++) {
			if (event == WG_EVENT_COUNT || !is_for_expire_only(way))
				print_row(before, event, way);
		}
	}
}

int main(void)
{
	enum wg_timer_state state;
	unsigned int event;

	for (event = 0; event <= WG_EVENT_COUNT; event++) {
		for (state = 0; state < WG_STATE_COUNT; state++)
			print_rows(event, state);
	}
	/* A pair without a row has warned. */
	return shim_warnings() ? 1 : 0;
}
