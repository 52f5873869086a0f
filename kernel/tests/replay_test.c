// SPDX-License-Identifier: GPL-2.0
/* The replay window by its edges, and against a model that simply remembers everything. */
#include <linux/slab.h>
#include "harness.h"
#include "noise/replay.h"

#define FAR ((u64)REPLAY_WINDOW + 1) /* the least counter that pushes 0 out when it has come */

struct step {
	u64 counter;
	bool accepted;
};

struct sequence {
	const char *name;
	struct step steps[20]; /* to the first { 0, false } after the first step */
};

static const struct sequence sequences[] = {
	{ "in order, each once",
	  { { 0, true }, { 0, false }, { 1, true }, { 1, false }, { 2, true }, { 1, false } } },
	{ "backwards after a gap",
	  { { 9, true }, { 8, true }, { 7, true }, { 7, false }, { 9, false }, { 1, true } } },
	{ "the first may be any",
	  { { 1ULL << 40, true }, { 1ULL << 40, false }, { (1ULL << 40) - 1, true } } },
	{ "the window's lower edge is in it",
	  { { FAR, true },
	    { 1, true },
	    { 1, false },
	    { FAR - 1, true },
	    { FAR + 1, true },
	    { 1, false },
	    { 2, true } } },
	{ "what lies below is refused though never seen",
	  { { REPLAY_WINDOW, true },
	    { FAR, true },
	    { FAR + 16, true },
	    { 15, false },
	    { 16, false },
	    { 17, true },
	    { 17, false },
	    { 18, true } } },
	{ "the edge with next at the window",
	  { { REPLAY_WINDOW - 1, true }, { 5, true }, { REPLAY_WINDOW, true }, { 6, true } } },
	{ "a jump of a whole ring leaves nothing marked",
	  { { 3, true },
	    { 3 + REPLAY_WINDOW_BITS, true },
	    { 3, false },
	    { 4 + REPLAY_WINDOW_BITS - 1, false },
	    { 2 + REPLAY_WINDOW_BITS, true } } },
	{ "a jump of many rings",
	  { { 77, true },
	    { 77 + 40ULL * REPLAY_WINDOW_BITS, true },
	    { 77 + 40ULL * REPLAY_WINDOW_BITS - REPLAY_WINDOW, true },
	    { 77 + 40ULL * REPLAY_WINDOW_BITS - REPLAY_WINDOW - 1, false },
	    { 77 + 39ULL * REPLAY_WINDOW_BITS + 65, true } } },
	{ "across 32 bits",
	  { { U32_MAX, true },
	    { (u64)U32_MAX + 1, true },
	    { U32_MAX, false },
	    { (u64)U32_MAX - 1, true } } },
	{ "the last counter and those above",
	  { { REJECT_AFTER_MESSAGES - 2, true },
	    { REJECT_AFTER_MESSAGES, false },
	    { REJECT_AFTER_MESSAGES - 1, true },
	    { REJECT_AFTER_MESSAGES - 1, false },
	    { REJECT_AFTER_MESSAGES, false },
	    { REJECT_AFTER_MESSAGES + 1, false },
	    { U64_MAX - 1, false },
	    { U64_MAX, false },
	    { REJECT_AFTER_MESSAGES - 1 - REPLAY_WINDOW, true },
	    { REJECT_AFTER_MESSAGES - 2 - REPLAY_WINDOW, false } } },
	{ "a refused giant moves nothing",
	  { { U64_MAX, false }, { REJECT_AFTER_MESSAGES, false }, { 1, true }, { 2, true } } },
};

static void describe_sequence(const struct sequence *sequence, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%s", sequence->name);
}

KUNIT_ARRAY_PARAM(sequence, sequences, describe_sequence);

/* Row RX-1. */
static void by_table(struct kunit *test)
{
	const struct sequence *sequence = test->param_value;
	const struct step *step = sequence->steps;
	struct wg_replay *replay = kunit_kzalloc(test, sizeof(*replay), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, replay);
	do {
		KUNIT_EXPECT_EQ_MSG(test, wg_replay_accept(replay, step->counter), step->accepted,
				    "counter %llu in step %d", step->counter,
				    (int)(step - sequence->steps));
		step++;
	} while (step->counter || step->accepted);
}

