// SPDX-License-Identifier: GPL-2.0
/*
 * Only the incremental calls of the kernel's BLAKE2s are used: the one-shot blake2s() has changed
 * the order of its arguments between kernels in a way that a compiler lets pass. blake2s_final()
 * wipes the state, so what remains to be wiped here are the blocks that we build ourselves.
 */
#include <crypto/blake2s.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "noise/kdf.h"

enum hmac_pad {
	HMAC_INNER = 0x36,
	HMAC_OUTER = 0x5c,
};

void wg_kdf_hash(u8 out[NOISE_HASH_SIZE], const void *a, size_t a_len, const void *b, size_t b_len)
{
	struct blake2s_state state;

	blake2s_init(&state, NOISE_HASH_SIZE);
	blake2s_update(&state, a, a_len);
	blake2s_update(&state, b, b_len);
	blake2s_final(&state, out);
}

void wg_kdf_mac(u8 out[MAC_SIZE], const u8 *key, size_t key_len, const void *data, size_t len)
{
	struct blake2s_state state;

	blake2s_init_key(&state, MAC_SIZE, key, key_len);
	blake2s_update(&state, data, len);
	blake2s_final(&state, out);
}

/* One of HMAC's two hashes: the padded key, then what is authenticated. */
static void hmac_half(u8 out[NOISE_HASH_SIZE], const u8 key[NOISE_HASH_SIZE], enum hmac_pad pad,
		      const u8 *a, size_t a_len, const u8 *b, size_t b_len)
{
	u8 block[BLAKE2S_BLOCK_SIZE];
	struct blake2s_state state;
	size_t i;

	memset(block, pad, sizeof(block));
	for (i = 0; i < NOISE_HASH_SIZE; i++)
		block[i] ^= key[i];

	blake2s_init(&state, NOISE_HASH_SIZE);
	blake2s_update(&state, block, sizeof(block));
	blake2s_update(&state, a, a_len);
	blake2s_update(&state, b, b_len);
	blake2s_final(&state, out);
	memzero_explicit(block, sizeof(block));
}

/* @out may be @a or @b: it is written when both have been read. */
static void hmac(u8 out[NOISE_HASH_SIZE], const u8 key[NOISE_HASH_SIZE], const u8 *a, size_t a_len,
		 const u8 *b, size_t b_len)
{
	u8 inner[NOISE_HASH_SIZE];

	hmac_half(inner, key, HMAC_INNER, a, a_len, b, b_len);
	hmac_half(out, key, HMAC_OUTER, inner, sizeof(inner), NULL, 0);
	memzero_explicit(inner, sizeof(inner));
}

void wg_kdf_derive(u8 first[NOISE_HASH_SIZE], u8 second[NOISE_HASH_SIZE], u8 third[NOISE_HASH_SIZE],
		   const u8 chaining_key[NOISE_HASH_SIZE], const u8 *input, size_t input_len)
{
	u8 *const outputs[] = { first, second, third };
	u8 extracted[NOISE_HASH_SIZE];
	u8 last[NOISE_HASH_SIZE] = {};
	u8 i;

	/* The salt is read to its end before any output is written, as @first may overlay it. */
	hmac(extracted, chaining_key, input, input_len, NULL, 0);
	for (i = 0; i < ARRAY_SIZE(outputs) && outputs[i]; i++) {
		const u8 number = i + 1;

		/* Each output is chained to the one before; the first has none before it. */
		hmac(last, extracted, last, i ? sizeof(last) : 0, &number, sizeof(number));
		memcpy(outputs[i], last, sizeof(last));
	}
	memzero_explicit(extracted, sizeof(extracted));
	memzero_explicit(last, sizeof(last));
}
