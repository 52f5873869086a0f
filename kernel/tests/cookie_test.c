// SPDX-License-Identifier: GPL-2.0
/* mac1, mac2 and cookie replies: the model's vectors, the edges of time, every byte changed. */
#include <linux/slab.h>
#include "harness.h"
#include "noise/cookie.h"
#include "noise/kdf.h"
#include "noise/limits.h"
#include "vectors/noise_vectors.h"

#define START	   (1000 * (u64)NSEC_PER_SEC)
#define COVERED	   (MESSAGE_INITIATION_SIZE - 2 * MAC_SIZE)
#define MAC2_BEGIN (MESSAGE_INITIATION_SIZE - MAC_SIZE)

/* One who signs messages to the other, who judges them. */
struct pair {
	struct wg_cookie_jar jar;
	struct wg_cookie_judge judge;
	struct wg_source source;
	u8 message[MESSAGE_INITIATION_SIZE];
	struct message_cookie reply;
};

static const u8 some_key[NOISE_KEY_SIZE] = { 4, 8, 15, 16, 23, 42 };

static struct pair *make_pair(struct kunit *test)
{
	static const struct wg_source source = { .bytes = { 10, 0, 0, 1, 0x12, 0x34 }, .len = 6 };
	struct pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pair);
	pair->source = source;
	wg_cookie_judge_init(&pair->judge);
	wg_cookie_judge_rekey(&pair->judge, some_key);
	wg_cookie_jar_init(&pair->jar, some_key);
	memset(pair->message, 0x5a, sizeof(pair->message));
	return pair;
}

static void sign(struct pair *pair, u64 now)
{
	/* Two messages in a row differ, as real ones do by their ephemerals. */
	pair->message[8]++;
	wg_cookie_sign(&pair->jar, pair->message, sizeof(pair->message), now);
}

enum verdict {
	MAC1_WRONG,
	MAC1_RIGHT,
	MAC2_RIGHT_TOO
};

/* The steps of a device under load. */
static enum verdict judge_any(struct pair *pair, const void *message, size_t len, u64 now)
{
	u8 cookie[COOKIE_SIZE];

	if (!wg_cookie_mac1_is_right(&pair->judge, message, len))
		return MAC1_WRONG;
	wg_cookie_make(&pair->judge, cookie, &pair->source, now);
	return wg_cookie_mac2_is_right(cookie, message, len) ? MAC2_RIGHT_TOO : MAC1_RIGHT;
}

static enum verdict verdict(struct pair *pair, u64 now)
{
	return judge_any(pair, pair->message, sizeof(pair->message), now);
}

static void reply(struct pair *pair, u64 now)
{
	u8 cookie[COOKIE_SIZE];

	wg_cookie_make(&pair->judge, cookie, &pair->source, now);
	wg_cookie_reply(&pair->judge, &pair->reply, pair->message, sizeof(pair->message),
			cpu_to_le32(0x01020304), cookie);
}

static bool store(struct pair *pair, u64 now)
{
	return wg_cookie_store(&pair->jar, &pair->reply, now);
}

/* A message signed, answered and the answer kept, all at @now. */
static void exchange_cookie(struct kunit *test, struct pair *pair, u64 now)
{
	sign(pair, now);
	reply(pair, now);
	KUNIT_ASSERT_TRUE(test, store(pair, now));
}

static bool is_zero(const void *memory, size_t len)
{
	const u8 *byte = memory;

	while (len && !*byte)
		byte++, len--;
	return !len;
}

static void describe_vector(const struct cookie_vector *vector, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "source of %u bytes", vector->source_len);
}

KUNIT_ARRAY_PARAM(vector, cookie_vectors, describe_vector);

/* Row DS-1. */
static void judge_by_vector(struct kunit *test)
{
	const struct cookie_vector *vector = test->param_value;
	struct pair *pair = make_pair(test);

	wg_cookie_judge_rekey(&pair->judge, vector->responder_public);
	memcpy(pair->judge.secret, vector->secret, sizeof(pair->judge.secret));
	pair->judge.secret_born = START;
	memcpy(pair->source.bytes, vector->source, vector->source_len);
	pair->source.len = vector->source_len;
	memcpy(pair->message, vector->message, sizeof(pair->message));
	KUNIT_EXPECT_EQ(test, verdict(pair, START), MAC2_RIGHT_TOO);

	/* The nonce is random, so a reply of ours is judged by opening it. */
	reply(pair, START);
	wg_cookie_jar_init(&pair->jar, vector->responder_public);
	wg_cookie_sign(&pair->jar, pair->message, sizeof(pair->message), START);
	KUNIT_ASSERT_TRUE(test, store(pair, START));
	WG_EXPECT_MEMEQ(test, pair->jar.cookie, vector->cookie, COOKIE_SIZE);
}

