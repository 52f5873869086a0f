// SPDX-License-Identifier: GPL-2.0
#include "path/udp.h"

#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <net/ip_tunnels.h>
#include "path/receive.h"
#include "path/transmit.h"
#include "peers/device.h"

#define PORT_TRIES 100 /* for a random port that is free for IPv4 and IPv6 alike */

/* What a send needs to know, copied out so that no lock is held while the stack below us works. */
struct passage {
	struct wg_peer *peer; /* NULL: a reply to somebody who may be no peer */
	struct wg_endpoint endpoint;
	unsigned int seq; /* of the peer's endpoint_lock when endpoint was copied */
	u32 mark;
	u8 ds;
};

unsigned int wg_udp_get_endpoint(struct wg_peer *peer, struct wg_endpoint *endpoint)
{
	unsigned int seq;

	do {
		seq = read_seqbegin(&peer->endpoint_lock);
		*endpoint = peer->endpoint;
	} while (read_seqretry(&peer->endpoint_lock, seq));
	return seq;
}

/* The kept route, if it still holds; the source that goes with it takes the endpoint's place. */
static struct dst_entry *kept_route(struct passage *passage)
{
	struct wg_peer *peer = passage->peer;
	struct dst_entry *dst = NULL;

	if (!peer)
		return NULL;
	read_seqlock_excl(&peer->endpoint_lock);
	if (peer->route.dst && !read_seqretry(&peer->endpoint_lock, passage->seq) &&
	    dst_check(peer->route.dst, peer->route.cookie)) {
		dst = dst_clone(peer->route.dst);
		passage->endpoint.local = peer->route.source;
	}
	read_sequnlock_excl(&peer->endpoint_lock);
	return dst;
}

/*
 * A route may be kept only for the endpoint it was looked up for. The lock keeps the endpoint from
 * changing between the test and the keeping; whoever changes it drops the route.
 */
static void keep_route(struct passage *passage, struct dst_entry *dst, u32 cookie,
		       union wg_address source)
{
	struct wg_peer *peer = passage->peer;

	if (!peer)
		return;
	read_seqlock_excl(&peer->endpoint_lock);
	if (!read_seqretry(&peer->endpoint_lock, passage->seq)) {
		dst_release(peer->route.dst);
		peer->route = (struct wg_route){ dst_clone(dst), cookie, source };
	}
	read_sequnlock_excl(&peer->endpoint_lock);
}

static void drop_route(struct wg_peer *peer)
{
	lockdep_assert_held(&peer->endpoint_lock.lock);
	dst_release(peer->route.dst);
	peer->route.dst = NULL;
}

static void forget_source(struct passage *passage)
{
	memset(&passage->endpoint.local, 0, sizeof(passage->endpoint.local));
	passage->endpoint.ifindex = 0;
	if (passage->peer) {
		wg_udp_forget_source(passage->peer);
		passage->seq = wg_udp_get_endpoint(passage->peer, &passage->endpoint);
	}
}

/* Whether answering from the address that the peer last used would leave by the way it came. */
static bool source_fits(const struct rtable *rt, int ifindex)
{
	if (IS_ERR(rt))
		return PTR_ERR(rt) != -EINVAL;
	return !ifindex || rt->dst.dev->ifindex == ifindex;
}

static struct rtable *find_route4(struct passage *passage, struct sock *sk, struct flowi4 *flow)
{
	struct rtable *rt;

	security_sk_classify_flow(sk, flowi4_to_flowi_common(flow));
	if (flow->saddr && !inet_confirm_addr(sock_net(sk), NULL, 0, flow->saddr, RT_SCOPE_HOST)) {
		flow->saddr = 0;
		forget_source(passage);
	}
	rt = ip_route_output_flow(sock_net(sk), flow, sk);
	if (flow->saddr && unlikely(!source_fits(rt, passage->endpoint.ifindex))) {
		flow->saddr = 0;
		forget_source(passage);
		if (!IS_ERR(rt))
			ip_rt_put(rt);
		rt = ip_route_output_flow(sock_net(sk), flow, sk);
	}
	if (!IS_ERR(rt))
		keep_route(passage, &rt->dst, 0, (union wg_address){ .v4.s_addr = flow->saddr });
	return rt;
}

