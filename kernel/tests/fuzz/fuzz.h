/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A target reads the fuzzer's bytes as a sequence of steps and checks after each what must hold.
 * What the bytes say is always some sequence: every input is worth running.
 */
#ifndef WG_TESTS_FUZZ_H
#define WG_TESTS_FUZZ_H

#include "../shim/kernel.h"

struct fuzz_input {
	const u8 *next;
	size_t left;
};

/* Once for each input, from a state that is always the same. */
void fuzz_run(struct fuzz_input *input);

/* When the input is over, all that is left to read is zero. */
static inline void fuzz_bytes(struct fuzz_input *input, void *out, size_t len)
{
	size_t given = min(len, input->left);

	memcpy(out, input->next, given);
	memset((u8 *)out + given, 0, len - given);
	input->next += given;
	input->left -= given;
}

static inline u8 fuzz_u8(struct fuzz_input *input)
{
	u8 value;

	fuzz_bytes(input, &value, sizeof(value));
	return value;
}

static inline unsigned int fuzz_below(struct fuzz_input *input, unsigned int limit)
{
	return fuzz_u8(input) % limit;
}

void __noreturn fuzz_failed(const char *what, const char *file, int line);

#define FUZZ_CHECK(condition)                                        \
	do {                                                         \
		if (!(condition))                                    \
			fuzz_failed(#condition, __FILE__, __LINE__); \
	} while (0)

#endif
