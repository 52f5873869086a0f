/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WG_LINK_DEVICE_H
#define WG_LINK_DEVICE_H

#include "peers/peer.h"

int wg_device_module_init(void);
void wg_device_module_uninit(void);

/* All peers of all devices, each with its device's configuration locked. */
void wg_device_visit_peers(void (*visit)(struct wg_peer *peer));
bool wg_device_is_ours(const struct net_device *dev);

#endif
