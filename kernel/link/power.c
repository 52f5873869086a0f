// SPDX-License-Identifier: GPL-2.0
#include "link/power.h"

#include <linux/random.h>
#include <linux/suspend.h>
#include "link/device.h"

/*
 * What lies in memory while the machine sleeps, or on disk, can be read by whoever carries it away.
 * Not where the system sleeps whenever it has nothing to do: a handshake after each nap would keep
 * it awake, and the sessions' own end comes soon enough.
 */
static int power_event(struct notifier_block *block, unsigned long action, void *unused)
{
	if (IS_ENABLED(CONFIG_PM_AUTOSLEEP) || IS_ENABLED(CONFIG_PM_USERSPACE_AUTOSLEEP))
		return NOTIFY_DONE;
	if (action == PM_SUSPEND_PREPARE || action == PM_HIBERNATION_PREPARE)
		wg_device_visit_peers(wg_peer_forget_sessions);
	return NOTIFY_DONE;
}

/* Two copies of one machine would send different packets under the same key and counter. */
static int fork_event(struct notifier_block *block, unsigned long action, void *unused)
{
	wg_device_visit_peers(wg_peer_revoke_sessions);
	return NOTIFY_DONE;
}

static struct notifier_block power_block = { .notifier_call = power_event };
static struct notifier_block fork_block = { .notifier_call = fork_event };

int wg_power_init(void)
{
	int err = register_pm_notifier(&power_block);

	if (err)
		return err;
	err = register_random_vmfork_notifier(&fork_block);
	if (err)
		unregister_pm_notifier(&power_block);
	return err;
}

void wg_power_uninit(void)
{
	unregister_random_vmfork_notifier(&fork_block);
	unregister_pm_notifier(&power_block);
}