static void jar_by_vector(struct kunit *test)
{
	const struct cookie_vector *vector = test->param_value;
	struct pair *pair = make_pair(test);

	wg_cookie_jar_init(&pair->jar, vector->responder_public);
	memcpy(pair->message, vector->message, sizeof(pair->message));
	wg_cookie_sign(&pair->jar, pair->message, sizeof(pair->message), START);
	WG_EXPECT_MEMEQ(test, pair->message, vector->message, MAC2_BEGIN);
	KUNIT_EXPECT_TRUE(test, is_zero(pair->message + MAC2_BEGIN, MAC_SIZE));

	memcpy(&pair->reply, vector->reply, sizeof(pair->reply));
	KUNIT_ASSERT_TRUE(test, store(pair, START));
	WG_EXPECT_MEMEQ(test, pair->jar.cookie, vector->cookie, COOKIE_SIZE);
	wg_cookie_sign(&pair->jar, pair->message, sizeof(pair->message), START);
	WG_EXPECT_MEMEQ(test, pair->message, vector->message, sizeof(pair->message));
}

/* Both sizes of message: the macs are found from the end. */
static void response_is_signed_too(struct kunit *test)
{
	struct pair *pair = make_pair(test);
	struct message_response response = { .sender = cpu_to_le32(7) };
	const size_t len = sizeof(response);

	exchange_cookie(test, pair, START);
	wg_cookie_sign(&pair->jar, &response, len, START);
	KUNIT_EXPECT_FALSE(test, is_zero(response.mac2, sizeof(response.mac2)));
	KUNIT_EXPECT_EQ(test, judge_any(pair, &response, len, START), MAC2_RIGHT_TOO);
	response.mac2[MAC_SIZE - 1] ^= 1;
	KUNIT_EXPECT_EQ(test, judge_any(pair, &response, len, START), MAC1_RIGHT);
	response.receiver ^= cpu_to_le32(1);
	KUNIT_EXPECT_EQ(test, judge_any(pair, &response, len, START), MAC1_WRONG);
}

static void cookie_makes_mac2(struct kunit *test)
{
	struct pair *pair = make_pair(test);

	sign(pair, START);
	KUNIT_EXPECT_EQ(test, verdict(pair, START), MAC1_RIGHT);
	reply(pair, START);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(pair->reply.type), MESSAGE_COOKIE);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(pair->reply.receiver), 0x01020304);
	KUNIT_EXPECT_TRUE(test, store(pair, START));
	sign(pair, START + 1);
	KUNIT_EXPECT_EQ(test, verdict(pair, START + 1), MAC2_RIGHT_TOO);
}

static void every_byte_of_a_message_counts(struct kunit *test)
{
	struct pair *pair = make_pair(test);
	size_t i;
	int bit;

	exchange_cookie(test, pair, START);
	sign(pair, START);
	for (i = 0; i < sizeof(pair->message); i++) {
		for (bit = 0; bit < 8; bit++) {
			pair->message[i] ^= 1 << bit;
			KUNIT_EXPECT_EQ_MSG(test, verdict(pair, START),
					    i < MAC2_BEGIN ? MAC1_WRONG : MAC1_RIGHT,
					    "bit %d of byte %zu", bit, i);
			pair->message[i] ^= 1 << bit;
		}
	}
	KUNIT_EXPECT_EQ(test, verdict(pair, START), MAC2_RIGHT_TOO);
}

/* Row DS-6. */
static void every_byte_of_a_source_counts(struct kunit *test)
{
	struct pair *pair = make_pair(test);
	size_t i;

	pair->source.len = sizeof(pair->source.bytes);
	exchange_cookie(test, pair, START);
	sign(pair, START);
	for (i = 0; i < pair->source.len; i++) {
		pair->source.bytes[i] ^= 0x10;
		KUNIT_EXPECT_EQ_MSG(test, verdict(pair, START), MAC1_RIGHT, "byte %zu", i);
		pair->source.bytes[i] ^= 0x10;
	}
	pair->source.len = 6;
	KUNIT_EXPECT_EQ(test, verdict(pair, START), MAC1_RIGHT);
}

