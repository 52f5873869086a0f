// SPDX-License-Identifier: GPL-2.0
/*
 * A datagram's way in, as the module goes it: through the door, to the handshakes or to a session,
 * and up to the stack. Two peers talk to a device; an attacker keeps, changes and makes up
 * datagrams, of any length, of which any part is where it can be read. A second judge of type and
 * length says what the door must let in. What no peer has sent changes no byte of the device and
 * its peers, and is answered by nothing but a cookie. What one has sent is delivered once, as it
 * was sealed, and only from an address that is the peer's.
 */
#include <linux/errno.h>
#include "fuzz/fuzz.h"
#include "noise/aead.h"
#include "path/alarm.h"
#include "path/bundle.h"
#include "path/crypto_queue.h"
#include "path/handshakes.h"
#include "path/receive.h"
#include "path/transmit.h"
#include "path/udp.h"
#include "peers/device.h"
#include "peers/registry.h"

#define START (1000 * (u64)NSEC_PER_SEC)

enum {
	ENDS = 2,
	POOL = 6,
	LETTER_MAX = 512,
	INNER_MAX = 256,
	OUTER = sizeof(struct iphdr) + sizeof(struct udphdr),
	STEPS_MAX = 64,
};

struct letter {
	u8 bytes[LETTER_MAX];
	size_t len;
};

/* What a peer has really made: of a handshake message the part that proves it, of data all. */
struct made {
	struct letter letter;
	/* Data */
	u8 inner[INNER_MAX];
	size_t inner_len;
	struct wg_session_keys session;
	u64 counter;
	bool deliverable;
	unsigned int delivered;
	int end;
};

/* The far side of a peer of the device. */
struct end {
	struct wg_identity identity;
	struct wg_handshake handshake;
	struct wg_cookie_jar jar;
	struct wg_cookie_judge judge;
	bool has_session;
	struct wg_session_keys session;
	u64 counter;
	struct message_initiation asked; /* the device's last initiation */
	bool was_asked;
};

static struct scene {
	struct wg_device wg;
	struct net_device dev;
	struct sock sock;
	struct wg_peer *peer[ENDS];
	struct end end[ENDS];
	struct letter pool[POOL];
	struct made made[STEPS_MAX];
	int made_count;
	u32 next_index;
	unsigned int sent, replies, learned, delivered, gathered;
} scene;

/* ---- what the device leans on ---- */

static int end_of(const struct wg_peer *peer)
{
	int end;

	for (end = 0; scene.peer[end] != peer; end++)
		FUZZ_CHECK(end + 1 < ENDS);
	return end;
}

/* The end takes what it is sent at once: the wire is between it and us, not between us and it. */
int wg_udp_send_buffer(struct wg_peer *peer, const void *buffer, size_t len, u8 ds)
{
	struct end *end = &scene.end[end_of(peer)];
	const struct message_response *response = buffer;

	scene.sent++;
	if (len == MESSAGE_INITIATION_SIZE) {
		memcpy(&end->asked, buffer, len);
		end->was_asked = true;
		return 0;
	}
	FUZZ_CHECK(len == MESSAGE_RESPONSE_SIZE);
	if (wg_handshake_finish(&end->handshake, &end->identity, response, &end->session))
		return 0;
	end->has_session = true;
	end->counter = 0;
	return 0;
}

int wg_udp_reply(struct wg_device *wg, struct sk_buff *request, const void *buffer, size_t len)
{
	FUZZ_CHECK(len == MESSAGE_COOKIE_SIZE);
	scene.replies++;
	return 0;
}

void wg_udp_source(struct wg_source *source, const struct sk_buff *skb)
{
	memcpy(source->bytes, &ip_hdr(skb)->saddr, 4);
	memcpy(source->bytes + 4, skb->head + sizeof(struct iphdr), 2);
	source->len = 6;
}

void wg_udp_learn(struct wg_peer *peer, const struct sk_buff *skb)
{
	scene.learned++;
}

void wg_udp_count_received(struct wg_peer *peer, unsigned int len)
{
	atomic64_add(len, &peer->rx_bytes);
}

void wg_alarm_raise(struct wg_peer *peer, unsigned long events)
{
}

void wg_transmit_flush(struct wg_peer *peer)
{
}

