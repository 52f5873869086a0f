// SPDX-License-Identifier: GPL-2.0
/*
 * From the wire to the interface: the door, decryption, and what a packet must pass to be
 * believed.
 */
#include "path/receive.h"

#include <net/dst_metadata.h>
#include <net/ip_tunnels.h>
#include <net/udp.h>
#include "noise/aead.h"
#include "path/alarm.h"
#include "path/bundle.h"
#include "path/crypto_queue.h"
#include "path/handshakes.h"
#include "path/transmit.h"
#include "path/udp.h"
#include "peers/device.h"
#include "peers/registry.h"

/*
 * The one judge of type and length: what it lets in needs no further parsing. Leaves the message at
 * skb->data, with its fixed header contiguous. Returns 0 for what is not ours to look at.
 */
static enum message_type admit(struct sk_buff *skb)
{
	unsigned int size;
	u32 type;

	skb_pull(skb, sizeof(struct udphdr));
	if (!pskb_may_pull(skb, sizeof(__le32)))
		return 0;
	type = le32_to_cpup((__le32 *)skb->data);
	if (type == MESSAGE_DATA && skb->len >= MESSAGE_DATA_OVERHEAD)
		size = sizeof(struct message_data);
	else if ((type == MESSAGE_INITIATION && skb->len == MESSAGE_INITIATION_SIZE) ||
		 (type == MESSAGE_RESPONSE && skb->len == MESSAGE_RESPONSE_SIZE) ||
		 (type == MESSAGE_COOKIE && skb->len == MESSAGE_COOKIE_SIZE))
		size = skb->len;
	else
		return 0;
	return pskb_may_pull(skb, size) ? type : 0;
}

static void receive_data(struct wg_device *wg, struct sk_buff *skb)
{
	const struct message_data *message = (struct message_data *)skb->data;
	struct wg_slot *slot;

	rcu_read_lock_bh();
	slot = wg_registry_find_slot(wg, le32_to_cpu(message->receiver));
	/* Pairs with the release that follows the filling of the session. */
	if (slot && smp_load_acquire(&slot->state) == WG_SLOT_LIVE &&
	    wg_session_can_receive(&slot->session, ktime_get_coarse_boottime_ns())) {
		wg_packet(skb)->counter = le64_to_cpu(message->counter);
		wg_crypto_gather(wg, slot, skb);
	} else {
		kfree_skb(skb);
	}
	rcu_read_unlock_bh();
}

int wg_receive_datagram(struct sock *sk, struct sk_buff *skb)
{
	struct wg_device *wg = rcu_dereference_sk_user_data(sk);
	enum message_type type;

	skb_mark_not_on_list(skb);
	type = wg ? admit(skb) : 0;
	if (!type)
		kfree_skb(skb);
	else if (type == MESSAGE_DATA)
		receive_data(wg, skb);
	else
		wg_handshakes_enqueue(wg, skb);
	return 0;
}

static bool open_one(struct sk_buff *skb, const struct wg_session *session)
{
	unsigned int len = skb->len - MESSAGE_DATA_OVERHEAD;
	int tail = WG_AEAD_TAIL(len) - NOISE_TAG_SIZE; /* of which the tag has its part already */
	struct message_data *message;

	/* Decrypting in place must not be seen by anybody who holds a clone. */
	if (unlikely(skb_linearize_cow(skb) ||
		     (skb_tailroom(skb) < tail && pskb_expand_head(skb, 0, tail, GFP_ATOMIC))))
		return false;
	message = (struct message_data *)skb->data;
	if (!wg_aead_open(message->sealed, len, wg_packet(skb)->counter, session->receive_key))
		return false;
	skb_trim(skb, skb->len - NOISE_TAG_SIZE);
	skb_pull(skb, sizeof(*message));
	return true;
}

void wg_receive_open(struct sk_buff *bundle)
{
	const struct wg_session *session = &wg_packet(bundle)->slot->session;
	struct sk_buff *skb;

	for (skb = bundle; skb; skb = skb->next)
		wg_packet(skb)->good = open_one(skb, session);
}

/* The inner packet's own length, or 0 with the right error counted. */
static unsigned int inner_length(struct sk_buff *skb, struct net_device *dev)
{
	unsigned int len;

	skb->protocol = ip_tunnel_parse_protocol(skb);
	if (unlikely(!skb->protocol)) {
		DEV_STATS_INC(dev, rx_errors);
		DEV_STATS_INC(dev, rx_frame_errors);
		return 0;
	}
	if (skb->protocol == htons(ETH_P_IP))
		len = ntohs(ip_hdr(skb)->tot_len);
	else
		len = ntohs(ipv6_hdr(skb)->payload_len) + sizeof(struct ipv6hdr);
	if (likely(len >= sizeof(struct iphdr) && len <= skb->len))
		return len;
	DEV_STATS_INC(dev, rx_errors);
	DEV_STATS_INC(dev, rx_length_errors);
	return 0;
}

