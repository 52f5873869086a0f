// SPDX-License-Identifier: GPL-2.0
/*
 * The trie against a linear list that knows nothing of tries: an array of prefixes, searched from
 * end to end, bit by bit. Beside it, the edges by hand, and in user space what needs more than one
 * thread or an allocator that fails.
 */
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include "peers/allowedips.h"
#include "harness.h"

enum {
	OWNERS = 6,
	MODEL_MAX = 160,
	MODEL_STEPS = 6000,
	LOOKUPS_PER_STEP = 6,
};

struct model_prefix {
	struct wg_prefix prefix;
	unsigned int owner;
	bool outdated;
};

/* In the order of setting, so that an owner's list is the array without the others' prefixes. */
struct model {
	struct model_prefix entry[MODEL_MAX];
	unsigned int count;
};

struct trie_test {
	struct wg_allowedips table;
	struct wg_allowedips_owner owner[OWNERS];
	struct model model;
	struct wg_test_random random;
};

static unsigned int width_of(u16 family)
{
	return family == AF_INET ? 32 : 128;
}

static bool bit_of(const u8 *address, unsigned int index)
{
	return address[index / 8] >> (7 - index % 8) & 1;
}

static bool model_matches(const struct wg_prefix *prefix, u16 family, const u8 *address,
			  unsigned int bits)
{
	unsigned int i;

	if (prefix->family != family)
		return false;
	for (i = 0; i < bits; i++) {
		if (bit_of(prefix->address, i) != bit_of(address, i))
			return false;
	}
	return true;
}

/* The owner's index, or -1. */
static int model_lookup(const struct model *model, u16 family, const u8 *address)
{
	int best = -1, best_cidr = -1;
	unsigned int i;

	for (i = 0; i < model->count; i++) {
		const struct model_prefix *entry = &model->entry[i];

		if (entry->prefix.cidr > best_cidr &&
		    model_matches(&entry->prefix, family, address, entry->prefix.cidr)) {
			best = entry->owner;
			best_cidr = entry->prefix.cidr;
		}
	}
	return best;
}

static void model_delete(struct model *model, unsigned int i)
{
	model->count--;
	memmove(&model->entry[i], &model->entry[i + 1],
		(model->count - i) * sizeof(model->entry[0]));
}

static int model_find(const struct model *model, const struct wg_prefix *prefix)
{
	unsigned int i;

	for (i = 0; i < model->count; i++) {
		const struct wg_prefix *there = &model->entry[i].prefix;

		if (there->cidr == prefix->cidr &&
		    model_matches(there, prefix->family, prefix->address, prefix->cidr))
			return i;
	}
	return -1;
}

static void model_insert(struct model *model, const struct wg_prefix *prefix, unsigned int owner)
{
	struct model_prefix *entry;
	int i = model_find(model, prefix);

	if (i >= 0)
		model_delete(model, i);
	entry = &model->entry[model->count++];
	*entry = (struct model_prefix){ .prefix = *prefix, .owner = owner };
	for (i = prefix->cidr; i < 128; i++)
		entry->prefix.address[i / 8] &= ~(0x80 >> i % 8);
}

static void model_remove(struct model *model, const struct wg_prefix *prefix, unsigned int owner)
{
	int i = model_find(model, prefix);

	if (i >= 0 && model->entry[i].owner == owner)
		model_delete(model, i);
}

static void model_outdate(struct model *model, unsigned int owner)
{
	unsigned int i;

	for (i = 0; i < model->count; i++) {
		if (model->entry[i].owner == owner)
			model->entry[i].outdated = true;
	}
}

static void model_sweep(struct model *model, unsigned int owner)
{
	unsigned int i = 0;

	while (i < model->count) {
		if (model->entry[i].owner == owner && model->entry[i].outdated)
			model_delete(model, i);
		else
			i++;
	}
}

/* Few distinct bytes, so that random prefixes nest, collide and share long beginnings. */
static void random_address(struct wg_test_random *random, u8 address[16])
{
	static const u8 bytes[] = { 0x00, 0x00, 0x00, 0x01, 0x80, 0xff };
	int i;

	for (i = 0; i < 16; i++)
		address[i] = bytes[wg_test_below(random, sizeof(bytes))];
}

