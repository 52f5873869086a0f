// SPDX-License-Identifier: GPL-2.0
/*
 * The Generic Netlink family "wireguard". A SET message is validated as a whole before any of it is
 * applied, so that a mistake in the last peer leaves the first untouched. Neither SET nor GET needs
 * rtnl: a device's configuration has its own lock.
 */
#include "control/genl.h"

#include <linux/wireguard.h>
#include <net/genetlink.h>
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
enum {
	ALLOWEDIP_FLAGS = 4,
	ALLOWEDIP_MAX = ALLOWEDIP_FLAGS,
	ALLOWEDIP_REMOVE_ME = 1 << 0,
};

static const struct nla_policy allowedip_policy[ALLOWEDIP_MAX + 1] = {
	[WGALLOWEDIP_A_FAMILY] = { .type = NLA_U16 },
	[WGALLOWEDIP_A_IPADDR] = NLA_POLICY_MIN_LEN(sizeof(struct in_addr)),
	[WGALLOWEDIP_A_CIDR_MASK] = { .type = NLA_U8 },
	[ALLOWEDIP_FLAGS] = { .type = NLA_U32 },
};

/* A device whose configuration is locked, found by name or index in the caller's namespace. */
static struct wg_device *lock_device(struct net *net, struct nlattr **attrs)
{
	struct net_device *dev;
	struct wg_device *wg;

	if (!attrs[WGDEVICE_A_IFINDEX] == !attrs[WGDEVICE_A_IFNAME])
		return ERR_PTR(-EBADR);
	if (attrs[WGDEVICE_A_IFINDEX])
		dev = dev_get_by_index(net, nla_get_u32(attrs[WGDEVICE_A_IFINDEX]));
	else
		dev = dev_get_by_name(net, nla_data(attrs[WGDEVICE_A_IFNAME]));
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

static void unlock_device(struct wg_device *wg)
{
	struct net_device *dev = wg->dev;

	mutex_unlock(&wg->config_lock);
	dev_put(dev);
}

/* A dump must notice every change, and 0 means to netlink that there is nothing to notice. */
static void mark_changed(struct wg_device *wg)
{
	if (!++wg->config_generation)
		wg->config_generation = 1;
}

/* Validation: what is wrong, for each level of nesting. Nothing here changes anything. */

static int check_allowedip(struct nlattr **attrs)
{
	unsigned int size, bits;

	if (!attrs[WGALLOWEDIP_A_FAMILY] || !attrs[WGALLOWEDIP_A_IPADDR] ||
	    !attrs[WGALLOWEDIP_A_CIDR_MASK])
		return -EINVAL;
	if (attrs[ALLOWEDIP_FLAGS] && nla_get_u32(attrs[ALLOWEDIP_FLAGS]) & ~ALLOWEDIP_REMOVE_ME)
		return -EINVAL;
	switch (nla_get_u16(attrs[WGALLOWEDIP_A_FAMILY])) {
	case AF_INET:
		size = sizeof(struct in_addr);
		break;
	case AF_INET6:
		size = sizeof(struct in6_addr);
		break;
	default:
		return -EINVAL;
	}
	bits = nla_get_u8(attrs[WGALLOWEDIP_A_CIDR_MASK]);
	return nla_len(attrs[WGALLOWEDIP_A_IPADDR]) == size && bits <= size * 8 ? 0 : -EINVAL;
}

static int check_allowedips(const struct nlattr *list)
{
	struct nlattr *attrs[ALLOWEDIP_MAX + 1], *item;
	int rem, err;

	nla_for_each_nested(item, list, rem) {
		err = nla_parse_nested(attrs, ALLOWEDIP_MAX, item, allowedip_policy, NULL);
		if (!err)
			err = check_allowedip(attrs);
		if (err)
			return err;
	}
	return 0;
}

static int check_peer(struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	const u32 known = WGPEER_F_REMOVE_ME | WGPEER_F_REPLACE_ALLOWEDIPS | WGPEER_F_UPDATE_ONLY;

	if (!attrs[WGPEER_A_PUBLIC_KEY]) {
		NL_SET_ERR_MSG(extack, "A peer has no public key");
		return -EINVAL;
	}
	if (attrs[WGPEER_A_FLAGS] && nla_get_u32(attrs[WGPEER_A_FLAGS]) & ~known) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[WGPEER_A_FLAGS], "Unknown peer flag");
		return -EOPNOTSUPP;
	}
	if (attrs[WGPEER_A_PROTOCOL_VERSION] &&
	    nla_get_u32(attrs[WGPEER_A_PROTOCOL_VERSION]) != 1) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[WGPEER_A_PROTOCOL_VERSION],
				    "Unknown protocol version");
		return -EPFNOSUPPORT;
	}
	return attrs[WGPEER_A_ALLOWEDIPS] ? check_allowedips(attrs[WGPEER_A_ALLOWEDIPS]) : 0;
}