/*
 * Below one greatest counter, exactly a window's worth is accepted, each once.
 * Row RX-1.
 */
static void whole_window(struct kunit *test)
{
	struct wg_replay *replay = kunit_kzalloc(test, sizeof(*replay), GFP_KERNEL);
	const u64 greatest = 5 * REPLAY_WINDOW_BITS + 17;
	unsigned int accepted = 0;
	u64 counter;

	KUNIT_ASSERT_NOT_NULL(test, replay);
	KUNIT_ASSERT_TRUE(test, wg_replay_accept(replay, greatest));
	for (counter = 0; counter < greatest; counter++)
		accepted += wg_replay_accept(replay, counter);
	KUNIT_EXPECT_EQ(test, accepted, REPLAY_WINDOW);
	for (counter = 0; counter <= greatest; counter++)
		KUNIT_EXPECT_FALSE(test, wg_replay_accept(replay, counter));
}

enum {
	MODEL_SPAN = 200000,
	MODEL_STEPS = 60000,
};

/* Remembers every counter from @base on. */
struct model {
	u64 base;
	u64 next; /* from @base */
	u8 seen[MODEL_SPAN];
};

static bool model_accept(struct model *model, u64 offset)
{
	if (offset + REPLAY_WINDOW + 1 < model->next || model->seen[offset])
		return false;
	model->seen[offset] = 1;
	model->next = max(model->next, offset + 1);
	return true;
}

/* Mostly near the front, as on a real path; sometimes a jump, sometimes anything at all. */
static u64 next_offset(struct wg_test_random *random, const struct model *model)
{
	u64 offset = model->next;

	switch (wg_test_below(random, 16)) {
	case 0:
		offset += wg_test_below(random, 2 * REPLAY_WINDOW_BITS);
		break;
	case 1:
		offset = wg_test_below(random, MODEL_SPAN);
		/* Half of the time no further than the front, or it would be at the end at once. */
		if (wg_test_below(random, 64))
			offset = offset % (model->next + 1);
		break;
	case 2 ... 5:
		offset -= min_t(u64, offset, wg_test_below(random, REPLAY_WINDOW + 100));
		break;
	case 6 ... 9:
		offset -= min_t(u64, offset, wg_test_below(random, 130));
		break;
	default:
		offset += wg_test_below(random, 3);
	}
	return offset < MODEL_SPAN ? offset : model->next - 1;
}

static const u64 model_bases[] = {
	0,
	1,
	63,
	64,
	8127,
	8128,
	(u64)U32_MAX - 5000,
	(1ULL << 60) + 3,
	REJECT_AFTER_MESSAGES - MODEL_SPAN,
};

static void describe_base(const u64 *base, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "from %llu", *base);
}

KUNIT_ARRAY_PARAM(base, model_bases, describe_base);

/* Row RX-1. */
static void against_model(struct kunit *test)
{
	struct wg_replay *replay = kunit_kzalloc(test, sizeof(*replay), GFP_KERNEL);
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	struct wg_test_random random;
	int step;

	KUNIT_ASSERT_NOT_NULL(test, replay);
	KUNIT_ASSERT_NOT_NULL(test, model);
	wg_test_random_init(test, &random);
	model->base = *(const u64 *)test->param_value;
	for (step = 0; step < MODEL_STEPS; step++) {
		const u64 offset = next_offset(&random, model);
		const bool accepted = model_accept(model, offset);

		KUNIT_ASSERT_EQ_MSG(test, wg_replay_accept(replay, model->base + offset), accepted,
				    "step %d, counter %llu, next %llu", step, model->base + offset,
				    model->base + model->next);
		KUNIT_ASSERT_EQ(test, replay->next, model->base + model->next);
	}
}

static struct kunit_case replay_cases[] = {
	KUNIT_CASE_PARAM(by_table, sequence_gen_params),
	KUNIT_CASE(whole_window),
	KUNIT_CASE_PARAM(against_model, base_gen_params),
	{},
};

static struct kunit_suite replay_suite = {
	.name = "wg_replay",
	.test_cases = replay_cases,
};

kunit_test_suite(replay_suite);
