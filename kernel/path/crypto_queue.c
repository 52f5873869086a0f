// SPDX-License-Identifier: GPL-2.0
#include "path/crypto_queue.h"

#include <linux/ptr_ring.h>
#include <linux/smp.h>
#include "path/bundle.h"
#include "path/receive.h"
#include "path/transmit.h"
#include "peers/device.h"

#define QUEUE_MAX    512 /* bundles */
#define SHARE_FROM   8	 /* packets in a bundle that an idle CPU is woken for */
#define KICK_PENDING 0

#define LINGER_FOR   (50 * NSEC_PER_USEC)
#define LINGER_AFTER 8	/* packets that a sender sent without a pause */
#define LINGER_UNTIL 16 /* packets are staged */

struct wg_crypto_cpu {
	struct ptr_ring ring; /* has its own locks, one for each end */
	struct napi_struct napi;
	struct wg_device *wg;	 /* constant; NULL: not made */
	unsigned int cpu;	 /* constant */
	struct llist_head lanes; /* that others finished and this queue is to drain */

	/* Arrivals are gathered here until the session changes, the bundle is full, or we poll. */
	spinlock_t open_lock;
	struct sk_buff *open __guarded_by(&open_lock);
	unsigned long came_at; /* jiffies of the last arrival; this CPU's, softirqs off */

	/* This CPU's, softirqs off. While it is offline its timer fires elsewhere. */
	struct hrtimer linger;
	struct wg_peer *lingering; /* with a reference; NULL: linger is not pending */
	const void *sender;	   /* the last one's task, which may be long gone */
	unsigned long sender_slept;
	unsigned int sent_in_a_row;

	call_single_data_t kick;
	unsigned long kicked; /* atomic bit KICK_PENDING: kick is in flight */
};

/* Something is being opened where it came: on a stack that has room for one tunnel's packet. */
static DEFINE_PER_CPU(bool, opening);

static void take_kick(void *info)
{
	struct wg_crypto_cpu *queue = info;

	clear_bit(KICK_PENDING, &queue->kicked);
	napi_schedule(&queue->napi);
}

static bool kick(struct wg_crypto_cpu *queue)
{
	if (test_and_set_bit(KICK_PENDING, &queue->kicked))
		return true;
	if (!smp_call_function_single_async(queue->cpu, &queue->kick))
		return true;
	clear_bit(KICK_PENDING, &queue->kicked);
	return false;
}

/* The lane's home drains it when it polls; the list holds a reference on the lane's peer. */
static void ask_home(struct wg_lane *lane, struct wg_crypto_cpu *home)
{
	kref_get(&lane->peer->refs);
	llist_add(&lane->node, &home->lanes);
	/* If that CPU has gone offline meanwhile, its queue is polled here. */
	if (home->cpu == smp_processor_id() || !kick(home))
		napi_schedule(&home->napi);
}

/*
 * On @queue's turn, whose lane it is. While we emit, other CPUs may finish more: after a whole lane
 * of packets the rest has to wait for our next turn, so that this one ends.
 */
static void drain(struct wg_crypto_cpu *queue, struct wg_lane *lane, struct napi_struct *napi)
{
	struct sk_buff *ready;
	int left = WG_LANE_MAX;

	while ((ready = wg_lane_next(lane))) {
		left -= wg_packet(ready)->count;
		if (wg_packet(ready)->outbound)
			wg_transmit_emit(ready);
		else
			wg_receive_emit(ready, napi);
		if (unlikely(left < 0)) {
			wg_lane_turn(lane, false);
			ask_home(lane, queue);
			return;
		}
	}
}

static void drain_asked(struct wg_crypto_cpu *queue, struct napi_struct *napi)
{
	struct llist_node *asked = llist_reverse_order(llist_del_all(&queue->lanes));
	struct wg_lane *lane, *next;

	llist_for_each_entry_safe(lane, next, asked, node) {
		struct wg_peer *peer = lane->peer;

		wg_lane_turn(lane, true);
		drain(queue, lane, napi);
		wg_peer_put(peer);
	}
}

/*
 * On @queue's turn. Arrivals are drained only where the stack can take them: in a poll, or where
 * the first after a pause came.
 */
static void finish(struct wg_crypto_cpu *queue, struct sk_buff *bundle, struct napi_struct *napi)
{
	struct wg_lane *lane = wg_bundle_lane(bundle);
	bool may_drain = napi || wg_packet(bundle)->outbound || this_cpu_read(opening);
	struct wg_peer *peer = lane->peer;
	enum wg_lane_duty duty;
	unsigned int home;

	/* Emitting may drop the last reference on the peer, and so the lane. */
	kref_get(&peer->refs);
	duty = wg_lane_finish(lane, bundle, queue->cpu, may_drain, &home);
	if (duty == WG_LANE_DRAIN)
		drain(queue, lane, napi);
	else if (duty == WG_LANE_ASK_HOME)
		ask_home(lane, per_cpu_ptr(queue->wg->crypto, home));
	wg_peer_put(peer);
}

