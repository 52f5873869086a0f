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
#include <linux/slab.h>
#include <linux/socket.h>
#include "peers/allowedips.h"

enum address_bits {
	IPV4_BITS = 32,
	IPV6_BITS = 128,
};

/*
 * A prefix as two numbers, the address's first bit the highest of @high; all bits after the first
 * @cidr are zero. IPv4 uses @high's upper half. Numbers, because they compare and shift without
 * regard to alignment and byte order.
 */
struct trie_key {
	u64 high;
	u64 low;
	u8 cidr;
	u8 width; /* of addresses of its family, in bits */
};

struct wg_trie_node {
	/* Constant once the node is published. */
	struct trie_key key;

	struct wg_trie_node __rcu *child[2]; /* readers: RCU; writers: configuration mutex */
	struct wg_allowedips_owner *owner;   /* likewise, by READ_ONCE/WRITE_ONCE; NULL in a fork */

	/* Configuration mutex. */
	struct wg_trie_node *parent; /* NULL at the root */
	struct list_head link;	     /* in @owner's prefixes */
	bool outdated;		     /* to be swept unless it is set again */

	struct rcu_head rcu; /* after the node has been taken out */
};

/* Keys */

unsigned int wg_allowedips_width(u16 family)
{
	return family == AF_INET ? IPV4_BITS : family == AF_INET6 ? IPV6_BITS : 0;
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
	key.cidr = cidr;
	return key;
}

/* False if the family is unknown or @cidr too long for it. */
static bool key_make(struct trie_key *key, u16 family, const u8 *address, unsigned int cidr)
{
	struct trie_key whole = { .width = wg_allowedips_width(family) };

	if (!whole.width || cidr > whole.width)
		return false;
	if (whole.width == IPV4_BITS) {
		whole.high = (u64)get_unaligned_be32(address) << 32;
	} else {
		whole.high = get_unaligned_be64(address);
		whole.low = get_unaligned_be64(address + 8);
	}
	*key = key_truncate(whole, cidr);
	return true;
}

/* How many leading bits two addresses share: 128 if they are equal. */
static unsigned int key_shared_bits(const struct trie_key *a, const struct trie_key *b)
{
	if (a->high != b->high)
		return 64 - fls64(a->high ^ b->high);
	return 128 - fls64(a->low ^ b->low);
}

static bool key_covers(const struct trie_key *outer, const struct trie_key *inner)
{
	return outer->cidr <= inner->cidr && key_shared_bits(outer, inner) >= outer->cidr;
}

/* Nodes */

/* The writers' way of following a slot; the caller holds the configuration mutex. */
static struct wg_trie_node *slot_node(struct wg_trie_node __rcu *const *slot)
{
	return rcu_dereference_protected(*slot, true);
}

/* Where below @node what lies inside it belongs: the first bit after the node's own decides. */
static struct wg_trie_node __rcu **child_slot(struct wg_trie_node *node, const struct trie_key *key)
{
	const unsigned int index = node->key.cidr;

	return &node->child[(index < 64 ? key->high >> (63 - index) : key->low >> (127 - index)) &
			    1];
}

/* Where a reader comes to @key from, if @parent is the node above it; NULL: from the root. */
static struct wg_trie_node __rcu **
slot_below(struct wg_allowedips *table, struct wg_trie_node *parent, const struct trie_key *key)
{
	return parent ? child_slot(parent, key) : &table->root[key->width == IPV6_BITS];
}

static struct wg_trie_node *node_create(struct trie_key key, struct wg_allowedips_owner *owner)
{
	struct wg_trie_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	if (!node)
		return NULL;
	node->key = key;
	node->owner = owner;
	INIT_LIST_HEAD(&node->link);
	return node;
}

/* Hangs @below under @above, which no reader can reach yet: a plain store will do. */
static void node_adopt(struct wg_trie_node *above, struct wg_trie_node *below)
{
	RCU_INIT_POINTER(*child_slot(above, &below->key), below);
	below->parent = above;
}

/*
 * The node of a prefix, or NULL, or the first node on the way to it that lies inside it or beside
 * it. @parent is the last one that the prefix lies inside, NULL if none does.
 */
static struct wg_trie_node *node_find(struct wg_allowedips *table, const struct trie_key *key,
				      struct wg_trie_node **parent)
{
	struct wg_trie_node *node = slot_node(slot_below(table, NULL, key));

