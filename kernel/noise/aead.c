// SPDX-License-Identifier: GPL-2.0
#include "noise/aead.h"

#include <crypto/chacha.h>
#include <crypto/poly1305.h>

/* __uninitialized: is written before it is read. Zeroing it would cost small packets most. */

static void start(u32 state[CHACHA_STATE_WORDS], u64 counter, const u8 key[NOISE_KEY_SIZE])
{
	__le64 nonce[2] = { 0, cpu_to_le64(counter) };
	u32 words[NOISE_KEY_SIZE / sizeof(u32)] __uninitialized;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = get_unaligned_le32(key + i * sizeof(u32));
	chacha_init(state, words, (u8 *)nonce);
	memzero_explicit(words, sizeof(words));
}

static void authenticate(u8 tag[NOISE_TAG_SIZE], const u8 *text, size_t len, const u8 *key)
{
	struct {
		u8 padding[POLY1305_BLOCK_SIZE];
		__le64 lengths[2]; /* of the associated data, of the text */
	} end = { .lengths = { 0, cpu_to_le64(len) } };
	size_t padding = -len % POLY1305_BLOCK_SIZE;
	struct poly1305_desc_ctx poly __uninitialized;

	poly1305_init(&poly, key);
	poly1305_update(&poly, text, len);
	poly1305_update(&poly, end.padding + POLY1305_BLOCK_SIZE - padding,
			padding + sizeof(end.lengths));
	poly1305_final(&poly, tag);
}

void wg_aead_seal(u8 *text, size_t len, u64 counter, const u8 key[NOISE_KEY_SIZE])
{
	u8 *block = text - WG_AEAD_ROOM;
	u32 state[CHACHA_STATE_WORDS] __uninitialized;

	start(state, counter, key);
	memset(block, 0, WG_AEAD_ROOM);
	chacha20_crypt(state, block, block, WG_AEAD_ROOM + len);
	authenticate(text + len, text, len, block);
	memzero_explicit(block, WG_AEAD_ROOM);
	memzero_explicit(state, sizeof(state));
}

bool wg_aead_open(u8 *text, size_t len, u64 counter, const u8 key[NOISE_KEY_SIZE])
{
	/* The block that keys Poly1305, and as much text as goes with it for the same price. */
	struct {
		u8 key[CHACHA_BLOCK_SIZE];
		u8 text[7 * CHACHA_BLOCK_SIZE];
	} front __uninitialized;
	size_t beginning = min(len, sizeof(front.text));
	u8 tag[NOISE_TAG_SIZE];
	u32 state[CHACHA_STATE_WORDS] __uninitialized;
	bool good;

	start(state, counter, key);
	memset(front.key, 0, sizeof(front.key));
	memcpy(front.text, text, beginning);
	chacha20_crypt(state, front.key, front.key, sizeof(front.key) + beginning);
	authenticate(tag, text, len, front.key);
	good = !crypto_memneq(tag, text + len, sizeof(tag));
	if (good) {
		memcpy(text, front.text, beginning);
		chacha20_crypt(state, text + beginning, text + beginning, len - beginning);
	}
	memzero_explicit(&front, sizeof(front.key) + beginning);
	memzero_explicit(state, sizeof(state));
	return good;
}
