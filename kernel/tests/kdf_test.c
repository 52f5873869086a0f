// SPDX-License-Identifier: GPL-2.0
/* The three forms of BLAKE2s against the Python model's answers. */
#include "harness.h"
#include "noise/kdf.h"
#include "vectors/noise_vectors.h"

static void describe_hash(const struct hash_vector *vector, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%u bytes split at %u", vector->len, vector->split);
}

KUNIT_ARRAY_PARAM(hash, hash_vectors, describe_hash);

static void hash_and_mac(struct kunit *test)
{
	const struct hash_vector *vector = test->param_value;
	u8 hash[NOISE_HASH_SIZE], mac[MAC_SIZE];

	wg_kdf_hash(hash, vector->input, vector->split, vector->input + vector->split,
		    vector->len - vector->split);
	WG_EXPECT_MEMEQ(test, hash, vector->hash, sizeof(hash));
	wg_kdf_mac(mac, vector->key, vector->key_len, vector->input, vector->len);
	WG_EXPECT_MEMEQ(test, mac, vector->mac, sizeof(mac));
}

/* Mixing into a hash writes over what it reads. */
static void hash_in_place(struct kunit *test)
{
	u8 first[NOISE_HASH_SIZE] = { 1 }, second[NOISE_HASH_SIZE] = { 2 };
	u8 apart[NOISE_HASH_SIZE], place[NOISE_HASH_SIZE];

	wg_kdf_hash(apart, first, sizeof(first), second, sizeof(second));
	memcpy(place, first, sizeof(place));
	wg_kdf_hash(place, place, sizeof(place), second, sizeof(second));
	WG_EXPECT_MEMEQ(test, place, apart, sizeof(place));
	memcpy(place, second, sizeof(place));
	wg_kdf_hash(place, first, sizeof(first), place, sizeof(place));
	WG_EXPECT_MEMEQ(test, place, apart, sizeof(place));
}

static void describe_kdf(const struct kdf_vector *vector, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%u bytes of input", vector->input_len);
}

KUNIT_ARRAY_PARAM(kdf, kdf_vectors, describe_kdf);

static void derive(struct kunit *test)
{
	const struct kdf_vector *vector = test->param_value;
	u8 output[3][NOISE_HASH_SIZE] = {};
	int count, i;

	for (count = 1; count <= 3; count++) {
		wg_kdf_derive(output[0], count > 1 ? output[1] : NULL, count > 2 ? output[2] : NULL,
			      vector->chaining_key, vector->input, vector->input_len);
		for (i = 0; i < count; i++)
			KUNIT_EXPECT_EQ_MSG(test, memcmp(output[i], vector->output[i], 32), 0,
					    "output %d of %d", i + 1, count);
	}
}

static void derive_over_chaining_key(struct kunit *test)
{
	const struct kdf_vector *vector = test->param_value;
	u8 chaining_key[NOISE_HASH_SIZE], second[NOISE_HASH_SIZE], third[NOISE_HASH_SIZE];

	memcpy(chaining_key, vector->chaining_key, sizeof(chaining_key));
	wg_kdf_derive(chaining_key, second, third, chaining_key, vector->input, vector->input_len);
	WG_EXPECT_MEMEQ(test, chaining_key, vector->output[0], 32);
	WG_EXPECT_MEMEQ(test, second, vector->output[1], 32);
	WG_EXPECT_MEMEQ(test, third, vector->output[2], 32);
}

static struct kunit_case kdf_cases[] = {
	KUNIT_CASE_PARAM(hash_and_mac, hash_gen_params),
	KUNIT_CASE(hash_in_place),
	KUNIT_CASE_PARAM(derive, kdf_gen_params),
	KUNIT_CASE_PARAM(derive_over_chaining_key, kdf_gen_params),
	{},
};

static struct kunit_suite kdf_suite = {
	.name = "wg_kdf",
	.test_cases = kdf_cases,
};

kunit_test_suite(kdf_suite);