static void process(struct wg_crypto_cpu *queue, struct sk_buff *bundle, struct napi_struct *napi)
{
	if (wg_packet(bundle)->outbound)
		wg_transmit_seal(bundle);
	else
		wg_receive_open(bundle);
	finish(queue, bundle, napi);
}

/* One CPU is woken at a time; if it finds a backlog too, it wakes the next. */
static bool kick_idle_cpu(struct wg_device *wg)
{
	unsigned int self = smp_processor_id(), cpu;

	for_each_online_cpu(cpu) {
		struct wg_crypto_cpu *queue = per_cpu_ptr(wg->crypto, cpu);

		if (cpu != self && !test_bit(NAPI_STATE_SCHED, &queue->napi.state) &&
		    !test_bit(KICK_PENDING, &queue->kicked) && kick(queue))
			return true;
	}
	return false;
}

static bool nothing_queued(const struct wg_crypto_cpu *queue)
{
	/* Out of date at once if another CPU pushes: that one asks for a poll afterwards. */
	return data_race(__ptr_ring_empty((struct ptr_ring *)&queue->ring));
}

/*
 * Returns whether another CPU will see to it. Otherwise, whoever is not polling @queue itself asks
 * for a poll afterwards. A poll must not: it would be run once more for nothing, and by ksoftirqd
 * if it has just woken a reader.
 */
static bool push(struct wg_crypto_cpu *queue, struct sk_buff *bundle)
{
	bool share = wg_packet(bundle)->count >= SHARE_FROM || !nothing_queued(queue);

	if (unlikely(ptr_ring_produce(&queue->ring, bundle))) {
		/* Its packets are not good, and so dropped when their turn comes. */
		if (!wg_packet(bundle)->outbound)
			DEV_STATS_ADD(queue->wg->dev, rx_dropped, wg_packet(bundle)->count);
		finish(queue, bundle, NULL);
		return false;
	}
	return share && kick_idle_cpu(queue->wg);
}

void wg_crypto_submit(struct wg_device *wg, struct sk_buff *bundle, bool alone)
{
	struct wg_crypto_cpu *queue = this_cpu_ptr(wg->crypto);
	bool short_work = wg_packet(bundle)->count == 1 || num_online_cpus() == 1;

	/*
	 * Nothing to wait for and nobody to share with: encrypt where we stand. A tunnel through a
	 * tunnel does not, or the layers would pile up on one stack.
	 */
	if (alone && short_work && dev_recursion_level() <= 1 && nothing_queued(queue))
		process(queue, bundle, NULL);
	else if (!push(queue, bundle))
		napi_schedule(&queue->napi);
}

/*
 * Whether a task goes on sending from here without ever waiting for anything, as nobody does who
 * wants an answer. What softirqs send comes in bundles, or is an answer itself; and where there are
 * no fine timers, a moment would become a tick.
 */
static bool sends_on(struct wg_crypto_cpu *queue)
{
	if (!in_task() || hrtimer_resolution > LINGER_FOR)
		return false;
	if (queue->sender != current || queue->sender_slept != current->nvcsw)
		queue->sent_in_a_row = 0;
	queue->sender = current;
	queue->sender_slept = current->nvcsw;
	return ++queue->sent_in_a_row > LINGER_AFTER;
}

bool wg_crypto_linger(struct wg_peer *peer)
{
	struct wg_crypto_cpu *queue = this_cpu_ptr(peer->device->crypto);
	u32 staged = skb_queue_len_lockless(&peer->staged);

	/* Without a session they wait longer, and not on their sockets' account. */
	if (!sends_on(queue) || staged >= LINGER_UNTIL ||
	    !rcu_access_pointer(peer->sessions.current_session))
		return false;
	if (queue->lingering ? queue->lingering != peer : !wg_peer_get(peer))
		return false;
	/* Anew after each bundle: the time is that of the first packet that waits. */
	if (!queue->lingering || staged == 1)
		hrtimer_start(&queue->linger, LINGER_FOR, HRTIMER_MODE_REL_PINNED_SOFT);
	queue->lingering = peer;
	return true;
}

static enum hrtimer_restart linger_over(struct hrtimer *linger)
{
	struct wg_crypto_cpu *queue = container_of(linger, struct wg_crypto_cpu, linger);
	struct wg_peer *peer = queue->lingering;

