// SPDX-License-Identifier: GPL-2.0
/*
 * Both tables are read under RCU by whoever receives, and written under their own bucket locks.
 * They grow in a worker of rhashtable's, at three quarters full, so that entering a session needs
 * no memory unless the number of sessions grows faster than that worker runs.
 */
#include "peers/registry.h"

#include <linux/random.h>
#include "peers/device.h"

static const struct rhashtable_params key_params = {
	.key_len = NOISE_KEY_SIZE,
	.key_offset = offsetof(struct wg_peer, public_key),
	.head_offset = offsetof(struct wg_peer, key_node),
	.automatic_shrinking = true,
};

static const struct rhashtable_params index_params = {
	.key_len = sizeof(u32),
	.key_offset = offsetof(struct wg_slot, session.local_index),
	.head_offset = offsetof(struct wg_slot, index_node),
	.automatic_shrinking = true,
};

int wg_registry_init(struct wg_device *wg)
{
	int err = rhashtable_init(&wg->peers_by_key, &key_params);

	if (err)
		return err;
	err = rhashtable_init(&wg->sessions_by_index, &index_params);
	if (err)
		rhashtable_destroy(&wg->peers_by_key);
	return err;
}

/* Both are empty by now: the device's peers were removed before. */
void wg_registry_uninit(struct wg_device *wg)
{
	rhashtable_destroy(&wg->sessions_by_index);
	rhashtable_destroy(&wg->peers_by_key);
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

int wg_registry_add_slot(struct wg_device *wg, struct wg_slot *slot)
{
	int err;

	/*
	 * The index is all a stranger would have to guess to reach a session: keep it random. As
	 * the slot is in no table yet, no reader sees it change.
	 */
	do {
		slot->session.local_index = get_random_u32();
		err = rhashtable_lookup_insert_fast(&wg->sessions_by_index, &slot->index_node,
						    index_params);
	} while (err == -EEXIST);
	return err;
}

void wg_registry_drop_slot(struct wg_device *wg, struct wg_slot *slot)
{
	rhashtable_remove_fast(&wg->sessions_by_index, &slot->index_node, index_params);
}

struct wg_slot *wg_registry_find_slot(struct wg_device *wg, u32 index)
{
	return rhashtable_lookup(&wg->sessions_by_index, &index, index_params);
}
