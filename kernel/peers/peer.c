// SPDX-License-Identifier: GPL-2.0
/*
 * A peer's life. Its tables hold one reference; each slot in use and each queued chore hold
 * another, and a bundle under way holds its slot. Removal proves that all of them end:
 *
 *  - out of the tables, no new packet, message or request finds the peer; after one grace period no
 *    RCU reader is left that found it before;
 *  - dead is set under handshake_lock, so no handshake that was under way adds a session any more;
 *  - the timer state is STOPPED under timer_lock before the alarm is waited for, so it is not armed
 *    again; a chore that is queued later sees dead and only gives its reference back;
 *  - the sessions leave their places; bundles under way drain by themselves and drop the slots.
 */
#include "peers/peer.h"

#include <linux/slab.h>
#include "peers/device.h"
#include "peers/registry.h"

static struct kmem_cache *peer_cache;

int wg_peer_module_init(void)
{
	peer_cache = KMEM_CACHE(wg_peer, 0);
	return peer_cache ? 0 : -ENOMEM;
}

void wg_peer_module_uninit(void)
{
	/*
	 * A slot's callback may drop its peer's last reference, whose callback frees it: two
	 * rounds.
	 */
	rcu_barrier();
	rcu_barrier();
	kmem_cache_destroy(peer_cache);
}

static void lane_init(struct wg_lane *lane, struct wg_peer *peer)
{
	lane->peer = peer;
	spin_lock_init(&lane->lock);
	/* Long enough ago for the first bundle to choose the lane's home. */
	lane->left_at = jiffies - HZ;
}

static int enter_tables(struct wg_device *wg, struct wg_peer *peer)
{
	int err = xa_alloc_cyclic(&wg->peers, &peer->id, peer, XA_LIMIT(1, U32_MAX),
				  &wg->next_peer_id, GFP_KERNEL);

	if (err < 0)
		return err;
	err = wg_registry_add_peer(wg, peer);
	if (err)
		xa_erase(&wg->peers, peer->id);
	else
		++wg->peer_count;
	return err;
}

struct wg_peer *wg_peer_create(struct wg_device *wg, const u8 public_key[NOISE_KEY_SIZE])
{
	struct wg_peer *peer;
	unsigned int i;
	int err;

	lockdep_assert_held(&wg->config_lock);
	if (wg->peer_count >= WG_PEERS_MAX)
		return ERR_PTR(-ENOMEM);
	peer = kmem_cache_zalloc(peer_cache, GFP_KERNEL);
	if (!peer)
		return ERR_PTR(-ENOMEM);

	peer->device = wg;
	memcpy(peer->public_key, public_key, NOISE_KEY_SIZE);
	kref_init(&peer->refs);
	wg_allowedips_owner_init(&peer->allowedips);
	skb_queue_head_init(&peer->staged);
	lane_init(&peer->outbound, peer);
	lane_init(&peer->inbound, peer);
	seqlock_init(&peer->endpoint_lock);
	mutex_init(&peer->handshake_lock);
	wg_handshake_init(&peer->handshake, public_key);
	for (i = 0; i < WG_SLOTS; ++i)
		peer->slots[i].peer = peer;
	wg_sessions_init(&peer->sessions);
	wg_cookie_jar_init(&peer->jar, public_key);
	spin_lock_init(&peer->timer_lock);
	wg_timers_init(&peer->timers);
	timer_setup(&peer->alarm, wg->peer_alarm, 0);
	INIT_WORK(&peer->chore_work, wg->peer_chore);

	err = enter_tables(wg, peer);
	if (err) {
		kmem_cache_free(peer_cache, peer);
		return ERR_PTR(err);
	}
	return peer;
}

static void free_after_grace(struct rcu_head *rcu)
{
	struct wg_peer *peer = container_of(rcu, struct wg_peer, rcu);

	dst_release(peer->route.dst);
	memzero_explicit(peer, sizeof(*peer));
	kmem_cache_free(peer_cache, peer);
}

static void last_reference_gone(struct kref *refs)
{
	struct wg_peer *peer = container_of(refs, struct wg_peer, refs);

	call_rcu(&peer->rcu, free_after_grace);
}

struct wg_peer *wg_peer_get(struct wg_peer *peer)
{
	return peer && kref_get_unless_zero(&peer->refs) ? peer : NULL;
}

void wg_peer_put(struct wg_peer *peer)
{
	kref_put(&peer->refs, last_reference_gone);
}

void wg_peer_unlink(struct wg_peer *peer, struct list_head *leaving)
{
	struct wg_device *wg = peer->device;

	lockdep_assert_held(&wg->config_lock);
	wg_allowedips_remove_all(&wg->allowedips, &peer->allowedips);
	wg_registry_drop_peer(wg, peer);
	xa_erase(&wg->peers, peer->id);
	--wg->peer_count;
	list_add_tail(&peer->leaving, leaving);
}

