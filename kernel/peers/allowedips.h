/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cryptokey routing: which peer owns an address. Longest prefix wins. Readers take RCU; writers
 * are serialised by the caller (the device's configuration mutex). No caller ever sees a moment
 * without a route while a prefix moves from one owner to another or an owner's list is replaced.
 */
#ifndef WG_PEERS_ALLOWEDIPS_H
#define WG_PEERS_ALLOWEDIPS_H

struct wg_trie_node;

/* All zero is an empty table; so is one again whose owners have no prefixes left. */
struct wg_allowedips {
	struct wg_trie_node __rcu *root[2]; /* IPv4, IPv6 */
	u32 removals; /* announced; a lookup during which it changes begins anew */
};

/* Embedded in a peer. */
struct wg_allowedips_owner {
	struct list_head prefixes; /* configuration mutex; as they were set, newest last */
};

struct wg_prefix {
	u8 address[16]; /* the first 4 bytes for IPv4; bits beyond @cidr are zero */
	u16 family;	/* AF_INET or AF_INET6 */
	u8 cidr;
};

/* How many bits an address of a family has; 0 if we do not know the family. */
unsigned int wg_allowedips_width(u16 family);

void wg_allowedips_owner_init(struct wg_allowedips_owner *owner);

/*
 * Gives a prefix to @owner, taking it from whoever has it (a prefix set again moves to its list's
 * tail). @address may have host bits; they are ignored. 0, -EINVAL for a bad family or cidr,
 * -ENOMEM with nothing changed.
 */
int wg_allowedips_insert(struct wg_allowedips *table, struct wg_allowedips_owner *owner, u16 family,
			 const u8 *address, u8 cidr);
/* Takes a prefix from @owner, if it has it. 0, or -EINVAL for a bad family or cidr. */
int wg_allowedips_remove(struct wg_allowedips *table, struct wg_allowedips_owner *owner, u16 family,
			 const u8 *address, u8 cidr);
void wg_allowedips_remove_all(struct wg_allowedips *table, struct wg_allowedips_owner *owner);

/*
 * Replacing a list without a gap: _outdate marks all of the owner's prefixes, _insert clears the
 * mark of what is set again, _sweep removes what is still marked.
 */
void wg_allowedips_outdate(struct wg_allowedips_owner *owner);
void wg_allowedips_sweep(struct wg_allowedips *table, struct wg_allowedips_owner *owner);

/* RCU read side. @address is 4 or 16 bytes, any alignment. */
struct wg_allowedips_owner *wg_allowedips_lookup(const struct wg_allowedips *table, u16 family,
						 const u8 *address);

/* Walking an owner's list, under the configuration mutex: NULL starts; NULL ends. */
struct wg_trie_node *wg_allowedips_next(const struct wg_allowedips_owner *owner,
					const struct wg_trie_node *after, struct wg_prefix *prefix);

#endif
