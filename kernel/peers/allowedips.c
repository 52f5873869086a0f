// SPDX-License-Identifier: GPL-2.0
/*
 * A path-compressed binary trie. A node stands for one prefix; both children lie inside it and
 * differ in the first bit after it. A node without an owner is only a fork: it has two children,
 * always, and is taken out as soon as it has not. Depth is bounded by the address length (33 and
 * 129 nodes), but nothing here depends on it: no recursion, no stack of nodes, the way up is by
 * parent pointers.
 *
 * Publication. A writer builds a node completely, then stores one pointer to it with release
 * order: the slot (root or child pointer) that a reader comes through. Taking a node out stores
 * one pointer likewise, from the slot past the node to its only child; the node keeps its own
 * pointers until a grace period is over, so that a reader standing on it walks on into the living
 * trie.
 *
 * Consistency. A lookup overlapping any number of insertions and moves is as if it had happened at
 * one moment: insertions only add answers below what has been seen. A removal is different: a
 * reader may have passed the place of a shorter prefix before that was set, and reach the place of
 * the longer one after that was removed, and so see neither although one of the two was there at
 * all times. So each removal is announced by the table's count first, and a lookup whose count has
 * changed meanwhile begins anew. Readers wait for nobody: each new turn means that a writer has
 * got on.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <asm/unaligned.h>
#include "peers/allowedips.h"

enum address_bits {
	IPV4_BITS = 32,
	IPV6_BITS = 128,
};

/* An address as two numbers, its first bit the highest of @high. IPv4 uses @high's upper half. */
struct trie_key {
	u64 high;
	u64 low;
};

struct wg_trie_node {
	/* Constant once published. */
	struct trie_key key; /* bits from @cidr on are zero */
	u8 cidr;
	u8 width; /* enum address_bits */

	struct wg_trie_node __rcu *child[2]; /* readers: RCU; writers: configuration mutex */
	struct wg_allowedips_owner *owner;   /* likewise, by READ_ONCE/WRITE_ONCE; NULL in a fork */

	/* Configuration mutex. */
	struct wg_trie_node *parent; /* NULL at the root */
	struct list_head link;	     /* in @owner's prefixes */
	bool outdated;		     /* to be swept unless it is set again */

	struct rcu_head rcu; /* after the node has been taken out */
};

/* Keys */

static struct trie_key key_read(const u8 *address, unsigned int width)
{
	struct trie_key key = {};

	if (width == IPV4_BITS) {
		key.high = (u64)get_unaligned_be32(address) << 32;
	} else {
		key.high = get_unaligned_be64(address);
		key.low = get_unaligned_be64(address + 8);
	}
	return key;
}

static void key_write(u8 *address, struct trie_key key)
{
	put_unaligned_be64(key.high, address);
	put_unaligned_be64(key.low, address + 8);
}

/* The upper @bits bits of a word set; @bits may be anything from 0 to 64. */
static u64 upper_bits(unsigned int bits)
{
	return bits ? ~0ULL << (64 - bits) : 0;
}

static struct trie_key key_truncate(struct trie_key key, unsigned int cidr)
{
	key.high &= upper_bits(min(cidr, 64U));
	key.low &= upper_bits(cidr > 64 ? cidr - 64 : 0);
	return key;
}

/* How many leading bits two keys share: 128 if they are equal. */
static unsigned int key_shared_bits(struct trie_key a, struct trie_key b)
{
	if (a.high != b.high)
		return 64 - fls64(a.high ^ b.high);
	return 128 - fls64(a.low ^ b.low);
}

static bool key_bit(struct trie_key key, unsigned int index)
{
	return (index < 64 ? key.high >> (63 - index) : key.low >> (127 - index)) & 1;
}

/* Nodes */

static bool node_covers(const struct wg_trie_node *node, struct trie_key key)
{
	return key_shared_bits(node->key, key) >= node->cidr;
}

/* The writers' way of following a slot; the caller holds the configuration mutex. */
static struct wg_trie_node *slot_node(struct wg_trie_node __rcu *const *slot)
{
	return rcu_dereference_protected(*slot, true);
}

static struct wg_trie_node __rcu **child_slot(struct wg_trie_node *node, struct trie_key key)
{
	return &node->child[key_bit(key, node->cidr)];
}

static struct wg_trie_node __rcu **root_slot(struct wg_allowedips *table, unsigned int width)
{
	return width == IPV4_BITS ? &table->root4 : &table->root6;
}

/* Where a reader comes from to @node. */
static struct wg_trie_node __rcu **node_slot(struct wg_allowedips *table, struct wg_trie_node *node)
{
	return node->parent ? child_slot(node->parent, node->key) : root_slot(table, node->width);
}

static struct wg_trie_node *node_create(struct trie_key key, unsigned int cidr, unsigned int width)
{
	struct wg_trie_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	if (!node)
		return NULL;
	node->key = key_truncate(key, cidr);
	node->cidr = cidr;
	node->width = width;
	INIT_LIST_HEAD(&node->link);
	return node;
}

