// SPDX-License-Identifier: GPL-2.0
/*
 * Only the incremental calls of the kernel's BLAKE2s are used: the one-shot blake2s() has changed
 * the order of its arguments between kernels in a way that a compiler lets pass. blake2s_final()
 * wipes the state, so what remains to be wiped here are the blocks that we build ourselves.
 */
#include <crypto/blake2s.h>
#include "noise/kdf.h"

#define HMAC_INNER 0x36
#define HMAC_OUTER 0x5c

void wg_kdf_hash(u8 out[NOISE_HASH_SIZE], const void *a, size_t a_len, const void *b, size_t b_len)
{
	struct blake2s_state state;

	blake2s_init(&state, NOISE_HASH_SIZE);
	blake2s_update(&state, a, a_len);
	blake2s_update(&state, b, b_len);
	blake2s_final(&state, out);
}

/* The keyed mode of BLAKE2s, not HMAC: that is how mac1 and mac2 are defined. */
void wg_kdf_mac(u8 out[MAC_SIZE], const u8 *key, size_t key_len, const void *data, size_t len)
{
	struct blake2s_state state;

	blake2s_init_key(&state, MAC_SIZE, key, key_len);
	blake2s_update(&state, data, len);
	blake2s_final(&state, out);
}

/* HMAC's key, padded to the hash's block. A copy of a secret: whoever asks for it wipes it. */
static void fill_block(u8 block[BLAKE2S_BLOCK_SIZE], const u8 key[NOISE_HASH_SIZE], u8 pad)
{
	size_t i;

	memset(block, pad, BLAKE2S_BLOCK_SIZE);
	for (i = 0; i < NOISE_HASH_SIZE; i++)
		block[i] ^= key[i];
}

/* @out may be @in: it is written when that has been read. */
static void hmac(u8 out[NOISE_HASH_SIZE], const u8 key[NOISE_HASH_SIZE], const u8 *in, size_t len)
{
	u8 block[BLAKE2S_BLOCK_SIZE], inner[NOISE_HASH_SIZE];

	fill_block(block, key, HMAC_INNER);
	wg_kdf_hash(inner, block, sizeof(block), in, len);
	fill_block(block, key, HMAC_OUTER);
	wg_kdf_hash(out, block, sizeof(block), inner, sizeof(inner));
	memzero_explicit(block, sizeof(block));
	memzero_explicit(inner, sizeof(inner));
}

void wg_kdf_derive(u8 first[NOISE_HASH_SIZE], u8 second[NOISE_HASH_SIZE], u8 third[NOISE_HASH_SIZE],
		   const u8 chaining_key[NOISE_HASH_SIZE], const u8 *input, size_t input_len)
{
	u8 *const outputs[] = { first, second, third };
	u8 extracted[NOISE_HASH_SIZE];
	u8 chain[NOISE_HASH_SIZE + 1]; /* the output before, then the number of the next one */
	u8 *const number = chain + NOISE_HASH_SIZE;

	/* The salt is read to its end before any output is written, as @first may overlay it. */
	hmac(extracted, chaining_key, input, input_len);
	for (*number = 1; *number <= ARRAY_SIZE(outputs) && outputs[*number - 1]; ++*number) {
		/* The first output has none before it. */
		if (*number == 1)
			hmac(chain, extracted, number, sizeof(*number));
		else
			hmac(chain, extracted, chain, sizeof(chain));
		memcpy(outputs[*number - 1], chain, NOISE_HASH_SIZE);
	}
	memzero_explicit(extracted, sizeof(extracted));
	memzero_explicit(chain, sizeof(chain));
}
