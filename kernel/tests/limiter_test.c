// SPDX-License-Identifier: GPL-2.0
/* The limiter over simulated time: exact rates, a full table, and a model that counts tokens. */
#include <linux/errno.h>
#include <linux/slab.h>
#include "harness.h"
#include "noise/limiter.h"
#include "noise/limits.h"

#define START (3600 * (u64)NSEC_PER_SEC)
#define COST  ((u64)NSEC_PER_SEC / LIMITER_RATE)

enum {
	TABLE_SIZE = 4096,
	ONE_SET = 8, /* as many as one set holds: then every source meets every other */
};

static void limiter_exit(struct kunit *test)
{
	struct wg_limiter *limiter = test->priv;

	if (limiter)
		wg_limiter_uninit(limiter);
	test->priv = NULL;
}

static struct wg_limiter *make_limiter(struct kunit *test, u32 entries)
{
	struct wg_limiter *limiter = kunit_kzalloc(test, sizeof(*limiter), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, limiter);
	KUNIT_ASSERT_EQ(test, wg_limiter_init(limiter, entries), 0);
	test->priv = limiter;
	return limiter;
}

static bool allow4(struct wg_limiter *limiter, u32 address, u64 now)
{
	return wg_limiter_allow(limiter, (const u8 *)&address, sizeof(address), now);
}

static bool allow6(struct wg_limiter *limiter, u64 prefix, u64 now)
{
	return wg_limiter_allow(limiter, (const u8 *)&prefix, sizeof(prefix), now);
}

struct arrival {
	u64 at; /* after the first */
	bool allowed;
};

/* One source: when each packet comes, and what is said. */
static const struct arrival arrivals[] = {
	{ 0, true },
	{ 0, true },
	{ 0, true },
	{ 0, true },
	{ 0, true },
	{ 0, false },
	{ 1, false },
	{ COST - 1, false },
	{ COST, true }, /* what was refused has cost nothing */
	{ COST, false },
	{ 2 * COST - 1, false },
	{ 2 * COST, true },
	{ 4 * COST, true },
	{ 4 * COST, true },
	{ 4 * COST, false },
	{ 9 * COST - 1, true }, /* one nanosecond short of full: the burst is one packet less */
	{ 9 * COST - 1, true },
	{ 9 * COST - 1, true },
	{ 9 * COST - 1, true },
	{ 9 * COST - 1, false },
	{ 9 * COST, true },
	{ 100 * COST, true }, /* never more than the burst, however long the rest was */
	{ 100 * COST, true },
	{ 100 * COST, true },
	{ 100 * COST, true },
	{ 100 * COST, true },
	{ 100 * COST, false },
};

static void one_source_by_table(struct kunit *test)
{
	struct wg_limiter *limiter = make_limiter(test, TABLE_SIZE);
	const struct arrival *row;

	for (row = arrivals; row < arrivals + ARRAY_SIZE(arrivals); row++)
		KUNIT_EXPECT_EQ_MSG(test, allow4(limiter, 1, START + row->at), row->allowed,
				    "row %d", (int)(row - arrivals));
}

/* The clock of another CPU may be a little behind: that neither gives nor takes tokens. */
static void clock_behind(struct kunit *test)
{
	struct wg_limiter *limiter = make_limiter(test, TABLE_SIZE);
	int i;

	for (i = 0; i < LIMITER_BURST; i++)
		KUNIT_EXPECT_TRUE(test, allow4(limiter, 1, START));
	KUNIT_EXPECT_FALSE(test, allow4(limiter, 1, START - 1000));
	KUNIT_EXPECT_FALSE(test, allow4(limiter, 1, 0));
	KUNIT_EXPECT_TRUE(test, allow4(limiter, 1, START + COST));
}

static const u64 spacings[] = { 1000000, 3333333, 49999999, 50000000, 50000001, 130000000 };

static void describe_spacing(const u64 *spacing, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "a packet every %llu ns", *spacing);
}

KUNIT_ARRAY_PARAM(spacing, spacings, describe_spacing);

/*
 * A minute of an even stream: the burst, then one packet for each cost that has passed.
 * Row DS-4.
 */
static void steady_rate(struct kunit *test)
{
	struct wg_limiter *limiter = make_limiter(test, TABLE_SIZE);
	const u64 spacing = *(const u64 *)test->param_value;
	const u64 minute = 60 * (u64)NSEC_PER_SEC;
	u64 sent = 0, allowed = 0, at;

	for (at = 0; at < minute; at += spacing) {
		sent++;
		allowed += allow4(limiter, 7, START + at);
	}
	at -= spacing;
	KUNIT_EXPECT_EQ(test, allowed, min_t(u64, sent, LIMITER_BURST + at / COST));
}

/* A bucket as one would describe it: tokens that drip in and are taken out. */
struct token_bucket {
	u64 tokens;
	u64 last;
};

static bool take_token(struct token_bucket *bucket, u64 now)
{
	bucket->tokens = min_t(u64, bucket->tokens + (now - bucket->last), LIMITER_BURST * COST);
	bucket->last = now;
	if (bucket->tokens < COST)
		return false;
	bucket->tokens -= COST;
	return true;
}

enum {
	MODEL_SOURCES = 64,
	MODEL_STEPS = 200000,
};

