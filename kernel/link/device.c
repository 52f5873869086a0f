// SPDX-License-Identifier: GPL-2.0
/* The network interface: created, brought up and down, moved between namespaces, destroyed. */
#include "link/device.h"

#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <net/addrconf.h>
#include <net/ip_tunnels.h>
#include <net/netns/generic.h>
#include "path/alarm.h"
#include "path/crypto_queue.h"
#include "path/handshakes.h"
#include "path/transmit.h"
#include "path/udp.h"
#include "peers/device.h"
#include "peers/registry.h"

/* What a packet grows by at most, without padding: outer IPv6, UDP, our header and tag. */
#define OVERHEAD	(40 + 8 + MESSAGE_DATA_OVERHEAD)
#define LIMITER_ENTRIES 4096

static LIST_HEAD(all_devices); /* rtnl */

/*
 * A tunnel's gateway must not tell its clients to bypass it, and redirects are off only where
 * both the interface and "all" say so. What "all" was is put back with the namespace's last
 * interface.
 */
struct wg_namespace {
	unsigned int up_devices; /* rtnl */
	bool redirects_before;	 /* rtnl */
};

static unsigned int namespace_id;

static void redirects_off(struct net_device *dev)
{
	struct wg_namespace *space = net_generic(dev_net(dev), namespace_id);
	struct in_device *in_dev = __in_dev_get_rtnl(dev);

	if (!space->up_devices++) {
		space->redirects_before = IPV4_DEVCONF_ALL(dev_net(dev), SEND_REDIRECTS);
		IPV4_DEVCONF_ALL(dev_net(dev), SEND_REDIRECTS) = false;
	}
	if (in_dev)
		IN_DEV_CONF_SET(in_dev, SEND_REDIRECTS, false);
}

static void redirects_restore(struct net_device *dev)
{
	struct wg_namespace *space = net_generic(dev_net(dev), namespace_id);

	/* What the administrator has switched on meanwhile is not ours to switch off. */
	if (!--space->up_devices && !IPV4_DEVCONF_ALL(dev_net(dev), SEND_REDIRECTS))
		IPV4_DEVCONF_ALL(dev_net(dev), SEND_REDIRECTS) = space->redirects_before;
}

static void no_link_local_address(struct net_device *dev)
{
	struct inet6_dev *in6_dev = IS_ENABLED(CONFIG_IPV6) ? __in6_dev_get(dev) : NULL;

	if (in6_dev)
		in6_dev->cnf.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
}

static int link_open(struct net_device *dev)
{
	struct wg_device *wg = netdev_priv(dev);
	struct wg_peer *peer;
	unsigned long id;
	int err;

	mutex_lock(&wg->config_lock);
	err = wg_udp_open(wg, wg->listen_port);
	if (err)
		goto unlock;
	wg_compat_tunnel_stats(dev, true);
	redirects_off(dev);
	no_link_local_address(dev);
	WRITE_ONCE(wg->up, true);
	xa_for_each(&wg->peers, id, peer) {
		wg_alarm_raise(peer, BIT(WG_EVENT_START));
		wg_transmit_flush(peer);
	}
unlock:
	mutex_unlock(&wg->config_lock);
	return err;
}

static int link_stop(struct net_device *dev)
{
	struct wg_device *wg = netdev_priv(dev);
	struct wg_peer *peer;
	unsigned long id;

	mutex_lock(&wg->config_lock);
	WRITE_ONCE(wg->up, false);
	wg_udp_close(wg);
	/* No socket is left through which more could come; what did is dropped, as we are down. */
	flush_workqueue(wg->handshake_wq);
	xa_for_each(&wg->peers, id, peer)
		wg_peer_stop(peer);
	redirects_restore(dev);
	wg_compat_tunnel_stats(dev, false);
	mutex_unlock(&wg->config_lock);
	return 0;
}

static const struct net_device_ops netdev_ops = {
	.ndo_open = link_open,
	.ndo_stop = link_stop,
	.ndo_start_xmit = wg_transmit,
	.ndo_get_stats64 = dev_get_tstats64,
};

static const struct header_ops header_ops = { .parse_protocol = ip_tunnel_parse_protocol };

static const struct device_type link_type = { .name = KBUILD_MODNAME };

static void link_setup(struct net_device *dev)
{
	const netdev_features_t features = NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_SG |
					   NETIF_F_GSO | NETIF_F_GSO_SOFTWARE | NETIF_F_HIGHDMA;

	dev->netdev_ops = &netdev_ops;
	dev->header_ops = &header_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
	dev->needed_headroom = WG_HEADROOM;
	dev->needed_tailroom = WG_TAILROOM;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->features = features | wg_compat_lockless(dev);
	dev->hw_features = features;
	dev->hw_enc_features = features;
	dev->mtu = ETH_DATA_LEN - OVERHEAD;
	dev->max_mtu = round_down(INT_MAX, MESSAGE_PADDING) - OVERHEAD;
	SET_NETDEV_DEVTYPE(dev, &link_type);
	netif_keep_dst(dev);
}

