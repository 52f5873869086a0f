// SPDX-License-Identifier: GPL-2.0
#include "path/handshakes.h"

#include "path/alarm.h"
#include "path/transmit.h"
#include "path/udp.h"
#include "peers/device.h"
#include "peers/registry.h"

#define WAITING_MAX  4096 /* of one device, over all CPUs */
#define UNDER_LOAD   (WAITING_MAX / 8)
#define DS_HANDSHAKE 0x88 /* AF41 */

/*
 * What strangers may have computed for them, by one CPU: some 400,000 instructions for each, and so
 * no more than a tenth of what even a slow one (1e9 a second) can do.
 */
#define STRANGERS_MAX  512
#define STRANGERS_TIME (2 * (u64)NSEC_PER_SEC)

/*
 * Each CPU queues for itself: a flood meets no lock that the data path of another CPU would wait
 * for.
 */
struct wg_intake {
	struct sk_buff_head queue; /* its own lock */
	struct work_struct work;
	struct wg_device *wg; /* constant */
	/* Of the worker alone. */
	u64 counting_since;
	unsigned int strangers;
};

/* A handshake message with what the steps of judging it find out. */
struct arrival {
	struct wg_device *wg;
	struct sk_buff *skb;
	struct wg_source source;
	u64 now;
	bool stranger; /* knows us, but has shown neither a cookie nor, so far, to be a peer */
};

void wg_handshakes_enqueue(struct wg_device *wg, struct sk_buff *skb)
{
	struct wg_intake *intake = this_cpu_ptr(wg->intakes);

	if (unlikely(atomic_read(&wg->handshakes_waiting) >= WAITING_MAX ||
		     !rng_is_initialized())) {
		kfree_skb(skb);
		return;
	}
	atomic_inc(&wg->handshakes_waiting);
	skb_queue_tail(&intake->queue, skb);
	queue_work_on(smp_processor_id(), wg->handshake_wq, &intake->work);
}

static bool under_load(struct wg_device *wg, u64 now)
{
	u64 overloaded_at;

	if (atomic_read(&wg->handshakes_waiting) >= UNDER_LOAD) {
		WRITE_ONCE(wg->overloaded_at, now);
		return true;
	}
	overloaded_at = READ_ONCE(wg->overloaded_at);
	return overloaded_at && now < overloaded_at + UNDER_LOAD_HANGOVER;
}

/*
 * A flood that is too slow to fill the queue, because each message is computed for at once, could
 * take half of a CPU. More than a few strangers set the device under load, and while as many come,
 * with nothing but cookies for answers, they keep it so.
 */
static void count_stranger(struct wg_intake *intake, u64 now)
{
	if (now >= intake->counting_since + STRANGERS_TIME || intake->strangers > STRANGERS_MAX) {
		intake->counting_since = now;
		intake->strangers = 0;
	}
	if (++intake->strangers > STRANGERS_MAX)
		WRITE_ONCE(intake->wg->overloaded_at, now);
}

/* IPv4 senders are told apart by address, IPv6 ones by /64, which is what one can have for free. */
static bool within_rate(const struct arrival *arrival)
{
	size_t len = arrival->source.len == 4 + 2 ? 4 : 8;

	return wg_limiter_allow(&arrival->wg->limiter, arrival->source.bytes, len, arrival->now);
}

/*
 * Under load, whether the sender has a cookie for its address; if not it is sent one, to the index
 * @sender.
 */
static bool shows_cookie(const struct arrival *arrival, __le32 sender)
{
	struct wg_cookie_judge *judge = &arrival->wg->judge;
	const struct sk_buff *skb = arrival->skb;
	struct message_cookie reply;
	u8 cookie[COOKIE_SIZE];
	bool shown;

	wg_cookie_make(judge, cookie, &arrival->source, arrival->now);
	shown = wg_cookie_mac2_is_right(cookie, skb->data, skb->len);
	if (!shown) {
		wg_cookie_reply(judge, &reply, skb->data, skb->len, sender, cookie);
		wg_udp_reply(arrival->wg, arrival->skb, &reply, sizeof(reply));
	}
	memzero_explicit(cookie, sizeof(cookie));
	return shown;
}