static struct wg_prefix random_prefix(struct wg_test_random *random)
{
	struct wg_prefix prefix = { .family = wg_test_below(random, 2) ? AF_INET : AF_INET6 };

	random_address(random, prefix.address);
	prefix.cidr = wg_test_below(random, width_of(prefix.family) + 1);
	return prefix;
}

/* One of those that are set, so that moves and removals hit. */
static struct wg_prefix known_prefix(struct trie_test *trie)
{
	struct model *model = &trie->model;

	if (!model->count)
		return random_prefix(&trie->random);
	return model->entry[wg_test_below(&trie->random, model->count)].prefix;
}

/* By index, so that a failure says whose answer it was; -1 for none, -2 for nobody known. */
static int lookup(struct trie_test *trie, u16 family, const u8 *address)
{
	struct wg_allowedips_owner *found;
	int i, index = -1;

	rcu_read_lock();
	found = wg_allowedips_lookup(&trie->table, family, address);
	if (found) {
		index = -2;
		for (i = 0; i < OWNERS; i++) {
			if (found == &trie->owner[i])
				index = i;
		}
	}
	rcu_read_unlock();
	return index;
}

static int insert(struct trie_test *trie, unsigned int owner, const struct wg_prefix *prefix)
{
	return wg_allowedips_insert(&trie->table, &trie->owner[owner], prefix->family,
				    prefix->address, prefix->cidr);
}

static int take(struct trie_test *trie, unsigned int owner, const struct wg_prefix *prefix)
{
	return wg_allowedips_remove(&trie->table, &trie->owner[owner], prefix->family,
				    prefix->address, prefix->cidr);
}

static int set_up(struct kunit *test)
{
	struct trie_test *trie = kzalloc(sizeof(*trie), GFP_KERNEL);
	int i;

	if (!trie)
		return -ENOMEM;
	for (i = 0; i < OWNERS; i++)
		wg_allowedips_owner_init(&trie->owner[i]);
	wg_test_random_init(test, &trie->random);
	test->priv = trie;
	return 0;
}

/* When the last prefix has gone nothing may be left, no fork either. */
static void tear_down(struct kunit *test)
{
	struct trie_test *trie = test->priv;
	int i;

	for (i = 0; i < OWNERS; i++) {
		wg_allowedips_remove_all(&trie->table, &trie->owner[i]);
		KUNIT_EXPECT_TRUE(test, list_empty(&trie->owner[i].prefixes));
	}
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(trie->table.root[0]));
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(trie->table.root[1]));
	kfree(trie);
}

static struct wg_prefix ipv4(u8 a, u8 b, u8 c, u8 d, u8 cidr)
{
	return (struct wg_prefix){ .address = { a, b, c, d }, .family = AF_INET, .cidr = cidr };
}

static void put4(struct kunit *test, unsigned int owner, u8 a, u8 b, u8 c, u8 d, u8 cidr)
{
	struct wg_prefix prefix = ipv4(a, b, c, d, cidr);

	KUNIT_EXPECT_EQ(test, insert(test->priv, owner, &prefix), 0);
}

static int get4(struct kunit *test, u8 a, u8 b, u8 c, u8 d)
{
	u8 address[4] = { a, b, c, d };

	return lookup(test->priv, AF_INET, address);
}

static void longest_prefix_wins(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, get4(test, 10, 0, 0, 1), -1);
	put4(test, 0, 0, 0, 0, 0, 0);
	put4(test, 1, 10, 0, 0, 0, 8);
	put4(test, 2, 10, 1, 0, 0, 16);
	put4(test, 3, 10, 1, 2, 3, 32);
	KUNIT_EXPECT_EQ(test, get4(test, 255, 255, 255, 255), 0);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 255, 0, 0), 1);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 1, 255, 255), 2);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 1, 2, 3), 3);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 1, 2, 2), 2);
}

