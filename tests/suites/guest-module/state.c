// SPDX-License-Identifier: GPL-2.0
/*
 * Prints every byte of struct wg_device and of each struct wg_peer, and what they lead to, one
 * line for each field. Bytes that no table below names are printed as "unnamed", so that a field
 * added to the module cannot be forgotten here. What is left out stands in the tables, with why.
 */
#include "wg_state.h"

#include <crypto/blake2s.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/rtnetlink.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/rtnetlink.h>
#include "noise/limiter.c" /* for the layout of its table */
#include "peers/device.h"
#include "peers/peer.h"

enum kind {
	SHOWN,	/* in hexadecimal, or its hash if it is long */
	HASHED, /* secret */
	LOCK,	/* left out: no state, or looked at more closely elsewhere in this file */
	HINT,	/* left out: says where the next work is done, never what is done */
};

struct field {
	const char *name;
	size_t offset;
	size_t size;
	enum kind kind;
};

#define FIELD(type, member, kind)                                                 \
	{                                                                         \
#member, offsetof(type, member), sizeof_field(type, member), kind \
	}

/* In the order of declaration. */
static const struct field device_fields[] = {
	FIELD(struct wg_device, dev, SHOWN),
	FIELD(struct wg_device, identity_lock, LOCK),
	FIELD(struct wg_device, identity, HASHED),
	FIELD(struct wg_device, judge.lock, LOCK),
	FIELD(struct wg_device, judge.secret, HASHED),
	FIELD(struct wg_device, judge.secret_born, SHOWN),
	FIELD(struct wg_device, judge.mac1_key, HASHED),
	FIELD(struct wg_device, judge.cookie_key, HASHED),
	FIELD(struct wg_device, config_lock, LOCK),
	FIELD(struct wg_device, peers.xa_lock, LOCK),
	FIELD(struct wg_device, peers.xa_head, SHOWN),
	FIELD(struct wg_device, next_peer_id, SHOWN),
	FIELD(struct wg_device, peer_count, SHOWN),
	FIELD(struct wg_device, peers_by_key, LOCK), /* show_peers_by_key() */
	FIELD(struct wg_device, allowedips, SHOWN),
	FIELD(struct wg_device, config_generation, SHOWN),
	FIELD(struct wg_device, listen_port, SHOWN),
	FIELD(struct wg_device, up, SHOWN),
	FIELD(struct wg_device, fwmark, SHOWN),
	FIELD(struct wg_device, index_lock, LOCK),
	FIELD(struct wg_device, index_segments, SHOWN),
	FIELD(struct wg_device, slots_by_index, SHOWN), /* who is in it: each slot's index_node */
	FIELD(struct wg_device, handshakes_waiting, SHOWN),
	FIELD(struct wg_device, overloaded_at, SHOWN),
};

static const struct field peer_fields[] = {
	FIELD(struct wg_peer, public_key, SHOWN),
	FIELD(struct wg_peer, id, SHOWN),
	FIELD(struct wg_peer, refs, SHOWN),
	FIELD(struct wg_peer, rcu, LOCK),
	FIELD(struct wg_peer, dead, SHOWN),
	FIELD(struct wg_peer, key_node, SHOWN),
	FIELD(struct wg_peer, allowedips, SHOWN),
	FIELD(struct wg_peer, staged.qlen, SHOWN),
	FIELD(struct wg_peer, staged.lock, LOCK),
	FIELD(struct wg_peer, outbound.lock, LOCK),
	FIELD(struct wg_peer, outbound.packets, SHOWN),
	FIELD(struct wg_peer, outbound.home, HINT),
	FIELD(struct wg_peer, outbound.left_at, HINT),
	FIELD(struct wg_peer, outbound.node, HINT),
	FIELD(struct wg_peer, inbound.lock, LOCK),
	FIELD(struct wg_peer, inbound.last, HINT), /* dangles while first is NULL */
	FIELD(struct wg_peer, inbound.packets, SHOWN),
	FIELD(struct wg_peer, inbound.home, HINT),
	FIELD(struct wg_peer, inbound.left_at, HINT),
	FIELD(struct wg_peer, inbound.node, HINT),
	FIELD(struct wg_peer, endpoint_lock, SHOWN), /* counts changes */
	FIELD(struct wg_peer, endpoint, SHOWN),
	FIELD(struct wg_peer, route, SHOWN),
	FIELD(struct wg_peer, handshake_lock, LOCK),
	FIELD(struct wg_peer, handshake.remote_static, SHOWN),
	FIELD(struct wg_peer, handshake.preshared_key, HASHED),
	FIELD(struct wg_peer, handshake.static_static, HASHED),
	FIELD(struct wg_peer, handshake.static_static_generation, SHOWN),
	FIELD(struct wg_peer, handshake.newest_timestamp, SHOWN),
	FIELD(struct wg_peer, handshake.newest_accepted_at, SHOWN),
	FIELD(struct wg_peer, handshake.any_accepted, SHOWN),
	FIELD(struct wg_peer, waiting, SHOWN),
	FIELD(struct wg_peer, slots, LOCK), /* slot_fields */
	FIELD(struct wg_peer, handshake_sent, SHOWN),
	FIELD(struct wg_peer, sessions.lock, LOCK),
	FIELD(struct wg_peer, sessions.current_session, SHOWN),
	FIELD(struct wg_peer, sessions.previous, SHOWN),
	FIELD(struct wg_peer, sessions.next, SHOWN),
	FIELD(struct wg_peer, sessions.windows, SHOWN),
	FIELD(struct wg_peer, jar.lock, LOCK),
	FIELD(struct wg_peer, jar.cookie, HASHED),
	FIELD(struct wg_peer, jar.last_mac1, SHOWN),
	FIELD(struct wg_peer, timer_lock, LOCK),
	FIELD(struct wg_peer, timers, SHOWN),
	FIELD(struct wg_peer, alarm_at, SHOWN),
	FIELD(struct wg_peer, alarm.entry, LOCK), /* links of the kernel's timer wheel */
	FIELD(struct wg_peer, alarm.expires, SHOWN),
	FIELD(struct wg_peer, chores, SHOWN),
	FIELD(struct wg_peer, chore_work, LOCK), /* whether it is queued: chores */
	FIELD(struct wg_peer, rx_bytes, SHOWN),
	FIELD(struct wg_peer, tx_bytes, SHOWN),
};

