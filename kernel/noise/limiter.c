// SPDX-License-Identifier: GPL-2.0
/*
 * A bucket is kept as one moment: when it will be full again. A packet moves that moment by its
 * cost; a packet that would move it further than the burst allows is refused and moves nothing. No
 * tokens are counted, so there is no remainder to round and no interval to overflow.
 *
 * A bucket that is full again says nothing that a new one would not say. Therefore its place is
 * free from that moment on, no matter whose it was, and nothing has to sweep the table.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include "noise/limiter.h"
#include "noise/limits.h"

#define PACKET_COST ((u64)NSEC_PER_SEC / LIMITER_RATE)
#define BURST_COST  (PACKET_COST * LIMITER_BURST)

#define WAYS	    8

struct bucket {
	u64 source;  /* keyed hash of the address: as good as the address, and one word for all */
	u64 full_at; /* in the past: the place is free */
};

struct wg_limiter_set {
	spinlock_t lock; /* protects the ways */
	struct bucket ways[WAYS];
} ____cacheline_aligned_in_smp;

int wg_limiter_init(struct wg_limiter *limiter, u32 entries)
{
	u32 i;

	limiter->set_count = roundup_pow_of_two(DIV_ROUND_UP(entries, WAYS));
	limiter->sets = kvcalloc(limiter->set_count, sizeof(*limiter->sets), GFP_KERNEL);
	if (!limiter->sets)
		return -ENOMEM;

	/* Secret, or addresses could be chosen that crowd the victim out of its set. */
	get_random_bytes(&limiter->hash_key, sizeof(limiter->hash_key));
	for (i = 0; i < limiter->set_count; i++)
		spin_lock_init(&limiter->sets[i].lock);
	return 0;
}

void wg_limiter_uninit(struct wg_limiter *limiter)
{
	kvfree(limiter->sets);
	memzero_explicit(limiter, sizeof(*limiter));
}

/* The source's own bucket, else a free one, else NULL. */
static struct bucket *find_bucket(struct wg_limiter_set *set, u64 source, u64 now)
{
	struct bucket *bucket, *unused = NULL;

	lockdep_assert_held(&set->lock);
	for (bucket = set->ways; bucket < set->ways + WAYS; bucket++) {
		if (bucket->source == source)
			return bucket;
		if (!unused && bucket->full_at <= now)
			unused = bucket;
	}
	if (unused)
		unused->source = source;
	return unused;
}

/* A refused packet moves nothing: whoever slows down is served again at once. */
static bool charge(struct bucket *bucket, u64 now)
{
	const u64 since = max(bucket->full_at, now);

	if (since - now > BURST_COST - PACKET_COST)
		return false;
	bucket->full_at = since + PACKET_COST;
	return true;
}

bool wg_limiter_allow(struct wg_limiter *limiter, const u8 *source, size_t len, u64 now)
{
	/* The length counts, so that no IPv4 address equals an IPv6 prefix. */
	const u64 hash = siphash(source, len, &limiter->hash_key);
	struct wg_limiter_set *set = &limiter->sets[hash & (limiter->set_count - 1)];
	struct bucket *bucket;
	bool allowed;

	spin_lock_bh(&set->lock);
	bucket = find_bucket(set, hash, now);
	allowed = bucket && charge(bucket, now);
	spin_unlock_bh(&set->lock);
	return allowed;
}