void wg_transmit_keepalive(struct wg_peer *peer)
{
	scene.sent++;
}

struct wg_peer *wg_transmit_route(struct wg_device *wg, const struct sk_buff *skb, bool back)
{
	bool v4 = skb->protocol == htons(ETH_P_IP);
	struct wg_allowedips_owner *owner;

	FUZZ_CHECK(back);
	owner = wg_allowedips_lookup(&wg->allowedips, v4 ? AF_INET : AF_INET6,
				     v4 ? (u8 *)&ip_hdr(skb)->saddr : ipv6_hdr(skb)->saddr.s6_addr);
	return owner ? container_of(owner, struct wg_peer, allowedips) : NULL;
}

/* No queue: a bundle of one, opened and emitted where it stands. */
void wg_crypto_gather(struct wg_device *wg, struct wg_slot *slot, struct sk_buff *skb)
{
	scene.gathered++;
	FUZZ_CHECK(wg_slot_get(slot));
	wg_bundle_begin(skb, slot, false);
	wg_receive_open(skb);
	wg_receive_emit(skb, NULL);
}

static struct made *being_delivered;

void netif_receive_skb(struct sk_buff *skb)
{
	struct made *made = being_delivered;

	scene.delivered++;
	FUZZ_CHECK(made && made->deliverable);
	FUZZ_CHECK(skb->len <= made->inner_len && !memcmp(skb->data, made->inner, skb->len));
	FUZZ_CHECK(!made->delivered++);
	kfree_skb(skb);
}

/* ---- setting and striking ---- */

static void make_end(int which, const u8 device_key[NOISE_KEY_SIZE])
{
	const u8 private_key[NOISE_KEY_SIZE] = { 0x30 + 8 * which, [31] = 0x41 };
	const u8 network[16] = { 10, which };
	struct end *end = &scene.end[which];
	struct wg_peer *peer;

	FUZZ_CHECK(wg_identity_set(&end->identity, private_key));
	wg_handshake_init(&end->handshake, device_key);
	wg_cookie_jar_init(&end->jar, device_key);
	wg_cookie_judge_init(&end->judge);
	wg_cookie_judge_rekey(&end->judge, end->identity.public_key);
	peer = wg_peer_create(&scene.wg, end->identity.public_key);
	FUZZ_CHECK(!IS_ERR(peer));
	scene.peer[which] = peer;
	FUZZ_CHECK(!wg_allowedips_insert(&scene.wg.allowedips, &peer->allowedips, AF_INET, network,
					 16));
	FUZZ_CHECK(!wg_allowedips_insert(&scene.wg.allowedips, &peer->allowedips, AF_INET6, network,
					 16));
}

static void set_scene(void)
{
	static const u8 private_key[NOISE_KEY_SIZE] = { 0x10, [31] = 0x41 };
	struct wg_device *wg = &scene.wg;
	int i;

	memset(&scene, 0, sizeof(scene));
	shim_now = START;
	scene.next_index = 1;
	scene.sock.sk_user_data = wg;
	wg_handshake_precompute();
	wg->dev = &scene.dev;
	wg->peer_chore = wg_handshakes_chore;
	init_rwsem(&wg->identity_lock);
	mutex_init(&wg->config_lock);
	wg_cookie_judge_init(&wg->judge);
	FUZZ_CHECK(wg_identity_set(&wg->identity, private_key));
	wg_cookie_judge_rekey(&wg->judge, wg->identity.public_key);
	FUZZ_CHECK(!wg_limiter_init(&wg->limiter, 8) && !wg_registry_init(wg) &&
		   !wg_peer_module_init() && !wg_handshakes_init(wg));
	mutex_lock(&wg->config_lock);
	for (i = 0; i < ENDS; i++)
		make_end(i, wg->identity.public_key);
	mutex_unlock(&wg->config_lock);
	wg->up = true;
}

static void strike_scene(void)
{
	struct wg_device *wg = &scene.wg;

	wg->up = false;
	shim_run_work();
	mutex_lock(&wg->config_lock);
	wg_peer_remove_all(wg);
	mutex_unlock(&wg->config_lock);
	wg_handshakes_uninit(wg);
	wg_peer_module_uninit();
	wg_registry_uninit(wg);
	wg_limiter_uninit(&wg->limiter);
}