static void families_are_apart(struct kunit *test)
{
	struct wg_prefix all6 = { .family = AF_INET6 };
	u8 zero[16] = {};

	put4(test, 0, 0, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, lookup(test->priv, AF_INET6, zero), -1);
	KUNIT_EXPECT_EQ(test, insert(test->priv, 1, &all6), 0);
	KUNIT_EXPECT_EQ(test, lookup(test->priv, AF_INET6, zero), 1);
	KUNIT_EXPECT_EQ(test, lookup(test->priv, AF_INET, zero), 0);
	KUNIT_EXPECT_EQ(test, lookup(test->priv, 0, zero), -1);
}

static void host_bits_are_masked(struct kunit *test)
{
	struct trie_test *trie = test->priv;
	struct wg_prefix prefix;
	u8 expected[16] = { 10 };

	put4(test, 0, 10, 1, 2, 3, 8);
	put4(test, 0, 10, 255, 255, 255, 8);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 200, 0, 0), 0);
	KUNIT_ASSERT_NOT_NULL(test, wg_allowedips_next(&trie->owner[0], NULL, &prefix));
	WG_EXPECT_MEMEQ(test, prefix.address, expected, sizeof(expected));
	KUNIT_EXPECT_EQ(test, prefix.cidr, 8);
	KUNIT_EXPECT_EQ(test, prefix.family, AF_INET);
	prefix = ipv4(10, 9, 9, 9, 8);
	KUNIT_EXPECT_EQ(test, take(trie, 0, &prefix), 0);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 1, 2, 3), -1);
}

static void bad_input_changes_nothing(struct kunit *test)
{
	static const struct wg_prefix bad[] = {
		{ .family = AF_INET, .cidr = 33 },  { .family = AF_INET6, .cidr = 129 },
		{ .family = AF_INET, .cidr = 255 }, { .family = AF_INET6, .cidr = 255 },
		{ .family = 0, .cidr = 0 },	    { .family = 7, .cidr = 8 },
		{ .family = U16_MAX, .cidr = 0 },
	};
	struct trie_test *trie = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ_MSG(test, insert(trie, 0, &bad[i]), -EINVAL, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, take(trie, 0, &bad[i]), -EINVAL, "row %d", i);
	}
	KUNIT_EXPECT_TRUE(test, list_empty(&trie->owner[0].prefixes));
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(trie->table.root[0]));
}

static void a_prefix_moves(struct kunit *test)
{
	struct trie_test *trie = test->priv;
	struct wg_prefix prefix = ipv4(10, 0, 0, 0, 24);

	put4(test, 0, 10, 0, 0, 0, 24);
	put4(test, 1, 10, 0, 0, 0, 24);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 0, 0, 1), 1);
	KUNIT_EXPECT_TRUE(test, list_empty(&trie->owner[0].prefixes));
	/* Who does not have it cannot take it away. */
	KUNIT_EXPECT_EQ(test, take(trie, 0, &prefix), 0);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 0, 0, 1), 1);
	/* A move is a setting: an outdated list it came from does not take it along. */
	wg_allowedips_outdate(&trie->owner[1]);
	put4(test, 2, 10, 0, 0, 0, 24);
	wg_allowedips_sweep(&trie->table, &trie->owner[1]);
	wg_allowedips_sweep(&trie->table, &trie->owner[2]);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 0, 0, 1), 2);
}

/* A fork's own prefix can be set and removed while its branches live. */
static void a_fork_becomes_a_prefix(struct kunit *test)
{
	struct wg_prefix fork = ipv4(10, 0, 0, 0, 23);

	put4(test, 0, 10, 0, 0, 0, 24);
	put4(test, 1, 10, 0, 1, 0, 24);
	put4(test, 2, 10, 0, 0, 0, 23);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 0, 1, 9), 1);
	KUNIT_EXPECT_EQ(test, take(test->priv, 2, &fork), 0);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 0, 1, 9), 1);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 0, 2, 9), -1);
}

