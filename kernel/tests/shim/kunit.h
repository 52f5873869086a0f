/* SPDX-License-Identifier: GPL-2.0 */
/* KUnit's macros, as far as our suites use them, for user space. Output is KTAP, like KUnit's own. */
#ifndef WG_SHIM_KUNIT_H
#define WG_SHIM_KUNIT_H

/* clang-format off */

#include <setjmp.h>
#include "kernel.h"

#define KUNIT_PARAM_DESC_SIZE 128

struct kunit {
	void *priv;
	const void *param_value;
	int param_index;

	/* The harness's own. */
	bool failed, skipped;
	jmp_buf abandon;
	struct shim_test_memory *memory;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(function) { .run_case = function, .name = #function }
#define KUNIT_CASE_SLOW(function) KUNIT_CASE(function)
#define KUNIT_CASE_PARAM(function, generator) \
	{ .run_case = function, .name = #function, .generate_params = generator }
#define KUNIT_ARRAY_PARAM(name, array, get_desc)                                              \
	static const void *name##_gen_params(const void *prev, char *desc)                    \
	{                                                                                     \
		typeof((array)[0]) *__next = prev ? (typeof(__next))prev + 1 : (array);       \
		void (*__describe)(typeof(__next), char *) = get_desc;                        \
                                                                                              \
		if (__next >= (array) + ARRAY_SIZE(array))                                    \
			return NULL;                                                          \
		if (__describe)                                                               \
			__describe(__next, desc);                                             \
		return __next;                                                                \
	}                                                                                     \
	struct shim_unused_declaration

void shim_register_suite(struct kunit_suite *suite);
#define SHIM_PASTE2(a, b) a##b
#define SHIM_PASTE(a, b) SHIM_PASTE2(a, b)
#define kunit_test_suites(...)                                                                 \
	static void __attribute__((constructor)) SHIM_PASTE(shim_register_, __LINE__)(void)    \
	{                                                                                      \
		struct kunit_suite *__suites[] = { __VA_ARGS__ };                              \
		size_t __i;                                                                    \
                                                                                               \
		for (__i = 0; __i < ARRAY_SIZE(__suites); __i++)                               \
			shim_register_suite(__suites[__i]);                                    \
	}                                                                                      \
	struct shim_unused_declaration
#define kunit_test_suite(suite) kunit_test_suites(&suite)

/* Memory that lives as long as the test. */
void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t flags);
#define kunit_kzalloc(test, size, flags) kunit_kmalloc(test, size, (flags) | __GFP_ZERO)
#define kunit_kcalloc(test, count, size, flags) kunit_kzalloc(test, (count) * (size), flags)
#define kunit_kmalloc_array(test, count, size, flags) kunit_kmalloc(test, (count) * (size), flags)
void kunit_kfree(struct kunit *test, const void *memory);

void __printf(4, 5) shim_fail(struct kunit *test, const char *file, int line, const char *format,
			      ...);
void __attribute__((noreturn)) shim_abandon(struct kunit *test);
void __printf(2, 3) shim_skip(struct kunit *test, const char *format, ...);
unsigned int shim_warnings(void);
/* Runs one case of a suite, with all that is checked after it; false if it failed. */
bool shim_run_case(struct kunit_suite *suite, struct kunit_case *one, struct kunit *test);
struct kunit_suite *shim_suite(unsigned int index);
/* The fuzzer's next word; does not return when there is none. */
u64 shim_fuzz_next(void);

#ifdef WG_TEST_FUZZ
#define kunit_info(test, format, ...) do { if (0) printf(format, ##__VA_ARGS__); } while (0)
#else
#define kunit_info(test, format, ...) printf("        # " format "\n", ##__VA_ARGS__)
#endif
#define kunit_warn kunit_info
#define kunit_err kunit_info
#define kunit_skip(test, ...) do { shim_skip(test, __VA_ARGS__); shim_abandon(test); } while (0)
#define KUNIT_SUCCEED(test) do { } while (0)
#define KUNIT_FAIL(test, ...) shim_fail(test, __FILE__, __LINE__, __VA_ARGS__)

#define SHIM_BINARY(test, fatal, type, format, left, op, right, text, ...)                      \
	do {                                                                                    \
		const typeof(left) __left = (left);                                             \
		const typeof(right) __right = (right);                                          \
                                                                                                \
		if (!(__left op __right)) {                                                     \
			shim_fail(test, __FILE__, __LINE__,                                     \
				  "expected %s %s %s, but " format " and " format " " text,     \
				  #left, #op, #right, (type)__left, (type)__right,              \
				  ##__VA_ARGS__);                                               \
			if (fatal)                                                              \
				shim_abandon(test);                                             \
		}                                                                               \
	} while (0)
#define SHIM_UNARY(test, fatal, condition, text, ...)                                           \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			shim_fail(test, __FILE__, __LINE__, "expected %s " text, #condition,    \
				  ##__VA_ARGS__);                                               \
			if (fatal)                                                              \
				shim_abandon(test);                                             \
		}                                                                               \
	} while (0)
#define SHIM_INT(test, fatal, l, op, r, ...) \
	SHIM_BINARY(test, fatal, long long, "%lld", l, op, r, __VA_ARGS__)
#define SHIM_PTR(test, fatal, l, op, r, ...) \
	SHIM_BINARY(test, fatal, const void *, "%p", l, op, r, __VA_ARGS__)

#define KUNIT_EXPECT_TRUE(test, c) SHIM_UNARY(test, false, c, "")
#define KUNIT_EXPECT_TRUE_MSG(test, c, ...) SHIM_UNARY(test, false, c, __VA_ARGS__)
#define KUNIT_EXPECT_FALSE(test, c) SHIM_UNARY(test, false, !(c), "")
#define KUNIT_EXPECT_FALSE_MSG(test, c, ...) SHIM_UNARY(test, false, !(c), __VA_ARGS__)
#define KUNIT_EXPECT_EQ(test, l, r) SHIM_INT(test, false, l, ==, r, "")
#define KUNIT_EXPECT_EQ_MSG(test, l, r, ...) SHIM_INT(test, false, l, ==, r, __VA_ARGS__)
#define KUNIT_EXPECT_NE(test, l, r) SHIM_INT(test, false, l, !=, r, "")
#define KUNIT_EXPECT_NE_MSG(test, l, r, ...) SHIM_INT(test, false, l, !=, r, __VA_ARGS__)
#define KUNIT_EXPECT_LT(test, l, r) SHIM_INT(test, false, l, <, r, "")
#define KUNIT_EXPECT_LT_MSG(test, l, r, ...) SHIM_INT(test, false, l, <, r, __VA_ARGS__)
#define KUNIT_EXPECT_LE(test, l, r) SHIM_INT(test, false, l, <=, r, "")
#define KUNIT_EXPECT_LE_MSG(test, l, r, ...) SHIM_INT(test, false, l, <=, r, __VA_ARGS__)
#define KUNIT_EXPECT_GT(test, l, r) SHIM_INT(test, false, l, >, r, "")
#define KUNIT_EXPECT_GT_MSG(test, l, r, ...) SHIM_INT(test, false, l, >, r, __VA_ARGS__)
#define KUNIT_EXPECT_GE(test, l, r) SHIM_INT(test, false, l, >=, r, "")
#define KUNIT_EXPECT_GE_MSG(test, l, r, ...) SHIM_INT(test, false, l, >=, r, __VA_ARGS__)
#define KUNIT_EXPECT_PTR_EQ(test, l, r) SHIM_PTR(test, false, l, ==, r, "")
#define KUNIT_EXPECT_PTR_EQ_MSG(test, l, r, ...) SHIM_PTR(test, false, l, ==, r, __VA_ARGS__)
#define KUNIT_EXPECT_PTR_NE(test, l, r) SHIM_PTR(test, false, l, !=, r, "")
#define KUNIT_EXPECT_PTR_NE_MSG(test, l, r, ...) SHIM_PTR(test, false, l, !=, r, __VA_ARGS__)
#define KUNIT_EXPECT_NULL(test, p) SHIM_UNARY(test, false, !(p), "")
#define KUNIT_EXPECT_NOT_NULL(test, p) SHIM_UNARY(test, false, p, "")
#define KUNIT_EXPECT_NOT_ERR_OR_NULL(test, p) SHIM_UNARY(test, false, !IS_ERR_OR_NULL(p), "")
#define KUNIT_EXPECT_STREQ(test, l, r) SHIM_UNARY(test, false, !strcmp(l, r), "")
#define KUNIT_ASSERT_TRUE(test, c) SHIM_UNARY(test, true, c, "")
#define KUNIT_ASSERT_TRUE_MSG(test, c, ...) SHIM_UNARY(test, true, c, __VA_ARGS__)
#define KUNIT_ASSERT_FALSE(test, c) SHIM_UNARY(test, true, !(c), "")
#define KUNIT_ASSERT_FALSE_MSG(test, c, ...) SHIM_UNARY(test, true, !(c), __VA_ARGS__)
#define KUNIT_ASSERT_EQ(test, l, r) SHIM_INT(test, true, l, ==, r, "")
#define KUNIT_ASSERT_EQ_MSG(test, l, r, ...) SHIM_INT(test, true, l, ==, r, __VA_ARGS__)
#define KUNIT_ASSERT_NE(test, l, r) SHIM_INT(test, true, l, !=, r, "")
#define KUNIT_ASSERT_NE_MSG(test, l, r, ...) SHIM_INT(test, true, l, !=, r, __VA_ARGS__)
#define KUNIT_ASSERT_LT(test, l, r) SHIM_INT(test, true, l, <, r, "")
#define KUNIT_ASSERT_LE(test, l, r) SHIM_INT(test, true, l, <=, r, "")
#define KUNIT_ASSERT_GT(test, l, r) SHIM_INT(test, true, l, >, r, "")
#define KUNIT_ASSERT_GE(test, l, r) SHIM_INT(test, true, l, >=, r, "")
#define KUNIT_ASSERT_PTR_EQ(test, l, r) SHIM_PTR(test, true, l, ==, r, "")
#define KUNIT_ASSERT_PTR_EQ_MSG(test, l, r, ...) SHIM_PTR(test, true, l, ==, r, __VA_ARGS__)
#define KUNIT_ASSERT_PTR_NE(test, l, r) SHIM_PTR(test, true, l, !=, r, "")
#define KUNIT_ASSERT_NULL(test, p) SHIM_UNARY(test, true, !(p), "")
#define KUNIT_ASSERT_NOT_NULL(test, p) SHIM_UNARY(test, true, p, "")
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p) SHIM_UNARY(test, true, !IS_ERR_OR_NULL(p), "")

#endif