/* Whether to spend curve arithmetic on a message. */
static bool worth_computing(struct arrival *arrival, __le32 sender)
{
	bool loaded = under_load(arrival->wg, arrival->now);

	if (!arrival->wg->identity.present ||
	    !wg_cookie_mac1_is_right(&arrival->wg->judge, arrival->skb->data, arrival->skb->len))
		return false;
	arrival->stranger = !loaded || !shows_cookie(arrival, sender);
	return !loaded || (!arrival->stranger && within_rate(arrival));
}

static void make_live(struct wg_slot *slot, struct wg_session_keys *keys, u64 now)
{
	struct wg_retired_sessions retired;

	wg_session_fill(&slot->session, keys, now);
	memzero_explicit(keys, sizeof(*keys));
	/* Pairs with the acquire at the door: data under this index may come from now on. */
	smp_store_release(&slot->state, WG_SLOT_LIVE);
	wg_sessions_install(&slot->peer->sessions, &slot->session, &retired);
	wg_slots_retire(&retired);
}

static bool ended(const struct wg_peer *peer)
{
	lockdep_assert_held(&peer->handshake_lock);
	return READ_ONCE(peer->dead) || !READ_ONCE(peer->device->up);
}

static int respond(struct wg_peer *peer, struct wg_opened_initiation *opened,
		   const struct arrival *arrival, struct message_response *response)
{
	struct wg_handshake *handshake = &peer->handshake;
	struct wg_session_keys keys;
	struct wg_slot *slot;
	int err;

	lockdep_assert_held(&peer->handshake_lock);
	if (ended(peer))
		return -ESHUTDOWN;
	err = wg_handshake_accept(handshake, &peer->device->identity, opened,
				  (struct message_initiation *)arrival->skb->data, arrival->now);
	if (err)
		return err;
	slot = wg_slot_take(peer);
	if (!slot)
		return -EBUSY;
	err = wg_handshake_respond(handshake, opened, response, slot->index, &keys);
	if (err)
		wg_slot_retire(slot);
	else
		make_live(slot, &keys, arrival->now);
	return err;
}

static void send_message(struct wg_peer *peer, void *message, size_t len)
{
	u64 now = ktime_get_coarse_boottime_ns();

	wg_cookie_sign(&peer->jar, message, len, now);
	atomic64_set(&peer->handshake_sent, now);
	wg_udp_send_buffer(peer, message, len, DS_HANDSHAKE);
}

static void take_initiation(struct arrival *arrival)
{
	const struct message_initiation *message = (struct message_initiation *)arrival->skb->data;
	struct wg_opened_initiation opened;
	struct message_response response;
	struct wg_peer *peer;
	int err;

	if (!worth_computing(arrival, message->sender) ||
	    wg_handshake_open(&opened, &arrival->wg->identity, message))
		return;
	rcu_read_lock();
	peer = wg_peer_get(wg_registry_find_peer(arrival->wg, opened.remote_static));
	rcu_read_unlock();
	if (peer) {
		mutex_lock(&peer->handshake_lock);
		err = respond(peer, &opened, arrival, &response);
		mutex_unlock(&peer->handshake_lock);
		if (!err) {
			arrival->stranger = false;
			wg_udp_learn(peer, arrival->skb);
			wg_udp_count_received(peer, arrival->skb->len);
			/* Before the peer hears of it, as in initiate(). */
			wg_alarm_raise(peer, BIT(WG_EVENT_RECEIVED) | BIT(WG_EVENT_SENT) |
						     BIT(WG_EVENT_SESSION_DERIVED));
			send_message(peer, &response, sizeof(response));
		}
		wg_peer_put(peer);
	}
	memzero_explicit(&opened, sizeof(opened));
}