static void lists_keep_their_order(struct kunit *test)
{
	static const u8 expected[] = { 1, 3, 2 };
	struct trie_test *trie = test->priv;
	struct wg_trie_node *node = NULL;
	struct wg_prefix prefix;
	int i = 0;

	put4(test, 0, 10, 0, 0, 1, 32);
	put4(test, 0, 10, 0, 0, 2, 32);
	put4(test, 0, 10, 0, 0, 3, 32);
	put4(test, 0, 10, 0, 0, 2, 32);
	while ((node = wg_allowedips_next(&trie->owner[0], node, &prefix))) {
		KUNIT_ASSERT_LT(test, i, ARRAY_SIZE(expected));
		KUNIT_EXPECT_EQ(test, prefix.address[3], expected[i++]);
	}
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(expected));
	KUNIT_EXPECT_NULL(test, wg_allowedips_next(&trie->owner[1], NULL, &prefix));
}

static void addresses_need_no_alignment(struct kunit *test)
{
	struct wg_prefix prefix = { .address = { 0x20, 1, 0xd, 0xb8 }, .family = AF_INET6 };
	u8 buffer[8 + 16] = {};
	int shift;

	prefix.cidr = 32;
	KUNIT_EXPECT_EQ(test, insert(test->priv, 1, &prefix), 0);
	put4(test, 2, 0x20, 1, 0xd, 0xb8, 32);
	for (shift = 0; shift < 8; shift++) {
		memcpy(buffer + shift, prefix.address, 16);
		KUNIT_EXPECT_EQ(test, lookup(test->priv, AF_INET6, buffer + shift), 1);
		KUNIT_EXPECT_EQ(test, lookup(test->priv, AF_INET, buffer + shift), 2);
	}
}

/*
 * Every length of a family, each inside the one before: 33 and 129 levels. The owner of length n is
 * n modulo OWNERS, and the address that leaves the chain at bit n is answered by length n.
 */
struct chain {
	u16 family;
	enum {
		LONGEST_FIRST,
		SHORTEST_FIRST,
		SHUFFLED
	} order;
};

static const struct chain chains[] = {
	{ AF_INET, LONGEST_FIRST },  { AF_INET, SHORTEST_FIRST },  { AF_INET, SHUFFLED },
	{ AF_INET6, LONGEST_FIRST }, { AF_INET6, SHORTEST_FIRST }, { AF_INET6, SHUFFLED },
};

static void describe_chain(const struct chain *chain, char *text)
{
	static const char *const orders[] = { "longest first", "shortest first", "shuffled" };

	snprintf(text, KUNIT_PARAM_DESC_SIZE, "IPv%d, %s", chain->family == AF_INET ? 4 : 6,
		 orders[chain->order]);
}

KUNIT_ARRAY_PARAM(chain, chains, describe_chain);

static void chain_order(const struct chain *chain, struct wg_test_random *random, u8 *order)
{
	unsigned int count = width_of(chain->family) + 1, i, j;

	for (i = 0; i < count; i++)
		order[i] = chain->order == LONGEST_FIRST ? count - 1 - i : i;
	for (i = count - 1; chain->order == SHUFFLED && i > 0; i--) {
		j = wg_test_below(random, i + 1);
		swap(order[i], order[j]);
	}
}

/* Asks for every address that leaves the chain somewhere; @there says which lengths are set. */
static void check_chain(struct kunit *test, u16 family, const u8 *end, const bool *there)
{
	unsigned int width = width_of(family), leave;
	int expected = -1;

	for (leave = 0; leave <= width; leave++) {
		u8 address[16];

		if (there[leave])
			expected = leave % OWNERS;
		memcpy(address, end, sizeof(address));
		if (leave < width)
			address[leave / 8] ^= 0x80 >> leave % 8;
		KUNIT_ASSERT_EQ_MSG(test, lookup(test->priv, family, address), expected,
				    "leaving at bit %u", leave);
	}
}

