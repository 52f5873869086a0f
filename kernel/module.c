// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/wireguard.h>
#include "control/genl.h"
#include "link/device.h"
#include "link/power.h"
#include "noise/handshake.h"
#include "peers/peer.h"

static int __init wg_module_init(void)
{
	int err;

	wg_handshake_precompute();
	err = wg_peer_module_init();
	if (err)
		return err;
	err = wg_device_module_init();
	if (err)
		goto uninit_peer;
	err = wg_power_init();
	if (err)
		goto uninit_device;
	err = wg_genl_init();
	if (err)
		goto uninit_power;
	pr_info("wg4j %s loaded\n", THIS_MODULE->version);
	return 0;

uninit_power:
	wg_power_uninit();
uninit_device:
	wg_device_module_uninit();
uninit_peer:
	wg_peer_module_uninit();
	return err;
}

static void __exit wg_module_exit(void)
{
	wg_genl_uninit();
	wg_power_uninit();
	wg_device_module_uninit();
	wg_peer_module_uninit();
}

module_init(wg_module_init);
module_exit(wg_module_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("wg4j: WireGuard secure network tunnel");
MODULE_VERSION("0.1.0");
MODULE_ALIAS_RTNL_LINK(KBUILD_MODNAME);
MODULE_ALIAS_GENL_FAMILY(WG_GENL_NAME);