/* As send6(): an error leaves the packet to the caller. */
static int send4(struct passage *passage, struct sock *sk, struct sk_buff *skb)
{
	const struct wg_endpoint *endpoint = &passage->endpoint;
	struct rtable *rt = (struct rtable *)kept_route(passage);
	struct flowi4 flow = {
		.saddr = endpoint->local.v4.s_addr,
		.daddr = endpoint->remote.v4.sin_addr.s_addr,
		.fl4_sport = inet_sk(sk)->inet_sport,
		.fl4_dport = endpoint->remote.v4.sin_port,
		.flowi4_mark = passage->mark,
		.flowi4_proto = IPPROTO_UDP,
	};
	struct net_device *dev = skb->dev;

	if (!rt)
		rt = find_route4(passage, sk, &flow);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (unlikely(rt->dst.dev == dev)) {
		ip_rt_put(rt);
		return -ELOOP;
	}
	skb->ignore_df = 1;
	udp_tunnel_xmit_skb(rt, sk, skb, flow.saddr, flow.daddr, passage->ds,
			    ip4_dst_hoplimit(&rt->dst), 0, flow.fl4_sport, flow.fl4_dport, false,
			    false);
	return 0;
}

static struct dst_entry *find_route6(struct passage *passage, struct sock *sk, struct flowi6 *flow)
{
	struct dst_entry *dst;

	security_sk_classify_flow(sk, flowi6_to_flowi_common(flow));
	if (!ipv6_addr_any(&flow->saddr) && !ipv6_chk_addr(sock_net(sk), &flow->saddr, NULL, 0)) {
		flow->saddr = in6addr_any;
		forget_source(passage);
	}
	dst = wg_compat_route6(sock_net(sk), sk, flow);
	if (!IS_ERR(dst))
		keep_route(passage, dst, rt6_get_cookie((struct rt6_info *)dst),
			   (union wg_address){ .v6 = flow->saddr });
	return dst;
}

static int send6(struct passage *passage, struct sock *sk, struct sk_buff *skb)
{
	const struct wg_endpoint *endpoint = &passage->endpoint;
	struct dst_entry *dst = kept_route(passage);
	struct flowi6 flow = {
		.saddr = endpoint->local.v6,
		.daddr = endpoint->remote.v6.sin6_addr,
		.flowi6_oif = endpoint->remote.v6.sin6_scope_id,
		.fl6_sport = inet_sk(sk)->inet_sport,
		.fl6_dport = endpoint->remote.v6.sin6_port,
		.flowi6_mark = passage->mark,
		.flowi6_proto = IPPROTO_UDP,
	};
	struct net_device *dev = skb->dev;

	if (!dst)
		dst = find_route6(passage, sk, &flow);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	if (unlikely(dst->dev == dev)) {
		dst_release(dst);
		return -ELOOP;
	}
	skb->ignore_df = 1;
	udp_tunnel6_xmit_skb(dst, sk, skb, dev, &flow.saddr, &flow.daddr, passage->ds,
			     ip6_dst_hoplimit(dst), 0, flow.fl6_sport, flow.fl6_dport, false);
	return 0;
}

static int send(struct wg_device *wg, struct passage *passage, struct sk_buff *skb)
{
	sa_family_t family = passage->endpoint.remote.any.sa_family;
	struct sock *sk;
	int err;

	passage->mark = READ_ONCE(wg->fwmark);
	skb->dev = wg->dev;
	skb->mark = passage->mark;
	rcu_read_lock_bh();
	sk = rcu_dereference_bh(*(family == AF_INET6 ? &wg->sock6 : &wg->sock4));
	if (!sk || family == AF_UNSPEC)
		err = sk ? -EDESTADDRREQ : -ENONET;
	else
		err = family == AF_INET ? send4(passage, sk, skb) : send6(passage, sk, skb);
	rcu_read_unlock_bh();
	if (unlikely(err))
		kfree_skb(skb);
	return err;
}

