/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WG_LINK_DEVICE_H
#define WG_LINK_DEVICE_H

#include <linux/netdevice.h>

int wg_device_module_init(void);
void wg_device_module_uninit(void);

/* Of every peer of every device: nothing more is sent under them, or they are gone at once. */
void wg_device_end_sessions(bool only_sending);
bool wg_device_is_ours(const struct net_device *dev);

#endif