static int check_peers(const struct nlattr *list, struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[WGPEER_A_MAX + 1], *item;
	int rem, err;

	nla_for_each_nested(item, list, rem) {
		err = nla_parse_nested(attrs, WGPEER_A_MAX, item, peer_policy, NULL);
		if (!err)
			err = check_peer(attrs, extack);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Ports and marks act in the namespace of the sockets: who sets them must be its administrator
 * too.
 */
static int check_home_rights(struct wg_device *wg, struct sk_buff *skb)
{
	struct net *home;
	int err = -EPERM;

	rcu_read_lock();
	home = rcu_dereference(wg->home);
	if (home && netlink_ns_capable(skb, home->user_ns, CAP_NET_ADMIN))
		err = 0;
	rcu_read_unlock();
	return err;
}

static int check_device(struct wg_device *wg, struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	int err;

	if (attrs[WGDEVICE_A_FLAGS] &&
	    nla_get_u32(attrs[WGDEVICE_A_FLAGS]) & ~WGDEVICE_F_REPLACE_PEERS) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[WGDEVICE_A_FLAGS], "Unknown device flag");
		return -EOPNOTSUPP;
	}
	if (attrs[WGDEVICE_A_LISTEN_PORT] || attrs[WGDEVICE_A_FWMARK]) {
		err = check_home_rights(wg, skb);
		if (err)
			return err;
	}
	return attrs[WGDEVICE_A_PEERS] ? check_peers(attrs[WGDEVICE_A_PEERS], info->extack) : 0;
}

/* Application: the message is known to be sound; only memory or a taken port can still fail. */

static void forget_sources(struct wg_device *wg)
{
	struct wg_peer *peer;
	unsigned long id;

	xa_for_each(&wg->peers, id, peer)
		wg_udp_forget_source(peer);
}

static void set_fwmark(struct wg_device *wg, u32 fwmark)
{
	WRITE_ONCE(wg->fwmark, fwmark);
	forget_sources(wg);
}

static int set_listen_port(struct wg_device *wg, u16 port)
{
	int err;

	if (wg->listen_port == port)
		return 0;
	if (!wg->up) {
		wg->listen_port = port;
	} else {
		err = wg_udp_open(wg, port);
		if (err)
			return err;
	}
	forget_sources(wg);
	return 0;
}

static void remove_peer_with_key(struct wg_device *wg, const u8 *public_key)
{
	struct wg_peer *peer = wg_registry_find_peer(wg, public_key);
	LIST_HEAD(leaving);

	if (!peer)
		return;
	wg_peer_unlink(peer, &leaving);
	wg_peers_retire(&leaving);
}

/*
 * Sessions made under the former key may still receive, so that nothing under way is lost, but not
 * send: the next packet starts a handshake under the new key.
 */
static void use_identity(struct wg_device *wg, const struct wg_identity *fresh)
{
	struct wg_peer *peer;
	unsigned long id;

	down_write(&wg->identity_lock);
	wg->identity.present = fresh->present;
	memcpy(wg->identity.private_key, fresh->private_key, NOISE_KEY_SIZE);
	memcpy(wg->identity.public_key, fresh->public_key, NOISE_KEY_SIZE);
	if (!++wg->identity.generation)
		wg->identity.generation = 1;
	wg_cookie_judge_rekey(&wg->judge, fresh->public_key);
	xa_for_each(&wg->peers, id, peer)
		wg_peer_revoke_sessions(peer);
	up_write(&wg->identity_lock);
}

static void set_private_key(struct wg_device *wg, const u8 *private_key)
{
	bool first = !wg->identity.present;
	struct wg_identity fresh = {};
	struct wg_peer *peer;
	unsigned long id;

	wg_identity_set(&fresh, private_key);
	if (crypto_memneq(fresh.private_key, wg->identity.private_key, NOISE_KEY_SIZE)) {
		/*
		 * A peer with our own key would be ourselves. It goes before any lock its work
		 * takes.
		 */
		if (fresh.present)
			remove_peer_with_key(wg, fresh.public_key);
		use_identity(wg, &fresh);
		if (first && wg->up)
			xa_for_each(&wg->peers, id, peer)
				wg_transmit_flush(peer);
	}
	memzero_explicit(&fresh, sizeof(fresh));
}

