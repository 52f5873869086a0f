// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer in the place of the random generator: the case named by WG_FUZZ_CASE, which does random
 * things and compares, does what the fuzzer's input says, until the input ends.
 */
#include "kunit.h"

static const u8 *input;
static size_t left;
static struct kunit *running;

u64 shim_fuzz_next(void)
{
	u64 word;

	if (left < 2)
		shim_abandon(running);
	word = get_unaligned_le16(input);
	input += 2;
	left -= 2;
	/* Callers take the upper half, or the uppermost byte. */
	return word << 56 | word << 32 | word;
}

static struct kunit_case *find_case(struct kunit_suite **suite)
{
	struct kunit_case *one;
	unsigned int i;

	for (i = 0; (*suite = shim_suite(i)); i++) {
		for (one = (*suite)->test_cases; one->run_case; one++) {
			if (!strcmp(one->name, WG_FUZZ_CASE))
				return one;
		}
	}
	fprintf(stderr, "no case %s\n", WG_FUZZ_CASE);
	exit(2);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct kunit_suite *suite;
	struct kunit_case *one = find_case(&suite);
	char description[KUNIT_PARAM_DESC_SIZE];
	struct kunit test = {};

	input = data;
	left = size;
	running = &test;
	if (one->generate_params)
		test.param_value = one->generate_params(NULL, description);
	if (!shim_run_case(suite, one, &test))
		abort();
	return 0;
}
