/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ChaCha20-Poly1305 of RFC 7539 as data messages use it, in place. Built of the library's two
 * halves, because the library's own combination makes the block that keys Poly1305 by itself, one
 * byte at a time; here it is the first of those that its vector code makes.
 */
#ifndef WG_NOISE_AEAD_H
#define WG_NOISE_AEAD_H

#include "noise/messages.h"

/* Bytes that are written over: by sealing in front of the text; by both behind it, tag included. */
#define WG_AEAD_ROOM	  64
#define WG_AEAD_TAIL(len) (-(len) % 16u + NOISE_TAG_SIZE)

/* The tag follows the text. */
void wg_aead_seal(u8 *text, size_t len, u64 counter, const u8 key[NOISE_KEY_SIZE]);
/* Room and tail as of any text; but by XChaCha20, whose nonce has 24 bytes, and bound to a mac1. */
void wg_aead_seal_cookie(u8 *cookie, const u8 *mac1, const u8 *nonce, const u8 *key);
/* False if the tag behind the text is not the right one; text and tag are then as they were. */
bool wg_aead_open(u8 *text, size_t len, u64 counter, const u8 key[NOISE_KEY_SIZE]);

#endif