static void every_byte_of_a_reply_counts(struct kunit *test)
{
	struct pair *pair = make_pair(test);
	struct wg_cookie_jar before;
	u8 *bytes = (u8 *)&pair->reply;
	size_t i;

	sign(pair, START);
	reply(pair, START);
	before = pair->jar;
	/* Type and receiver are judged by whoever found the jar by them. */
	for (i = offsetof(struct message_cookie, nonce); i < sizeof(pair->reply); i++) {
		bytes[i] ^= 0x40;
		KUNIT_EXPECT_FALSE_MSG(test, store(pair, START), "byte %zu", i);
		bytes[i] ^= 0x40;
	}
	WG_EXPECT_MEMEQ(test, pair->jar.cookie, before.cookie, COOKIE_SIZE);
	WG_EXPECT_MEMEQ(test, pair->jar.last_mac1, before.last_mac1, MAC_SIZE);
	KUNIT_EXPECT_FALSE(test, pair->jar.has_cookie);
	KUNIT_EXPECT_TRUE(test, store(pair, START));
}

/* Row DS-6. */
static void reply_answers_the_last_message_once(struct kunit *test)
{
	struct pair *pair = make_pair(test);

	memset(&pair->reply, 0, sizeof(pair->reply));
	KUNIT_EXPECT_FALSE(test, store(pair, START)); /* nothing was sent */

	sign(pair, START);
	reply(pair, START);
	sign(pair, START + 1);
	KUNIT_EXPECT_FALSE(test, store(pair, START + 1)); /* it answers the one before */

	reply(pair, START + 1);
	KUNIT_EXPECT_TRUE(test, store(pair, START + 1));
	KUNIT_EXPECT_FALSE(test, store(pair, START + 2)); /* again */
	KUNIT_EXPECT_EQ(test, pair->jar.cookie_received, START + 1);
}

/* An identity that is not ours any more, or never was. */
static void other_public_key(struct kunit *test)
{
	static const u8 other_key[NOISE_KEY_SIZE] = { 1 };
	struct pair *pair = make_pair(test);

	exchange_cookie(test, pair, START);
	sign(pair, START);
	wg_cookie_judge_rekey(&pair->judge, other_key);
	KUNIT_EXPECT_EQ(test, verdict(pair, START), MAC1_WRONG);
	reply(pair, START);
	KUNIT_EXPECT_FALSE(test, store(pair, START));
}

static void no_secret_before_a_cookie_is_made(struct kunit *test)
{
	struct pair *pair = make_pair(test);

	/* One who got his cookie of the secret before. */
	exchange_cookie(test, pair, START);
	wg_cookie_judge_init(&pair->judge);
	wg_cookie_judge_rekey(&pair->judge, some_key);
	sign(pair, START);

	pair->message[COVERED] ^= 1;
	KUNIT_EXPECT_EQ(test, verdict(pair, START), MAC1_WRONG);
	pair->message[COVERED] ^= 1;
	KUNIT_EXPECT_EQ(test, pair->judge.secret_born, 0);
	KUNIT_EXPECT_TRUE(test, is_zero(pair->judge.secret, sizeof(pair->judge.secret)));

	KUNIT_EXPECT_EQ(test, verdict(pair, START), MAC1_RIGHT);
	KUNIT_EXPECT_EQ(test, pair->judge.secret_born, START);
	KUNIT_EXPECT_FALSE(test, is_zero(pair->judge.secret, sizeof(pair->judge.secret)));
}

/*
 * Shortly after boot the moment at which no secret was made looks recent. A cookie made from the
 * zeroes that stand in its place must not count.
 */
static void no_secret_is_no_secret_of_zeroes(struct kunit *test)
{
	static const siphash_key_t zero;
	struct pair *pair = make_pair(test);
	u8 cookie[COOKIE_SIZE];

	put_unaligned_le64(siphash(pair->source.bytes, pair->source.len, &zero), cookie);
	memcpy(cookie + 8, cookie, 8);
	sign(pair, 1);
	wg_kdf_mac(pair->message + MAC2_BEGIN, cookie, sizeof(cookie), pair->message, MAC2_BEGIN);
	KUNIT_EXPECT_EQ(test, verdict(pair, 1), MAC1_RIGHT);
}

struct secret_age {
	u64 age;
	bool valid;
};

static const struct secret_age secret_ages[] = {
	{ 0, true },
	{ 1, true },
	{ 119 * (u64)NSEC_PER_SEC, true },
	{ COOKIE_SECRET_LIFE - 1, true },
	{ COOKIE_SECRET_LIFE, false },
	{ COOKIE_SECRET_LIFE + 1, false },
	{ 100 * COOKIE_SECRET_LIFE, false },
};