static void every_length_nested(struct kunit *test)
{
	const struct chain *chain = test->param_value;
	struct wg_prefix prefix = { .family = chain->family };
	struct trie_test *trie = test->priv;
	bool there[129] = {};
	u8 order[129];
	unsigned int i;

	wg_test_bytes(&trie->random, prefix.address, 16);
	chain_order(chain, &trie->random, order);
	for (i = 0; i <= width_of(chain->family); i++) {
		prefix.cidr = order[i];
		KUNIT_ASSERT_EQ(test, insert(trie, prefix.cidr % OWNERS, &prefix), 0);
		there[order[i]] = true;
		check_chain(test, chain->family, prefix.address, there);
	}
	chain_order(chain, &trie->random, order);
	for (i = 0; i <= width_of(chain->family); i++) {
		prefix.cidr = order[i];
		KUNIT_ASSERT_EQ(test, take(trie, prefix.cidr % OWNERS, &prefix), 0);
		there[order[i]] = false;
		check_chain(test, chain->family, prefix.address, there);
	}
}

/* The model */

static void compare_lookups(struct kunit *test)
{
	struct trie_test *trie = test->priv;
	int i;

	for (i = 0; i < LOOKUPS_PER_STEP; i++) {
		u16 family = i % 2 ? AF_INET : AF_INET6;
		struct wg_prefix known = known_prefix(trie);
		u8 address[16];

		random_address(&trie->random, address);
		/* Half of the time near a prefix that is set: one bit beside it at most. */
		if (wg_test_below(&trie->random, 2)) {
			unsigned int bit = wg_test_below(&trie->random, width_of(known.family));

			family = known.family;
			memcpy(address, known.address, 16);
			address[bit / 8] ^= 0x80 >> bit % 8;
		}
		KUNIT_ASSERT_EQ_MSG(test, lookup(trie, family, address),
				    model_lookup(&trie->model, family, address),
				    "IPv%d %016llx%016llx", family == AF_INET ? 4 : 6,
				    get_unaligned_be64(address), get_unaligned_be64(address + 8));
	}
}

static void compare_lists(struct kunit *test)
{
	struct trie_test *trie = test->priv;
	const struct model *model = &trie->model;
	unsigned int owner, i;

	for (owner = 0; owner < OWNERS; owner++) {
		struct wg_trie_node *node = NULL;
		struct wg_prefix prefix;

		for (i = 0; i < model->count; i++) {
			const struct wg_prefix *expected = &model->entry[i].prefix;

			if (model->entry[i].owner != owner)
				continue;
			node = wg_allowedips_next(&trie->owner[owner], node, &prefix);
			KUNIT_ASSERT_NOT_NULL(test, node);
			KUNIT_ASSERT_EQ(test, prefix.family, expected->family);
			KUNIT_ASSERT_EQ(test, prefix.cidr, expected->cidr);
			WG_ASSERT_MEMEQ(test, prefix.address, expected->address, 16);
		}
		KUNIT_ASSERT_NULL(test, wg_allowedips_next(&trie->owner[owner], node, &prefix));
	}
}

static void step_insert(struct kunit *test, struct wg_prefix prefix)
{
	struct trie_test *trie = test->priv;
	unsigned int owner = wg_test_below(&trie->random, OWNERS);

	if (trie->model.count == MODEL_MAX)
		return;
	KUNIT_ASSERT_EQ(test, insert(trie, owner, &prefix), 0);
	model_insert(&trie->model, &prefix, owner);
}

static void step_remove(struct kunit *test, struct wg_prefix prefix)
{
	struct trie_test *trie = test->priv;
	int i = model_find(&trie->model, &prefix);
	/* Mostly by its owner, sometimes by somebody who has no say. */
	unsigned int owner = i >= 0 && wg_test_below(&trie->random, 8) ?
				     trie->model.entry[i].owner :
				     wg_test_below(&trie->random, OWNERS);

	KUNIT_ASSERT_EQ(test, take(trie, owner, &prefix), 0);
	model_remove(&trie->model, &prefix, owner);
}

static void step_list(struct kunit *test, unsigned int choice)
{
	struct trie_test *trie = test->priv;
	unsigned int owner = wg_test_below(&trie->random, OWNERS);

	if (choice == 0) {
		wg_allowedips_outdate(&trie->owner[owner]);
		model_outdate(&trie->model, owner);
	} else if (choice == 1) {
		wg_allowedips_sweep(&trie->table, &trie->owner[owner]);
		model_sweep(&trie->model, owner);
	} else {
		wg_allowedips_remove_all(&trie->table, &trie->owner[owner]);
		model_outdate(&trie->model, owner);
		model_sweep(&trie->model, owner);
	}
}