/* ---- what peers make ---- */

static struct made *note(const struct letter *letter, int end)
{
	struct made *made = &scene.made[scene.made_count++];

	memset(made, 0, sizeof(*made));
	made->letter = *letter;
	made->end = end;
	return made;
}

static void write_message(struct letter *letter, const void *message, size_t len, int end)
{
	memcpy(letter->bytes, message, len);
	letter->len = len;
	note(letter, end);
}

static void end_initiates(struct fuzz_input *input)
{
	int which = fuzz_below(input, ENDS);
	struct end *end = &scene.end[which];
	struct message_initiation message;
	u8 timestamp[NOISE_TIMESTAMP_SIZE];

	wg_timestamp_make(timestamp, shim_now / NSEC_PER_SEC, shim_now % NSEC_PER_SEC);
	FUZZ_CHECK(!wg_handshake_initiate(&end->handshake, &end->identity, &message,
					  scene.next_index++, timestamp));
	wg_cookie_sign(&end->jar, &message, sizeof(message), shim_now);
	write_message(&scene.pool[fuzz_below(input, POOL)], &message, sizeof(message), which);
}

static void device_initiates(struct fuzz_input *input)
{
	wg_handshakes_request(scene.peer[fuzz_below(input, ENDS)], fuzz_below(input, 2));
	shim_run_work();
}

/* Or, under load, with a cookie. */
static void end_answers(struct fuzz_input *input)
{
	int which = fuzz_below(input, ENDS);
	struct end *end = &scene.end[which];
	struct letter *letter = &scene.pool[fuzz_below(input, POOL)];
	const struct wg_source source = { .len = 6 };
	struct wg_opened_initiation opened;
	struct message_response response;
	struct message_cookie reply;
	u8 cookie[COOKIE_SIZE];

	if (!end->was_asked)
		return;
	if (!fuzz_below(input, 3)) {
		wg_cookie_make(&end->judge, cookie, &source, shim_now);
		wg_cookie_reply(&end->judge, &reply, &end->asked, sizeof(end->asked),
				end->asked.sender, cookie);
		write_message(letter, &reply, sizeof(reply), which);
		return;
	}
	if (wg_handshake_open(&opened, &end->identity, &end->asked) ||
	    wg_handshake_accept(&end->handshake, &end->identity, &opened, &end->asked, shim_now))
		return;
	FUZZ_CHECK(!wg_handshake_respond(&end->handshake, &opened, &response, scene.next_index++,
					 &end->session));
	end->has_session = true;
	end->counter = 0;
	wg_cookie_sign(&end->jar, &response, sizeof(response), shim_now);
	write_message(letter, &response, sizeof(response), which);
}

/* What looks like a packet, from an address that may be the peer's; or anything at all. */
static void write_inner(struct fuzz_input *input, struct made *made)
{
	unsigned int kind = fuzz_below(input, 6), whose = fuzz_below(input, ENDS + 1);
	size_t least = kind % 2 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct ipv6hdr *v6 = (struct ipv6hdr *)made->inner;
	struct iphdr *v4 = (struct iphdr *)made->inner;
	const u8 network[16] = { 10, whose };

	if (!kind)
		return; /* a keepalive */
	fuzz_bytes(input, made->inner, fuzz_below(input, INNER_MAX));
	made->inner_len = fuzz_below(input, 200);
	if (kind > 2)
		made->inner_len = max(made->inner_len, least);
	if (kind < 3)
		return;
	if (kind % 2) {
		v6->version = 6;
		v6->payload_len = htons(made->inner_len - least);
		memcpy(v6->saddr.s6_addr, network, sizeof(network));
	} else {
		v4->version = 4;
		v4->tot_len = htons(made->inner_len);
		memcpy(&v4->saddr, network, sizeof(v4->saddr));
	}
}

/* With garbage inside, what is deliverable is told by whoever reads it once more. */
static bool may_be_delivered(const struct made *made)
{
	const struct ipv6hdr *v6 = (const struct ipv6hdr *)made->inner;
	const struct iphdr *v4 = (const struct iphdr *)made->inner;
	const u8 *source;
	size_t len;

	if (made->inner_len >= sizeof(*v4) && v4->version == 4) {
		len = ntohs(v4->tot_len);
		source = (const u8 *)&v4->saddr;
		if (len < sizeof(*v4))
			return false;
	} else if (made->inner_len >= sizeof(*v6) && v4->version == 6) {
		len = ntohs(v6->payload_len) + sizeof(*v6);
		source = v6->saddr.s6_addr;
	} else {
		return false;
	}
	return len <= made->inner_len && source[0] == 10 && source[1] == made->end;
}

