// SPDX-License-Identifier: GPL-2.0
/* Runs the suites that were linked in. Silence is a failure: without one test run it is not ok. */
#include <stdarg.h>
#include <unistd.h>
#include <sodium.h>
#include "kunit.h"

struct shim_test_memory {
	struct shim_test_memory *next;
	void *memory;
};

static struct kunit_suite *suites[16];
static unsigned int suite_count;

void shim_register_suite(struct kunit_suite *suite)
{
	BUG_ON(suite_count == ARRAY_SIZE(suites));
	suites[suite_count++] = suite;
}

void shim_fail(struct kunit *test, const char *file, int line, const char *format, ...)
{
	va_list arguments;

	test->failed = true;
	printf("        # %s:%d: ", file, line);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

void shim_skip(struct kunit *test, const char *format, ...)
{
	va_list arguments;

	test->skipped = true;
	printf("        # skipped: ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

void shim_abandon(struct kunit *test)
{
	longjmp(test->abandon, 1);
}

void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t flags)
{
	struct shim_test_memory *entry = malloc(sizeof(*entry));

	BUG_ON(!entry);
	entry->memory = shim_allocate(size, flags);
	entry->next = test->memory;
	test->memory = entry;
	return entry->memory;
}

void kunit_kfree(struct kunit *test, const void *memory)
{
	struct shim_test_memory **place = &test->memory, *entry;

	while (*place && (*place)->memory != memory)
		place = &(*place)->next;
	entry = *place;
	if (!entry)
		return;
	*place = entry->next;
	shim_free(entry->memory);
	free(entry);
}

static void check_traces(struct kunit *test, long live, unsigned int warned)
{
	shim_fail_allocation(0);
	while (rcu_read_lock_held()) {
		shim_fail(test, __FILE__, __LINE__, "an RCU read-side section was left open");
		rcu_read_unlock();
	}
	synchronize_rcu();
	while (test->memory)
		kunit_kfree(test, test->memory->memory);
	KUNIT_EXPECT_EQ_MSG(test, shim_allocations_live(), live, "(leaked allocations)");
	KUNIT_EXPECT_EQ_MSG(test, shim_warnings(), warned, "(kernel warnings)");
}

static void run_once(struct kunit_suite *suite, struct kunit_case *one, struct kunit *test)
{
	unsigned int warned = shim_warnings();
	long live = shim_allocations_live();

	if (!setjmp(test->abandon)) {
		if (!suite->init || !suite->init(test))
			one->run_case(test);
		else
			KUNIT_FAIL(test, "the suite's init failed");
	}
	if (suite->exit && !setjmp(test->abandon))
		suite->exit(test);
	check_traces(test, live, warned);
}

bool shim_run_case(struct kunit_suite *suite, struct kunit_case *one, struct kunit *test)
{
	run_once(suite, one, test);
	return !test->failed;
}

struct kunit_suite *shim_suite(unsigned int index)
{
	return index < suite_count ? suites[index] : NULL;
}

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
		run_once(suite, one, &test);
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
		run_once(suite, one, &test);
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

#ifndef WG_TEST_FUZZ
int main(void)
{
	const char *seed = getenv("WG_TEST_SEED");
	bool good = suite_count > 0;
	unsigned int i;

	/* A suite that hangs is a failure too, however slow the machine. */
	alarm(600);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (sodium_init() < 0)
		return 2;
	shim_seed(seed && *seed ? strtoull(seed, NULL, 0) : ((u64)randombytes_random() << 32) | 1);
	printf("KTAP version 1\n1..%u\n", suite_count);
	for (i = 0; i < suite_count; i++)
		good &= run_suite(suites[i], i + 1);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
#endif