/* Path compression: there are never more nodes than twice the prefixes less one in each family. */
static void check_memory(struct kunit *test, long before)
{
#ifdef WG_TEST_USER
	struct trie_test *trie = test->priv;
	long nodes;

	synchronize_rcu();
	nodes = shim_allocations_live() - before;
	KUNIT_ASSERT_GE(test, nodes, (long)trie->model.count);
	KUNIT_ASSERT_LE(test, nodes, 2 * (long)trie->model.count);
#endif
}

static long live_now(void)
{
#ifdef WG_TEST_USER
	return shim_allocations_live();
#else
	return 0;
#endif
}

static void random_against_model(struct kunit *test)
{
	struct trie_test *trie = test->priv;
	long before = live_now();
	int step;

	for (step = 0; step < MODEL_STEPS; step++) {
		unsigned int dice = wg_test_below(&trie->random, 1000);

		if (dice < 400)
			step_insert(test, random_prefix(&trie->random));
		else if (dice < 550)
			step_insert(test, known_prefix(trie));
		else if (dice < 900)
			step_remove(test, known_prefix(trie));
		else if (dice < 950)
			step_remove(test, random_prefix(&trie->random));
		else if (dice < 995)
			step_list(test, dice % 2);
		else
			step_list(test, 2);
		compare_lookups(test);
		if (step % 16 == 0) {
			compare_lists(test);
			check_memory(test, before);
		}
	}
}

/*
 * An owner's list becomes another list. Whatever lies in both is answered by the owner at every
 * single step; a neighbour holding everything around it shows when it is not.
 */
static void replacing_leaves_no_gap(struct kunit *test)
{
	static const u8 kept[][4] = { { 10, 1, 2, 3 }, { 10, 1, 3, 4 }, { 10, 7, 0, 1 } };
	static const u8 old_list[][5] = {
		{ 10, 1, 2, 0, 24 },
		{ 10, 1, 3, 0, 24 },
		{ 10, 7, 0, 0, 16 },
		{ 10, 8, 0, 0, 16 },
	};
	static const u8 new_list[][5] = {
		{ 10, 9, 0, 0, 16 },
		{ 10, 1, 2, 0, 23 },
		{ 10, 7, 0, 0, 17 },
		{ 10, 1, 3, 4, 32 },
	};
	struct trie_test *trie = test->priv;
	int i, j;

	put4(test, 1, 10, 0, 0, 0, 8);
	for (i = 0; i < ARRAY_SIZE(old_list); i++)
		put4(test, 0, old_list[i][0], old_list[i][1], old_list[i][2], old_list[i][3],
		     old_list[i][4]);
	wg_allowedips_outdate(&trie->owner[0]);
	for (i = 0; i <= ARRAY_SIZE(new_list); i++) {
		for (j = 0; j < ARRAY_SIZE(kept); j++)
			KUNIT_EXPECT_EQ(test, lookup(trie, AF_INET, kept[j]), 0);
		if (i < ARRAY_SIZE(new_list))
			put4(test, 0, new_list[i][0], new_list[i][1], new_list[i][2],
			     new_list[i][3], new_list[i][4]);
	}
	wg_allowedips_sweep(&trie->table, &trie->owner[0]);
	for (j = 0; j < ARRAY_SIZE(kept); j++)
		KUNIT_EXPECT_EQ(test, lookup(trie, AF_INET, kept[j]), 0);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 9, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 8, 0, 1), 1);
	KUNIT_EXPECT_EQ(test, get4(test, 10, 7, 200, 1), 1);
}

enum {
	REPLACE_ROUNDS = 200,
	LIST_MAX = 12,
};

/* Prefixes around one address, so that two lists have addresses in common. */
static void random_list(struct trie_test *trie, struct wg_prefix *list, const u8 *address)
{
	int i;

	for (i = 0; i < LIST_MAX; i++) {
		list[i] = random_prefix(&trie->random);
		if (wg_test_below(&trie->random, 2))
			memcpy(list[i].address, address, 16);
	}
}