static int set_allowedip(struct wg_peer *peer, struct nlattr **attrs)
{
	u32 flags = attrs[ALLOWEDIP_FLAGS] ? nla_get_u32(attrs[ALLOWEDIP_FLAGS]) : 0;
	struct wg_allowedips *table = &peer->device->allowedips;
	u16 af = nla_get_u16(attrs[WGALLOWEDIP_A_FAMILY]);
	u8 cidr = nla_get_u8(attrs[WGALLOWEDIP_A_CIDR_MASK]);
	const u8 *address = nla_data(attrs[WGALLOWEDIP_A_IPADDR]);

	if (flags & ALLOWEDIP_REMOVE_ME)
		return wg_allowedips_remove(table, &peer->allowedips, af, address, cidr);
	return wg_allowedips_insert(table, &peer->allowedips, af, address, cidr);
}

static int set_allowedips(struct wg_peer *peer, const struct nlattr *list)
{
	struct nlattr *attrs[ALLOWEDIP_MAX + 1], *item;
	int rem, err;

	nla_for_each_nested(item, list, rem) {
		err = nla_parse_nested(attrs, ALLOWEDIP_MAX, item, allowedip_policy, NULL);
		if (!err)
			err = set_allowedip(peer, attrs);
		if (err)
			return err;
	}
	return 0;
}

static void set_preshared_key(struct wg_peer *peer, struct nlattr *key)
{
	mutex_lock(&peer->handshake_lock);
	memcpy(peer->handshake.preshared_key, nla_data(key), NOISE_KEY_SIZE);
	mutex_unlock(&peer->handshake_lock);
}

