// SPDX-License-Identifier: GPL-2.0
#include "path/crypto_queue.h"

#include <linux/ptr_ring.h>
#include <linux/smp.h>
#include "path/bundle.h"
#include "path/receive.h"
#include "path/transmit.h"
#include "peers/device.h"

enum {
	QUEUE_MAX = 512, /* bundles */
	KICK_PENDING = 0,
};

struct wg_crypto_cpu {
	struct ptr_ring ring; /* has its own locks, one for each end */
	struct napi_struct napi;
	struct wg_device *wg; /* constant; NULL: not made */

	/* Arrivals are gathered here until the session changes, the bundle is full, or we poll. */
	spinlock_t open_lock;
	struct sk_buff *open __guarded_by(&open_lock);

	call_single_data_t kick;
	unsigned long kicked; /* atomic bit KICK_PENDING: kick is in flight */
};

static void finish(struct sk_buff *bundle, struct napi_struct *napi)
{
	struct wg_lane *lane = wg_bundle_lane(bundle);
	bool outbound = wg_packet(bundle)->outbound;
	/* Emitting may drop the last reference on the peer, and so the lane. */
	struct wg_peer *peer = wg_peer_get(wg_packet(bundle)->slot->peer);
	struct sk_buff *ready;

	for (ready = wg_lane_finish(lane, bundle); ready; ready = wg_lane_next(lane)) {
		if (outbound)
			wg_transmit_emit(ready);
		else
			wg_receive_emit(ready, napi);
	}
	wg_peer_put(peer);
}

static void process(struct sk_buff *bundle, struct napi_struct *napi)
{
	if (wg_packet(bundle)->outbound)
		wg_transmit_seal(bundle);
	else
		wg_receive_open(bundle);
	finish(bundle, napi);
}

static void take_kick(void *info)
{
	struct wg_crypto_cpu *queue = info;

	clear_bit(KICK_PENDING, &queue->kicked);
	napi_schedule(&queue->napi);
}

static bool idle(const struct wg_crypto_cpu *queue)
{
	return !test_bit(NAPI_STATE_SCHED, &queue->napi.state) &&
	       !test_bit(KICK_PENDING, &queue->kicked);
}

/* One CPU is woken at a time; if it finds a backlog too, it wakes the next. */
static void kick_idle_cpu(struct wg_device *wg)
{
	unsigned int self = smp_processor_id(), cpu;

	for_each_online_cpu(cpu) {
		struct wg_crypto_cpu *queue = per_cpu_ptr(wg->crypto, cpu);

		if (cpu == self || !idle(queue) || test_and_set_bit(KICK_PENDING, &queue->kicked))
			continue;
		/* The CPU may have gone offline meanwhile: then the work stays with us. */
		if (smp_call_function_single_async(cpu, &queue->kick))
			clear_bit(KICK_PENDING, &queue->kicked);
		else
			return;
	}
}

static void push(struct wg_crypto_cpu *queue, struct sk_buff *bundle)
{
	bool backlog = !__ptr_ring_empty(&queue->ring);

	if (unlikely(ptr_ring_produce(&queue->ring, bundle))) {
		/* Its packets are not good, and so dropped when their turn comes. */
		if (!wg_packet(bundle)->outbound)
			DEV_STATS_ADD(queue->wg->dev, rx_dropped, wg_packet(bundle)->count);
		finish(bundle, NULL);
		return;
	}
	napi_schedule(&queue->napi);
	if (backlog)
		kick_idle_cpu(queue->wg);
}

void wg_crypto_submit(struct wg_device *wg, struct sk_buff *bundle, bool alone)
{
	struct wg_crypto_cpu *queue = this_cpu_ptr(wg->crypto);
	bool short_work = wg_packet(bundle)->count == 1 || num_online_cpus() == 1;

	/* Nothing to wait for and nobody to share with: encrypt where we stand. */
	if (alone && short_work && __ptr_ring_empty(&queue->ring))
		process(bundle, NULL);
	else
		push(queue, bundle);
}

/* Ends the open bundle: it gets its place in the lane, and the caller pushes it. */
static struct sk_buff *close_open(struct wg_crypto_cpu *queue)
{
	struct sk_buff *bundle = queue->open;
	struct wg_lane *lane;
	bool placed;

	lockdep_assert_held(&queue->open_lock);
	queue->open = NULL;
	if (!bundle)
		return NULL;
	lane = wg_bundle_lane(bundle);
	spin_lock(&lane->lock);
	placed = wg_lane_append(lane, bundle);
	spin_unlock(&lane->lock);
	if (placed)
		return bundle;
	wg_receive_discard(bundle);
	return NULL;
}