static const struct field slot_fields[] = {
	FIELD(struct wg_slot, session.send_key, HASHED),
	FIELD(struct wg_slot, session.receive_key, HASHED),
	FIELD(struct wg_slot, session.born, SHOWN),
	FIELD(struct wg_slot, session.remote_index, SHOWN),
	FIELD(struct wg_slot, session.may_send, SHOWN),
	FIELD(struct wg_slot, session.rekey_asked, SHOWN),
	FIELD(struct wg_slot, session.send_counter, SHOWN),
	FIELD(struct wg_slot, session.replay, SHOWN), /* which window */
	FIELD(struct wg_slot, index_node, SHOWN),
	FIELD(struct wg_slot, users, SHOWN),
	FIELD(struct wg_slot, state, SHOWN),
	FIELD(struct wg_slot, rcu, LOCK),
};

static void show_hash(struct seq_file *out, const void *bytes, size_t len)
{
	u8 digest[BLAKE2S_HASH_SIZE];
	struct blake2s_state state;

	blake2s_init(&state, sizeof(digest));
	blake2s_update(&state, bytes, len);
	blake2s_final(&state, digest);
	seq_printf(out, "blake2s:%*phN", 16, digest);
}

static void show_bytes(struct seq_file *out, const char *where, const char *name, const void *bytes,
		       size_t len, enum kind kind)
{
	seq_printf(out, "%s%s ", where, name);
	if (kind == HASHED || len > 64)
		show_hash(out, bytes, len);
	else
		seq_printf(out, "%*phN", (int)len, bytes);
	seq_putc(out, '\n');
}

/* Constant pointers at the start, padding, and whatever is new. */
static void show_unnamed(struct seq_file *out, const char *where, const u8 *object, size_t from,
			 size_t to)
{
	char name[32];

	if (from >= to)
		return;
	snprintf(name, sizeof(name), "unnamed@%zu", from);
	show_bytes(out, where, name, object + from, to - from, HASHED);
}

static void show_object(struct seq_file *out, const char *where, const void *object, size_t size,
			const struct field *fields, size_t count)
{
	size_t done = 0, i;

	for (i = 0; i < count; i++) {
		const struct field *field = &fields[i];

		show_unnamed(out, where, object, done, field->offset);
		if (field->kind == SHOWN || field->kind == HASHED)
			show_bytes(out, where, field->name, object + field->offset, field->size,
				   field->kind);
		done = field->offset + field->size;
	}
	show_unnamed(out, where, object, done, size);
}

/* Who is in the table, in the order in which it is walked. */
static void show_peers_by_key(struct seq_file *out, const char *where, struct rhashtable *table)
{
	struct rhashtable_iter walk;
	void *entry;

	seq_printf(out, "%speers_by_key elements=%d", where, atomic_read(&table->nelems));
	rhashtable_walk_enter(table, &walk);
	rhashtable_walk_start(&walk);
	while ((entry = rhashtable_walk_next(&walk))) {
		if (!IS_ERR(entry))
			seq_printf(out, " %px", entry);
	}
	rhashtable_walk_stop(&walk);
	rhashtable_walk_exit(&walk);
	seq_putc(out, '\n');
}

static void show_allowed(struct seq_file *out, const char *where, const struct wg_peer *peer)
{
	struct wg_trie_node *node = NULL;
	struct wg_prefix prefix;

	seq_printf(out, "%sprefixes", where);
	while ((node = wg_allowedips_next(&peer->allowedips, node, &prefix)))
		seq_printf(out, " %*phN/%u", 16, prefix.address, prefix.cidr);
	seq_putc(out, '\n');
}