static void end_sends(struct fuzz_input *input)
{
	int which = fuzz_below(input, ENDS);
	struct end *end = &scene.end[which];
	struct letter *letter = &scene.pool[fuzz_below(input, POOL)];
	struct message_data *message = (struct message_data *)letter->bytes;
	u8 room[WG_AEAD_ROOM + INNER_MAX + WG_AEAD_TAIL(1)];
	struct made *made;

	if (!end->has_session)
		return;
	made = note(letter, which);
	write_inner(input, made);
	made->deliverable = may_be_delivered(made);
	made->session = end->session;
	/* Sometimes far ahead, so that what comes after is late. */
	end->counter += fuzz_below(input, 4) ? 1 : fuzz_u8(input) * 64;
	made->counter = end->counter;

	memcpy(room + WG_AEAD_ROOM, made->inner, made->inner_len);
	wg_aead_seal(room + WG_AEAD_ROOM, made->inner_len, made->counter, end->session.send);
	message->type = cpu_to_le32(MESSAGE_DATA);
	message->receiver = cpu_to_le32(end->session.remote_index);
	message->counter = cpu_to_le64(made->counter);
	letter->len = MESSAGE_DATA_OVERHEAD + made->inner_len;
	memcpy(message->sealed, room + WG_AEAD_ROOM, made->inner_len + NOISE_TAG_SIZE);
	made->letter = *letter;
}

/* ---- what the attacker makes ---- */

static void change(struct fuzz_input *input)
{
	struct letter *letter = &scene.pool[fuzz_below(input, POOL)];
	u8 offset = fuzz_u8(input);

	if (letter->len)
		letter->bytes[offset % letter->len] ^= fuzz_u8(input);
}

static void resize(struct fuzz_input *input)
{
	struct letter *letter = &scene.pool[fuzz_below(input, POOL)];
	size_t len = letter->len + (s8)fuzz_u8(input);

	if (len > LETTER_MAX)
		return;
	if (len > letter->len)
		memset(letter->bytes + letter->len, 0, len - letter->len);
	letter->len = len;
}

/* Mostly of a size that one of the types has. */
static void forge(struct fuzz_input *input)
{
	static const size_t sizes[] = { MESSAGE_INITIATION_SIZE, MESSAGE_RESPONSE_SIZE,
					MESSAGE_COOKIE_SIZE, MESSAGE_DATA_OVERHEAD };
	struct letter *letter = &scene.pool[fuzz_below(input, POOL)];
	unsigned int kind = fuzz_below(input, 8);

	letter->len = kind < ARRAY_SIZE(sizes) ? sizes[kind] : fuzz_u8(input);
	memset(letter->bytes, 0, sizeof(letter->bytes));
	fuzz_bytes(input, letter->bytes, fuzz_u8(input));
	if (kind < ARRAY_SIZE(sizes)) {
		memset(letter->bytes, 0, sizeof(__le32));
		letter->bytes[0] = kind + 1;
	}
}

/* To an index that a peer of the device has. */
static void readdress(struct fuzz_input *input)
{
	const struct wg_slot *slot =
		&scene.peer[fuzz_below(input, ENDS)]->slots[fuzz_below(input, WG_SLOTS)];
	struct letter *letter = &scene.pool[fuzz_below(input, POOL)];
	size_t offset = letter->bytes[0] == MESSAGE_RESPONSE ? 8 : 4;

	memcpy(letter->bytes + offset, &slot->index, sizeof(slot->index));
}

/* ---- delivery ---- */

/* What is at the door, judged once more by somebody else; 0: nothing for us. */
static enum message_type type_of(const struct letter *letter)
{
	static const size_t sizes[] = { 0, 148, 92, 64 };
	const u8 *bytes = letter->bytes;

