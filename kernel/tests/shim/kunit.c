// SPDX-License-Identifier: GPL-2.0
/* Suites that were linked in, what they check with, and what is checked after each of their cases. */
#include <stdarg.h>
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

bool shim_run_case(struct kunit_suite *suite, struct kunit_case *one, struct kunit *test)
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
	return !test->failed;
}

struct kunit_suite *shim_suite(unsigned int index)
{
	return index < suite_count ? suites[index] : NULL;
}