static void show_peer(struct seq_file *out, const char *device, struct wg_peer *peer)
{
	char where[48];
	unsigned int i;

	mutex_lock(&peer->handshake_lock);
	snprintf(where, sizeof(where), "%speer%u.", device, peer->id);
	show_object(out, where, peer, sizeof(*peer), peer_fields, ARRAY_SIZE(peer_fields));
	seq_printf(out, "%salarm_pending %d\n", where, timer_pending(&peer->alarm));
	show_allowed(out, where, peer);
	for (i = 0; i < WG_SLOTS; i++) {
		snprintf(where, sizeof(where), "%speer%u.slot%u.", device, peer->id, i);
		show_object(out, where, &peer->slots[i], sizeof(peer->slots[i]), slot_fields,
			    ARRAY_SIZE(slot_fields));
	}
	mutex_unlock(&peer->handshake_lock);
}

/* Buckets only: each set has its lock before them. */
static void show_limiter(struct seq_file *out, const char *where, const struct wg_limiter *limiter)
{
	unsigned int used = 0;
	u8 sum[BLAKE2S_HASH_SIZE] = {};
	struct blake2s_state state;
	u32 i;

	blake2s_init(&state, sizeof(sum));
	for (i = 0; i < limiter->set_count; i++) {
		blake2s_update(&state, (const u8 *)limiter->sets[i].ways,
			       sizeof(limiter->sets[i].ways));
		used += !!memchr_inv(limiter->sets[i].ways, 0, sizeof(limiter->sets[i].ways));
	}
	blake2s_final(&state, sum);
	seq_printf(out, "%slimiter.table used_sets=%u blake2s:%*phN\n", where, used, 16, sum);
}

/* Errors are counted; everything else of the device's statistics is state. */
static void show_statistics(struct seq_file *out, const char *where, struct net_device *dev)
{
	struct rtnl_link_stats64 stats;

	dev_get_stats(dev, &stats);
	seq_printf(out, "%sstatistics_rx %llu packets, %llu bytes\n", where, stats.rx_packets,
		   stats.rx_bytes);
	seq_printf(out, "%sstatistics_tx %llu packets, %llu bytes\n", where, stats.tx_packets,
		   stats.tx_bytes);
}

/* All that a namespace has ever sent, by its own count. */
static u64 sent(struct ipstats_mib __percpu *counts)
{
	unsigned int cpu;
	u64 all = 0;

	for_each_possible_cpu(cpu)
		all += READ_ONCE(per_cpu_ptr(counts, cpu)->mibs[IPSTATS_MIB_OUTPKTS]);
	return all;
}

/* Of the namespace of the device's sockets: an answer of any kind is in it. */
static void show_sent(struct seq_file *out, const char *where, struct net *net)
{
	seq_printf(out, "%ssent %llu IPv4, %llu IPv6\n", where, sent(net->mib.ip_statistics),
		   sent(net->mib.ipv6_statistics));
}

static void show_device(struct wg_device *wg, void *context)
{
	struct seq_file *out = context;
	struct wg_peer *peer;
	unsigned long id;
	char where[32];
	struct net *net;

	net = rtnl_dereference(wg->home);
	snprintf(where, sizeof(where), "%s@%u.", wg->dev->name, dev_net(wg->dev)->ns.inum);
	down_read(&wg->identity_lock);
	show_object(out, where, wg, sizeof(*wg), device_fields, ARRAY_SIZE(device_fields));
	show_peers_by_key(out, where, &wg->peers_by_key);
	show_limiter(out, where, &wg->limiter);
	show_statistics(out, where, wg->dev);
	if (net)
		show_sent(out, where, net);
	xa_for_each(&wg->peers, id, peer)
		show_peer(out, where, peer);
	up_read(&wg->identity_lock);
}

static int show_state(struct seq_file *out, void *unused)
{
	for_each_device(show_device, out);
	return 0;
}

void for_each_device(void (*visit)(struct wg_device *wg, void *context), void *context)
{
	struct net_device *dev;
	struct net *net;

	rtnl_lock();
	down_read(&net_rwsem);
	for_each_net(net)
	{
		for_each_netdev(net, dev)
		{
			struct wg_device *wg = netdev_priv(dev);

			if (!dev->rtnl_link_ops || strcmp(dev->rtnl_link_ops->kind, "wireguard"))
				continue;
			mutex_lock(&wg->config_lock);
			visit(wg, context);
			mutex_unlock(&wg->config_lock);
		}
	}
	up_read(&net_rwsem);
	rtnl_unlock();
}

static int __init wg_state_init(void)
{
	int err = -ENOMEM;

	if (!proc_create_single("wg_state", 0400, NULL, show_state))
		return err;
	err = secrets_init();
	if (err)
		goto no_secrets;
	err = lookups_init();
	if (err)
		goto no_lookups;
	return 0;

no_lookups:
	secrets_uninit();
no_secrets:
	remove_proc_entry("wg_state", NULL);
	return err;
}

static void __exit wg_state_exit(void)
{
	lookups_uninit();
	secrets_uninit();
	remove_proc_entry("wg_state", NULL);
}

module_init(wg_state_init);
module_exit(wg_state_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test only: the state of the WireGuard module under test");