void wg_crypto_gather(struct wg_device *wg, struct wg_slot *slot, struct sk_buff *skb)
{
	struct wg_crypto_cpu *queue = this_cpu_ptr(wg->crypto);
	struct sk_buff *closed = NULL;
	struct wg_packet *open;

	spin_lock(&queue->open_lock);
	open = queue->open ? wg_packet(queue->open) : NULL;
	if (open && open->slot == slot && open->count < WG_BUNDLE_MAX) {
		wg_bundle_append(queue->open, skb);
	} else if (likely(wg_slot_get(slot))) {
		closed = close_open(queue);
		wg_bundle_begin(skb, slot, false);
		queue->open = skb;
	} else {
		kfree_skb(skb);
	}
	spin_unlock(&queue->open_lock);

	if (closed)
		push(queue, closed);
	napi_schedule(&queue->napi);
}

static struct sk_buff *take(struct wg_crypto_cpu *queue)
{
	struct sk_buff *bundle = ptr_ring_consume(&queue->ring);
	unsigned int cpu;

	if (bundle)
		return bundle;
	for_each_possible_cpu(cpu) {
		struct wg_crypto_cpu *other = per_cpu_ptr(queue->wg->crypto, cpu);

		if (other == queue || __ptr_ring_empty(&other->ring))
			continue;
		bundle = ptr_ring_consume(&other->ring);
		if (bundle)
			return bundle;
	}
	return NULL;
}

static void push_open(struct wg_crypto_cpu *queue)
{
	struct sk_buff *closed;

	spin_lock(&queue->open_lock);
	closed = close_open(queue);
	spin_unlock(&queue->open_lock);
	if (closed)
		push(queue, closed);
}

static int poll(struct napi_struct *napi, int budget)
{
	struct wg_crypto_cpu *queue = container_of(napi, struct wg_crypto_cpu, napi);
	struct sk_buff *bundle;
	int done = 0;

	if (budget <= 0)
		return 0;
	push_open(queue);
	while (done < budget) {
		bundle = take(queue);
		if (!bundle)
			break;
		if (!__ptr_ring_empty(&queue->ring))
			kick_idle_cpu(queue->wg);
		done += wg_packet(bundle)->count;
		process(bundle, napi);
	}
	if (done >= budget)
		return budget;
	/*
	 * Never trust that somebody else's wake-up came through: look once more after completing.
	 */
	if (napi_complete_done(napi, done) &&
	    (!__ptr_ring_empty(&queue->ring) || READ_ONCE(queue->open)))
		napi_schedule(napi);
	return done;
}

static int queue_init(struct wg_device *wg, unsigned int cpu)
{
	struct wg_crypto_cpu *queue = per_cpu_ptr(wg->crypto, cpu);
	int err = ptr_ring_init(&queue->ring, QUEUE_MAX, GFP_KERNEL);

	if (err)
		return err;
	queue->wg = wg;
	spin_lock_init(&queue->open_lock);
	INIT_CSD(&queue->kick, take_kick, queue);
	netif_napi_add(wg->dev, &queue->napi, poll);
	napi_enable(&queue->napi);
	return 0;
}

static void stop_polling(struct wg_crypto_cpu *queue)
{
	/* Not every queue was made if creating the device failed half-way. */
	if (!queue->wg)
		return;
	napi_disable(&queue->napi);
	netif_napi_del(&queue->napi);
}

/*
 * Nobody pushes or polls any more; what is left is dropped, so that it gives its references back.
 */
static void drop_left(struct wg_crypto_cpu *queue)
{
	struct sk_buff *bundle;

	if (!queue->wg)
		return;
	local_bh_disable();
	spin_lock(&queue->open_lock);
	bundle = close_open(queue);
	spin_unlock(&queue->open_lock);
	if (bundle)
		finish(bundle, NULL);
	while ((bundle = ptr_ring_consume(&queue->ring)))
		finish(bundle, NULL);
	local_bh_enable();
	ptr_ring_cleanup(&queue->ring, NULL);
}

static void nothing(void *unused)
{
}

int wg_crypto_init(struct wg_device *wg)
{
	unsigned int cpu;
	int err;

	wg->crypto = alloc_percpu(struct wg_crypto_cpu);
	if (!wg->crypto)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		err = queue_init(wg, cpu);
		if (err) {
			wg_crypto_uninit(wg);
			return err;
		}
	}
	return 0;
}

void wg_crypto_uninit(struct wg_device *wg)
{
	unsigned int cpu;

	/*
	 * Kicks are taken in order on each CPU: when this one has been, so has every earlier one.
	 */
	on_each_cpu(nothing, NULL, 1);
	for_each_possible_cpu(cpu)
		stop_polling(per_cpu_ptr(wg->crypto, cpu));
	for_each_possible_cpu(cpu)
		drop_left(per_cpu_ptr(wg->crypto, cpu));
	free_percpu(wg->crypto);
}
