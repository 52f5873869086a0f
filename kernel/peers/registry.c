// SPDX-License-Identifier: GPL-2.0
/* Both tables are read under RCU by whoever receives; each has locks of its own for changes. */
#include "peers/registry.h"

#include <linux/bitops.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include "peers/device.h"

static const struct rhashtable_params key_params = {
	.key_len = NOISE_KEY_SIZE,
	.key_offset = offsetof(struct wg_peer, public_key),
	.head_offset = offsetof(struct wg_peer, key_node),
	.automatic_shrinking = true,
};

int wg_registry_init(struct wg_device *wg)
{
	int err;

	spin_lock_init(&wg->index_lock);
	wg->slots_by_index[0] = kvcalloc(WG_INDEX_CHAINS, sizeof(struct hlist_head), GFP_KERNEL);
	if (!wg->slots_by_index[0])
		return -ENOMEM;
	wg->index_segments = 1;
	err = rhashtable_init(&wg->peers_by_key, &key_params);
	if (err)
		kvfree(wg->slots_by_index[0]);
	return err;
}

/* Both are empty by now: the device's peers were removed before. */
void wg_registry_uninit(struct wg_device *wg)
{
	rhashtable_destroy(&wg->peers_by_key);
	while (wg->index_segments)
		kvfree(wg->slots_by_index[--wg->index_segments]);
}

/*
 * Handshakes add slots, and must not depend on memory for it: room is made with each peer, and what
 * has its place keeps it. So the table grows by segments, each as long as all before it together. A
 * slot stays in the chain that it was put in; looking for one begins where it would be put now and
 * goes on to where it would have been put before each growth. Sessions last minutes: soon after
 * growing, nearly all are found at the first look.
 */
static u32 chains(unsigned int segments)
{
	return WG_INDEX_CHAINS << (segments - 1);
}

/* An index is random in all its bits: the lowest are as good as any hash. */
static struct hlist_head *chain_of(struct wg_device *wg, u32 index, unsigned int segments)
{
	u32 chain = index & (chains(segments) - 1);
	unsigned int segment = fls(chain / WG_INDEX_CHAINS);

	return &wg->slots_by_index[segment][segment ? chain - chains(segment) : chain];
}

/* Without the memory for it, chains get longer; that is all. */
void wg_registry_make_room(struct wg_device *wg, u32 peers)
{
	unsigned int segments = wg->index_segments;

	if (peers <= chains(segments) || segments == WG_INDEX_SEGMENTS)
		return;
	wg->slots_by_index[segments] =
		kvcalloc(chains(segments), sizeof(struct hlist_head), GFP_KERNEL);
	if (wg->slots_by_index[segments])
		/* Pairs with the acquires of those who add and look for slots. */
		smp_store_release(&wg->index_segments, segments + 1);
}

int wg_registry_add_peer(struct wg_device *wg, struct wg_peer *peer)
{
	wg_registry_make_room(wg, wg->peer_count + 1);
	return rhashtable_lookup_insert_fast(&wg->peers_by_key, &peer->key_node, key_params);
}

void wg_registry_drop_peer(struct wg_device *wg, struct wg_peer *peer)
{
	rhashtable_remove_fast(&wg->peers_by_key, &peer->key_node, key_params);
}

struct wg_peer *wg_registry_find_peer(struct wg_device *wg, const u8 public_key[NOISE_KEY_SIZE])
{
	return rhashtable_lookup_fast(&wg->peers_by_key, public_key, key_params);
}

void wg_registry_add_slot(struct wg_device *wg, struct wg_slot *slot)
{
	unsigned int segments;

	spin_lock_bh(&wg->index_lock);
	/* The index is all a stranger would have to guess to reach a session: keep it random. */
	do {
		slot->index = get_random_u32();
	} while (wg_registry_find_slot(wg, slot->index));
	/* Pairs with the release in wg_registry_make_room(). */
	segments = smp_load_acquire(&wg->index_segments);
	hlist_add_head_rcu(&slot->index_node, chain_of(wg, slot->index, segments));
	spin_unlock_bh(&wg->index_lock);
}

void wg_registry_drop_slot(struct wg_device *wg, struct wg_slot *slot)
{
	spin_lock_bh(&wg->index_lock);
	hlist_del_rcu(&slot->index_node);
	spin_unlock_bh(&wg->index_lock);
}

struct wg_slot *wg_registry_find_slot(struct wg_device *wg, u32 index)
{
	/* Pairs with the release in wg_registry_make_room(). */
	unsigned int segments = smp_load_acquire(&wg->index_segments);
	struct wg_slot *slot;

	do {
		hlist_for_each_entry_rcu(slot, chain_of(wg, index, segments), index_node) {
			if (slot->index == index)
				return slot;
		}
	} while (--segments);
	return NULL;
}
