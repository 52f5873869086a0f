/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites need beyond KUnit, in the kernel and in user space (WG_TEST_USER) alike.
 * What only user space can do (failing a chosen allocation, counting what is live) is guarded by
 * WG_TEST_USER in the suites.
 */
#ifndef WG_TESTS_HARNESS_H
#define WG_TESTS_HARNESS_H

#include <kunit/test.h>
#include <linux/random.h>
#include <linux/string.h>
#include <linux/types.h>

/* A generator a seed repeats, also inside the kernel. */
struct wg_test_random {
	u64 state;
};

/*
 * Seeds from the system and prints the seed. In user space WG_TEST_SEED=n in the environment makes
 * every run the same.
 */
static inline void wg_test_random_init(struct kunit *test, struct wg_test_random *random)
{
	random->state = get_random_u64();
	kunit_info(test, "seed 0x%llx", random->state);
}

/* splitmix64; under the fuzzer, whatever it comes up with next. */
static inline u64 wg_test_random(struct wg_test_random *random)
{
#ifdef WG_TEST_FUZZ
	return shim_fuzz_next();
#else
	u64 z = random->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
#endif
}

/* Uniform enough below @limit. */
static inline u32 wg_test_below(struct wg_test_random *random, u32 limit)
{
	return (u32)(wg_test_random(random) >> 32) % limit;
}

static inline void wg_test_bytes(struct wg_test_random *random, void *out, size_t len)
{
	u8 *byte = out;

	while (len--)
		*byte++ = wg_test_random(random) >> 56;
}

/* Linux 6.1's KUnit has no comparison of memory. */
#define WG_EXPECT_MEMEQ(test, left, right, len) \
	KUNIT_EXPECT_EQ_MSG(test, memcmp(left, right, len), 0, "%s differs from %s", #left, #right)
#define WG_ASSERT_MEMEQ(test, left, right, len) \
	KUNIT_ASSERT_EQ_MSG(test, memcmp(left, right, len), 0, "%s differs from %s", #left, #right)

#endif
