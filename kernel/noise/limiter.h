/* SPDX-License-Identifier: GPL-2.0 */
/* A token bucket per source address, in a table that is allocated once and never grows. */
#ifndef WG_NOISE_LIMITER_H
#define WG_NOISE_LIMITER_H

#include <linux/siphash.h>

struct wg_limiter_set;

struct wg_limiter {
	struct wg_limiter_set *sets; /* constant once allocated */
	u32 set_count;		     /* a power of two */
	siphash_key_t hash_key;
};

/*
 * May sleep. Each set has its own lock, so that CPUs rarely meet. @entries, 1 to 2^24, is rounded
 * up to what sets hold.
 */
int wg_limiter_init(struct wg_limiter *limiter, u32 entries);
void wg_limiter_uninit(struct wg_limiter *limiter);
/* @source is an IPv4 address (4 bytes) or an IPv6 /64 (8 bytes). False: too many, or table full. */
bool wg_limiter_allow(struct wg_limiter *limiter, const u8 *source, size_t len, u64 now);

#endif