/* Undoes prepare(), in reverse; also after the interface is long unregistered. */
static void release(struct wg_device *wg)
{
	wg_handshakes_uninit(wg);
	wg_crypto_uninit(wg);
	wg_limiter_uninit(&wg->limiter);
	wg_registry_uninit(wg);
	free_percpu(wg->dev->tstats);
	memzero_explicit(&wg->identity, sizeof(wg->identity));
	memzero_explicit(&wg->judge, sizeof(wg->judge));
}

static void link_destroy(struct net_device *dev)
{
	struct wg_device *wg = netdev_priv(dev);

	mutex_lock(&wg->config_lock);
	wg_udp_close(wg);
	wg_peer_remove_all(wg);
	mutex_unlock(&wg->config_lock);
	release(wg);
}

static int prepare(struct wg_device *wg)
{
	int err;

	init_rwsem(&wg->identity_lock);
	mutex_init(&wg->config_lock);
	xa_init_flags(&wg->peers, XA_FLAGS_ALLOC1);
	wg_cookie_judge_init(&wg->judge);
	wg->config_generation = 1;

	wg->dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!wg->dev->tstats)
		return -ENOMEM;
	err = wg_registry_init(wg);
	if (err)
		goto free_stats;
	err = wg_limiter_init(&wg->limiter, LIMITER_ENTRIES);
	if (err)
		goto uninit_registry;
	err = wg_crypto_init(wg);
	if (err)
		goto uninit_limiter;
	err = wg_handshakes_init(wg);
	if (err)
		goto uninit_crypto;
	return 0;

uninit_crypto:
	wg_crypto_uninit(wg);
uninit_limiter:
	wg_limiter_uninit(&wg->limiter);
uninit_registry:
	wg_registry_uninit(wg);
free_stats:
	free_percpu(wg->dev->tstats);
	return err;
}

static int create(struct net_device *dev, struct net *home)
{
	struct wg_device *wg = netdev_priv(dev);
	int err;

	wg->dev = dev;
	wg->peer_alarm = wg_alarm_fired;
	wg->peer_chore = wg_handshakes_chore;
	rcu_assign_pointer(wg->home, home);
	err = prepare(wg);
	if (err)
		return err;
	err = register_netdevice(dev);
	if (err) {
		release(wg);
		return err;
	}
	/* Only now: a failed registration would call the destructor on its own. */
	dev->priv_destructor = link_destroy;
	dev->needs_free_netdev = true;
	list_add(&wg->all, &all_devices);
	return 0;
}

WG_COMPAT_NEWLINK(link_new, create)

static void link_del(struct net_device *dev, struct list_head *head)
{
	struct wg_device *wg = netdev_priv(dev);

	list_del(&wg->all);
	/* Off the list we do not hear any more of the namespace's end, and must not look at it. */
	rcu_assign_pointer(wg->home, NULL);
	unregister_netdevice_queue(dev, head);
}

static struct rtnl_link_ops link_ops __read_mostly = {
	.kind = KBUILD_MODNAME,
	.priv_size = sizeof(struct wg_device),
	.setup = link_setup,
	.newlink = link_new,
	.dellink = link_del,
};

bool wg_device_is_ours(const struct net_device *dev)
{
	return dev->rtnl_link_ops == &link_ops;
}

/*
 * The namespace that holds a device's sockets dies. The device may live on elsewhere, but it can
 * talk to nobody any more; no reference is held that would keep the namespace.
 */
static void leave_home(struct wg_device *wg)
{
	struct wg_peer *peer;
	unsigned long id;

	mutex_lock(&wg->config_lock);
	netif_carrier_off(wg->dev);
	rcu_assign_pointer(wg->home, NULL);
	wg_udp_close(wg);
	xa_for_each(&wg->peers, id, peer)
		wg_udp_forget_source(peer);
	mutex_unlock(&wg->config_lock);
}

static void __net_exit namespace_pre_exit(struct net *net)
{
	struct wg_device *wg;

	rtnl_lock();
	list_for_each_entry(wg, &all_devices, all) {
		if (rcu_access_pointer(wg->home) == net)
			leave_home(wg);
	}
	rtnl_unlock();
}

void wg_device_visit_peers(void (*visit)(struct wg_peer *peer))
{
	struct wg_device *wg;
	struct wg_peer *peer;
	unsigned long id;

	rtnl_lock();
	list_for_each_entry(wg, &all_devices, all) {
		mutex_lock(&wg->config_lock);
		xa_for_each(&wg->peers, id, peer)
			visit(peer);
		mutex_unlock(&wg->config_lock);
	}
	rtnl_unlock();
}

static struct pernet_operations namespace_ops = {
	.pre_exit = namespace_pre_exit,
	.id = &namespace_id,
	.size = sizeof(struct wg_namespace),
};

int wg_device_module_init(void)
{
	int err = register_pernet_device(&namespace_ops);

	if (err)
		return err;
	err = rtnl_link_register(&link_ops);
	if (err)
		unregister_pernet_device(&namespace_ops);
	return err;
}

void wg_device_module_uninit(void)
{
	rtnl_link_unregister(&link_ops);
	unregister_pernet_device(&namespace_ops);
}