	if (letter->len < 4 || bytes[1] || bytes[2] || bytes[3])
		return 0;
	if (bytes[0] == 4)
		return letter->len >= 32 ? MESSAGE_DATA : 0;
	return bytes[0] && bytes[0] < 4 && letter->len == sizes[bytes[0]] ? bytes[0] : 0;
}

static bool proof_is_same(enum message_type type, const struct letter *a, const struct letter *b)
{
	/* Where the part begins and ends that nobody else can have made. */
	static const struct {
		size_t from, to;
	} proof[] = {
		[MESSAGE_INITIATION] = { offsetof(struct message_initiation, ephemeral),
					 offsetof(struct message_initiation, mac1) },
		[MESSAGE_RESPONSE] = { offsetof(struct message_response, receiver),
				       offsetof(struct message_response, mac1) },
		[MESSAGE_COOKIE] = { offsetof(struct message_cookie, nonce), MESSAGE_COOKIE_SIZE },
	};

	if (type == MESSAGE_DATA)
		return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
	return !memcmp(a->bytes + proof[type].from, b->bytes + proof[type].from,
		       proof[type].to - proof[type].from);
}

/* A cookie's index is not proven by anything: any that the peer has will lead to the peer. */
static bool leads_to(const struct letter *letter, int end)
{
	const struct message_cookie *cookie = (const struct message_cookie *)letter->bytes;
	struct wg_slot *slot = wg_registry_find_slot(&scene.wg, le32_to_cpu(cookie->receiver));

	return slot && slot->peer == scene.peer[end];
}

static struct made *find_made(enum message_type type, const struct letter *letter)
{
	int i;

	for (i = 0; i < scene.made_count; i++) {
		if (type_of(&scene.made[i].letter) == type &&
		    proof_is_same(type, letter, &scene.made[i].letter) &&
		    (type != MESSAGE_COOKIE || leads_to(letter, scene.made[i].end)))
			return &scene.made[i];
	}
	return NULL;
}

static void sign(struct letter *letter)
{
	struct wg_cookie_jar jar;

	wg_cookie_jar_init(&jar, scene.wg.identity.public_key);
	wg_cookie_sign(&jar, letter->bytes, letter->len, shim_now);
}

static bool carries_macs(enum message_type type)
{
	return type == MESSAGE_INITIATION || type == MESSAGE_RESPONSE;
}

static bool mac1_is_right(const struct letter *letter)
{
	struct letter right = *letter;

	sign(&right);
	return !memcmp(letter->bytes, right.bytes, letter->len - MAC_SIZE);
}

static bool under_load(void)
{
	const struct wg_device *wg = &scene.wg;

	return wg->overloaded_at && shim_now < wg->overloaded_at + UNDER_LOAD_HANGOVER;
}

struct snapshot {
	struct wg_device wg;
	struct net_device dev;
	struct wg_peer peer[ENDS];
	unsigned int sent, replies, learned, delivered;
};

static void take_snapshot(struct snapshot *snapshot)
{
	int i;

	/* Whatever waits for the end of a grace period has nothing to do with what comes now. */
	synchronize_rcu();
	memcpy(&snapshot->wg, &scene.wg, sizeof(scene.wg));
	memcpy(&snapshot->dev, &scene.dev, sizeof(scene.dev));
	for (i = 0; i < ENDS; i++)
		memcpy(&snapshot->peer[i], scene.peer[i], sizeof(struct wg_peer));
	snapshot->sent = scene.sent;
	snapshot->replies = scene.replies;
	snapshot->learned = scene.learned;
	snapshot->delivered = scene.delivered;
}

/* A cookie needs a secret, which is made when it is first needed. */
static void check_unchanged(struct snapshot *before, bool may_reply)
{
	static struct snapshot after;
	int i;

	take_snapshot(&after);
	FUZZ_CHECK(after.replies == before->replies + may_reply);
	if (may_reply) {
		memcpy(before->wg.judge.secret, after.wg.judge.secret, NOISE_HASH_SIZE);
		before->wg.judge.secret_born = after.wg.judge.secret_born;
	}
	FUZZ_CHECK(!memcmp(&before->wg, &after.wg, sizeof(after.wg)));
	FUZZ_CHECK(!memcmp(&before->dev, &after.dev, sizeof(after.dev)));
	for (i = 0; i < ENDS; i++)
		FUZZ_CHECK(!memcmp(&before->peer[i], &after.peer[i], sizeof(after.peer[i])));
	FUZZ_CHECK(after.sent == before->sent && after.learned == before->learned &&
		   after.delivered == before->delivered);
}