/*
 * Nothing of the outer packet may reach the inner one's way but what was carried over on purpose.
 */
static void wash(struct sk_buff *skb, struct net_device *dev)
{
	skb_scrub_packet(skb, true);
	skb_clear_hash(skb);
	skb->dev = dev;
	skb->priority = 0;
	skb->encapsulation = 0;
	/* The tag vouches for every byte: whoever sent them had computed the checksums. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->csum_level = ~0;
	skb_reset_mac_header(skb);
	skb_reset_transport_header(skb);
	skb_reset_inner_headers(skb);
	skb_reset_mac_len(skb);
}

/* What else an authentic packet must be before the stack may have it, as which it then looks. */
static bool unwrap(struct sk_buff *skb, struct wg_peer *peer)
{
	struct net_device *dev = peer->device->dev;
	unsigned int wire_len = skb->len + MESSAGE_DATA_OVERHEAD, len;
	u8 outer = wg_packet(skb)->ds;

	skb_reset_network_header(skb);
	len = inner_length(skb, dev);
	if (unlikely(!len || pskb_trim(skb, len)))
		return false;
	/* Cryptokey routing inward: would an answer to this source go to the peer that sent it? */
	if (unlikely(wg_transmit_route(peer->device, skb, true) != peer)) {
		DEV_STATS_INC(dev, rx_errors);
		DEV_STATS_INC(dev, rx_frame_errors);
		return false;
	}
	/* What RFC 6040 calls an illegal combination is let through, as everywhere in the field. */
	INET_ECN_decapsulate(skb, outer, ip_tunnel_get_dsfield(ip_hdr(skb), skb));
	wash(skb, dev);
	wg_udp_count_received(peer, wire_len);
	return true;
}

/* A responder may send as soon as the initiator has shown that it has the session too. */
static unsigned long confirm(struct wg_peer *peer, struct wg_slot *slot)
{
	struct wg_retired_sessions retired;

	if (likely(!wg_sessions_confirm(&peer->sessions, &slot->session, &retired)))
		return 0;
	wg_slots_retire(&retired);
	atomic64_set(&peer->last_handshake, ktime_get_real_ns());
	return BIT(WG_EVENT_HANDSHAKE_COMPLETE);
}

/* One packet, in order, which ends up among the @ready or nowhere. Returns timer events. */
static unsigned long accept(struct sk_buff *skb, struct wg_peer *peer, struct wg_slot *slot,
			    struct sk_buff_head *ready)
{
	unsigned long events;

	if (!wg_packet(skb)->good ||
	    !wg_sessions_accept(&peer->sessions, &slot->session, wg_packet(skb)->counter)) {
		kfree_skb(skb);
		return 0;
	}
	wg_packet(skb)->ds = ip_tunnel_get_dsfield(ip_hdr(skb), skb);
	wg_udp_learn(peer, skb);
	events = BIT(WG_EVENT_RECEIVED) | confirm(peer, slot);
	if (!skb->len) {
		wg_udp_count_received(peer, MESSAGE_DATA_OVERHEAD);
		consume_skb(skb);
		return events;
	}
	if (!unwrap(skb, peer)) {
		kfree_skb(skb);
		return events;
	}
	__skb_queue_tail(ready, skb);
	return events | BIT(WG_EVENT_DATA_RECEIVED);
}

void wg_receive_emit(struct sk_buff *bundle, struct napi_struct *napi)
{
	/* One by itself has nothing to be merged with; nothing held may be overtaken by it. */
	bool merge = napi && (wg_packet(bundle)->count > 1 || wg_compat_napi_holds(napi));
	struct wg_slot *slot = wg_packet(bundle)->slot;
	struct wg_peer *peer = slot->peer;
	struct sk_buff *skb, *next;
	unsigned long events = 0;
	struct sk_buff_head ready;

	__skb_queue_head_init(&ready);
	skb_list_walk_safe(bundle, skb, next) {
		skb_mark_not_on_list(skb);
		events |= accept(skb, peer, slot, &ready);
	}
	wg_alarm_raise(peer, events);
	if (events & BIT(WG_EVENT_HANDSHAKE_COMPLETE))
		wg_transmit_flush(peer);
	/* A straggler under a former session says nothing about the present one's age. */
	if (events && rcu_access_pointer(peer->sessions.current_session) == &slot->session &&
	    wg_session_rekey_on_receive(&slot->session, ktime_get_coarse_boottime_ns()))
		wg_handshakes_request(peer, false);
	/* Only now: an answer may be sent from within, and the timers go by what came first. */
	while ((skb = __skb_dequeue(&ready))) {
		if (merge)
			napi_gro_receive(napi, skb);
		else
			netif_receive_skb(skb);
	}
	wg_slot_put(slot);
}
