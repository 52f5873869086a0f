// SPDX-License-Identifier: GPL-2.0
/* From the interface to the wire: route to a peer, stage, bundle, encrypt, send. */
#include "path/transmit.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/dst_metadata.h>
#include <net/icmp.h>
#include <net/ip_tunnels.h>
#include "noise/aead.h"
#include "path/alarm.h"
#include "path/bundle.h"
#include "path/crypto_queue.h"
#include "path/handshakes.h"
#include "path/udp.h"
#include "peers/device.h"
#include "peers/peer.h"

struct wg_peer *wg_transmit_route(struct wg_device *wg, const struct sk_buff *skb, bool back)
{
	bool v4 = skb->protocol == htons(ETH_P_IP);
	struct wg_allowedips_owner *owner;
	const void *address;

	if (v4)
		address = back ? &ip_hdr(skb)->saddr : &ip_hdr(skb)->daddr;
	else
		address = back ? &ipv6_hdr(skb)->saddr : &ipv6_hdr(skb)->daddr;
	owner = wg_allowedips_lookup(&wg->allowedips, v4 ? AF_INET : AF_INET6, address);
	return owner ? container_of(owner, struct wg_peer, allowedips) : NULL;
}

/* The sender hears at once, by error and by ICMP, that the packet cannot go anywhere. */
static int refuse(struct sk_buff *skb, struct net_device *dev, int err)
{
	u32 fits = err == -EMSGSIZE ? WG_PACKET_MAX : 0;

	if (err != -EPROTONOSUPPORT && skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, fits ? ICMP_FRAG_NEEDED : ICMP_HOST_UNREACH,
			      htonl(fits));
	else if (err != -EPROTONOSUPPORT)
		icmpv6_ndo_send(skb, fits ? ICMPV6_PKT_TOOBIG : ICMPV6_DEST_UNREACH,
				fits ? 0 : ICMPV6_ADDR_UNREACH, fits);
	DEV_STATS_INC(dev, tx_errors);
	kfree_skb(skb);
	return err;
}

static void split(struct sk_buff *skb, u32 mtu, struct sk_buff_head *packets,
		  struct net_device *dev)
{
	struct sk_buff *next;

	skb_list_walk_safe(skb, skb, next) {
		skb_mark_not_on_list(skb);
		skb = skb_share_check(skb, GFP_ATOMIC);
		if (unlikely(!skb)) {
			DEV_STATS_INC(dev, tx_dropped);
			continue;
		}
		/* Held only to answer by ICMP, which no longer happens. */
		skb_dst_drop(skb);
		wg_packet(skb)->mtu = mtu;
		__skb_queue_tail(packets, skb);
	}
}

static void stage(struct wg_peer *peer, struct sk_buff_head *packets, struct net_device *dev)
{
	spin_lock_bh(&peer->staged.lock);
	/* When there is no session for long, the oldest packets are the least wanted. */
	while (skb_queue_len(&peer->staged) > WG_STAGED_MAX) {
		dev_kfree_skb(__skb_dequeue(&peer->staged));
		DEV_STATS_INC(dev, tx_dropped);
	}
	skb_queue_splice_tail(packets, &peer->staged);
	spin_unlock_bh(&peer->staged.lock);
}

netdev_tx_t wg_transmit(struct sk_buff *skb, struct net_device *dev)
{
	struct wg_device *wg = netdev_priv(dev);
	struct sk_buff_head packets;
	struct wg_peer *peer;
	u32 mtu;

	if (unlikely(!skb->protocol || skb->protocol != ip_tunnel_parse_protocol(skb)))
		return refuse(skb, dev, -EPROTONOSUPPORT);

	/* The stack holds RCU around us; what lives longer takes a reference with its slot. */
	peer = wg_transmit_route(wg, skb, false);
	if (unlikely(!peer))
		return refuse(skb, dev, -ENOKEY);
	if (unlikely(READ_ONCE(peer->endpoint.remote.any.sa_family) == AF_UNSPEC))
		return refuse(skb, dev, -EDESTADDRREQ);
	/* An MTU may be set that no datagram can carry: TCP has to find that out. */
	if (unlikely(skb_is_gso(skb) ? !skb_gso_validate_network_len(skb, WG_PACKET_MAX) :
				       skb->len > WG_PACKET_MAX))
		return refuse(skb, dev, -EMSGSIZE);

	/* A metadata destination has no MTU; the device's then bounds the padding. */
	mtu = skb_valid_dst(skb) ? dst_mtu(skb_dst(skb)) : READ_ONCE(dev->mtu);
	if (skb_is_gso(skb)) {
		struct sk_buff *segments = skb_gso_segment(skb, NETIF_F_HW_CSUM);

		if (IS_ERR(segments))
			return refuse(skb, dev, PTR_ERR(segments));
		consume_skb(skb);
		skb = segments;
	}
	__skb_queue_head_init(&packets);
	split(skb, mtu, &packets, dev);
	stage(peer, &packets, dev);
	if (!wg_crypto_linger(peer))
		wg_transmit_flush(peer);
	return NETDEV_TX_OK;
}

