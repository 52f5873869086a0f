// SPDX-License-Identifier: GPL-2.0
/*
 * The suites' own ground: the primitives give published answers, in the argument order the deciders
 * call them with. In the kernel this judges lib/crypto, in user space the shim.
 */
#include <crypto/blake2s.h>
#include <crypto/chacha20poly1305.h>
#include <crypto/curve25519.h>
#include "harness.h"

/* RFC 7693, appendix B. */
static void blake2s_abc(struct kunit *test)
{
	static const u8 expected[BLAKE2S_HASH_SIZE] = {
		0x50, 0x8c, 0x5e, 0x8c, 0x32, 0x7c, 0x14, 0xe2, 0xe1, 0xa7, 0x2b,
		0xa3, 0x4e, 0xeb, 0x45, 0x2f, 0x37, 0x45, 0x8b, 0x20, 0x9e, 0xd6,
		0x3a, 0x29, 0x4d, 0x99, 0x9b, 0x4c, 0x86, 0x67, 0x59, 0x82,
	};
	struct blake2s_state state;
	u8 hash[BLAKE2S_HASH_SIZE];

	blake2s_init(&state, sizeof(hash));
	blake2s_update(&state, "a", 1);
	blake2s_update(&state, "bc", 2);
	blake2s_final(&state, hash);
	WG_EXPECT_MEMEQ(test, hash, expected, sizeof(hash));
}

/* The first and the last row of the BLAKE2 authors' keyed vectors: key 00 01 .. 1f. */
static void blake2s_keyed(struct kunit *test)
{
	static const u8 of_nothing[BLAKE2S_HASH_SIZE] = {
		0x48, 0xa8, 0x99, 0x7d, 0xa4, 0x07, 0x87, 0x6b, 0x3d, 0x79, 0xc0,
		0xd9, 0x23, 0x25, 0xad, 0x3b, 0x89, 0xcb, 0xb7, 0x54, 0xd8, 0x6a,
		0xb7, 0x1a, 0xee, 0x04, 0x7a, 0xd3, 0x45, 0xfd, 0x2c, 0x49,
	};
	u8 key[BLAKE2S_KEY_SIZE], hash[BLAKE2S_HASH_SIZE];
	struct blake2s_state state;
	int i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = i;
	blake2s_init_key(&state, sizeof(hash), key, sizeof(key));
	blake2s_final(&state, hash);
	WG_EXPECT_MEMEQ(test, hash, of_nothing, sizeof(hash));
}

/* RFC 7748, section 6.1: Bob's. */
static void curve25519_public_key(struct kunit *test)
{
	static const u8 secret[CURVE25519_KEY_SIZE] = {
		0x5d, 0xab, 0x08, 0x7e, 0x62, 0x4a, 0x8a, 0x4b, 0x79, 0xe1, 0x7f,
		0x8b, 0x83, 0x80, 0x0e, 0xe6, 0x6f, 0x3b, 0xb1, 0x29, 0x26, 0x18,
		0xb6, 0xfd, 0x1c, 0x2f, 0x8b, 0x27, 0xff, 0x88, 0xe0, 0xeb,
	};
	static const u8 expected[CURVE25519_KEY_SIZE] = {
		0xde, 0x9e, 0xdb, 0x7d, 0x7b, 0x7d, 0xc1, 0xb4, 0xd3, 0x5b, 0x61,
		0xc2, 0xec, 0xe4, 0x35, 0x37, 0x3f, 0x83, 0x43, 0xc8, 0x5b, 0x78,
		0x67, 0x4d, 0xad, 0xfc, 0x7e, 0x14, 0x6f, 0x88, 0x2b, 0x4f,
	};
	static const u8 low_order[CURVE25519_KEY_SIZE] = { 1 };
	u8 out[CURVE25519_KEY_SIZE];

	KUNIT_EXPECT_TRUE(test, curve25519_generate_public(out, secret));
	WG_EXPECT_MEMEQ(test, out, expected, sizeof(out));
	KUNIT_EXPECT_FALSE(test, curve25519(out, secret, low_order));
}

/* What is sealed opens; one bit of anything changed, and it does not. */
static void aead_round_trip(struct kunit *test)
{
	static const u8 key[CHACHA20POLY1305_KEY_SIZE] = { 7 }, ad[] = { 1, 2, 3 };
	static const u8 nonce[XCHACHA20POLY1305_NONCE_SIZE] = { 9 }, text[] = "sealed";
	u8 box[sizeof(text) + CHACHA20POLY1305_AUTHTAG_SIZE], out[sizeof(text)];

	chacha20poly1305_encrypt(box, text, sizeof(text), ad, sizeof(ad), 5, key);
	KUNIT_EXPECT_TRUE(test,
			  chacha20poly1305_decrypt(out, box, sizeof(box), ad, sizeof(ad), 5, key));
	WG_EXPECT_MEMEQ(test, out, text, sizeof(text));
	KUNIT_EXPECT_FALSE(test,
			   chacha20poly1305_decrypt(out, box, sizeof(box), ad, sizeof(ad), 6, key));
	box[0] ^= 1;
	KUNIT_EXPECT_FALSE(test,
			   chacha20poly1305_decrypt(out, box, sizeof(box), ad, sizeof(ad), 5, key));

	xchacha20poly1305_encrypt(box, text, sizeof(text), ad, sizeof(ad), nonce, key);
	KUNIT_EXPECT_TRUE(test, xchacha20poly1305_decrypt(out, box, sizeof(box), ad, sizeof(ad),
							  nonce, key));
	WG_EXPECT_MEMEQ(test, out, text, sizeof(text));
}

static struct kunit_case harness_cases[] = {
	KUNIT_CASE(blake2s_abc),
	KUNIT_CASE(blake2s_keyed),
	KUNIT_CASE(curve25519_public_key),
	KUNIT_CASE(aead_round_trip),
	{},
};

static struct kunit_suite harness_suite = {
	.name = "wg_harness",
	.test_cases = harness_cases,
};

kunit_test_suite(harness_suite);
