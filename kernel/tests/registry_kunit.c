// SPDX-License-Identifier: GPL-2.0
/* Finding slots by index while the table grows. A device is more than the shim has: kernel only. */
#include <linux/slab.h>
#include "harness.h"
#include "peers/device.h"
#include "peers/registry.h"

enum {
	SLOTS = 60000,
	PEERS_A_STEP = 100,
	LONGEST = 20, /* of a chain with two to six slots in the mean, as they are random */
};

struct table {
	struct wg_device device;
	struct wg_slot slots[SLOTS];
};

static int registry_init(struct kunit *test)
{
	struct table *table = kvzalloc(sizeof(*table), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	test->priv = table;
	return wg_registry_init(&table->device);
}

static void registry_exit(struct kunit *test)
{
	struct table *table = test->priv;

	wg_registry_uninit(&table->device);
	kvfree(table);
}

static struct wg_slot *find(struct wg_device *wg, u32 index)
{
	struct wg_slot *slot;

	rcu_read_lock();
	slot = wg_registry_find_slot(wg, index);
	rcu_read_unlock();
	return slot;
}

static unsigned int longest_chain(struct wg_device *wg)
{
	unsigned int longest = 0, segment;

	for (segment = 0; segment < wg->index_segments; segment++) {
		unsigned int count = WG_INDEX_CHAINS << (segment ? segment - 1 : 0), i;

		for (i = 0; i < count; i++) {
			unsigned int len = 0;
			struct wg_slot *slot;

			hlist_for_each_entry(slot, &wg->slots_by_index[segment][i], index_node)
				++len;
			longest = max(longest, len);
		}
	}
	return longest;
}

/* Two slots a peer, as when each has a session and its predecessor. */
static void found_while_growing(struct kunit *test)
{
	struct table *table = test->priv;
	struct wg_device *wg = &table->device;
	unsigned int i, j;

	for (i = 0; i < SLOTS; i++) {
		if (i % (2 * PEERS_A_STEP) == 0)
			wg_registry_make_room(wg, i / 2 + PEERS_A_STEP);
		wg_registry_add_slot(wg, &table->slots[i]);
		/* The first of all has been in its chain through every growth. */
		KUNIT_ASSERT_PTR_EQ(test, find(wg, table->slots[0].index), &table->slots[0]);
	}
	KUNIT_EXPECT_EQ(test, wg->index_segments, 3);
	for (i = 0; i < SLOTS; i++)
		KUNIT_ASSERT_PTR_EQ(test, find(wg, table->slots[i].index), &table->slots[i]);
	KUNIT_EXPECT_LE(test, longest_chain(wg), LONGEST);

	/* Every second one leaves, wherever it was put. */
	for (i = 0; i < SLOTS; i += 2)
		wg_registry_drop_slot(wg, &table->slots[i]);
	for (i = 0, j = 1; i < SLOTS; i += 2, j += 2) {
		KUNIT_ASSERT_NULL(test, find(wg, table->slots[i].index));
		KUNIT_ASSERT_PTR_EQ(test, find(wg, table->slots[j].index), &table->slots[j]);
	}
}

static void grows_to_its_limit_only(struct kunit *test)
{
	struct table *table = test->priv;
	struct wg_device *wg = &table->device;
	unsigned int i;

	wg_registry_make_room(wg, 1);
	wg_registry_make_room(wg, WG_INDEX_CHAINS);
	KUNIT_EXPECT_EQ(test, wg->index_segments, 1);
	wg_registry_make_room(wg, WG_INDEX_CHAINS + 1);
	KUNIT_EXPECT_EQ(test, wg->index_segments, 2);
	wg_registry_add_slot(wg, &table->slots[0]);
	for (i = 0; i < 2 * WG_INDEX_SEGMENTS; i++)
		wg_registry_make_room(wg, U32_MAX);
	KUNIT_EXPECT_EQ(test, wg->index_segments, WG_INDEX_SEGMENTS);
	wg_registry_add_slot(wg, &table->slots[1]);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_PTR_EQ(test, find(wg, table->slots[i].index), &table->slots[i]);
	/* Nobody else is found by what nobody has. */
	for (i = 0; i < 1000; i++)
		if (i != table->slots[0].index && i != table->slots[1].index)
			KUNIT_ASSERT_NULL(test, find(wg, i));
}

static struct kunit_case registry_cases[] = {
	KUNIT_CASE(found_while_growing),
	KUNIT_CASE(grows_to_its_limit_only),
	{},
};

static struct kunit_suite registry_suite = {
	.name = "registry",
	.init = registry_init,
	.exit = registry_exit,
	.test_cases = registry_cases,
};

kunit_test_suite(registry_suite);