/* Hangs @below under @above, which no reader can reach yet: a plain store will do. */
static void node_adopt(struct wg_trie_node *above, struct wg_trie_node *below)
{
	RCU_INIT_POINTER(*child_slot(above, below->key), below);
	below->parent = above;
}

/* Owners */

/*
 * Readers see the old owner or the new one. The old one stays valid for those who still see it, as
 * owners are freed only a grace period after their last prefix went.
 */
static void owner_take(struct wg_allowedips_owner *owner, struct wg_trie_node *node)
{
	node->outdated = false;
	list_move_tail(&node->link, &owner->prefixes);
	/* Release: this may be the first that readers see of the owner. */
	smp_store_release(&node->owner, owner);
}

/* Insertion */

/* A place in the trie: the last node that covers what was looked for, and the slot below it. */
struct trie_place {
	struct wg_trie_node *parent; /* NULL: none does, @slot is the root */
	struct wg_trie_node __rcu **slot;
	struct wg_trie_node *node; /* what is in @slot now */
};

/* On return @node is the prefix itself, or NULL, or the first node that does not cover it. */
static struct trie_place place_find(struct wg_allowedips *table, struct trie_key key,
				    unsigned int cidr, unsigned int width)
{
	struct trie_place place = { .slot = root_slot(table, width) };

	for (;;) {
		place.node = slot_node(place.slot);
		if (!place.node || place.node->cidr >= cidr || !node_covers(place.node, key))
			return place;
		place.parent = place.node;
		place.slot = child_slot(place.node, key);
	}
}

static bool place_is(const struct trie_place *place, struct trie_key key, unsigned int cidr)
{
	return place->node && place->node->cidr == cidr && node_covers(place->node, key);
}

/* The one store that makes @top, and all that hangs under it, visible. */
static void place_publish(struct trie_place *place, struct wg_trie_node *top)
{
	top->parent = place->parent;
	rcu_assign_pointer(*place->slot, top);
}

/*
 * Puts @fresh where @place says. What is there now either lies inside @fresh and goes under it, or
 * needs a fork above both. The fork is the only allocation and comes first: if it fails, nothing
 * has changed. A reader who has already got past the slot does not meet @fresh, and sees the old
 * answer.
 */
static int place_fill(struct trie_place *place, struct wg_trie_node *fresh)
{
	struct wg_trie_node *there = place->node, *fork;
	unsigned int shared;

	if (!there) {
		place_publish(place, fresh);
		return 0;
	}
	shared = key_shared_bits(there->key, fresh->key);
	if (shared >= fresh->cidr) {
		node_adopt(fresh, there);
		place_publish(place, fresh);
		return 0;
	}
	fork = node_create(fresh->key, shared, fresh->width);
	if (!fork)
		return -ENOMEM;
	node_adopt(fork, there);
	node_adopt(fork, fresh);
	place_publish(place, fork);
	return 0;
}

static int insert_node(struct trie_place *place, struct wg_allowedips_owner *owner,
		       struct trie_key key, unsigned int cidr, unsigned int width)
{
	struct wg_trie_node *fresh = node_create(key, cidr, width);

	if (!fresh)
		return -ENOMEM;
	fresh->owner = owner;
	if (place_fill(place, fresh)) {
		kfree(fresh);
		return -ENOMEM;
	}
	list_add_tail(&fresh->link, &owner->prefixes);
	return 0;
}

/* Removal */

/* Takes out a node with at most one child, which takes its place. */
static void node_bypass(struct wg_allowedips *table, struct wg_trie_node *node)
{
	struct wg_trie_node *only = slot_node(&node->child[0]) ?: slot_node(&node->child[1]);

	/* @only is long published, but a reader must not find its content older than the slot. */
	rcu_assign_pointer(*node_slot(table, node), only);
	if (only)
		only->parent = node->parent;
	kfree_rcu(node, rcu);
}

static bool node_is_needed(const struct wg_trie_node *node)
{
	return node->owner || (slot_node(&node->child[0]) && slot_node(&node->child[1]));
}

/*
 * A node with two children stays, as a fork. One that goes may leave its parent a fork with one
 * child, which is then not needed either; the grandparent is not affected, as the parent's other
 * child takes the parent's place.
 */
static void node_remove(struct wg_allowedips *table, struct wg_trie_node *node)
{
	struct wg_trie_node *parent = node->parent;

	/* Release: a lookup that counts this removal sees every insertion before it. */
	smp_store_release(&table->removals, table->removals + 1);
	/* A lookup that sees anything of what follows must see the count changed. */
	smp_wmb();

	list_del_init(&node->link);
	WRITE_ONCE(node->owner, NULL);
	if (node_is_needed(node))
		return;
	node_bypass(table, node);
	if (parent && !node_is_needed(parent))
		node_bypass(table, parent);
}

/* The address length of a family, or 0 if the family is unknown or @cidr too long for it. */
static unsigned int width_of(u16 family, u8 cidr)
{
	unsigned int width = family == AF_INET ? IPV4_BITS : family == AF_INET6 ? IPV6_BITS : 0;

	return cidr <= width ? width : 0;
}

