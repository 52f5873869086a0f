// SPDX-License-Identifier: GPL-2.0
/* Our ChaCha20-Poly1305 against the library's, for every length that a packet is likely to have. */
#include <crypto/chacha20poly1305.h>
#include "harness.h"
#include "noise/aead.h"

enum {
	/* All that the vector code treats differently lies below; longer ones are in steps. */
	EVERY_LENGTH = 1100,
	LENGTH_STEP = 997,
	LENGTH_MAX = 9 * LENGTH_STEP,
	SIZE_MAX_ROOM = WG_AEAD_ROOM + LENGTH_MAX + WG_AEAD_TAIL(1),
};

struct buffers {
	u8 room[SIZE_MAX_ROOM]; /* ours: what sealing may write over, then the text */
	u8 plain[LENGTH_MAX];
	u8 sealed[LENGTH_MAX + NOISE_TAG_SIZE];
	u8 key[NOISE_KEY_SIZE];
	u64 counter;
};

static struct buffers *buffers_make(struct kunit *test, struct wg_test_random *random)
{
	struct buffers *buffers = kunit_kzalloc(test, sizeof(*buffers), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buffers);
	wg_test_random_init(test, random);
	wg_test_bytes(random, buffers->plain, sizeof(buffers->plain));
	return buffers;
}

/* Under a key and a counter of its own for each length. */
static u8 *seal(struct buffers *buffers, struct wg_test_random *random, size_t len)
{
	u8 *text = buffers->room + WG_AEAD_ROOM;

	wg_test_bytes(random, buffers->key, sizeof(buffers->key));
	buffers->counter = wg_test_random(random);
	chacha20poly1305_encrypt(buffers->sealed, buffers->plain, len, NULL, 0, buffers->counter,
				 buffers->key);
	memset(buffers->room, 0xa5, sizeof(buffers->room));
	memcpy(text, buffers->plain, len);
	wg_aead_seal(text, len, buffers->counter, buffers->key);
	return text;
}

static void seals_and_opens_as_the_library(struct kunit *test)
{
	struct wg_test_random random;
	struct buffers *buffers = buffers_make(test, &random);
	u8 zeros[WG_AEAD_ROOM] = {};
	size_t len;

	for (len = 0; len <= LENGTH_MAX; len += len < EVERY_LENGTH ? 1 : LENGTH_STEP) {
		u8 *text = seal(buffers, &random, len);

		KUNIT_ASSERT_EQ_MSG(test, memcmp(text, buffers->sealed, len + NOISE_TAG_SIZE), 0,
				    "sealed, %zu bytes", len);
		/* The block that keyed Poly1305 lies there no longer. */
		WG_ASSERT_MEMEQ(test, buffers->room, zeros, WG_AEAD_ROOM);
		if (len + WG_AEAD_TAIL(len) < LENGTH_MAX)
			KUNIT_ASSERT_EQ_MSG(test, text[len + WG_AEAD_TAIL(len)], 0xa5,
					    "written past the tail, %zu bytes", len);
		KUNIT_ASSERT_TRUE_MSG(test, wg_aead_open(text, len, buffers->counter, buffers->key),
				      "not opened, %zu bytes", len);
		KUNIT_ASSERT_EQ_MSG(test, memcmp(text, buffers->plain, len), 0, "opened, %zu bytes",
				    len);
	}
}

/* One bit anywhere, in text, tag, key or counter; and what is refused is left as it was. */
static void refuses_what_was_changed(struct kunit *test)
{
	static const size_t lengths[] = { 0, 1, 15, 16, 64, 100, 1420 };
	struct wg_test_random random;
	struct buffers *buffers = buffers_make(test, &random);
	unsigned int i;
	bool good;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t len = lengths[i], at;
		u8 *text = seal(buffers, &random, len);

		for (at = 0; at < len + NOISE_TAG_SIZE; at++) {
			u8 bit = BIT(wg_test_below(&random, 8));

			text[at] ^= bit;
			buffers->sealed[at] ^= bit;
			good = wg_aead_open(text, len, buffers->counter, buffers->key);
			KUNIT_ASSERT_FALSE_MSG(test, good, "byte %zu of %zu", at, len);
			WG_ASSERT_MEMEQ(test, text, buffers->sealed, len + NOISE_TAG_SIZE);
			text[at] ^= bit;
			buffers->sealed[at] ^= bit;
		}
		KUNIT_ASSERT_FALSE(test,
				   wg_aead_open(text, len, buffers->counter + 1, buffers->key));
		buffers->key[len % NOISE_KEY_SIZE] ^= 1;
		KUNIT_ASSERT_FALSE(test, wg_aead_open(text, len, buffers->counter, buffers->key));
		buffers->key[len % NOISE_KEY_SIZE] ^= 1;
		KUNIT_ASSERT_TRUE(test, wg_aead_open(text, len, buffers->counter, buffers->key));
	}
}

static struct kunit_case aead_cases[] = {
	KUNIT_CASE(seals_and_opens_as_the_library),
	KUNIT_CASE(refuses_what_was_changed),
	{},
};

static struct kunit_suite aead_suite = {
	.name = "wg_aead",
	.test_cases = aead_cases,
};

kunit_test_suite(aead_suite);