static struct wg_slot *live_slot(const struct made *made)
{
	struct wg_slot *slot = wg_registry_find_slot(&scene.wg, made->session.remote_index);

	return slot && slot->state == WG_SLOT_LIVE &&
			       wg_session_can_receive(&slot->session, shim_now) &&
			       !memcmp(slot->session.receive_key, made->session.send,
				       NOISE_KEY_SIZE) ?
		       slot :
		       NULL;
}

/* Whether a message of data is one that must arrive: the newest of a session that is in place. */
static bool must_be_delivered(const struct made *made)
{
	struct wg_slot *slot = live_slot(made);

	return made->deliverable && !made->delivered && slot &&
	       (!slot->session.replay || made->counter >= slot->session.replay->next);
}

static struct sk_buff *datagram(const struct letter *letter, size_t readable)
{
	u8 bytes[OUTER + LETTER_MAX] = { 0x45 };
	struct iphdr *ip = (struct iphdr *)bytes;
	struct sk_buff *skb;

	ip->saddr = htonl(0xc0000201);
	memcpy(bytes + OUTER, letter->bytes, letter->len);
	skb = shim_skb(bytes, OUTER + letter->len, OUTER + readable);
	skb->protocol = htons(ETH_P_IP);
	skb_pull(skb, sizeof(*ip));
	return skb;
}

static void deliver(struct fuzz_input *input)
{
	static struct snapshot before;
	struct letter *letter = &scene.pool[fuzz_below(input, POOL)];
	enum message_type type = type_of(letter);
	bool handshake = type && type != MESSAGE_DATA, must;
	unsigned int gathered = scene.gathered, delivered = scene.delivered;
	size_t readable = fuzz_below(input, 2) ? LETTER_MAX : fuzz_u8(input);
	struct made *made;

	if (carries_macs(type) && fuzz_below(input, 8))
		sign(letter);
	made = find_made(type, letter);
	/* Whoever does not know whom he talks to is nobody, whatever else he says. */
	if (carries_macs(type) && !mac1_is_right(letter))
		made = NULL;
	must = made && type == MESSAGE_DATA && must_be_delivered(made);
	being_delivered = type == MESSAGE_DATA ? made : NULL;
	take_snapshot(&before);
	wg_receive_datagram(&scene.sock, datagram(letter, readable));
	FUZZ_CHECK(atomic_read(&scene.wg.handshakes_waiting) == handshake);
	FUZZ_CHECK(scene.gathered == gathered || type == MESSAGE_DATA);
	shim_run_work();
	FUZZ_CHECK(!atomic_read(&scene.wg.handshakes_waiting));
	FUZZ_CHECK(!must || scene.delivered == delivered + 1);
	if (!made)
		check_unchanged(&before,
				carries_macs(type) && under_load() && mac1_is_right(letter));
	synchronize_rcu();
}

static void wait(struct fuzz_input *input)
{
	static const u64 times[] = { INITIATION_SPACING, NSEC_PER_SEC, REKEY_TIMEOUT,
				     REJECT_AFTER_TIME / 2, REJECT_AFTER_TIME };

	shim_now += times[fuzz_below(input, ARRAY_SIZE(times))];
}

static void step(struct fuzz_input *input)
{
	switch (fuzz_below(input, 16)) {
	case 0:
		end_initiates(input);
		break;
	case 1:
		device_initiates(input);
		break;
	case 2:
		end_answers(input);
		break;
	case 3:
	case 4:
		end_sends(input);
		break;
	case 5:
		change(input);
		break;
	case 6:
		resize(input);
		break;
	case 7:
		forge(input);
		break;
	case 8:
		readdress(input);
		break;
	case 9:
		wait(input);
		break;
	case 10:
		scene.wg.overloaded_at = fuzz_below(input, 2) ? shim_now : 0;
		break;
	default:
		deliver(input);
	}
}

void fuzz_run(struct fuzz_input *input)
{
	int steps;

	set_scene();
	for (steps = 0; input->left && steps < STEPS_MAX; steps++)
		step(input);
	strike_scene();
}