void wg_allowedips_init(struct wg_allowedips *table)
{
	RCU_INIT_POINTER(table->root4, NULL);
	RCU_INIT_POINTER(table->root6, NULL);
	table->removals = 0;
}

/* The node of a subtree that has no child, found by going down wherever there is something. */
static struct wg_trie_node *descend(struct wg_trie_node *node)
{
	struct wg_trie_node *below;

	while ((below = slot_node(&node->child[0]) ?: slot_node(&node->child[1])))
		node = below;
	return node;
}

/* Leaf by leaf. Owners may be gone by now, so that the nodes' links are not touched. */
static void free_subtree(struct wg_allowedips *table, unsigned int width)
{
	struct wg_trie_node *node = slot_node(root_slot(table, width)), *parent;

	while (node) {
		node = descend(node);
		parent = node->parent;
		RCU_INIT_POINTER(*node_slot(table, node), NULL);
		kfree_rcu(node, rcu);
		node = parent;
	}
}

void wg_allowedips_uninit(struct wg_allowedips *table)
{
	free_subtree(table, IPV4_BITS);
	free_subtree(table, IPV6_BITS);
}

void wg_allowedips_owner_init(struct wg_allowedips_owner *owner)
{
	INIT_LIST_HEAD(&owner->prefixes);
}

int wg_allowedips_insert(struct wg_allowedips *table, struct wg_allowedips_owner *owner, u16 family,
			 const u8 *address, u8 cidr)
{
	unsigned int width = width_of(family, cidr);
	struct trie_place place;
	struct trie_key key;

	if (!width)
		return -EINVAL;
	key = key_read(address, width);
	place = place_find(table, key, cidr, width);
	if (!place_is(&place, key, cidr))
		return insert_node(&place, owner, key, cidr, width);
	owner_take(owner, place.node);
	return 0;
}

int wg_allowedips_remove(struct wg_allowedips *table, struct wg_allowedips_owner *owner, u16 family,
			 const u8 *address, u8 cidr)
{
	unsigned int width = width_of(family, cidr);
	struct trie_place place;
	struct trie_key key;

	if (!width)
		return -EINVAL;
	key = key_read(address, width);
	place = place_find(table, key, cidr, width);
	if (place_is(&place, key, cidr) && place.node->owner == owner)
		node_remove(table, place.node);
	return 0;
}

void wg_allowedips_remove_all(struct wg_allowedips *table, struct wg_allowedips_owner *owner)
{
	wg_allowedips_outdate(owner);
	wg_allowedips_sweep(table, owner);
}

void wg_allowedips_outdate(struct wg_allowedips_owner *owner)
{
	struct wg_trie_node *node;

	list_for_each_entry(node, &owner->prefixes, link)
		node->outdated = true;
}

/* Besides the node only forks are taken out, and they are in no list: the walk stays valid. */
void wg_allowedips_sweep(struct wg_allowedips *table, struct wg_allowedips_owner *owner)
{
	struct wg_trie_node *node, *after;

	list_for_each_entry_safe(node, after, &owner->prefixes, link) {
		if (node->outdated)
			node_remove(table, node);
	}
}

/* One walk down, keeping the last owner seen. */
static struct wg_allowedips_owner *walk(struct wg_trie_node __rcu *const *slot, struct trie_key key)
{
	struct wg_allowedips_owner *owner, *best = NULL;
	struct wg_trie_node *node;

	/* The packet paths read with bottom halves off, which is a read side of RCU as well. */
	while ((node = rcu_dereference_check(*slot, rcu_read_lock_bh_held())) &&
	       node_covers(node, key)) {
		owner = READ_ONCE(node->owner);
		if (owner)
			best = owner;
		if (node->cidr == node->width)
			break;
		slot = &node->child[key_bit(key, node->cidr)];
	}
	return best;
}

struct wg_allowedips_owner *wg_allowedips_lookup(const struct wg_allowedips *table, u16 family,
						 const u8 *address)
{
	struct wg_trie_node __rcu *const *root;
	struct wg_allowedips_owner *owner;
	unsigned int width = width_of(family, 0);
	struct trie_key key;
	u32 removals;

	if (!width)
		return NULL;
	root = width == IPV4_BITS ? &table->root4 : &table->root6;
	key = key_read(address, width);
	do {
		/* Acquire: what was inserted before the last removal announced is seen. */
		removals = smp_load_acquire(&table->removals);
		owner = walk(root, key);
		/* Pairs with node_remove(): what was seen of a removal shows in the count. */
		smp_rmb();
	} while (unlikely(READ_ONCE(table->removals) != removals));
	return owner;
}

struct wg_trie_node *wg_allowedips_next(const struct wg_allowedips_owner *owner,
					const struct wg_trie_node *after, struct wg_prefix *prefix)
{
	const struct list_head *next = after ? after->link.next : owner->prefixes.next;
	struct wg_trie_node *node;

	if (next == &owner->prefixes)
		return NULL;
	node = list_entry(next, struct wg_trie_node, link);
	key_write(prefix->address, node->key);
	prefix->family = node->width == IPV4_BITS ? AF_INET : AF_INET6;
	prefix->cidr = node->cidr;
	return node;
}
