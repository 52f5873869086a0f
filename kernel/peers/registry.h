/* SPDX-License-Identifier: GPL-2.0 */
/* Finding a peer by its key and a session by the index we gave it. Readers take RCU. */
#ifndef WG_PEERS_REGISTRY_H
#define WG_PEERS_REGISTRY_H

#include "peers/peer.h"

int wg_registry_init(struct wg_device *wg);
void wg_registry_uninit(struct wg_device *wg);

/* Under config_lock: 0, or -EEXIST, -ENOMEM. */
int wg_registry_add_peer(struct wg_device *wg, struct wg_peer *peer);
void wg_registry_drop_peer(struct wg_device *wg, struct wg_peer *peer);
struct wg_peer *wg_registry_find_peer(struct wg_device *wg, const u8 public_key[NOISE_KEY_SIZE]);

/*
 * Under config_lock: as many chains as peers. Each has one session in use, and may have others on
 * their way out.
 */
void wg_registry_make_room(struct wg_device *wg, u32 peers);
/*
 * Gives the slot, out of the table for a grace period, a random index that nothing else of the
 * device has. Allocates nothing.
 */
void wg_registry_add_slot(struct wg_device *wg, struct wg_slot *slot);
void wg_registry_drop_slot(struct wg_device *wg, struct wg_slot *slot);
struct wg_slot *wg_registry_find_slot(struct wg_device *wg, u32 index);

#endif
