// SPDX-License-Identifier: GPL-2.0
/*
 * The Generic Netlink family "wireguard". A SET message is validated as a whole before any of it is
 * applied, so that a mistake in the last peer leaves the first untouched. Neither SET nor GET needs
 * rtnl or genl's own mutex: a device's configuration has its own lock, and a long dump or change of
 * one device keeps nobody waiting who is busy with another.
 */
#include "control/genl.h"

#include <linux/wireguard.h>
#include "link/device.h"
#include "path/alarm.h"
#include "path/transmit.h"
#include "path/udp.h"
#include "peers/device.h"
#include "peers/registry.h"

static struct genl_family family;

static const struct nla_policy device_policy[WGDEVICE_A_MAX + 1] = {
	[WGDEVICE_A_IFINDEX] = { .type = NLA_U32 },
	[WGDEVICE_A_IFNAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[WGDEVICE_A_PRIVATE_KEY] = NLA_POLICY_EXACT_LEN(WG_KEY_LEN),
	[WGDEVICE_A_PUBLIC_KEY] = NLA_POLICY_EXACT_LEN(WG_KEY_LEN),
	[WGDEVICE_A_FLAGS] = { .type = NLA_U32 },
	[WGDEVICE_A_LISTEN_PORT] = { .type = NLA_U16 },
	[WGDEVICE_A_FWMARK] = { .type = NLA_U32 },
	[WGDEVICE_A_PEERS] = { .type = NLA_NESTED },
};

static const struct nla_policy peer_policy[WGPEER_A_MAX + 1] = {
	[WGPEER_A_PUBLIC_KEY] = NLA_POLICY_EXACT_LEN(WG_KEY_LEN),
	[WGPEER_A_PRESHARED_KEY] = NLA_POLICY_EXACT_LEN(WG_KEY_LEN),
	[WGPEER_A_FLAGS] = { .type = NLA_U32 },
	[WGPEER_A_ENDPOINT] = NLA_POLICY_MIN_LEN(sizeof(struct sockaddr)),
	[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL] = { .type = NLA_U16 },
	[WGPEER_A_LAST_HANDSHAKE_TIME] = NLA_POLICY_EXACT_LEN(sizeof(struct __kernel_timespec)),
	[WGPEER_A_RX_BYTES] = { .type = NLA_U64 },
	[WGPEER_A_TX_BYTES] = { .type = NLA_U64 },
	[WGPEER_A_ALLOWEDIPS] = { .type = NLA_NESTED },
	[WGPEER_A_PROTOCOL_VERSION] = { .type = NLA_U32 },
};

/*
 * Linux 6.16 gave single prefixes a flag by which they are removed; older headers do not name it.
 */
#define ALLOWEDIP_FLAGS	    4
#define ALLOWEDIP_MAX	    ALLOWEDIP_FLAGS
#define ALLOWEDIP_REMOVE_ME BIT(0)

static const struct nla_policy allowedip_policy[ALLOWEDIP_MAX + 1] = {
	[WGALLOWEDIP_A_FAMILY] = { .type = NLA_U16 },
	[WGALLOWEDIP_A_IPADDR] = NLA_POLICY_MIN_LEN(sizeof(struct in_addr)),
	[WGALLOWEDIP_A_CIDR_MASK] = { .type = NLA_U8 },
	[ALLOWEDIP_FLAGS] = NLA_POLICY_MASK(NLA_U32, ALLOWEDIP_REMOVE_ME),
};

/* An absent attribute sets no flag. */
static u32 flags_of(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

/*
 * Calls @visit for each item of a list of nests, with its attributes and @context; the first that
 * fails ends the walk. The items' own types mean nothing, as in an array. Their nests are not
 * covered by the family's policy, so they are parsed here, once to be checked and once to be
 * applied: the message lies in our own buffer and cannot change in between.
 */
static int visit_items(const struct nlattr *list, const struct nla_policy *policy, int max_type,
		       int (*visit)(struct nlattr **attrs, void *context), void *context)
{
	struct nlattr *attrs[WGPEER_A_MAX + 1], *item;
	int rem, err = 0;

	if (!list)
		return 0;
	nla_for_each_nested(item, list, rem) {
		err = nla_parse_nested(attrs, max_type, item, policy, NULL);
		if (!err)
			err = visit(attrs, context);
		if (err)
			break;
	}
	return err;
}

/*
 * Locks the configuration of a device; takes over the reference on @dev. It keeps the device until
 * unlock_device(), even if rtnl takes it out of service meanwhile: what is changed then is
 * destroyed with it.
 */
static struct wg_device *lock_device(struct net_device *dev)
{
	struct wg_device *wg;

	if (!dev)
		return ERR_PTR(-ENODEV);
	if (!wg_device_is_ours(dev)) {
		dev_put(dev);
		return ERR_PTR(-EOPNOTSUPP);
	}
	wg = netdev_priv(dev);
	mutex_lock(&wg->config_lock);
	return wg;
}

/* The device that a request names, by index or by name but not both, in the caller's namespace. */
static struct wg_device *lock_named_device(struct net *net, struct nlattr **attrs)
{
	struct nlattr *index = attrs[WGDEVICE_A_IFINDEX], *name = attrs[WGDEVICE_A_IFNAME];

	if (!index == !name)
		return ERR_PTR(-EBADR);
	return lock_device(index ? dev_get_by_index(net, nla_get_u32(index)) :
				   dev_get_by_name(net, nla_data(name)));
}

static void unlock_device(struct wg_device *wg)
{
	mutex_unlock(&wg->config_lock);
	dev_put(wg->dev);
}

/* Validation: what is wrong, for each level of nesting. Nothing here changes anything. */

static int check_allowedip(struct nlattr **attrs, void *unused)
{
	struct nlattr *family = attrs[WGALLOWEDIP_A_FAMILY], *cidr = attrs[WGALLOWEDIP_A_CIDR_MASK];
	struct nlattr *address = attrs[WGALLOWEDIP_A_IPADDR];
	unsigned int width;

	if (!family || !address || !cidr)
		return -EINVAL;
	width = wg_allowedips_width(nla_get_u16(family));
	return nla_len(address) * 8 == width && nla_get_u8(cidr) <= width ? 0 : -EINVAL;
}

static int check_peer(struct nlattr **attrs, void *context)
{
	const u32 known = WGPEER_F_REMOVE_ME | WGPEER_F_REPLACE_ALLOWEDIPS | WGPEER_F_UPDATE_ONLY;
	struct nlattr *flags = attrs[WGPEER_A_FLAGS], *version = attrs[WGPEER_A_PROTOCOL_VERSION];
	struct netlink_ext_ack *extack = context;

	if (!attrs[WGPEER_A_PUBLIC_KEY]) {
		NL_SET_ERR_MSG(extack, "A peer has no public key");
		return -EINVAL;
	}
	/* A policy's mask would say EINVAL, which is not what callers know. */
	if (flags_of(flags) & ~known) {
		NL_SET_ERR_MSG_ATTR(extack, flags, "Unknown peer flag");
		return -EOPNOTSUPP;
	}
	if (version && nla_get_u32(version) != 1) {
		NL_SET_ERR_MSG_ATTR(extack, version, "Unknown protocol version");
		return -EPFNOSUPPORT;
	}
	return visit_items(attrs[WGPEER_A_ALLOWEDIPS], allowedip_policy, ALLOWEDIP_MAX,
			   check_allowedip, NULL);
}

/*
 * Ports and marks act in the namespace of the sockets: who sets them must be its administrator
 * too, and when it is gone there is nobody who could.
 */
static bool may_change_sockets(struct wg_device *wg, struct sk_buff *skb)
{
	struct net *home;
	bool may;

	rcu_read_lock();
	home = rcu_dereference(wg->home);
	may = home && netlink_ns_capable(skb, home->user_ns, CAP_NET_ADMIN);
	rcu_read_unlock();
	return may;
}

static int check_device(struct wg_device *wg, struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs, *flags = attrs[WGDEVICE_A_FLAGS];

	if (flags_of(flags) & ~WGDEVICE_F_REPLACE_PEERS) {
		NL_SET_ERR_MSG_ATTR(info->extack, flags, "Unknown device flag");
		return -EOPNOTSUPP;
	}
	if ((attrs[WGDEVICE_A_LISTEN_PORT] || attrs[WGDEVICE_A_FWMARK]) &&
	    !may_change_sockets(wg, skb))
		return -EPERM;
	return visit_items(attrs[WGDEVICE_A_PEERS], peer_policy, WGPEER_A_MAX, check_peer,
			   info->extack);
}

/*
 * Application: the message is known to be sound. What can still fail is a port that somebody else
 * has, and memory for new peers and prefixes. The port comes first, so that a taken one leaves all
 * as it was; running out of memory leaves what came before it in the message applied, whole items
 * each, and nothing to be put right but by sending the rest again.
 */

static int set_sockets(struct wg_device *wg, struct nlattr *port, struct nlattr *mark)
{
	struct wg_peer *peer;
	unsigned long id;
	int err;

	if (port && wg->listen_port != nla_get_u16(port)) {
		/* Up, the new sockets are open before the old ones go; down, it is a wish. */
		err = wg->up ? wg_udp_open(wg, nla_get_u16(port)) : 0;
		if (err)
			return err;
		if (!wg->up)
			wg->listen_port = nla_get_u16(port);
	} else if (!mark) {
		return 0;
	}
	if (mark)
		WRITE_ONCE(wg->fwmark, nla_get_u32(mark));
	xa_for_each(&wg->peers, id, peer)
		wg_udp_forget_source(peer);
	return 0;
}

/* What the steps of applying a message share. */
struct change {
	struct wg_device *wg;
	struct list_head leaving; /* peers to remove, all at the cost of one grace period */
};

/*
 * Sessions made under the former key may still receive, so that nothing under way is lost, but not
 * send: the next packet starts a handshake under the new key. The writer's lock waits for handshake
 * steps under way, so that none begins under one key and ends under the other. No peer may be
 * retired meanwhile: that waits for work which takes the same lock.
 */
static void use_identity(struct wg_device *wg, const struct wg_identity *fresh)
{
	struct wg_peer *peer;
	unsigned long id;

	down_write(&wg->identity_lock);
	wg->identity = *fresh;
	wg_cookie_judge_rekey(&wg->judge, fresh->public_key);
	xa_for_each(&wg->peers, id, peer)
		wg_peer_revoke_sessions(peer);
	up_write(&wg->identity_lock);
}

static void set_private_key(struct change *change, const u8 *private_key)
{
	struct wg_device *wg = change->wg;
	struct wg_identity fresh = { .generation = wg->identity.generation };
	bool first = !wg->identity.present;
	struct wg_peer *peer;
	unsigned long id;

	wg_identity_set(&fresh, private_key);
	if (crypto_memneq(fresh.private_key, wg->identity.private_key, NOISE_KEY_SIZE)) {
		/* A peer with our own key would be ourselves. */
		peer = fresh.present ? wg_registry_find_peer(wg, fresh.public_key) : NULL;
		if (peer)
			wg_peer_unlink(peer, &change->leaving);
		use_identity(wg, &fresh);
		/* Packets may have been waiting since before there was a key to use. */
		if (first && wg->up)
			xa_for_each(&wg->peers, id, peer)
				wg_transmit_flush(peer);
	}
	memzero_explicit(&fresh, sizeof(fresh));
}

static int set_allowedip(struct nlattr **attrs, void *context)
{
	struct wg_peer *peer = context;
	struct wg_allowedips *table = &peer->device->allowedips;
	u16 af = nla_get_u16(attrs[WGALLOWEDIP_A_FAMILY]);
	u8 cidr = nla_get_u8(attrs[WGALLOWEDIP_A_CIDR_MASK]);
	const u8 *address = nla_data(attrs[WGALLOWEDIP_A_IPADDR]);

	if (flags_of(attrs[ALLOWEDIP_FLAGS]) & ALLOWEDIP_REMOVE_ME)
		return wg_allowedips_remove(table, &peer->allowedips, af, address, cidr);
	return wg_allowedips_insert(table, &peer->allowedips, af, address, cidr);
}

/* Replacing marks first and sweeps last: what is in both lists, old and new, never has no owner. */
static int set_allowedips(struct wg_peer *peer, const struct nlattr *list, bool replace)
{
	int err;

	if (replace)
		wg_allowedips_outdate(&peer->allowedips);
	err = visit_items(list, allowedip_policy, ALLOWEDIP_MAX, set_allowedip, peer);
	if (replace)
		wg_allowedips_sweep(&peer->device->allowedips, &peer->allowedips);
	return err;
}

/* Used from the next handshake on; sessions under way stay. */
static void set_preshared_key(struct wg_peer *peer, const u8 *key)
{
	mutex_lock(&peer->handshake_lock);
	memcpy(peer->handshake.preshared_key, key, NOISE_KEY_SIZE);
	mutex_unlock(&peer->handshake_lock);
}

static int update_peer(struct wg_peer *peer, struct nlattr **attrs, bool replace_allowedips)
{
	struct nlattr *keepalive = attrs[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL];
	struct nlattr *endpoint = attrs[WGPEER_A_ENDPOINT];
	int err;

	if (attrs[WGPEER_A_PRESHARED_KEY])
		set_preshared_key(peer, nla_data(attrs[WGPEER_A_PRESHARED_KEY]));
	if (endpoint)
		wg_udp_set_endpoint(peer, nla_data(endpoint), nla_len(endpoint));
	err = set_allowedips(peer, attrs[WGPEER_A_ALLOWEDIPS], replace_allowedips);
	if (err)
		return err;
	if (keepalive)
		wg_alarm_set_persistent(peer, nla_get_u16(keepalive));
	/* Whatever packets waited for may be there now. */
	if (peer->device->up)
		wg_transmit_flush(peer);
	return 0;
}

/* The peer of a SET item, made if it is new; NULL if there is nothing to do for it. */
static struct wg_peer *peer_of_item(struct wg_device *wg, const u8 *public_key, u32 flags)
{
	struct wg_peer *peer;

	/* A configuration shared by all members of a network names ourselves too. */
	if (wg->identity.present && !memcmp(public_key, wg->identity.public_key, NOISE_KEY_SIZE))
		return NULL;
	peer = wg_registry_find_peer(wg, public_key);
	if (peer || flags & (WGPEER_F_REMOVE_ME | WGPEER_F_UPDATE_ONLY))
		return peer;
	peer = wg_peer_create(wg, public_key);
	if (!IS_ERR(peer) && wg->up)
		wg_alarm_raise(peer, BIT(WG_EVENT_START));
	return peer;
}

static int set_peer(struct nlattr **attrs, void *context)
{
	u32 flags = flags_of(attrs[WGPEER_A_FLAGS]);
	struct change *change = context;
	struct wg_peer *peer;

	peer = peer_of_item(change->wg, nla_data(attrs[WGPEER_A_PUBLIC_KEY]), flags);
	if (IS_ERR_OR_NULL(peer))
		return PTR_ERR_OR_ZERO(peer);
	if (!(flags & WGPEER_F_REMOVE_ME))
		return update_peer(peer, attrs, flags & WGPEER_F_REPLACE_ALLOWEDIPS);
	wg_peer_unlink(peer, &change->leaving);
	return 0;
}

static int apply(struct wg_device *wg, struct nlattr **attrs)
{
	struct change change = { .wg = wg, .leaving = LIST_HEAD_INIT(change.leaving) };
	int err;

	/* A dump must notice, and 0 means to netlink that there is nothing to notice. */
	if (!++wg->config_generation)
		wg->config_generation = 1;
	err = set_sockets(wg, attrs[WGDEVICE_A_LISTEN_PORT], attrs[WGDEVICE_A_FWMARK]);
	if (err)
		return err;
	/* Done with before others come: of a million peers there is no room for two million. */
	if (flags_of(attrs[WGDEVICE_A_FLAGS]) & WGDEVICE_F_REPLACE_PEERS)
		wg_peer_remove_all(wg);
	if (attrs[WGDEVICE_A_PRIVATE_KEY])
		set_private_key(&change, nla_data(attrs[WGDEVICE_A_PRIVATE_KEY]));
	err = visit_items(attrs[WGDEVICE_A_PEERS], peer_policy, WGPEER_A_MAX, set_peer, &change);
	wg_peers_retire(&change.leaving);
	return err;
}

static int change_device(struct sk_buff *skb, struct genl_info *info)
{
	struct wg_device *wg = lock_named_device(genl_info_net(info), info->attrs);
	int err = PTR_ERR_OR_ZERO(wg);

	if (!err) {
		err = check_device(wg, skb, info);
		if (!err)
			err = apply(wg, info->attrs);
		unlock_device(wg);
	}
	/*
	 * The request's buffer goes back to the allocator, and a copy of it into the report of a
	 * failure: no key may be in it, not even one in a place where none was looked for.
	 */
	memzero_explicit(genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr));
	return err;
}

/*
 * GET is a dump. Its cursor names things by number, never by pointer: between two messages of a
 * dump anything may be removed. The device is looked up anew for each message, so that an idle
 * reader keeps nothing alive.
 *
 * The messages hold private and pre-shared keys and are not wiped when they are freed: they belong
 * to netlink, which tells nobody when that is, and may be shared with a monitor of netlink. Whoever
 * may read them has them in memory of its own anyway.
 */
struct cursor {
	u32 ifindex;
	u32 last;     /* id of the last peer that is complete; 0: none is */
	u32 begun;    /* id of the last peer of which something was given; 0: none */
	u32 prefixes; /* of that peer, how many were given */
};

static bool put_prefix(struct sk_buff *skb, const struct wg_prefix *prefix)
{
	size_t size = wg_allowedips_width(prefix->family) / 8;
	struct nlattr *nest = nla_nest_start(skb, 0);

	if (!nest)
		return false;
	if (nla_put_u8(skb, WGALLOWEDIP_A_CIDR_MASK, prefix->cidr) ||
	    nla_put_u16(skb, WGALLOWEDIP_A_FAMILY, prefix->family) ||
	    nla_put(skb, WGALLOWEDIP_A_IPADDR, size, prefix->address)) {
		nla_nest_cancel(skb, nest);
		return false;
	}
	nla_nest_end(skb, nest);
	return true;
}

/* True when all of the peer's prefixes have been given. An empty list is not mentioned. */
static bool put_prefixes(struct sk_buff *skb, struct wg_peer *peer, struct cursor *cursor)
{
	struct wg_trie_node *node = NULL;
	struct nlattr *list = NULL;
	struct wg_prefix prefix;
	u32 skip = cursor->prefixes;

	while ((node = wg_allowedips_next(&peer->allowedips, node, &prefix))) {
		if (skip) {
			--skip;
			continue;
		}
		if (!list)
			list = nla_nest_start(skb, WGPEER_A_ALLOWEDIPS);
		if (!list || !put_prefix(skb, &prefix))
			break;
		++cursor->prefixes;
	}
	if (list)
		nla_nest_end(skb, list);
	return !node;
}

static bool put_endpoint(struct sk_buff *skb, struct wg_peer *peer)
{
	struct wg_endpoint endpoint;
	size_t size;

	wg_udp_get_endpoint(peer, &endpoint);
	if (endpoint.remote.any.sa_family == AF_UNSPEC)
		return true;
	size = endpoint.remote.any.sa_family == AF_INET ? sizeof(endpoint.remote.v4) :
							  sizeof(endpoint.remote.v6);
	return !nla_put(skb, WGPEER_A_ENDPOINT, size, &endpoint.remote);
}

/* Given even if it is zero, for none: readers expect it. */
static bool put_preshared_key(struct sk_buff *skb, struct wg_peer *peer)
{
	bool fits;

	mutex_lock(&peer->handshake_lock);
	fits = !nla_put(skb, WGPEER_A_PRESHARED_KEY, NOISE_KEY_SIZE, peer->handshake.preshared_key);
	mutex_unlock(&peer->handshake_lock);
	return fits;
}

static bool put_peer_attributes(struct sk_buff *skb, struct wg_peer *peer)
{
	u64 tx = atomic64_read(&peer->tx_bytes), rx = atomic64_read(&peer->rx_bytes);
	u16 keepalive = READ_ONCE(peer->timers.persistent_seconds);
	struct timespec64 handshake = ns_to_timespec64(atomic64_read(&peer->last_handshake));
	struct __kernel_timespec stamp = { handshake.tv_sec, handshake.tv_nsec };

	return put_preshared_key(skb, peer) &&
	       !nla_put(skb, WGPEER_A_LAST_HANDSHAKE_TIME, sizeof(stamp), &stamp) &&
	       !nla_put_u16(skb, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, keepalive) &&
	       !nla_put_u64_64bit(skb, WGPEER_A_TX_BYTES, tx, WGPEER_A_UNSPEC) &&
	       !nla_put_u64_64bit(skb, WGPEER_A_RX_BYTES, rx, WGPEER_A_UNSPEC) &&
	       !nla_put_u32(skb, WGPEER_A_PROTOCOL_VERSION, 1) && put_endpoint(skb, peer);
}

/* True when the peer is complete. One that does not fit is continued under its key in the next. */
static bool put_peer(struct sk_buff *skb, struct wg_peer *peer, struct cursor *cursor)
{
	struct nlattr *nest = nla_nest_start(skb, 0);
	bool complete;

	if (!nest)
		return false;
	if (nla_put(skb, WGPEER_A_PUBLIC_KEY, NOISE_KEY_SIZE, peer->public_key) ||
	    (cursor->begun != peer->id && !put_peer_attributes(skb, peer))) {
		nla_nest_cancel(skb, nest);
		return false;
	}
	if (cursor->begun != peer->id)
		cursor->prefixes = 0;
	cursor->begun = peer->id;
	complete = put_prefixes(skb, peer, cursor);
	nla_nest_end(skb, nest);
	return complete;
}

/* True when all peers are complete. Ids only grow, so those made meanwhile are met at the end. */
static bool put_peers(struct sk_buff *skb, struct wg_device *wg, struct cursor *cursor)
{
	struct nlattr *list = NULL;
	struct wg_peer *peer;
	unsigned long id;

	xa_for_each_start(&wg->peers, id, peer, cursor->last + 1UL) {
		if (!list)
			list = nla_nest_start(skb, WGDEVICE_A_PEERS);
		if (!list || !put_peer(skb, peer, cursor))
			break;
		cursor->last = id;
	}
	if (list)
		nla_nest_end(skb, list);
	return !peer;
}

static bool put_device_attributes(struct sk_buff *skb, struct wg_device *wg)
{
	/* Only SET changes it, under config_lock, which we hold. */
	const struct wg_identity *identity = &wg->identity;
	char name[IFNAMSIZ];

	/* Renaming takes rtnl, which we do without: the copy at least cannot lose its end. */
	strscpy(name, wg->dev->name, sizeof(name));
	return !nla_put_u16(skb, WGDEVICE_A_LISTEN_PORT, wg->listen_port) &&
	       !nla_put_u32(skb, WGDEVICE_A_FWMARK, wg->fwmark) &&
	       !nla_put_u32(skb, WGDEVICE_A_IFINDEX, wg->dev->ifindex) &&
	       !nla_put_string(skb, WGDEVICE_A_IFNAME, name) &&
	       (!identity->present ||
		(!nla_put(skb, WGDEVICE_A_PRIVATE_KEY, NOISE_KEY_SIZE, identity->private_key) &&
		 !nla_put(skb, WGDEVICE_A_PUBLIC_KEY, NOISE_KEY_SIZE, identity->public_key)));
}

static int put_message(struct sk_buff *skb, struct netlink_callback *cb, struct wg_device *wg)
{
	struct cursor *cursor = (struct cursor *)cb->ctx;
	bool complete;
	void *header;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
			     NLM_F_MULTI, WG_CMD_GET_DEVICE);
	if (!header)
		return -EMSGSIZE;
	/*
	 * A count of prefixes means nothing once the list it counted may have changed: the rest of
	 * that peer is left out, as the reader is told to begin anew.
	 */
	if (cb->prev_seq != wg->config_generation)
		cursor->last = cursor->begun;
	cb->seq = wg->config_generation;
	genl_dump_check_consistent(cb, header);
	/* Readers expect them until a first peer is complete, and from then on no more. */
	if (!cursor->last && !put_device_attributes(skb, wg)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	complete = put_peers(skb, wg, cursor);
	genlmsg_end(skb, header);
	/* 0: netlink closes the dump in the same datagram, if there is room. */
	return complete ? 0 : skb->len;
}

/* Errors found here are answered by an error message, later ones by the dump's last message. */
static int dump_device_start(struct netlink_callback *cb)
{
	struct cursor *cursor = (struct cursor *)cb->ctx;
	struct wg_device *wg;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	wg = lock_named_device(sock_net(cb->skb->sk), wg_compat_dump_attrs(cb));
	if (IS_ERR(wg))
		return PTR_ERR(wg);
	cursor->ifindex = wg->dev->ifindex;
	unlock_device(wg);
	return 0;
}

/* Makes one message of the answer; between two of them no lock is held. */
static int dump_device(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = (struct cursor *)cb->ctx;
	struct wg_device *wg;
	int ret;

	/* By number: a device that was renamed meanwhile is still the one that was asked for. */
	wg = lock_device(dev_get_by_index(sock_net(cb->skb->sk), cursor->ifindex));
	if (IS_ERR(wg))
		return PTR_ERR(wg);
	ret = put_message(skb, cb, wg);
	unlock_device(wg);
	return ret;
}

static const struct genl_ops operations[] = {
	{
		.cmd = WG_CMD_GET_DEVICE,
		.start = dump_device_start,
		.dumpit = dump_device,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{ .cmd = WG_CMD_SET_DEVICE, .doit = change_device, .flags = GENL_UNS_ADMIN_PERM },
};

/*
 * For its two commands no stricter validation of headers than the in-tree family's: clients that
 * fill reserved fields have worked so far. parallel_ops: the device's own lock is enough.
 */
static struct genl_family family __ro_after_init = {
	.name = WG_GENL_NAME,
	.version = WG_GENL_VERSION,
	.maxattr = WGDEVICE_A_MAX,
	.policy = device_policy,
	.ops = operations,
	.n_ops = ARRAY_SIZE(operations),
	.resv_start_op = WG_CMD_SET_DEVICE + 1,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
};

int __init wg_genl_init(void)
{
	return genl_register_family(&family);
}

void wg_genl_uninit(void)
{
	genl_unregister_family(&family);
}
