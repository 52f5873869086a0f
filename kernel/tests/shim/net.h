/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel's network as the way of a datagram inward needs, from the socket to the
 * stack: path/receive.c, path/handshakes.c, path/bundle.c and peers/ compile against it as they are.
 * One CPU; work runs when the target says so. A packet's linear part is a heap block that ends where
 * it ends: whoever reads what was not pulled is caught by the sanitizer.
 */
#ifndef WG_SHIM_NET_H
#define WG_SHIM_NET_H

#include "kernel.h"

/* clang-format off */

#define __percpu
#define NET_SKB_PAD 64
#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define CHECKSUM_UNNECESSARY 1
#define HZ 250
#define jiffies 100000UL
#define time_after(a, b) ((long)((b) - (a)) < 0)
#define smp_processor_id() 0
#define XA_LIMIT(low, high) (low)
#define WQ_PERCPU 0
#define WQ_CPU_INTENSIVE 0
#define WQ_FREEZABLE 0

typedef int netdev_tx_t;
struct net;
struct dst_entry;
struct napi_struct;
#define dst_release(dst) ((void)(dst))

/* The time is the target's. */
extern u64 shim_now;
#define ktime_get_coarse_boottime_ns() shim_now
#define ktime_get_real_ns() shim_now
struct timespec64 { s64 tv_sec; long tv_nsec; };
static inline void ktime_get_real_ts64(struct timespec64 *at)
{
	at->tv_sec = shim_now / NSEC_PER_SEC;
	at->tv_nsec = shim_now % NSEC_PER_SEC;
}

/* Addresses and headers. */
struct in_addr { __be32 s_addr; };
struct in6_addr { u8 s6_addr[16]; };
struct sockaddr { u16 sa_family; u8 sa_data[14]; };
struct sockaddr_in { u16 sin_family; __be16 sin_port; struct in_addr sin_addr; u8 zero[8]; };
struct sockaddr_in6 {
	u16 sin6_family; __be16 sin6_port; __be32 sin6_flowinfo; struct in6_addr sin6_addr;
	u32 sin6_scope_id;
};
struct udphdr { __be16 source, dest, len, check; };
struct iphdr {
	u8 ihl : 4, version : 4;
	u8 tos;
	__be16 tot_len, id, frag_off;
	u8 ttl, protocol;
	__sum16 check;
	__be32 saddr, daddr;
};
struct ipv6hdr {
	u8 priority : 4, version : 4;
	u8 flow_lbl[3];
	__be16 payload_len;
	u8 nexthdr, hop_limit;
	struct in6_addr saddr, daddr;
};

/* Interfaces and sockets. */
struct net_device {
	char name[16];
	struct { unsigned long rx_errors, rx_frame_errors, rx_length_errors, tx_dropped; } stats;
};
#define DEV_STATS_INC(dev, field) ((dev)->stats.field++)
#define DEV_STATS_ADD(dev, field, count) ((dev)->stats.field += (count))
struct sock { void *sk_user_data; };
#define rcu_dereference_sk_user_data(sk) ((sk)->sk_user_data)

/* Packets: what is not in the linear part is in one fragment. */
struct sk_buff {
	struct sk_buff *next;
	struct net_device *dev;
	char cb[48] __aligned(8);
	u8 *head, *data, *frag;
	unsigned int len, frag_len;
	size_t network_header; /* from head */
	__be16 protocol;
	int skb_iif;
	u32 priority;
	u8 encapsulation, ip_summed, csum_level;
};
struct sk_buff_head {
	struct sk_buff *first, *last;
	u32 qlen;
	spinlock_t lock;
};
struct sk_buff *shim_skb(const u8 *bytes, size_t len, size_t linear);
void kfree_skb(struct sk_buff *skb);
#define consume_skb kfree_skb
bool shim_skb_linear(struct sk_buff *skb, unsigned int len);
#define pskb_may_pull(skb, size) shim_skb_linear(skb, size)
#define skb_linearize_cow(skb) (!shim_skb_linear(skb, (skb)->len))
/* None: what is needed behind a packet has to be asked for. */
#define skb_tailroom(skb) 0
int pskb_expand_head(struct sk_buff *skb, int nhead, int ntail, gfp_t gfp);
static inline void *skb_pull(struct sk_buff *skb, unsigned int len)
{
	WARN_ON(len > skb->len - skb->frag_len);
	skb->len -= len;
	return skb->data += len;
}
static inline void skb_trim(struct sk_buff *skb, unsigned int len)
{
	WARN_ON(skb->frag_len);
	skb->len = min(skb->len, len);
}
static inline int pskb_trim(struct sk_buff *skb, unsigned int len)
{
	skb_trim(skb, len);
	return 0;
}
#define skb_mark_not_on_list(skb) ((skb)->next = NULL)
#define skb_list_walk_safe(from, skb, after) \
	for ((skb) = (from), (after) = (skb) ? (skb)->next : NULL; (skb); \
	     (skb) = (after), (after) = (skb) ? (skb)->next : NULL)
