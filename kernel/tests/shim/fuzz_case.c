// SPDX-License-Identifier: GPL-2.0
/*
 * Cases of the suites that do random things and compare are targets as they are: the input takes
 * the place of the random generator, and the case is over when the input is.
 */
#include "../fuzz/fuzz.h"
#include "kunit.h"

static struct fuzz_input *random_source;
static struct kunit *running;

/* Small numbers are what is drawn most: they take one byte of the input, others two. */
u64 shim_fuzz_next(void)
{
	u64 word;

	if (!random_source->left)
		shim_abandon(running);
	word = fuzz_u8(random_source);
	if (word >= 0xc0)
		word = (word - 0xc0) << 8 | fuzz_u8(random_source);
	/* Callers take the upper half, or the uppermost byte. */
	return word << 56 | word << 32 | word;
}

/* In each suite there is one. */
static struct kunit_case *find_case(struct kunit_suite *suite)
{
	static const char *const names[] = { "random_against_model", "storms_keep_the_invariants",
					     "against_model" };
	struct kunit_case *one;
	size_t i;

	for (one = suite->test_cases; one->run_case; one++) {
		for (i = 0; i < ARRAY_SIZE(names); i++) {
			if (!strcmp(one->name, names[i]))
				return one;
		}
	}
	fuzz_failed("a case that does random things", suite->name, 0);
}

/* The first byte chooses among the case's parameters. */
static const void *choose_param(struct kunit_case *one, unsigned int choice)
{
	char description[KUNIT_PARAM_DESC_SIZE];
	const void *value = one->generate_params(NULL, description), *next;

	while (choice--) {
		next = one->generate_params(value, description);
		value = next ?: one->generate_params(NULL, description);
	}
	return value;
}

void fuzz_run(struct fuzz_input *input)
{
	struct kunit_suite *suite = shim_suite(0);
	struct kunit_case *one = find_case(suite);
	struct kunit test = {};

	random_source = input;
	running = &test;
	if (one->generate_params)
		test.param_value = choose_param(one, fuzz_below(input, 16));
	FUZZ_CHECK(shim_run_case(suite, one, &test));
}
