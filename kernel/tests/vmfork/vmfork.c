// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the kernel believe that its virtual machine was copied: calls what the driver of the
 * generation counter calls, with everything that follows from it. The function is not exported, so
 * its address comes from a probe that is never used otherwise.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/random.h>

static int __init vmfork_init(void)
{
	static const u8 new_generation[16] = { 0x77 };
	struct kprobe probe = { .symbol_name = "add_vmfork_randomness" };
	void (*forked)(const void *unique_vm_id, size_t len);
	int err = register_kprobe(&probe);

	if (err)
		return err;
	forked = (void *)probe.addr;
	unregister_kprobe(&probe);
	forked(new_generation, sizeof(new_generation));
	return 0;
}

static void __exit vmfork_exit(void)
{
}

module_init(vmfork_init);
module_exit(vmfork_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Tells the kernel that its virtual machine was copied");