#define ip_hdr(skb) ((struct iphdr *)((skb)->head + (skb)->network_header))
#define ipv6_hdr(skb) ((struct ipv6hdr *)((skb)->head + (skb)->network_header))
#define skb_reset_network_header(skb) ((skb)->network_header = (skb)->data - (skb)->head)
/* What these wash off, our packets have not. */
#define skb_scrub_packet(skb, xnet) ((void)(skb))
#define skb_clear_hash(skb) ((void)(skb))
#define skb_reset_mac_header(skb) ((void)(skb))
#define skb_reset_transport_header(skb) ((void)(skb))
#define skb_reset_inner_headers(skb) ((void)(skb))
#define skb_reset_mac_len(skb) ((void)(skb))
#define INET_ECN_decapsulate(skb, outer, inner) ((void)(outer), (void)(inner))
#define ip_tunnel_get_dsfield(header, skb) ((header)->tos)
static inline __be16 ip_tunnel_parse_protocol(const struct sk_buff *skb)
{
	if (skb->len >= sizeof(struct iphdr) && ip_hdr(skb)->version == 4)
		return htons(ETH_P_IP);
	if (skb->len >= sizeof(struct ipv6hdr) && ip_hdr(skb)->version == 6)
		return htons(ETH_P_IPV6);
	return 0;
}
/* Where what was believed ends up. */
void netif_receive_skb(struct sk_buff *skb);
#define napi_gro_receive(napi, skb) netif_receive_skb(skb)
#define wg_compat_napi_holds(napi) false

static inline void __skb_queue_head_init(struct sk_buff_head *queue)
{
	queue->first = queue->last = NULL;
	queue->qlen = 0;
}
static inline void skb_queue_head_init(struct sk_buff_head *queue)
{
	__skb_queue_head_init(queue);
	spin_lock_init(&queue->lock);
}
static inline void __skb_queue_tail(struct sk_buff_head *queue, struct sk_buff *skb)
{
	skb->next = NULL;
	*(queue->first ? &queue->last->next : &queue->first) = skb;
	queue->last = skb;
	queue->qlen++;
}
static inline struct sk_buff *__skb_dequeue(struct sk_buff_head *queue)
{
	struct sk_buff *skb = queue->first;

	if (skb) {
		queue->first = skb->next;
		queue->qlen--;
		skb->next = NULL;
	}
	return skb;
}
#define skb_queue_tail __skb_queue_tail
#define skb_dequeue __skb_dequeue
#define skb_queue_len(queue) ((queue)->qlen)
static inline void __skb_queue_purge(struct sk_buff_head *queue)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(queue)))
		kfree_skb(skb);
}

/* References. */
struct kref { refcount_t refs; };
#define kref_init(kref) refcount_set(&(kref)->refs, 1)
#define kref_get(kref) refcount_inc(&(kref)->refs)
#define kref_get_unless_zero(kref) refcount_inc_not_zero(&(kref)->refs)
#define kref_put(kref, gone) do { if (refcount_dec_and_test(&(kref)->refs)) gone(kref); } while (0)
static inline bool refcount_inc_not_zero(refcount_t *refs)
{
	if (!refcount_read(refs))
		return false;
	refcount_inc(refs);
	return true;
}