static struct wg_peer *find_waiting(struct wg_device *wg, __le32 index)
{
	struct wg_peer *peer;
	struct wg_slot *slot;

	rcu_read_lock();
	slot = wg_registry_find_slot(wg, le32_to_cpu(index));
	peer = slot ? wg_peer_get(slot->peer) : NULL;
	rcu_read_unlock();
	return peer;
}

/*
 * The response must be to the very initiation that waits now: index and state are under one lock.
 */
static int finish(struct wg_peer *peer, const struct message_response *message, u64 now)
{
	struct wg_slot *slot = peer->waiting;
	struct wg_session_keys keys;
	int err;

	lockdep_assert_held(&peer->handshake_lock);
	if (ended(peer) || !slot || slot->index != le32_to_cpu(message->receiver))
		return -ESTALE;
	err = wg_handshake_finish(&peer->handshake, &peer->device->identity, message, &keys);
	if (err)
		return err;
	peer->waiting = NULL;
	make_live(slot, &keys, now);
	return 0;
}

static void take_response(struct arrival *arrival)
{
	const struct message_response *message = (struct message_response *)arrival->skb->data;
	struct wg_peer *peer;
	int err;

	if (!worth_computing(arrival, message->sender))
		return;
	peer = find_waiting(arrival->wg, message->receiver);
	if (!peer)
		return;
	mutex_lock(&peer->handshake_lock);
	err = finish(peer, message, arrival->now);
	mutex_unlock(&peer->handshake_lock);
	if (!err) {
		arrival->stranger = false;
		wg_udp_learn(peer, arrival->skb);
		wg_udp_count_received(peer, arrival->skb->len);
		atomic64_set(&peer->last_handshake, ktime_get_real_ns());
		wg_alarm_raise(peer, BIT(WG_EVENT_RECEIVED) | BIT(WG_EVENT_HANDSHAKE_COMPLETE) |
					     BIT(WG_EVENT_SESSION_DERIVED));
		/* The responder may not send before it has heard from us under the new session. */
		wg_transmit_keepalive(peer);
	}
	wg_peer_put(peer);
}

static void take_cookie(const struct arrival *arrival)
{
	const struct message_cookie *message = (struct message_cookie *)arrival->skb->data;
	struct wg_peer *peer = find_waiting(arrival->wg, message->receiver);

	if (!peer)
		return;
	if (wg_cookie_store(&peer->jar, message, arrival->now))
		wg_udp_count_received(peer, arrival->skb->len);
	wg_peer_put(peer);
}

static void take(struct wg_intake *intake, struct sk_buff *skb)
{
	struct wg_device *wg = intake->wg;
	struct arrival arrival = { .wg = wg, .skb = skb, .now = ktime_get_coarse_boottime_ns() };
	u32 type = le32_to_cpup((__le32 *)skb->data);

	wg_udp_source(&arrival.source, skb);
	/* For the whole step: no key may change between judging a message and answering it. */
	down_read(&wg->identity_lock);
	if (type == MESSAGE_INITIATION)
		take_initiation(&arrival);
	else if (type == MESSAGE_RESPONSE)
		take_response(&arrival);
	else
		take_cookie(&arrival);
	up_read(&wg->identity_lock);
	if (arrival.stranger)
		count_stranger(intake, arrival.now);
}

static void intake_worker(struct work_struct *work)
{
	struct wg_intake *intake = container_of(work, struct wg_intake, work);
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&intake->queue))) {
		/* Going down waits for us: it need not wait for arithmetic that serves nobody. */
		if (READ_ONCE(intake->wg->up))
			take(intake, skb);
		consume_skb(skb);
		atomic_dec(&intake->wg->handshakes_waiting);
		cond_resched();
	}
}

static bool sent_lately(struct wg_peer *peer)
{
	u64 sent = atomic64_read(&peer->handshake_sent);

	return sent && ktime_get_coarse_boottime_ns() < sent + REKEY_TIMEOUT;
}