static void against_model(struct kunit *test)
{
	struct wg_limiter *limiter = make_limiter(test, TABLE_SIZE);
	struct token_bucket *model = kunit_kcalloc(test, MODEL_SOURCES, sizeof(*model), GFP_KERNEL);
	struct wg_test_random random;
	u64 now = START;
	int step;

	KUNIT_ASSERT_NOT_NULL(test, model);
	wg_test_random_init(test, &random);
	for (step = 0; step < MODEL_STEPS; step++) {
		const u32 source = wg_test_below(&random, MODEL_SOURCES);

		now += wg_test_below(&random, 64) ? wg_test_below(&random, 900000) :
						    wg_test_below(&random, 400000000);
		KUNIT_ASSERT_EQ_MSG(test, allow4(limiter, source, now),
				    take_token(&model[source], now), "step %d, source %u", step,
				    source);
	}
}

/* Row DS-4. */
static void sources_do_not_share(struct kunit *test)
{
	struct wg_limiter *limiter = make_limiter(test, TABLE_SIZE);
	u32 source;
	int i;

	for (i = 0; i <= LIMITER_BURST; i++)
		for (source = 0; source < 100; source++)
			KUNIT_EXPECT_EQ(test, allow4(limiter, source, START), i < LIMITER_BURST);
}

/* Not even when their bytes are the same as far as they go. */
static void families_do_not_share(struct kunit *test)
{
	struct wg_limiter *limiter = make_limiter(test, ONE_SET);
	const u8 both[8] = { 192, 0, 2, 1 };
	int i;

	for (i = 0; i < LIMITER_BURST; i++) {
		KUNIT_EXPECT_TRUE(test, wg_limiter_allow(limiter, both, 4, START));
		KUNIT_EXPECT_TRUE(test, wg_limiter_allow(limiter, both, 8, START));
	}
	KUNIT_EXPECT_FALSE(test, wg_limiter_allow(limiter, both, 4, START));
	KUNIT_EXPECT_FALSE(test, wg_limiter_allow(limiter, both, 8, START));
	/* Addresses that are all zero are sources like others. */
	KUNIT_EXPECT_TRUE(test, allow4(limiter, 0, START));
	KUNIT_EXPECT_TRUE(test, allow6(limiter, 0, START));
}

/* Row DS-5. */
static void full_table_refuses(struct kunit *test)
{
	struct wg_limiter *limiter = make_limiter(test, ONE_SET);
	u64 source;

	for (source = 1; source <= ONE_SET; source++)
		KUNIT_EXPECT_TRUE(test, allow6(limiter, source, START));
	KUNIT_EXPECT_FALSE(test, allow6(limiter, 99, START));
	KUNIT_EXPECT_FALSE(test, allow6(limiter, 99, START + COST - 1));
	/* Those who have a bucket are not hurt. */
	for (source = 1; source <= ONE_SET; source++)
		KUNIT_EXPECT_TRUE(test, allow6(limiter, source, START + COST - 1));

	/* A bucket that is full again can be given away: here all but one. */
	for (source = 0; source < 3; source++)
		KUNIT_EXPECT_TRUE(test, allow6(limiter, 1, START + COST));
	for (source = 101; source < 100 + ONE_SET; source++)
		KUNIT_EXPECT_TRUE(test, allow6(limiter, source, START + 2 * COST));
	KUNIT_EXPECT_FALSE(test, allow6(limiter, 99, START + 2 * COST));
	KUNIT_EXPECT_TRUE(test, allow6(limiter, 1, START + 2 * COST));
	KUNIT_EXPECT_TRUE(test, allow6(limiter, 1, START + 2 * COST));
	KUNIT_EXPECT_FALSE(test, allow6(limiter, 1, START + 2 * COST));
}

/*
 * Far more sources than places: never more allowed than all places allow.
 * Row DS-5.
 */
static void flood_of_sources(struct kunit *test)
{
	struct wg_limiter *limiter = make_limiter(test, 64);
	u32 source, allowed = 0;

	for (source = 0; source < 10000; source++)
		allowed += allow4(limiter, source, START);
	KUNIT_EXPECT_LE(test, allowed, 64);
	/* By chance a set can stay short of sources, but not with 10000 for 8 sets. */
	KUNIT_EXPECT_EQ(test, allowed, 64);
}

static void sizes(struct kunit *test)
{
	static const struct {
		u32 entries, sets;
	} rows[] = { { 1, 1 }, { 8, 1 }, { 9, 2 }, { 17, 4 }, { 4096, 512 }, { 4097, 1024 } };
	struct wg_limiter *limiter = kunit_kzalloc(test, sizeof(*limiter), GFP_KERNEL);
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, limiter);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_EQ(test, wg_limiter_init(limiter, rows[i].entries), 0);
		KUNIT_EXPECT_EQ(test, limiter->set_count, rows[i].sets);
		KUNIT_EXPECT_TRUE(test, allow4(limiter, 1, 0)); /* even at the clock's beginning */
		wg_limiter_uninit(limiter);
	}
#ifdef WG_TEST_USER
	shim_fail_allocation(1);
	KUNIT_EXPECT_EQ(test, wg_limiter_init(limiter, TABLE_SIZE), -ENOMEM);
	shim_fail_allocation(0);
	wg_limiter_uninit(limiter);
#endif
}

static struct kunit_case limiter_cases[] = {
	KUNIT_CASE(one_source_by_table),
	KUNIT_CASE(clock_behind),
	KUNIT_CASE_PARAM(steady_rate, spacing_gen_params),
	KUNIT_CASE(against_model),
	KUNIT_CASE(sources_do_not_share),
	KUNIT_CASE(families_do_not_share),
	KUNIT_CASE(full_table_refuses),
	KUNIT_CASE(flood_of_sources),
	KUNIT_CASE(sizes),
	{},
};

static struct kunit_suite limiter_suite = {
	.name = "wg_limiter",
	.exit = limiter_exit,
	.test_cases = limiter_cases,
};

kunit_test_suite(limiter_suite);
