// SPDX-License-Identifier: GPL-2.0
/* What libFuzzer calls, and what stays the same for all inputs. */
#include <sodium.h>
#include "../fuzz/fuzz.h"
#include "kunit.h"

void fuzz_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input input = { data, size };
	unsigned int warned = shim_warnings();
	long live = shim_allocations_live();

	/* An input does the same thing each time. */
	shim_seed(1);
	fuzz_run(&input);
	synchronize_rcu();
	FUZZ_CHECK(shim_warnings() == warned);
	FUZZ_CHECK(shim_allocations_live() == live);
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sodium_init() < 0 ? exit(2), 0 : 0;
}