int wg_udp_send(struct wg_peer *peer, struct sk_buff *skb, u8 ds)
{
	unsigned int len = skb->len, more = skb_is_gso(skb) ? skb_shinfo(skb)->gso_segs - 1 : 0;
	struct passage passage = { .peer = peer, .ds = ds };
	int err;

	passage.seq = wg_udp_get_endpoint(peer, &passage.endpoint);
	err = send(peer->device, &passage, skb);
	if (unlikely(err))
		return err;
	atomic64_add(len, &peer->tx_bytes);
	/* The stack has counted one packet, whatever became of it. */
	dev_sw_netstats_tx_add(peer->device->dev, more, 0);
	return 0;
}

static struct sk_buff *wrap(const void *buffer, size_t len)
{
	struct sk_buff *skb = alloc_skb(WG_HEADROOM + len, GFP_ATOMIC);

	if (unlikely(!skb))
		return NULL;
	skb_reserve(skb, WG_HEADROOM);
	skb_set_inner_network_header(skb, 0);
	skb_put_data(skb, buffer, len);
	return skb;
}

int wg_udp_send_buffer(struct wg_peer *peer, const void *buffer, size_t len, u8 ds)
{
	struct sk_buff *skb = wrap(buffer, len);

	return skb ? wg_udp_send(peer, skb, ds) : -ENOMEM;
}

static void endpoint_of(struct wg_endpoint *endpoint, const struct sk_buff *skb)
{
	memset(endpoint, 0, sizeof(*endpoint));
	if (skb->protocol == htons(ETH_P_IP)) {
		endpoint->remote.v4.sin_family = AF_INET;
		endpoint->remote.v4.sin_port = udp_hdr(skb)->source;
		endpoint->remote.v4.sin_addr.s_addr = ip_hdr(skb)->saddr;
		endpoint->local.v4.s_addr = ip_hdr(skb)->daddr;
		endpoint->ifindex = skb->skb_iif;
	} else {
		endpoint->remote.v6.sin6_family = AF_INET6;
		endpoint->remote.v6.sin6_port = udp_hdr(skb)->source;
		endpoint->remote.v6.sin6_addr = ipv6_hdr(skb)->saddr;
		endpoint->remote.v6.sin6_scope_id =
			ipv6_iface_scope_id(&ipv6_hdr(skb)->saddr, skb->skb_iif);
		endpoint->local.v6 = ipv6_hdr(skb)->daddr;
	}
}

int wg_udp_reply(struct wg_device *wg, struct sk_buff *request, const void *buffer, size_t len)
{
	struct sk_buff *skb = wrap(buffer, len);
	struct passage passage = {};

	endpoint_of(&passage.endpoint, request);
	return skb ? send(wg, &passage, skb) : -ENOMEM;
}

void wg_udp_source(struct wg_source *source, const struct sk_buff *skb)
{
	bool v4 = skb->protocol == htons(ETH_P_IP);
	size_t len = v4 ? sizeof(struct in_addr) : sizeof(struct in6_addr);

	memcpy(source->bytes, v4 ? (void *)&ip_hdr(skb)->saddr : &ipv6_hdr(skb)->saddr, len);
	memcpy(source->bytes + len, &udp_hdr(skb)->source, sizeof(__be16));
	source->len = len + sizeof(__be16);
}

static void set_endpoint(struct wg_peer *peer, const struct wg_endpoint *endpoint)
{
	write_seqlock_bh(&peer->endpoint_lock);
	peer->endpoint = *endpoint;
	drop_route(peer);
	write_sequnlock_bh(&peer->endpoint_lock);
}

void wg_udp_learn(struct wg_peer *peer, const struct sk_buff *skb)
{
	struct wg_endpoint seen, known;

	endpoint_of(&seen, skb);
	wg_udp_get_endpoint(peer, &known);
	/* Both were zeroed before they were filled: equal means equal bytes. */
	if (unlikely(memcmp(&seen, &known, sizeof(seen))))
		set_endpoint(peer, &seen);
}

void wg_udp_forget_source(struct wg_peer *peer)
{
	write_seqlock_bh(&peer->endpoint_lock);
	memset(&peer->endpoint.local, 0, sizeof(peer->endpoint.local));
	peer->endpoint.ifindex = 0;
	drop_route(peer);
	write_sequnlock_bh(&peer->endpoint_lock);
}

