/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test's view into the module under test: /proc/wg_state is all that its devices remember,
 * /proc/wg_secrets the secrets they hold. Both read its structures by its own headers. /proc/wg_lookups
 * measures its tables with a crowd that is made for it.
 */
#ifndef WG_STATE_H
#define WG_STATE_H

#include <linux/netdevice.h>
#include <linux/seq_file.h>

struct wg_device;
struct proc_dir_entry;

/* Calls @visit for each WireGuard device of all namespaces, with rtnl and its config_lock held. */
void for_each_device(void (*visit)(struct wg_device *wg, void *context), void *context);

int secrets_init(void);
void secrets_uninit(void);

int lookups_init(void);
void lookups_uninit(void);

#endif