/* Locks and CPUs, of which there is one. */
typedef struct { spinlock_t lock; unsigned int sequence; } seqlock_t;
#define seqlock_init(l) spin_lock_init(&(l)->lock)
struct rw_semaphore { struct shim_lock lock; };
#define init_rwsem(semaphore) shim_lock_init(&(semaphore)->lock)
#define down_read(semaphore) shim_lock(&(semaphore)->lock)
#define up_read(semaphore) shim_unlock(&(semaphore)->lock)
#define alloc_percpu(type) ((type *)kzalloc(sizeof(type), GFP_KERNEL))
#define free_percpu kfree
#define this_cpu_ptr(pointer) (pointer)
#define per_cpu_ptr(pointer, cpu) ((void)(cpu), (pointer))
#define for_each_possible_cpu(cpu) for ((cpu) = 0; !(cpu); (cpu)++)
struct llist_node { struct llist_node *next; };
static inline bool test_and_clear_bit(unsigned long bit, unsigned long *map)
{
	bool was = test_bit(bit, map);

	__clear_bit(bit, map);
	return was;
}

/* Timers are not run; work is, when shim_run_work() is called. */
struct timer_list { int unused; };
#define timer_setup(timer, function, flags) ((void)(function), (timer)->unused = 0)
#define del_timer_sync(timer) ((void)(timer))
struct work_struct {
	void (*function)(struct work_struct *work);
	struct work_struct *next;
	bool pending;
};
struct workqueue_struct { int unused; };
#define INIT_WORK(work, run) (*(work) = (struct work_struct){ .function = (run) })
#define alloc_workqueue(format, flags, max, name) \
	((void)(name), (struct workqueue_struct *)kzalloc(sizeof(struct workqueue_struct), GFP_KERNEL))
#define destroy_workqueue kfree
bool shim_queue_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
void shim_run_work(void);
#define queue_work(queue, work) ((void)(queue), shim_queue_work(work))
#define queue_work_on(cpu, queue, work) queue_work(queue, work)

/* Tables: short ones. */
#define hlist_add_head_rcu hlist_add_head
#define hlist_del_rcu hlist_del
#define hlist_for_each_entry_rcu hlist_for_each_entry
struct rhash_head { struct rhash_head *next; };
struct rhashtable { struct rhash_head *first; };
struct rhashtable_params {
	size_t key_len, key_offset, head_offset;
	bool automatic_shrinking;
};
#define rhashtable_init(table, params) ((table)->first = NULL, 0)
#define rhashtable_destroy(table) ((void)(table))
static inline void *rhashtable_lookup_fast(struct rhashtable *table, const void *key,
					   const struct rhashtable_params params)
{
	struct rhash_head *head;

	for (head = table->first; head; head = head->next) {
		u8 *object = (u8 *)head - params.head_offset;

		if (!memcmp(object + params.key_offset, key, params.key_len))
			return object;
	}
	return NULL;
}
static inline int rhashtable_lookup_insert_fast(struct rhashtable *table, struct rhash_head *head,
						const struct rhashtable_params params)
{
	(void)params;
	head->next = table->first;
	table->first = head;
	return 0;
}
static inline int rhashtable_remove_fast(struct rhashtable *table, struct rhash_head *head,
					 const struct rhashtable_params params)
{
	struct rhash_head **place = &table->first;

	(void)params;
	while (*place != head)
		place = &(*place)->next;
	*place = head->next;
	return 0;
}
struct xarray { void *entry[8]; };
static inline int xa_alloc_cyclic(struct xarray *array, u32 *id, void *entry, u32 least, u32 *next,
				  gfp_t flags)
{
	(void)flags;
	*id = max(*next, least);
	BUG_ON(*id >= ARRAY_SIZE(array->entry));
	*next = *id + 1;
	array->entry[*id] = entry;
	return 0;
}
#define xa_erase(array, id) ((array)->entry[id] = NULL)
#define xa_for_each(array, id, found) \
	for ((id) = 0; (id) < ARRAY_SIZE((array)->entry); (id)++) \
		if (!((found) = (array)->entry[id])) \
			; \
		else

#endif