/* Packets that wait must not hold their sockets' send buffers hostage. */
static void wait_for_session(struct wg_peer *peer)
{
	struct sk_buff *skb;

	spin_lock_bh(&peer->staged.lock);
	skb_queue_walk(&peer->staged, skb)
		skb_orphan(skb);
	spin_unlock_bh(&peer->staged.lock);
	wg_handshakes_request(peer, false);
}

static struct wg_slot *sending_slot(struct wg_peer *peer)
{
	struct wg_session *session = rcu_dereference_bh(peer->sessions.current_session);

	if (!session || !wg_session_can_send(session, ktime_get_coarse_boottime_ns()))
		return NULL;
	return wg_slot_get(wg_slot_of(session)) ? wg_slot_of(session) : NULL;
}

/*
 * NULL if nothing waits, or if the session has not enough counters left: all waits on then, for the
 * next one, which each packet has asked for since REKEY_AFTER_MESSAGES.
 */
static struct sk_buff *bundle_staged(struct wg_peer *peer, struct wg_slot *slot, u32 count)
{
	struct sk_buff *first = NULL, *skb;
	u64 counter;

	spin_lock(&peer->staged.lock);
	count = min(count, skb_queue_len(&peer->staged));
	if (wg_session_reserve(&slot->session, count, &counter))
		first = __skb_dequeue(&peer->staged);
	if (first) {
		wg_bundle_begin(first, slot, true);
		wg_packet(first)->counter = counter;
		while (--count && (skb = __skb_dequeue(&peer->staged)))
			wg_bundle_append(first, skb);
	}
	spin_unlock(&peer->staged.lock);
	return first;
}

/*
 * Taking packets from the stage, giving them their counters and placing them in the lane is one
 * step, so that what left the interface first has the lower counter and is sent first.
 */
static struct sk_buff *place_staged(struct wg_peer *peer, struct wg_slot *slot, u32 count,
				    bool *alone)
{
	struct wg_lane *lane = &peer->outbound;
	struct sk_buff *bundle;

	spin_lock(&lane->lock);
	*alone = !lane->first;
	bundle = bundle_staged(peer, slot, count);
	if (bundle && !wg_lane_append(lane, bundle, smp_processor_id())) {
		DEV_STATS_ADD(peer->device->dev, tx_dropped, wg_packet(bundle)->count);
		kfree_skb_list(bundle);
		bundle = NULL;
	}
	spin_unlock(&lane->lock);
	return bundle;
}

void wg_transmit_flush(struct wg_peer *peer)
{
	/* What is staged afterwards its sender will flush. */
	u32 left = skb_queue_len_lockless(&peer->staged), count;
	struct sk_buff *bundle;
	struct wg_slot *slot;
	bool alone;

	rcu_read_lock_bh();
	for (; left; left -= count) {
		/* A long bundle is two, which two CPUs may encrypt. */
		count = left < 2 * WG_BUNDLE_MAX || num_online_cpus() == 1 ? left : left / 2;
		slot = sending_slot(peer);
		if (!slot) {
			if (!skb_queue_empty_lockless(&peer->staged))
				wait_for_session(peer);
			break;
		}
		bundle = place_staged(peer, slot, count, &alone);
		if (bundle)
			wg_crypto_submit(peer->device, bundle, alone);
		else
			wg_slot_put(slot);
	}
	rcu_read_unlock_bh();
}

void wg_transmit_keepalive(struct wg_peer *peer)
{
	struct net_device *dev = peer->device->dev;
	struct sk_buff_head packets;
	struct sk_buff *skb;

	/* Anything that waits does as well. */
	if (skb_queue_empty_lockless(&peer->staged)) {
		skb = alloc_skb(WG_HEADROOM + WG_TAILROOM, GFP_ATOMIC);
		if (unlikely(!skb))
			return;
		skb_reserve(skb, WG_HEADROOM);
		skb->dev = dev;
		wg_packet(skb)->mtu = READ_ONCE(dev->mtu);
		__skb_queue_head_init(&packets);
		__skb_queue_tail(&packets, skb);
		stage(peer, &packets, dev);
	}
	wg_transmit_flush(peer);
}

static unsigned int padding(unsigned int len, u32 mtu)
{
	u32 most = mtu ?: U32_MAX;
	/* A packet larger than the MTU will be cut: only its last piece is padded. */
	u32 last = unlikely(len > most) ? len % most : len;

	return min(most, ALIGN(last, (u32)MESSAGE_PADDING)) - last;
}

/*
 * Makes the packet linear, ours alone, and roomy enough; pointers into it change here and only
 * here.
 */
static bool make_room(struct sk_buff *skb)
{
	return !skb_linearize(skb) && !skb_cow(skb, WG_HEADROOM) &&
	       (skb_tailroom(skb) >= WG_TAILROOM ||
		!pskb_expand_head(skb, 0, WG_TAILROOM, GFP_ATOMIC));
}

/*
 * The inner packet's flow hash and departure time serve the queueing below; the rest must not
 * leak.
 */