	queue->lingering = NULL;
	/* Busy with something else: one packet has waited for no other. */
	if (queue->sender == current && skb_queue_len_lockless(&peer->staged) == 1)
		queue->sent_in_a_row = 0;
	wg_transmit_flush(peer);
	wg_peer_put(peer);
	return HRTIMER_NORESTART;
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
	placed = wg_lane_append(lane, bundle, queue->cpu);
	spin_unlock(&lane->lock);
	if (placed)
		return bundle;
	DEV_STATS_ADD(queue->wg->dev, rx_dropped, wg_packet(bundle)->count);
	wg_receive_emit(bundle, NULL);
	return NULL;
}

static struct sk_buff *take_open(struct wg_crypto_cpu *queue)
{
	struct sk_buff *closed;

	spin_lock(&queue->open_lock);
	closed = close_open(queue);
	spin_unlock(&queue->open_lock);
	return closed;
}

/* For the first after a pause a poll would find no other. */
static void open_here(struct wg_crypto_cpu *queue)
{
	struct sk_buff *bundle = take_open(queue);

	this_cpu_write(opening, true);
	if (likely(bundle))
		process(queue, bundle, NULL);
	this_cpu_write(opening, false);
}

void wg_crypto_gather(struct wg_device *wg, struct wg_slot *slot, struct sk_buff *skb)
{
	struct wg_crypto_cpu *queue = this_cpu_ptr(wg->crypto);
	bool pause = time_after(jiffies, queue->came_at);
	struct sk_buff *closed = NULL;
	struct wg_packet *open;

	queue->came_at = jiffies;
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
	if (pause && nothing_queued(queue) && !this_cpu_read(opening))
		open_here(queue);
	else
		napi_schedule(&queue->napi);
}

static struct sk_buff *take(struct wg_crypto_cpu *queue)
{
	struct sk_buff *bundle = ptr_ring_consume(&queue->ring);
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct wg_crypto_cpu *other = per_cpu_ptr(queue->wg->crypto, cpu);

		if (bundle)
			break;
		if (!nothing_queued(other))
			bundle = ptr_ring_consume(&other->ring);
	}
	return bundle;
}

static int poll(struct napi_struct *napi, int budget)
{
	struct wg_crypto_cpu *queue = container_of(napi, struct wg_crypto_cpu, napi);
	struct sk_buff *bundle;
	int done = 0;
	bool taken;

	if (budget <= 0)
		return 0;
	drain_asked(queue, napi);
	bundle = take_open(queue);
	taken = bundle && push(queue, bundle);
	while (!taken && done < budget && (bundle = take(queue))) {
		if (!nothing_queued(queue))
			kick_idle_cpu(queue->wg);
		done += wg_packet(bundle)->count;
		process(queue, bundle, napi);
	}
	if (done >= budget)
		return budget;
	/*
	 * Never trust that somebody else's wake-up came through: look once more after completing.
	 */
	if (napi_complete_done(napi, done) &&
	    (READ_ONCE(queue->open) || !llist_empty(&queue->lanes)))
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
	queue->cpu = cpu;
	init_llist_head(&queue->lanes);
	spin_lock_init(&queue->open_lock);
	wg_compat_hrtimer_setup(&queue->linger, linger_over, HRTIMER_MODE_REL_PINNED_SOFT);
	INIT_CSD(&queue->kick, take_kick, queue);
	/* A socket's reader may not poll for us: it would decrypt on whichever CPU it runs. */
	set_bit(NAPI_STATE_NO_BUSY_POLL, &queue->napi.state);
	netif_napi_add(wg->dev, &queue->napi, poll);
	napi_enable(&queue->napi);
	return 0;
}

static void stop_polling(struct wg_crypto_cpu *queue)
{
	/* Not every queue was made if creating the device failed half-way. */
	if (!queue->wg)
		return;
	if (hrtimer_cancel(&queue->linger))
		linger_over(&queue->linger);
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
	while ((bundle = take_open(queue) ?: ptr_ring_consume(&queue->ring)))
		finish(queue, bundle, NULL);
	local_bh_enable();
	ptr_ring_cleanup(&queue->ring, NULL);
}

/* Dropping may have asked any queue to drain: these come when all is dropped. */
static void drain_left(struct wg_crypto_cpu *queue)
{
	while (!llist_empty(&queue->lanes)) {
		local_bh_disable();
		drain_asked(queue, NULL);
		local_bh_enable();
	}
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

	for_each_possible_cpu(cpu)
		stop_polling(per_cpu_ptr(wg->crypto, cpu));
	for_each_possible_cpu(cpu)
		drop_left(per_cpu_ptr(wg->crypto, cpu));
	/* Kicks are taken in order on each CPU: when this one has been, so has every other. */
	kick_all_cpus_sync();
	for_each_possible_cpu(cpu)
		drain_left(per_cpu_ptr(wg->crypto, cpu));
	free_percpu(wg->crypto);
}