void wg_peer_stop(struct wg_peer *peer)
{
	spin_lock_bh(&peer->timer_lock);
	wg_timers_event(&peer->timers, WG_EVENT_STOP, 0, 0);
	peer->alarm_at = 0;
	spin_unlock_bh(&peer->timer_lock);
	del_timer_sync(&peer->alarm);
	if (cancel_work_sync(&peer->chore_work))
		wg_peer_put(peer);
	/* What was asked for in this life must not be done in the next. */
	WRITE_ONCE(peer->chores, 0);

	wg_peer_forget_sessions(peer);
	wg_peer_drop_staged(peer);
	atomic64_set(&peer->handshake_sent, 0);
}

void wg_peers_retire(struct list_head *leaving)
{
	struct wg_peer *peer, *next;

	if (list_empty(leaving))
		return;
	synchronize_net();
	list_for_each_entry_safe(peer, next, leaving, leaving) {
		mutex_lock(&peer->handshake_lock);
		WRITE_ONCE(peer->dead, true);
		mutex_unlock(&peer->handshake_lock);
		wg_peer_stop(peer);
		wg_peer_put(peer);
	}
}

void wg_peer_remove_all(struct wg_device *wg)
{
	struct wg_peer *peer;
	unsigned long id;
	LIST_HEAD(leaving);

	xa_for_each(&wg->peers, id, peer)
		wg_peer_unlink(peer, &leaving);
	wg_peers_retire(&leaving);
}

struct wg_slot *wg_slot_take(struct wg_peer *peer)
{
	struct wg_slot *slot;

	lockdep_assert_held(&peer->handshake_lock);
	for (slot = peer->slots; slot < peer->slots + WG_SLOTS; ++slot) {
		/* Pairs with the release in slot_free(): all its former life is over. */
		if (smp_load_acquire(&slot->state) != WG_SLOT_FREE)
			continue;
		wg_registry_add_slot(peer->device, slot);
		kref_get(&peer->refs);
		refcount_set(&slot->users, 1);
		slot->state = WG_SLOT_WAITING;
		return slot;
	}
	return NULL;
}

static void slot_free(struct rcu_head *rcu)
{
	struct wg_slot *slot = container_of(rcu, struct wg_slot, rcu);
	struct wg_peer *peer = slot->peer;

	/* Pairs with the acquire in wg_slot_take(). */
	smp_store_release(&slot->state, WG_SLOT_FREE);
	wg_peer_put(peer);
}

bool wg_slot_get(struct wg_slot *slot)
{
	return refcount_inc_not_zero(&slot->users);
}

void wg_slot_put(struct wg_slot *slot)
{
	if (!refcount_dec_and_test(&slot->users))
		return;
	wg_session_wipe(&slot->session);
	call_rcu(&slot->rcu, slot_free);
}

void wg_slot_retire(struct wg_slot *slot)
{
	wg_registry_drop_slot(slot->peer->device, slot);
	WRITE_ONCE(slot->state, WG_SLOT_RETIRED);
	wg_slot_put(slot);
}

void wg_slots_retire(const struct wg_retired_sessions *retired)
{
	unsigned int i;

	for (i = 0; i < retired->count; ++i)
		wg_slot_retire(wg_slot_of(retired->session[i]));
}

static void forget_handshake(struct wg_peer *peer)
{
	lockdep_assert_held(&peer->handshake_lock);
	wg_handshake_clear(&peer->handshake);
	if (peer->waiting)
		wg_slot_retire(peer->waiting);
	peer->waiting = NULL;
}

void wg_peer_forget_sessions(struct wg_peer *peer)
{
	struct wg_retired_sessions retired;

	mutex_lock(&peer->handshake_lock);
	forget_handshake(peer);
	wg_sessions_clear(&peer->sessions, &retired);
	wg_slots_retire(&retired);
	mutex_unlock(&peer->handshake_lock);
}

void wg_peer_revoke_sessions(struct wg_peer *peer)
{
	mutex_lock(&peer->handshake_lock);
	forget_handshake(peer);
	wg_handshake_forget_identity(&peer->handshake);
	wg_sessions_revoke_sending(&peer->sessions);
	mutex_unlock(&peer->handshake_lock);
}

void wg_peer_drop_staged(struct wg_peer *peer)
{
	unsigned int count;

	spin_lock_bh(&peer->staged.lock);
	count = skb_queue_len(&peer->staged);
	__skb_queue_purge(&peer->staged);
	spin_unlock_bh(&peer->staged.lock);
	DEV_STATS_ADD(peer->device->dev, tx_dropped, count);
}
