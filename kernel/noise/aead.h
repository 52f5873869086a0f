/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ChaCha20-Poly1305 of RFC 7539 as data messages use it: in place, without associated data. Built
 * of the library's two halves, because the library's own combination makes the block that keys
 * Poly1305 by itself, one byte at a time; here it is the first of those that its vector code makes.
 */
#ifndef WG_NOISE_AEAD_H
#define WG_NOISE_AEAD_H

#include "noise/messages.h"

#define WG_AEAD_ROOM 64 /* bytes in front of the text that sealing writes over */

/* The tag follows the text. */
void wg_aead_seal(u8 *text, size_t len, u64 counter, const u8 key[NOISE_KEY_SIZE]);
/* False if the tag behind the text is not the right one; the text is then as it was. */
bool wg_aead_open(u8 *text, size_t len, u64 counter, const u8 key[NOISE_KEY_SIZE]);

#endif
