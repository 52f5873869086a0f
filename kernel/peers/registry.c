// SPDX-License-Identifier: GPL-2.0
/* Both tables are read under RCU by whoever receives; each has locks of its own for changes. */
#include "peers/registry.h"

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

/*
 * Handshakes add sessions, and must not depend on memory for it: this table is allocated with its
 * device and never grows. It suits some ten thousand sessions; with more, its chains get longer.
 */
#define INDEX_BUCKETS 8192

int wg_registry_init(struct wg_device *wg)
{
	int err;

	spin_lock_init(&wg->index_lock);
	wg->slots_by_index = kvcalloc(INDEX_BUCKETS, sizeof(*wg->slots_by_index), GFP_KERNEL);
	if (!wg->slots_by_index)
		return -ENOMEM;
	err = rhashtable_init(&wg->peers_by_key, &key_params);
	if (err)
		kvfree(wg->slots_by_index);
	return err;
}

/* Both are empty by now: the device's peers were removed before. */
void wg_registry_uninit(struct wg_device *wg)
{
	rhashtable_destroy(&wg->peers_by_key);
	kvfree(wg->slots_by_index);
}

int wg_registry_add_peer(struct wg_device *wg, struct wg_peer *peer)
{
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

/* An index is random in all its bits: some of them are as good as any hash. */
static struct hlist_head *bucket_of(struct wg_device *wg, u32 index)
{
	return &wg->slots_by_index[index % INDEX_BUCKETS];
}

void wg_registry_add_slot(struct wg_device *wg, struct wg_slot *slot)
{
	spin_lock_bh(&wg->index_lock);
	/* The index is all a stranger would have to guess to reach a session: keep it random. */
	do {
		slot->index = get_random_u32();
	} while (wg_registry_find_slot(wg, slot->index));
	hlist_add_head_rcu(&slot->index_node, bucket_of(wg, slot->index));
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
	struct wg_slot *slot;

	hlist_for_each_entry_rcu(slot, bucket_of(wg, index), index_node) {
		if (slot->index == index)
			return slot;
	}
	return NULL;
}