void wg_handshakes_ask(struct wg_peer *peer, enum wg_chore chore)
{
	set_bit(chore, &peer->chores);
	/* The queued chore owns a reference; one that is queued already has its own. */
	if (READ_ONCE(peer->dead) || !wg_peer_get(peer))
		return;
	if (!queue_work(peer->device->handshake_wq, &peer->chore_work))
		wg_peer_put(peer);
}

void wg_handshakes_request(struct wg_peer *peer, bool retry)
{
	if (!retry)
		wg_alarm_raise(peer, BIT(WG_EVENT_HANDSHAKE_WANTED));
	if (!sent_lately(peer))
		wg_handshakes_ask(peer, WG_CHORE_INITIATE);
}

static int start(struct wg_peer *peer, struct message_initiation *message)
{
	u8 timestamp[NOISE_TIMESTAMP_SIZE];
	struct timespec64 wall;
	struct wg_slot *slot;
	int err;

	lockdep_assert_held(&peer->handshake_lock);
	if (ended(peer) || sent_lately(peer))
		return -EAGAIN;
	slot = wg_slot_take(peer);
	if (!slot)
		return -EBUSY;
	ktime_get_real_ts64(&wall);
	wg_timestamp_make(timestamp, wall.tv_sec, wall.tv_nsec);
	err = wg_handshake_initiate(&peer->handshake, &peer->device->identity, message, slot->index,
				    timestamp);
	if (err) {
		wg_slot_retire(slot);
		return err;
	}
	if (peer->waiting)
		wg_slot_retire(peer->waiting);
	peer->waiting = slot;
	return 0;
}

static void initiate(struct wg_peer *peer)
{
	struct message_initiation message;
	int err;

	down_read(&peer->device->identity_lock);
	mutex_lock(&peer->handshake_lock);
	err = start(peer, &message);
	/*
	 * A try for which there was no slot counts as sent: the timers make the next one. They hear
	 * of it before the peer does, whose response another CPU may be done with before we are
	 * back from sending: what ended would seem to have begun, and be retried for nothing.
	 */
	if (!err || err == -EBUSY)
		wg_alarm_raise(peer, BIT(WG_EVENT_SENT) | BIT(WG_EVENT_INITIATION_SENT));
	if (!err)
		send_message(peer, &message, sizeof(message));
	mutex_unlock(&peer->handshake_lock);
	up_read(&peer->device->identity_lock);
}

void wg_handshakes_chore(struct work_struct *work)
{
	struct wg_peer *peer = container_of(work, struct wg_peer, chore_work);

	if (test_and_clear_bit(WG_CHORE_ZERO_KEYS, &peer->chores))
		wg_peer_forget_sessions(peer);
	if (test_and_clear_bit(WG_CHORE_INITIATE, &peer->chores))
		initiate(peer);
	wg_peer_put(peer);
}

int wg_handshakes_init(struct wg_device *wg)
{
	unsigned int cpu;

	wg->intakes = alloc_percpu(struct wg_intake);
	if (!wg->intakes)
		return -ENOMEM;
	wg->handshake_wq = alloc_workqueue("wg-kex-%s", WQ_PERCPU | WQ_CPU_INTENSIVE | WQ_FREEZABLE,
					   0, wg->dev->name);
	if (!wg->handshake_wq) {
		free_percpu(wg->intakes);
		return -ENOMEM;
	}
	for_each_possible_cpu(cpu) {
		struct wg_intake *intake = per_cpu_ptr(wg->intakes, cpu);

		intake->wg = wg;
		skb_queue_head_init(&intake->queue);
		INIT_WORK(&intake->work, intake_worker);
	}
	return 0;
}

void wg_handshakes_uninit(struct wg_device *wg)
{
	destroy_workqueue(wg->handshake_wq);
	free_percpu(wg->intakes);
}
