// SPDX-License-Identifier: GPL-2.0
/* Runs the suites that were linked in. Silence is a failure: without one test run it is not ok. */
#include <unistd.h>
#include <sodium.h>
#include "kunit.h"

static void run_params(struct kunit_suite *suite, struct kunit_case *one, struct kunit *all)
{
	const void *value = NULL;
	int index = 0;

	for (;;) {
		char description[KUNIT_PARAM_DESC_SIZE] = "";
		struct kunit test = { .param_index = index };

		value = one->generate_params(value, description);
		if (!value)
			break;
		test.param_value = value;
		shim_run_case(suite, one, &test);
		printf("        %s %d %s\n", test.failed ? "not ok" : "ok", ++index, description);
		all->failed |= test.failed;
	}
	if (!index)
		KUNIT_FAIL(all, "no parameters");
}

static bool run_case(struct kunit_suite *suite, struct kunit_case *one, int number)
{
	struct kunit test = {};

	if (one->generate_params)
		run_params(suite, one, &test);
	else
		shim_run_case(suite, one, &test);
	printf("    %s %d %s%s\n", test.failed ? "not ok" : "ok", number, one->name,
	       test.skipped ? " # SKIP" : "");
	fflush(stdout);
	return !test.failed;
}

static bool run_suite(struct kunit_suite *suite, int number)
{
	struct kunit_case *one;
	bool good = true;
	int count = 0;

	for (one = suite->test_cases; one->run_case; one++)
		count++;
	printf("    KTAP version 1\n    # Subtest: %s\n    1..%d\n", suite->name, count);
	if (suite->suite_init && suite->suite_init(suite)) {
		printf("    # the suite's suite_init failed\n");
		good = false;
	} else {
		for (one = suite->test_cases; one->run_case; one++)
			good &= run_case(suite, one, one - suite->test_cases + 1);
		if (suite->suite_exit)
			suite->suite_exit(suite);
	}
	good &= count > 0;
	printf("%s %d %s\n", good ? "ok" : "not ok", number, suite->name);
	return good;
}

int main(void)
{
	const char *seed = getenv("WG_TEST_SEED");
	struct kunit_suite *suite;
	unsigned int count = 0, i;
	bool good;

	/* A suite that hangs is a failure too, however slow the machine. */
	alarm(600);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (sodium_init() < 0)
		return 2;
	shim_seed(seed && *seed ? strtoull(seed, NULL, 0) : ((u64)randombytes_random() << 32) | 1);
	while (shim_suite(count))
		count++;
	good = count > 0;
	printf("KTAP version 1\n1..%u\n", count);
	for (i = 0; (suite = shim_suite(i)); i++)
		good &= run_suite(suite, i + 1);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
