// SPDX-License-Identifier: GPL-2.0
/* wireguard_kunit.ko: the deciders and their suites, which KUnit runs at load. */
#include <linux/module.h>

MODULE_DESCRIPTION("Unit tests of WireGuard's deciders");
MODULE_LICENSE("GPL");