static int update_peer(struct wg_peer *peer, struct nlattr **attrs, u32 flags)
{
	int err = 0;

	if (attrs[WGPEER_A_PRESHARED_KEY])
		set_preshared_key(peer, attrs[WGPEER_A_PRESHARED_KEY]);
	if (attrs[WGPEER_A_ENDPOINT])
		wg_udp_set_endpoint(peer, nla_data(attrs[WGPEER_A_ENDPOINT]),
				    nla_len(attrs[WGPEER_A_ENDPOINT]));
	if (flags & WGPEER_F_REPLACE_ALLOWEDIPS)
		wg_allowedips_outdate(&peer->allowedips);
	if (attrs[WGPEER_A_ALLOWEDIPS])
		err = set_allowedips(peer, attrs[WGPEER_A_ALLOWEDIPS]);
	if (flags & WGPEER_F_REPLACE_ALLOWEDIPS)
		wg_allowedips_sweep(&peer->device->allowedips, &peer->allowedips);
	if (!err && attrs[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL])
		wg_alarm_set_persistent(peer,
					nla_get_u16(attrs[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL]));
	if (!err && peer->device->up)
		wg_transmit_flush(peer);
	return err;
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

static int set_peer(struct wg_device *wg, struct nlattr **attrs, struct list_head *leaving)
{
	u32 flags = attrs[WGPEER_A_FLAGS] ? nla_get_u32(attrs[WGPEER_A_FLAGS]) : 0;
	struct wg_peer *peer;

	peer = peer_of_item(wg, nla_data(attrs[WGPEER_A_PUBLIC_KEY]), flags);
	if (IS_ERR_OR_NULL(peer))
		return PTR_ERR_OR_ZERO(peer);
	if (flags & WGPEER_F_REMOVE_ME) {
		wg_peer_unlink(peer, leaving);
		return 0;
	}
	return update_peer(peer, attrs, flags);
}

static int set_peers(struct wg_device *wg, const struct nlattr *list)
{
	struct nlattr *attrs[WGPEER_A_MAX + 1], *item;
	LIST_HEAD(leaving);
	int rem, err = 0;

	nla_for_each_nested(item, list, rem) {
		err = nla_parse_nested(attrs, WGPEER_A_MAX, item, peer_policy, NULL);
		if (!err)
			err = set_peer(wg, attrs, &leaving);
		if (err)
			break;
	}
	wg_peers_retire(&leaving);
	return err;
}

static int apply(struct wg_device *wg, struct nlattr **attrs)
{
	int err;

	if (attrs[WGDEVICE_A_FWMARK])
		set_fwmark(wg, nla_get_u32(attrs[WGDEVICE_A_FWMARK]));
	if (attrs[WGDEVICE_A_LISTEN_PORT]) {
		err = set_listen_port(wg, nla_get_u16(attrs[WGDEVICE_A_LISTEN_PORT]));
		if (err)
			return err;
	}
	if (attrs[WGDEVICE_A_FLAGS] &&
	    nla_get_u32(attrs[WGDEVICE_A_FLAGS]) & WGDEVICE_F_REPLACE_PEERS)
		wg_peer_remove_all(wg);
	if (attrs[WGDEVICE_A_PRIVATE_KEY])
		set_private_key(wg, nla_data(attrs[WGDEVICE_A_PRIVATE_KEY]));
	return attrs[WGDEVICE_A_PEERS] ? set_peers(wg, attrs[WGDEVICE_A_PEERS]) : 0;
}

/* The request's buffer goes back to the allocator: no key may stay in it. */
static void wipe_secrets(struct nlattr **attrs)
{
	struct nlattr *peer, *key;
	int rem;

	if (attrs[WGDEVICE_A_PRIVATE_KEY])
		memzero_explicit(nla_data(attrs[WGDEVICE_A_PRIVATE_KEY]),
				 nla_len(attrs[WGDEVICE_A_PRIVATE_KEY]));
	if (!attrs[WGDEVICE_A_PEERS])
		return;
	nla_for_each_nested(peer, attrs[WGDEVICE_A_PEERS], rem) {
		key = nla_find_nested(peer, WGPEER_A_PRESHARED_KEY);
		if (key)
			memzero_explicit(nla_data(key), nla_len(key));
	}
}

static int change_device(struct sk_buff *skb, struct genl_info *info)
{
	struct wg_device *wg = lock_device(genl_info_net(info), info->attrs);
	int err;

	if (IS_ERR(wg)) {
		err = PTR_ERR(wg);
		goto wipe;
	}
	err = check_device(wg, skb, info);
	if (!err) {
		mark_changed(wg);
		err = apply(wg, info->attrs);
	}
	unlock_device(wg);
wipe:
	wipe_secrets(info->attrs);
	return err;
}

/*
 * GET is a dump. Its cursor names things by number, never by pointer: between two messages of a
 * dump anything may be removed. The device is looked up anew for each message, so that an idle
 * reader keeps nothing alive.
 */
struct cursor {
	u32 ifindex;
	u32 peer;	  /* id of the first peer not yet complete */
	u32 prefixes;	  /* of that peer, how many were given already */
	u32 generation;	  /* of the configuration when the last message was made */
	bool device_done; /* the device's own attributes were given */
	bool peer_begun;  /* so were that peer's */
	bool done;
};

static bool put_prefix(struct sk_buff *skb, const struct wg_prefix *prefix)
{
	size_t size = prefix->family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
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

/* True when all of the peer's prefixes have been given. */
static bool put_prefixes(struct sk_buff *skb, struct wg_peer *peer, struct cursor *cursor)
{
	struct wg_trie_node *node = NULL;
	struct nlattr *list = NULL;
	struct wg_prefix prefix;
	u32 skip = cursor->prefixes;
	bool complete = true;

	while ((node = wg_allowedips_next(&peer->allowedips, node, &prefix))) {
		if (skip) {
			--skip;
			continue;
		}
		if (!list)
			list = nla_nest_start(skb, WGPEER_A_ALLOWEDIPS);
		if (!list || !put_prefix(skb, &prefix)) {
			complete = false;
			break;
		}
		++cursor->prefixes;
	}
	if (list)
		nla_nest_end(skb, list);
	return complete;
}

static bool put_endpoint(struct sk_buff *skb, struct wg_peer *peer)
{
	struct wg_endpoint endpoint;

	wg_udp_get_endpoint(peer, &endpoint);
	switch (endpoint.remote.any.sa_family) {
	case AF_INET:
		return !nla_put(skb, WGPEER_A_ENDPOINT, sizeof(endpoint.remote.v4),
				&endpoint.remote.v4);
	case AF_INET6:
		return !nla_put(skb, WGPEER_A_ENDPOINT, sizeof(endpoint.remote.v6),
				&endpoint.remote.v6);
	default:
		return true;
	}
}

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
	struct timespec64 handshake = wg_peer_last_handshake(peer);
	struct __kernel_timespec stamp = {
		.tv_sec = handshake.tv_sec,
		.tv_nsec = handshake.tv_nsec,
	};

	return put_preshared_key(skb, peer) &&
	       !nla_put(skb, WGPEER_A_LAST_HANDSHAKE_TIME, sizeof(stamp), &stamp) &&
	       !nla_put_u16(skb, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL,
			    READ_ONCE(peer->timers.persistent_seconds)) &&
	       !nla_put_u64_64bit(skb, WGPEER_A_TX_BYTES, atomic64_read(&peer->tx_bytes),
				  WGPEER_A_UNSPEC) &&
	       !nla_put_u64_64bit(skb, WGPEER_A_RX_BYTES, atomic64_read(&peer->rx_bytes),
				  WGPEER_A_UNSPEC) &&
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
	    (!cursor->peer_begun && !put_peer_attributes(skb, peer))) {
		nla_nest_cancel(skb, nest);
		return false;
	}
	cursor->peer_begun = true;
	complete = put_prefixes(skb, peer, cursor);
	nla_nest_end(skb, nest);
	return complete;
}

