// SPDX-License-Identifier: GPL-2.0
/*
 * What finding somebody costs for each packet, by how many there are: the module's own tables, with one
 * live session and one address for each peer, which need not exist otherwise. On the instruction
 * clock a nanosecond is an instruction. Whoever reads /proc/wg_lookups has it measured.
 */
#include "wg_state.h"

#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/random.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include "peers/allowedips.h"
#include "peers/device.h"
#include "peers/registry.h"

enum {
	MOST = 200000,
	LOOKUPS = 100000,
};

struct crowd {
	struct wg_device device;
	struct wg_allowedips_owner owner;
	struct wg_slot slots[MOST];
};

static __be32 address_of(u32 number)
{
	return htonl(10 << 24 | number);
}

/* For one, in nanoseconds. Who is not found would cost something else: the kernel log says so. */
static u64 session_lookups(struct crowd *crowd, u32 count)
{
	struct wg_slot *slot;
	u64 begin = ktime_get_ns();
	u32 i;

	rcu_read_lock();
	for (i = 0; i < LOOKUPS; i++) {
		slot = &crowd->slots[get_random_u32() % count];
		WARN_ON_ONCE(wg_registry_find_slot(&crowd->device, slot->index) != slot);
	}
	rcu_read_unlock();
	return div_u64(ktime_get_ns() - begin, LOOKUPS);
}

static u64 address_lookups(struct crowd *crowd, u32 count)
{
	__be32 address;
	u64 begin = ktime_get_ns();
	u32 i;

	rcu_read_lock();
	for (i = 0; i < LOOKUPS; i++) {
		address = address_of(get_random_u32() % count);
		WARN_ON_ONCE(wg_allowedips_lookup(&crowd->device.allowedips, AF_INET,
						  (u8 *)&address) != &crowd->owner);
	}
	rcu_read_unlock();
	return div_u64(ktime_get_ns() - begin, LOOKUPS);
}

/* What the above costs without looking anything up. */
static u64 picking_alone(u32 count)
{
	volatile u32 sink;
	u64 begin = ktime_get_ns();
	u32 i;

	for (i = 0; i < LOOKUPS; i++)
		sink = get_random_u32() % count;
	return div_u64(ktime_get_ns() - begin, LOOKUPS);
}

static int grow(struct crowd *crowd, u32 from, u32 to)
{
	__be32 address;
	int err;
	u32 i;

	for (i = from; i < to; i++) {
		wg_registry_make_room(&crowd->device, i + 1);
		wg_registry_add_slot(&crowd->device, &crowd->slots[i]);
		address = address_of(i);
		err = wg_allowedips_insert(&crowd->device.allowedips, &crowd->owner, AF_INET,
					   (u8 *)&address, 32);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static int measure(struct seq_file *out, struct crowd *crowd)
{
	static const u32 counts[] = { 1, 1000, 10000, 50000, 100000, MOST };
	u32 before = 0, i;
	int err;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		err = grow(crowd, before, counts[i]);
		if (err)
			return err;
		before = counts[i];
		seq_printf(out, "%u %llu %llu\n", before,
			   session_lookups(crowd, before) - picking_alone(before),
			   address_lookups(crowd, before) - picking_alone(before));
	}
	return 0;
}

static int show_lookups(struct seq_file *out, void *unused)
{
	struct crowd *crowd = kvzalloc(sizeof(*crowd), GFP_KERNEL);
	int err;

	if (!crowd)
		return -ENOMEM;
	wg_allowedips_owner_init(&crowd->owner);
	err = wg_registry_init(&crowd->device);
	if (!err) {
		err = measure(out, crowd);
		wg_allowedips_remove_all(&crowd->device.allowedips, &crowd->owner);
		wg_registry_uninit(&crowd->device);
		synchronize_rcu();
		rcu_barrier();
	}
	kvfree(crowd);
	return err;
}

int lookups_init(void)
{
	return proc_create_single("wg_lookups", 0400, NULL, show_lookups) ? 0 : -ENOMEM;
}

void lookups_uninit(void)
{
	remove_proc_entry("wg_lookups", NULL);
}