static bool list_covers(const struct wg_prefix *list, u16 family, const u8 *address)
{
	int i;

	for (i = 0; i < LIST_MAX; i++) {
		if (model_matches(&list[i], family, address, list[i].cidr))
			return true;
	}
	return false;
}

/* Wherever either list has its prefixes, what both cover belongs to owner 0. */
static void check_common(struct kunit *test, const struct wg_prefix *old_list,
			 const struct wg_prefix *new_list)
{
	int i;

	for (i = 0; i < 2 * LIST_MAX; i++) {
		const struct wg_prefix *at = i < LIST_MAX ? &old_list[i] : &new_list[i - LIST_MAX];

		if (list_covers(old_list, at->family, at->address) &&
		    list_covers(new_list, at->family, at->address))
			KUNIT_ASSERT_EQ(test, lookup(test->priv, at->family, at->address), 0);
	}
}

/* The same with random lists, one becoming the next, amid a neighbour's default routes. */
static void replacing_random_lists(struct kunit *test)
{
	struct wg_prefix all4 = { .family = AF_INET }, all6 = { .family = AF_INET6 };
	struct wg_prefix old_list[LIST_MAX], new_list[LIST_MAX];
	struct trie_test *trie = test->priv;
	u8 address[16];
	int round, i;

	random_address(&trie->random, address);
	random_list(trie, old_list, address);
	for (i = 0; i < LIST_MAX; i++)
		KUNIT_ASSERT_EQ(test, insert(trie, 0, &old_list[i]), 0);
	for (round = 0; round < REPLACE_ROUNDS; round++) {
		random_list(trie, new_list, address);
		wg_allowedips_outdate(&trie->owner[0]);
		for (i = 0; i < LIST_MAX; i++) {
			check_common(test, old_list, new_list);
			KUNIT_ASSERT_EQ(test, insert(trie, 0, &new_list[i]), 0);
		}
		check_common(test, old_list, new_list);
		wg_allowedips_sweep(&trie->table, &trie->owner[0]);
		check_common(test, new_list, new_list);
		/* The neighbour has what the owner does not set: never a prefix of the lists. */
		if (!list_covers(new_list, AF_INET, all4.address))
			KUNIT_ASSERT_EQ(test, insert(trie, 1, &all4), 0);
		if (!list_covers(new_list, AF_INET6, all6.address))
			KUNIT_ASSERT_EQ(test, insert(trie, 1, &all6), 0);
		memcpy(old_list, new_list, sizeof(old_list));
	}
}

#ifdef WG_TEST_USER
/* Each allocation of each insertion fails once: -ENOMEM, and all answers and lists as before. */
static void failed_allocations_change_nothing(struct kunit *test)
{
	struct trie_test *trie = test->priv;
	unsigned int failures = 0;
	int i;

	for (i = 0; i < 150; i++) {
		struct wg_prefix prefix = random_prefix(&trie->random);
		unsigned int nth, owner = wg_test_below(&trie->random, OWNERS);
		int err = -ENOMEM;

		for (nth = 1; err; nth++) {
			shim_fail_allocation(nth);
			err = insert(trie, owner, &prefix);
			shim_fail_allocation(0);
			if (!err)
				break;
			KUNIT_ASSERT_EQ(test, err, -ENOMEM);
			failures++;
			compare_lookups(test);
			compare_lists(test);
		}
		KUNIT_ASSERT_LE(test, nth, 3);
		model_insert(&trie->model, &prefix, owner);
		compare_lookups(test);
	}
	KUNIT_EXPECT_GT(test, failures, 150);
	shim_fail_allocation(1);
	for (i = 0; i < OWNERS; i++)
		wg_allowedips_remove_all(&trie->table, &trie->owner[i]);
	KUNIT_EXPECT_EQ_MSG(test, shim_allocations_asked(), 0, "(removal must not need memory)");
	shim_fail_allocation(0);
}

enum {
	READERS = 2,
	RACE_STEPS = 20000,
};