static bool put_peers(struct sk_buff *skb, struct wg_device *wg, struct cursor *cursor)
{
	struct nlattr *list = NULL;
	struct wg_peer *peer;
	unsigned long id;

	xa_for_each_start(&wg->peers, id, peer, cursor->peer) {
		/* Another than the one that was begun: that one was removed meanwhile. */
		if (id != cursor->peer) {
			cursor->peer = id;
			cursor->prefixes = 0;
			cursor->peer_begun = false;
		}
		if (!list)
			list = nla_nest_start(skb, WGDEVICE_A_PEERS);
		if (!list || !put_peer(skb, peer, cursor))
			break;
	}
	if (list)
		nla_nest_end(skb, list);
	return !peer;
}

static bool put_identity(struct sk_buff *skb, struct wg_device *wg)
{
	const struct wg_identity *identity = &wg->identity;

	/* Only SET changes it, under config_lock, which we hold. */
	return !identity->present ||
	       (!nla_put(skb, WGDEVICE_A_PRIVATE_KEY, NOISE_KEY_SIZE, identity->private_key) &&
		!nla_put(skb, WGDEVICE_A_PUBLIC_KEY, NOISE_KEY_SIZE, identity->public_key));
}

static bool put_device_attributes(struct sk_buff *skb, struct wg_device *wg)
{
	return !nla_put_u16(skb, WGDEVICE_A_LISTEN_PORT, wg->listen_port) &&
	       !nla_put_u32(skb, WGDEVICE_A_FWMARK, wg->fwmark) &&
	       !nla_put_u32(skb, WGDEVICE_A_IFINDEX, wg->dev->ifindex) &&
	       !nla_put_string(skb, WGDEVICE_A_IFNAME, wg->dev->name) && put_identity(skb, wg);
}

/*
 * A prefix count means nothing once the list it counted has changed: the reader is told to retry.
 */
static void notice_change(struct wg_device *wg, struct cursor *cursor)
{
	if (cursor->generation != wg->config_generation && cursor->peer_begun) {
		++cursor->peer;
		cursor->prefixes = 0;
		cursor->peer_begun = false;
	}
	cursor->generation = wg->config_generation;
}

static int put_message(struct sk_buff *skb, struct netlink_callback *cb, struct wg_device *wg)
{
	struct cursor *cursor = (struct cursor *)cb->ctx;
	void *header;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
			     NLM_F_MULTI, WG_CMD_GET_DEVICE);
	if (!header)
		return -EMSGSIZE;
	cb->seq = wg->config_generation;
	genl_dump_check_consistent(cb, header);
	notice_change(wg, cursor);
	if (!cursor->device_done && !put_device_attributes(skb, wg)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	cursor->device_done = true;
	cursor->done = put_peers(skb, wg, cursor);
	genlmsg_end(skb, header);
	return skb->len;
}

static int dump_device_start(struct netlink_callback *cb)
{
	struct cursor *cursor = (struct cursor *)cb->ctx;
	struct wg_device *wg;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	wg = lock_device(sock_net(cb->skb->sk), genl_dumpit_info(cb)->attrs);
	if (IS_ERR(wg))
		return PTR_ERR(wg);
	cursor->ifindex = wg->dev->ifindex;
	unlock_device(wg);
	return 0;
}

static int dump_device(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = (struct cursor *)cb->ctx;
	struct net_device *dev;
	struct wg_device *wg;
	int ret = 0;

	if (cursor->done)
		return 0;
	dev = dev_get_by_index(sock_net(cb->skb->sk), cursor->ifindex);
	if (!dev)
		return -ENODEV;
	/* The index may by now be another device's. */
	if (wg_device_is_ours(dev)) {
		wg = netdev_priv(dev);
		mutex_lock(&wg->config_lock);
		ret = put_message(skb, cb, wg);
		mutex_unlock(&wg->config_lock);
	}
	dev_put(dev);
	return ret;
}

static const struct genl_ops operations[] = {
	{
		.cmd = WG_CMD_GET_DEVICE,
		.start = dump_device_start,
		.dumpit = dump_device,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = WG_CMD_SET_DEVICE,
		.doit = change_device,
		.flags = GENL_UNS_ADMIN_PERM,
	},
};

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