bool wg_udp_set_endpoint(struct wg_peer *peer, const struct sockaddr *address, size_t len)
{
	struct wg_endpoint endpoint;

	if (!(len == sizeof(struct sockaddr_in) && address->sa_family == AF_INET) &&
	    !(len == sizeof(struct sockaddr_in6) && address->sa_family == AF_INET6))
		return false;
	memset(&endpoint, 0, sizeof(endpoint));
	memcpy(&endpoint.remote, address, len);
	set_endpoint(peer, &endpoint);
	return true;
}

void wg_udp_count_received(struct wg_peer *peer, unsigned int len)
{
	dev_sw_netstats_rx_add(peer->device->dev, len);
	atomic64_add(len, &peer->rx_bytes);
}

static void close_socket(struct sock *sk)
{
	if (!sk)
		return;
	sk_clear_memalloc(sk);
	wg_compat_udp_release(sk);
}

static int create_socket(struct wg_device *wg, struct net *net, sa_family_t family, __be16 port,
			 struct socket **sock)
{
	/* Zero for an address is any address, of either family. */
	struct udp_port_cfg config = {
		.family = family,
		.local_udp_port = port,
		.use_udp_checksums = true,
		.use_udp6_tx_checksums = true,
		.use_udp6_rx_checksums = true,
		.ipv6_v6only = true,
	};
	struct udp_tunnel_sock_cfg tunnel = {
		.sk_user_data = wg,
		.encap_type = 1,
		.encap_rcv = wg_receive_datagram,
	};
	int err = udp_sock_create(net, &config, sock);

	if (err)
		return err;
	/* Sending may be what frees memory, and is bounded by our own queues, not by a buffer. */
	(*sock)->sk->sk_allocation = GFP_ATOMIC;
	(*sock)->sk->sk_sndbuf = INT_MAX;
	sk_set_memalloc((*sock)->sk);
	wg_compat_udp_setup(net, (*sock)->sk, &tunnel);
	/* A checksum is checked where it is, not computed to be kept: nobody reads it here. */
	inet_dec_convert_csum((*sock)->sk);
	return 0;
}

static int create_both(struct wg_device *wg, struct net *net, u16 port, struct socket **sock4,
		       struct socket **sock6)
{
	int err, tries = port ? 1 : PORT_TRIES;

	do {
		*sock6 = NULL;
		err = create_socket(wg, net, AF_INET, htons(port), sock4);
		if (err) {
			netdev_err(wg->dev, "Could not create IPv4 socket\n");
			return err;
		}
		if (!IS_ENABLED(CONFIG_IPV6) || !ipv6_mod_enabled())
			return 0;
		err = create_socket(wg, net, AF_INET6, inet_sk((*sock4)->sk)->inet_sport, sock6);
		if (!err)
			return 0;
		close_socket((*sock4)->sk);
	} while (err == -EADDRINUSE && --tries);
	netdev_err(wg->dev, "Could not create IPv6 socket\n");
	return err;
}

static void replace_sockets(struct wg_device *wg, struct sock *sock4, struct sock *sock6)
{
	struct sock *old4, *old6;

	lockdep_assert_held(&wg->config_lock);
	old4 = rcu_replace_pointer(wg->sock4, sock4, lockdep_is_held(&wg->config_lock));
	old6 = rcu_replace_pointer(wg->sock6, sock6, lockdep_is_held(&wg->config_lock));
	if (!old4 && !old6)
		return;
	synchronize_net();
	close_socket(old4);
	close_socket(old6);
}

int wg_udp_open(struct wg_device *wg, u16 port)
{
	struct socket *sock4, *sock6;
	struct net *net;
	int err;

	lockdep_assert_held(&wg->config_lock);
	/* The namespace may be on its way out; it then closes us, and no socket may be added. */
	rcu_read_lock();
	net = rcu_dereference(wg->home);
	net = net ? maybe_get_net(net) : NULL;
	rcu_read_unlock();
	if (!net)
		return -ENONET;

	err = create_both(wg, net, port, &sock4, &sock6);
	if (!err) {
		wg->listen_port = ntohs(inet_sk(sock4->sk)->inet_sport);
		replace_sockets(wg, sock4->sk, sock6 ? sock6->sk : NULL);
	}
	put_net(net);
	return err;
}

void wg_udp_close(struct wg_device *wg)
{
	replace_sockets(wg, NULL, NULL);
}