struct race {
	struct trie_test *trie;
	bool stop;
	u64 lookups, wrong;
};

static const u8 raced[16] = { 0x20, 1, 0xd, 0xb8, 0xff, 0, 0xff, 0, 1, 2, 3, 4, 5, 6, 7, 8 };

static void *race_reader(void *argument)
{
	struct race *race = argument;
	u64 lookups = 0, wrong = 0;

	while (!READ_ONCE(race->stop)) {
		lookups++;
		wrong += lookup(race->trie, AF_INET6, raced) != 0;
	}
	__atomic_add_fetch(&race->lookups, lookups, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&race->wrong, wrong, __ATOMIC_SEQ_CST);
	return NULL;
}

/*
 * The writer keeps the address with owner 0 by one prefix or another, the next one always set
 * before the last is removed, while owner 1 has all addresses. No reader may ever see owner 1.
 */
static void race_writer(struct kunit *test, struct trie_test *trie)
{
	struct wg_prefix prefix = { .family = AF_INET6, .cidr = 64 }, before, beside;
	int step;

	memcpy(prefix.address, raced, 16);
	for (step = 0; step < RACE_STEPS; step++) {
		before = prefix;
		prefix.cidr = 1 + wg_test_below(&trie->random, 128);
		KUNIT_EXPECT_EQ(test, insert(trie, 0, &prefix), 0);
		if (prefix.cidr != before.cidr)
			KUNIT_EXPECT_EQ(test, take(trie, 0, &before), 0);
		/* Something beside the path, so that forks come and go. */
		beside = prefix;
		beside.address[prefix.cidr / 9] ^= 1;
		beside.cidr = 128;
		if (prefix.cidr < 128 && step % 2)
			KUNIT_EXPECT_EQ(test, insert(trie, 2, &beside), 0);
		if (step % 8 == 0)
			wg_allowedips_remove_all(&trie->table, &trie->owner[2]);
		if (step % 64 == 0)
			synchronize_rcu();
	}
}

static void readers_never_miss(struct kunit *test)
{
	struct wg_prefix all = { .family = AF_INET6 }, first = { .family = AF_INET6, .cidr = 64 };
	struct race race = { .trie = test->priv };
	pthread_t reader[READERS];
	int i;

	memcpy(first.address, raced, 16);
	KUNIT_ASSERT_EQ(test, insert(race.trie, 1, &all), 0);
	KUNIT_ASSERT_EQ(test, insert(race.trie, 0, &first), 0);
	for (i = 0; i < READERS; i++)
		KUNIT_ASSERT_EQ(test, pthread_create(&reader[i], NULL, race_reader, &race), 0);
	race_writer(test, race.trie);
	WRITE_ONCE(race.stop, true);
	for (i = 0; i < READERS; i++)
		pthread_join(reader[i], NULL);
	KUNIT_EXPECT_EQ(test, race.wrong, 0);
	kunit_info(test, "%llu lookups during %d moves", race.lookups, RACE_STEPS);
}
#endif

static struct kunit_case allowedips_cases[] = {
	KUNIT_CASE(longest_prefix_wins),
	KUNIT_CASE(families_are_apart),
	KUNIT_CASE(host_bits_are_masked),
	KUNIT_CASE(bad_input_changes_nothing),
	KUNIT_CASE(a_prefix_moves),
	KUNIT_CASE(a_fork_becomes_a_prefix),
	KUNIT_CASE(lists_keep_their_order),
	KUNIT_CASE(addresses_need_no_alignment),
	KUNIT_CASE_PARAM(every_length_nested, chain_gen_params),
	KUNIT_CASE(random_against_model),
	KUNIT_CASE(replacing_leaves_no_gap),
	KUNIT_CASE(replacing_random_lists),
#ifdef WG_TEST_USER
	KUNIT_CASE(failed_allocations_change_nothing),
	KUNIT_CASE(readers_never_miss),
#endif
	{},
};

static struct kunit_suite allowedips_suite = {
	.name = "wg_allowedips",
	.init = set_up,
	.exit = tear_down,
	.test_cases = allowedips_cases,
};

kunit_test_suite(allowedips_suite);