static void scrub(struct sk_buff *skb)
{
	u8 tstamp_type = wg_compat_tstamp_type(skb);
	ktime_t tstamp = skb->tstamp;

	skb_scrub_packet(skb, true);
	skb->tstamp = tstamp;
	wg_compat_set_tstamp_type(skb, tstamp_type);
	skb->priority = 0;
	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	skb_reset_redirect(skb);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb_reset_transport_header(skb);
	skb_reset_inner_headers(skb);
	skb_set_inner_network_header(skb, 0);
	skb_reset_mac_len(skb);
}

static bool seal(struct sk_buff *skb, struct wg_session *session, u64 counter)
{
	unsigned int len = skb->len, pad = padding(len, wg_packet(skb)->mtu);
	struct message_data *message;

	wg_packet(skb)->ds =
		len ? INET_ECN_encapsulate(0, ip_tunnel_get_dsfield(ip_hdr(skb), skb)) : 0;
	/* While there is an inner flow to be seen: nobody below could tell one from another. */
	if (len)
		skb_get_hash(skb);
	if (unlikely(!make_room(skb)))
		return false;
	/* While the transport header is still where the checksum expects it. */
	if (skb->ip_summed == CHECKSUM_PARTIAL && unlikely(skb_checksum_help(skb)))
		return false;

	skb_put_zero(skb, pad);
	wg_aead_seal(skb->data, len + pad, counter, session->send_key);
	skb_put(skb, NOISE_TAG_SIZE);
	message = skb_push(skb, sizeof(*message));
	message->type = cpu_to_le32(MESSAGE_DATA);
	message->receiver = cpu_to_le32(session->remote_index);
	message->counter = cpu_to_le64(counter);
	scrub(skb);
	return true;
}

void wg_transmit_seal(struct sk_buff *bundle)
{
	struct wg_session *session = &wg_packet(bundle)->slot->session;
	u64 counter = wg_packet(bundle)->counter;
	struct sk_buff *skb;

	for (skb = bundle; skb; skb = skb->next)
		wg_packet(skb)->good = seal(skb, session, counter++);
}

/*
 * Datagrams of one size, and a shorter last one, go through the stack below as one that is cut up
 * as late as possible, by the device if it can. What is decided per packet there must not differ:
 * the traffic class, the queue by the flow's hash, the moment of departure.
 */
static bool join(struct sk_buff *batch, struct sk_buff *skb)
{
	struct skb_shared_info *shared = skb_shinfo(batch);
	unsigned int size = shared->gso_size ?: batch->len;

	if (skb->len > size || batch->len % size || batch->len + skb->len > WG_PACKET_MAX ||
	    wg_packet(skb)->ds != wg_packet(batch)->ds || skb->hash != batch->hash ||
	    skb->tstamp != batch->tstamp)
		return false;
	if (!shared->gso_size) {
		shared->gso_size = size;
		shared->gso_type = SKB_GSO_UDP_L4;
		shared->gso_segs = 1;
		batch->ip_summed = CHECKSUM_PARTIAL;
		batch->csum_start = skb_headroom(batch) - sizeof(struct udphdr);
		batch->csum_offset = offsetof(struct udphdr, check);
		shared->frag_list = skb;
	} else {
		wg_packet(batch)->last->next = skb;
	}
	wg_packet(batch)->last = skb;
	++shared->gso_segs;
	/* Whoever cuts it off again may write headers in front of it. */
	__skb_header_release(skb);
	/* Not truesize: each has its own on its own socket's account, until it is freed. */
	batch->len += skb->len;
	batch->data_len += skb->len;
	return true;
}

/* Returns the timer events that sending gives rise to. */
static unsigned long dispatch(struct wg_peer *peer, struct sk_buff *batch)
{
	bool keepalive = batch && batch->len == MESSAGE_DATA_OVERHEAD;

	if (!batch || wg_udp_send(peer, batch, wg_packet(batch)->ds))
		return 0;
	return keepalive ? BIT(WG_EVENT_SENT) : BIT(WG_EVENT_SENT) | BIT(WG_EVENT_DATA_SENT);
}

void wg_transmit_emit(struct sk_buff *bundle)
{
	struct wg_slot *slot = wg_packet(bundle)->slot;
	struct sk_buff *batch = NULL, *skb, *next;
	struct wg_peer *peer = slot->peer;
	unsigned long events = 0;

	skb_list_walk_safe(bundle, skb, next) {
		skb_mark_not_on_list(skb);
		if (unlikely(!wg_packet(skb)->good)) {
			DEV_STATS_INC(peer->device->dev, tx_dropped);
			kfree_skb(skb);
		} else if (!batch || !join(batch, skb)) {
			events |= dispatch(peer, batch);
			batch = skb;
		}
	}
	wg_alarm_raise(peer, events | dispatch(peer, batch));
	if (wg_session_rekey_on_send(&slot->session, ktime_get_coarse_boottime_ns()))
		wg_handshakes_request(peer, false);
	wg_slot_put(slot);
}
