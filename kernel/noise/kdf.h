/* SPDX-License-Identifier: GPL-2.0 */
/* BLAKE2s in the three forms that the protocol uses it: plain, keyed, and as HKDF. */
#ifndef WG_NOISE_KDF_H
#define WG_NOISE_KDF_H

#include "noise/messages.h"

/* @out = BLAKE2s(@a || @b). @out may be @a or @b. */
void wg_kdf_hash(u8 out[NOISE_HASH_SIZE], const void *a, size_t a_len, const void *b, size_t b_len);

/* @out = keyed BLAKE2s-128 of @data. @key_len is 1 to 32. */
void wg_kdf_mac(u8 out[MAC_SIZE], const u8 *key, size_t key_len, const void *data, size_t len);

/*
 * HKDF over HMAC-BLAKE2s with the chaining key as salt. The outputs after the first are optional
 * (NULL), in order. @first may be @chaining_key.
 */
void wg_kdf_derive(u8 first[NOISE_HASH_SIZE], u8 second[NOISE_HASH_SIZE], u8 third[NOISE_HASH_SIZE],
		   const u8 chaining_key[NOISE_HASH_SIZE], const u8 *input, size_t input_len);

#endif