	*parent = NULL;
	while (node && node->key.cidr < key->cidr && key_covers(&node->key, key)) {
		*parent = node;
		node = slot_node(child_slot(node, key));
	}
	return node;
}

static bool node_is(const struct wg_trie_node *node, const struct trie_key *key)
{
	return node && node->key.cidr == key->cidr && key_covers(&node->key, key);
}

/* Insertion */

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

/*
 * Puts a new node under @parent. What is there now either lies inside it and goes under it, or
 * needs a fork above both. All allocation comes first: if it fails, nothing has changed. The one
 * store at the end makes the new nodes visible; a reader who has already got past the slot does not
 * meet them, and sees the old answer.
 */
static int node_insert(struct wg_allowedips *table, struct wg_allowedips_owner *owner,
		       const struct trie_key *key, struct wg_trie_node *parent,
		       struct wg_trie_node *there)
{
	struct wg_trie_node *fresh = node_create(*key, owner), *top = fresh;

	if (fresh && there && !key_covers(key, &there->key))
		top = node_create(key_truncate(*key, key_shared_bits(key, &there->key)), NULL);
	if (!top) {
		kfree(fresh);
		return -ENOMEM;
	}
	if (there)
		node_adopt(top, there);
	if (top != fresh)
		node_adopt(top, fresh);
	list_add_tail(&fresh->link, &owner->prefixes);
	top->parent = parent;
	rcu_assign_pointer(*slot_below(table, parent, key), top);
	return 0;
}

int wg_allowedips_insert(struct wg_allowedips *table, struct wg_allowedips_owner *owner, u16 family,
			 const u8 *address, u8 cidr)
{
	struct wg_trie_node *node, *parent;
	struct trie_key key;

	if (!key_make(&key, family, address, cidr))
		return -EINVAL;
	node = node_find(table, &key, &parent);
	if (!node_is(node, &key))
		return node_insert(table, owner, &key, parent, node);
	owner_take(owner, node);
	return 0;
}

/* Removal */

/* Takes out a node with at most one child, which takes its place. */
static void node_bypass(struct wg_allowedips *table, struct wg_trie_node *node)
{
	struct wg_trie_node *only = slot_node(&node->child[0]) ?: slot_node(&node->child[1]);

	/* @only is long published, but a reader must not find its content older than the slot. */
	rcu_assign_pointer(*slot_below(table, node->parent, &node->key), only);
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

int wg_allowedips_remove(struct wg_allowedips *table, struct wg_allowedips_owner *owner, u16 family,
			 const u8 *address, u8 cidr)
{
	struct wg_trie_node *node, *parent;
	struct trie_key key;

	if (!key_make(&key, family, address, cidr))
		return -EINVAL;
	node = node_find(table, &key, &parent);
	if (node_is(node, &key) && node->owner == owner)
		node_remove(table, node);
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

void wg_allowedips_owner_init(struct wg_allowedips_owner *owner)
{
	INIT_LIST_HEAD(&owner->prefixes);
}

/* Reading */

/* One walk down, keeping the last owner seen. */
static struct wg_allowedips_owner *walk(struct wg_trie_node __rcu *const *slot,
					const struct trie_key *key)
{
	struct wg_allowedips_owner *owner, *best = NULL;
	struct wg_trie_node *node;

	/* The packet paths read with bottom halves off, which is a read side of RCU as well. */
	while ((node = rcu_dereference_check(*slot, rcu_read_lock_bh_held())) &&
	       key_covers(&node->key, key)) {
		owner = READ_ONCE(node->owner);
		if (owner)
			best = owner;
		/* Nothing lies inside a single address, and no bit is left to choose by. */
		if (node->key.cidr == key->cidr)
			break;
		slot = child_slot(node, key);
	}
	return best;
}

struct wg_allowedips_owner *wg_allowedips_lookup(const struct wg_allowedips *table, u16 family,
						 const u8 *address)
{
	struct wg_allowedips_owner *owner;
	struct trie_key key;
	u32 removals;

	if (!key_make(&key, family, address, wg_allowedips_width(family)))
		return NULL;
	do {
		/* Acquire: what was inserted before the last removal announced is seen. */
		removals = smp_load_acquire(&table->removals);
		owner = walk(&table->root[key.width == IPV6_BITS], &key);
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
	put_unaligned_be64(node->key.high, prefix->address);
	put_unaligned_be64(node->key.low, prefix->address + 8);
	prefix->family = node->key.width == IPV4_BITS ? AF_INET : AF_INET6;
	prefix->cidr = node->key.cidr;
	return node;
}
