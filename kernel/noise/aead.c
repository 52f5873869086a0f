// SPDX-License-Identifier: GPL-2.0
#include "noise/aead.h"

#include <crypto/chacha.h>
#include <crypto/poly1305.h>

/* __uninitialized: is written before it is read. Zeroing it would cost small packets most. */

static void start(u32 state[CHACHA_STATE_WORDS], u64 first, u64 second, const u8 *key)
{
	const __le64 nonce[] = { cpu_to_le64(first), cpu_to_le64(second) };
	u32 words[NOISE_KEY_SIZE / sizeof(u32)] __uninitialized;

	memcpy(words, key, sizeof(words));
	le32_to_cpu_array(words, ARRAY_SIZE(words));
	chacha_init(state, words, (const u8 *)nonce);
	memzero_explicit(words, sizeof(words));
}

/*
 * The tag follows the text, and associated data precedes it. What else is hashed is put behind the
 * text: each update has its own way in and out of vector code, which costs as much as ten blocks.
 */
static void authenticate(u8 *text, size_t len, size_t associated, const u8 *key)
{
	size_t padded = ALIGN(len, POLY1305_BLOCK_SIZE);
	struct poly1305_desc_ctx poly __uninitialized;

	memset(text + len, 0, padded - len);
	put_unaligned_le64(associated, text + padded);
	put_unaligned_le64(len, text + padded + sizeof(u64));
	poly1305_init(&poly, key);
	poly1305_update(&poly, text - associated, associated + padded + 2 * sizeof(u64));
	poly1305_final(&poly, text + len);
}

/* Wipes @state. @mac is associated data, which ends up in the room in front of the text. */
static void seal(u32 state[CHACHA_STATE_WORDS], u8 *text, size_t len, const u8 *mac, size_t mac_len)
{
	u8 *block = text - WG_AEAD_ROOM;

	memset(block, 0, WG_AEAD_ROOM);
	chacha20_crypt(state, block, block, WG_AEAD_ROOM + len);
	/* Poly1305's key is the beginning of the block. */
	memcpy(text - mac_len, mac, mac_len);
	authenticate(text, len, mac_len, block);
	memzero_explicit(block, WG_AEAD_ROOM);
	memzero_explicit(state, CHACHA_STATE_WORDS * sizeof(u32));
}

void wg_aead_seal(u8 *text, size_t len, u64 counter, const u8 key[NOISE_KEY_SIZE])
{
	u32 state[CHACHA_STATE_WORDS] __uninitialized;

	start(state, 0, counter, key);
	/* Nothing is associated; only NULL it may not be. */
	seal(state, text, len, text, 0);
}

void wg_aead_seal_cookie(u8 *cookie, const u8 *mac1, const u8 *nonce, const u8 *key)
{
	u32 state[CHACHA_STATE_WORDS] __uninitialized, derived[8] __uninitialized;

	start(state, get_unaligned_le64(nonce), get_unaligned_le64(nonce + 8), key);
	hchacha_block(state, derived, 20);
	cpu_to_le32_array(derived, ARRAY_SIZE(derived));
	start(state, 0, get_unaligned_le64(nonce + 16), (u8 *)derived);
	seal(state, cookie, COOKIE_SIZE, mac1, MAC_SIZE);
	memzero_explicit(derived, sizeof(derived));
}

bool wg_aead_open(u8 *text, size_t len, u64 counter, const u8 key[NOISE_KEY_SIZE])
{
	/* The block that keys Poly1305, and as much text as goes with it for the same price. */
	u8 front[8 * CHACHA_BLOCK_SIZE] __uninitialized;
	u8 *beginning = front + CHACHA_BLOCK_SIZE;
	size_t begins = min(len, sizeof(front) - CHACHA_BLOCK_SIZE);
	u32 state[CHACHA_STATE_WORDS] __uninitialized;
	u8 tag[NOISE_TAG_SIZE];
	bool good;

	start(state, 0, counter, key);
	memcpy(tag, text + len, sizeof(tag));
	memset(front, 0, CHACHA_BLOCK_SIZE);
	memcpy(beginning, text, begins);
	chacha20_crypt(state, front, front, CHACHA_BLOCK_SIZE + begins);
	authenticate(text, len, 0, front);
	good = !crypto_memneq(tag, text + len, sizeof(tag));
	memcpy(text + len, tag, sizeof(tag));
	if (good) {
		memcpy(text, beginning, begins);
		chacha20_crypt(state, text + begins, text + begins, len - begins);
	}
	memzero_explicit(front, CHACHA_BLOCK_SIZE + begins);
	memzero_explicit(state, sizeof(state));
	return good;
}