static void describe_age(const struct secret_age *age, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%llu ns", age->age);
}

KUNIT_ARRAY_PARAM(age, secret_ages, describe_age);

/* Row DS-6. */
static void secret_dies(struct kunit *test)
{
	const struct secret_age *row = test->param_value;
	struct pair *pair = make_pair(test);
	u8 secret[NOISE_HASH_SIZE];

	exchange_cookie(test, pair, START);
	sign(pair, START); /* while the jar trusts the cookie: it is the judge that is looked at */
	memcpy(secret, pair->judge.secret, sizeof(secret));
	/* Who does not know us renews nothing. */
	pair->message[COVERED] ^= 1;
	KUNIT_EXPECT_EQ(test, verdict(pair, START + row->age), MAC1_WRONG);
	pair->message[COVERED] ^= 1;
	WG_EXPECT_MEMEQ(test, pair->judge.secret, secret, sizeof(secret));
	KUNIT_EXPECT_EQ(test, pair->judge.secret_born, START);

	/* Who does is told by the secret of today, and makes it if need be: once. */
	KUNIT_EXPECT_EQ(test, verdict(pair, START + row->age),
			row->valid ? MAC2_RIGHT_TOO : MAC1_RIGHT);
	KUNIT_EXPECT_EQ(test, !memcmp(pair->judge.secret, secret, sizeof(secret)), row->valid);
	KUNIT_EXPECT_EQ(test, pair->judge.secret_born, row->valid ? START : START + row->age);
	memcpy(secret, pair->judge.secret, sizeof(secret));
	KUNIT_EXPECT_EQ(test, verdict(pair, START + row->age + 1),
			row->age + 1 < COOKIE_SECRET_LIFE ? MAC2_RIGHT_TOO : MAC1_RIGHT);
	KUNIT_EXPECT_EQ(test, !memcmp(pair->judge.secret, secret, sizeof(secret)),
			row->age + 1 != COOKIE_SECRET_LIFE);
}

static const struct secret_age trusts[] = {
	{ 0, true },
	{ COOKIE_TRUSTED_FOR - 1, true },
	{ COOKIE_TRUSTED_FOR, false },
	{ COOKIE_TRUSTED_FOR + 1, false },
	{ COOKIE_SECRET_LIFE, false },
};

KUNIT_ARRAY_PARAM(trust, trusts, describe_age);

/* Row DS-6. */
static void trust_ends(struct kunit *test)
{
	const struct secret_age *row = test->param_value;
	struct pair *pair = make_pair(test);

	exchange_cookie(test, pair, START);
	sign(pair, START + row->age);
	KUNIT_EXPECT_EQ(test, is_zero(pair->message + MAC2_BEGIN, MAC_SIZE), !row->valid);
	KUNIT_EXPECT_EQ(test, pair->jar.has_cookie, row->valid);
	KUNIT_EXPECT_EQ(test, is_zero(pair->jar.cookie, COOKIE_SIZE), !row->valid);

	/* Once lost, it does not come back with an earlier clock. */
	sign(pair, START);
	KUNIT_EXPECT_EQ(test, is_zero(pair->message + MAC2_BEGIN, MAC_SIZE), !row->valid);
}

static struct kunit_case cookie_cases[] = {
	KUNIT_CASE_PARAM(judge_by_vector, vector_gen_params),
	KUNIT_CASE_PARAM(jar_by_vector, vector_gen_params),
	KUNIT_CASE(response_is_signed_too),
	KUNIT_CASE(cookie_makes_mac2),
	KUNIT_CASE(every_byte_of_a_message_counts),
	KUNIT_CASE(every_byte_of_a_source_counts),
	KUNIT_CASE(every_byte_of_a_reply_counts),
	KUNIT_CASE(reply_answers_the_last_message_once),
	KUNIT_CASE(other_public_key),
	KUNIT_CASE(no_secret_before_a_cookie_is_made),
	KUNIT_CASE(no_secret_is_no_secret_of_zeroes),
	KUNIT_CASE_PARAM(secret_dies, age_gen_params),
	KUNIT_CASE_PARAM(trust_ends, trust_gen_params),
	{},
};

static struct kunit_suite cookie_suite = {
	.name = "wg_cookie",
	.test_cases = cookie_cases,
};

kunit_test_suite(cookie_suite);
