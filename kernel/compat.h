/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between kernel versions. The sources are written for Linux 6.1; what later
 * kernels name or arrange otherwise is brought back to that here. Where a change has been carried
 * into older branches, no version tells whether it is there: then the declaration itself is asked.
 * Kbuild includes it before all sources, which therefore need not ask for what it asks for itself.
 */
#ifndef WG_COMPAT_H
#define WG_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <crypto/algapi.h>
#include <crypto/blake2s.h>
#include <crypto/chacha.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/rtnetlink.h>
#include <net/udp_tunnel.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0) /* until IPv6 was no module any more */
#include <net/ipv6_stubs.h>
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "wg4j needs Linux 6.1 or newer"
#endif
#if !IS_ENABLED(CONFIG_IPV6)
#error "wg4j needs a kernel with CONFIG_IPV6"
#endif
#if !IS_ENABLED(CONFIG_NET_UDP_TUNNEL)
#error "wg4j needs a kernel with CONFIG_NET_UDP_TUNNEL"
#endif
#if !IS_ENABLED(CONFIG_CRYPTO_LIB_CURVE25519)
#error "wg4j needs a kernel with CONFIG_CRYPTO_LIB_CURVE25519"
#endif
#if !IS_ENABLED(CONFIG_CRYPTO_LIB_CHACHA20POLY1305)
#error "wg4j needs a kernel with CONFIG_CRYPTO_LIB_CHACHA20POLY1305"
#endif

/* Names the lock that owns a field; kernels from 7.0 can check it, for us it is documentation. */
#ifndef __guarded_by
#define __guarded_by(lock)
#endif

#ifndef from_timer /* 6.16 */
#define from_timer timer_container_of
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#define del_timer_sync timer_delete_sync
#endif

static inline void wg_compat_hrtimer_setup(struct hrtimer *timer,
					   enum hrtimer_restart (*function)(struct hrtimer *timer),
					   enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = function;
#else
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, mode);
#endif
}

/* What was the nature of a workqueue that did not ask for another one has to be asked for. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define WQ_PERCPU 0
#endif

/* Cryptography */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define blake2s_state blake2s_ctx
#endif

/* The state was an array before it was a structure of nothing but that array. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
static_assert(sizeof(struct chacha_state) == CHACHA_STATE_WORDS * sizeof(u32));

static inline void wg_compat_chacha_init(u32 *state, const u32 *key, const u8 *iv)
{
	chacha_init((struct chacha_state *)state, key, iv);
}

static inline void wg_compat_chacha20_crypt(u32 *state, u8 *to, const u8 *from, unsigned int len)
{
	chacha20_crypt((struct chacha_state *)state, to, from, len);
}

static inline void wg_compat_hchacha_block(const u32 *state, u32 *out, int rounds)
{
	hchacha_block((const struct chacha_state *)state, out, rounds);
}

#define chacha_init    wg_compat_chacha_init
#define chacha20_crypt wg_compat_chacha20_crypt
#define hchacha_block  wg_compat_hchacha_block
#endif

/* Packets */

/* The clock a delivery time was taken from travels with it. */
static inline u8 wg_compat_tstamp_type(const struct sk_buff *skb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
	return skb->mono_delivery_time;
#else
	return skb->tstamp_type;
#endif
}

static inline void wg_compat_set_tstamp_type(struct sk_buff *skb, u8 type)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
	skb->mono_delivery_time = type;
#else
	skb->tstamp_type = type;
#endif
}

/* Whether packets wait there to be merged with what follows. */
static inline bool wg_compat_napi_holds(const struct napi_struct *napi)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	return napi->gro_bitmask;
#else
	return napi->gro.bitmask;
#endif
}

/* The interface */

/* Says that sending needs no lock of the stack's: as a feature, to be set, or as what @dev is. */
static inline netdev_features_t wg_compat_lockless(struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	return NETIF_F_LLTX;
#else
	dev->lltx = true;
	return 0;
#endif
}

/*
 * While it is up, @dev has statistics for tunnels to count in. Only then: what the interface says
 * of itself when it is registered and destroyed, the stack allocates and frees, and ours outlive
 * that.
 */
static inline void wg_compat_tunnel_stats(struct net_device *dev, bool up)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	dev->pcpu_stat_type = up ? NETDEV_PCPU_STAT_TSTATS : NETDEV_PCPU_STAT_NONE;
#endif
}

/* Defines what rtnl_link_ops calls @name as a call of create(dev, namespace of the sockets). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define WG_COMPAT_NEWLINK(name, create)                                               \
	static int name(struct net *net, struct net_device *dev, struct nlattr *tb[], \
			struct nlattr *data[], struct netlink_ext_ack *extack)        \
	{                                                                             \
		return create(dev, net);                                              \
	}
#else
#define WG_COMPAT_NEWLINK(name, create)                                             \
	static int name(struct net_device *dev, struct rtnl_newlink_params *params, \
			struct netlink_ext_ack *extack)                             \
	{                                                                           \
		return create(dev, rtnl_newlink_link_net(params));                  \
	}
#endif

static inline struct nlattr **wg_compat_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	return genl_dumpit_info(cb)->attrs;
#else
	return genl_info_dump(cb)->attrs;
#endif
}

/* Sockets and routes */

static inline struct dst_entry *wg_compat_route6(struct net *net, struct sock *sk,
						 struct flowi6 *flow)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
	return ipv6_stub->ipv6_dst_lookup_flow(net, sk, flow, NULL);
#else
	return ip6_dst_lookup_flow(net, sk, flow, NULL);
#endif
}

/*
 * A socket was named by its outer half before it was by its inner one, and that change was carried
 * into stable branches.
 */
#define WG_COMPAT_IS(function, ...) __builtin_types_compatible_p(typeof(function), __VA_ARGS__)

static inline void wg_compat_udp_setup(struct net *net, struct sock *sk,
				       struct udp_tunnel_sock_cfg *config)
{
	enum {
		INNER = WG_COMPAT_IS(setup_udp_tunnel_sock, void(struct net *, struct sock *,
								 struct udp_tunnel_sock_cfg *))
	};

	setup_udp_tunnel_sock(net, __builtin_choose_expr(INNER, sk, sk->sk_socket), config);
}

static inline void wg_compat_udp_release(struct sock *sk)
{
	enum {
		INNER = WG_COMPAT_IS(udp_tunnel_sock_release, void(struct sock *))
	};

	udp_tunnel_sock_release(__builtin_choose_expr(INNER, sk, sk->sk_socket));
}

/* Both got flags of the control block to be set. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define udp_tunnel_xmit_skb(...)  udp_tunnel_xmit_skb(__VA_ARGS__, 0)
#define udp_tunnel6_xmit_skb(...) udp_tunnel6_xmit_skb(__VA_ARGS__, 0)
#endif

#endif
