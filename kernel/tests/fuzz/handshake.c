// SPDX-License-Identifier: GPL-2.0
/*
 * Three parties who all know each other, and an attacker who has the wire and one of their private
 * keys. Messages are made by the parties, then changed, mixed with each other and delivered to
 * whomever the input says, with the macs made right again if it says so. A log of what each party
 * really said predicts every verdict. What is refused has changed no byte of the receiver; two ends
 * of a session have the same keys.
 */
#include <crypto/curve25519.h>
#include <linux/errno.h>
#include "fuzz/fuzz.h"
#include "noise/cookie.h"
#include "noise/handshake.h"
#include "noise/limits.h"

#define START (1000 * (u64)NSEC_PER_SEC)

enum {
	PARTIES = 3,
	KEYS = 3, /* of each party: what the others know it by, another one, and none at all */
	POOL = 8,
	STEPS_MAX = 48, /* each costs curve arithmetic */
	NOBODY = -1,
};

struct party {
	struct wg_identity identity;
	struct wg_cookie_judge judge;
	struct wg_handshake about[PARTIES];
};

union message {
	__le32 type;
	struct message_initiation initiation;
	struct message_response response;
};

/* An initiation as it was made. */
struct said {
	struct message_initiation message;
	u8 to[NOISE_KEY_SIZE];
	u8 claimed[NOISE_KEY_SIZE]; /* the static key in it */
	bool honest;		    /* which the sender has */
	u8 timestamp[NOISE_TIMESTAMP_SIZE];
};

struct answered {
	struct message_response message;
	int initiation; /* index of what it answers */
	u8 psk[NOISE_KEY_SIZE];
	struct wg_session_keys keys;
};

static struct scene {
	struct party party[PARTIES];
	union message pool[POOL];
	struct said said[STEPS_MAX];
	int said_count;
	struct answered answered[STEPS_MAX];
	int answered_count;
	int outstanding[PARTIES][PARTIES]; /* index of what was said, or NOBODY */
	u32 next_index;
	u64 now;
} scene;

static u8 known_key[PARTIES][NOISE_KEY_SIZE];

static void private_key_of(u8 key[NOISE_KEY_SIZE], int party, int which)
{
	memset(key, 0, NOISE_KEY_SIZE);
	if (which < KEYS - 1) {
		key[0] = 0x10 * (party + 1);
		key[1] = which + 1;
		key[31] = 0x41;
	}
}

static void become(int party, int which)
{
	struct party *who = &scene.party[party];
	u8 key[NOISE_KEY_SIZE];

	private_key_of(key, party, which);
	FUZZ_CHECK(wg_identity_set(&who->identity, key) == (which < KEYS - 1));
	wg_cookie_judge_rekey(&who->judge, who->identity.public_key);
}

static void set_scene(void)
{
	int i, j;

	wg_handshake_precompute();
	memset(&scene, 0, sizeof(scene));
	scene.now = START;
	scene.next_index = 1;
	for (i = 0; i < PARTIES; i++) {
		wg_cookie_judge_init(&scene.party[i].judge);
		become(i, 0);
		memcpy(known_key[i], scene.party[i].identity.public_key, NOISE_KEY_SIZE);
	}
	for (i = 0; i < PARTIES; i++) {
		for (j = 0; j < PARTIES; j++) {
			wg_handshake_init(&scene.party[i].about[j], known_key[j]);
			scene.outstanding[i][j] = NOBODY;
		}
	}
}

static bool all_zero(const void *memory, size_t len)
{
	const u8 *byte = memory;

	while (len && !*byte)
		byte++, len--;
	return !len;
}

/* What the attacker can do as well as anybody: it knows all public keys. */
static void sign(union message *message, const u8 receiver[NOISE_KEY_SIZE])
{
	struct wg_cookie_jar jar;

	wg_cookie_jar_init(&jar, receiver);
	if (le32_to_cpu(message->type) == MESSAGE_INITIATION)
		wg_cookie_sign(&jar, &message->initiation, MESSAGE_INITIATION_SIZE, scene.now);
	else
		wg_cookie_sign(&jar, &message->response, MESSAGE_RESPONSE_SIZE, scene.now);
}

/* ---- making messages ---- */

static void choose_timestamp(struct fuzz_input *input, u8 timestamp[NOISE_TIMESTAMP_SIZE])
{
	if (fuzz_below(input, 2))
		fuzz_bytes(input, timestamp, NOISE_TIMESTAMP_SIZE);
	else
		wg_timestamp_make(timestamp, scene.now / NSEC_PER_SEC, scene.now % NSEC_PER_SEC);
}

static void note_said(const struct message_initiation *message, const u8 *to, const u8 *claimed,
		      bool honest, const u8 *timestamp)
{
	struct said *said = &scene.said[scene.said_count++];

	said->message = *message;
	said->honest = honest;
	memcpy(said->to, to, NOISE_KEY_SIZE);
	memcpy(said->claimed, claimed, NOISE_KEY_SIZE);
	memcpy(said->timestamp, timestamp, NOISE_TIMESTAMP_SIZE);
}

static void initiate(struct fuzz_input *input)
{
	int from = fuzz_below(input, PARTIES), to = fuzz_below(input, PARTIES), err;
	union message *message = &scene.pool[fuzz_below(input, POOL)];
	struct party *who = &scene.party[from], before = *who;
	struct wg_handshake *handshake = &who->about[to];
	u8 timestamp[NOISE_TIMESTAMP_SIZE];

	choose_timestamp(input, timestamp);
	err = wg_handshake_initiate(handshake, &who->identity, &message->initiation,
				    scene.next_index, timestamp);
	FUZZ_CHECK(err == (before.identity.present ? 0 : -ENOKEY));
	if (err) {
		FUZZ_CHECK(!memcmp(&before, who, sizeof(before)));
		return;
	}
	FUZZ_CHECK(handshake->awaiting_response && handshake->local_index == scene.next_index);
	FUZZ_CHECK(all_zero(handshake->noise.key, NOISE_KEY_SIZE));
	scene.next_index++;
	scene.outstanding[from][to] = scene.said_count;
	note_said(&message->initiation, known_key[to], who->identity.public_key, true, timestamp);
	sign(message, known_key[to]);
}

/* One who has his own private key, and puts somebody else's public one, or anything, into it. */
static void pretend(struct fuzz_input *input)
{
	int from = fuzz_below(input, PARTIES), to = fuzz_below(input, PARTIES);
	unsigned int claim = fuzz_below(input, PARTIES + 1);
	union message *message = &scene.pool[fuzz_below(input, POOL)];
	struct wg_identity impostor = { .present = true, .generation = 1 };
	u8 timestamp[NOISE_TIMESTAMP_SIZE];
	struct wg_handshake handshake;
	bool honest = claim == from;

	private_key_of(impostor.private_key, from, 0);
	curve25519_clamp_secret(impostor.private_key);
	if (claim < PARTIES)
		memcpy(impostor.public_key, known_key[claim], NOISE_KEY_SIZE);
	else
		fuzz_bytes(input, impostor.public_key, NOISE_KEY_SIZE);
	if (!memcmp(impostor.public_key, known_key[from], NOISE_KEY_SIZE))
		honest = true;
	wg_handshake_init(&handshake, known_key[to]);
	choose_timestamp(input, timestamp);
	FUZZ_CHECK(!wg_handshake_initiate(&handshake, &impostor, &message->initiation,
					  scene.next_index++, timestamp));
	note_said(&message->initiation, known_key[to], impostor.public_key, honest, timestamp);
	sign(message, known_key[to]);
}

/* ---- changing them ---- */

static size_t size_of(const union message *message)
{
	return le32_to_cpu(message->type) == MESSAGE_INITIATION ? MESSAGE_INITIATION_SIZE :
								  MESSAGE_RESPONSE_SIZE;
}

static void change(struct fuzz_input *input)
{
	union message *message = &scene.pool[fuzz_below(input, POOL)];
	size_t offset = sizeof(message->type);

	offset += fuzz_below(input, size_of(message) - offset);
	((u8 *)message)[offset] ^= fuzz_u8(input);
}

static void forge(struct fuzz_input *input)
{
	union message *message = &scene.pool[fuzz_below(input, POOL)];

	memset(message, 0, sizeof(*message));
	message->type = cpu_to_le32(fuzz_below(input, 2) ? MESSAGE_INITIATION : MESSAGE_RESPONSE);
	fuzz_bytes(input, &message->type + 1,
		   min_t(size_t, fuzz_u8(input), size_of(message) - sizeof(message->type)));
}

struct field {
	size_t offset, size;
};

/* Where fields begin that mean the same in both, and how many bytes of them are taken. */
static const struct field initiation_fields[] = {
	{ offsetof(struct message_initiation, sender), sizeof(__le32) },
	{ offsetof(struct message_initiation, sender), sizeof(__le32) },
	{ offsetof(struct message_initiation, ephemeral), NOISE_KEY_SIZE },
	{ offsetof(struct message_initiation, sealed_static), NOISE_KEY_SIZE + NOISE_TAG_SIZE },
	{ offsetof(struct message_initiation, sealed_timestamp),
	  NOISE_TIMESTAMP_SIZE + NOISE_TAG_SIZE },
	{ offsetof(struct message_initiation, mac1), MAC_SIZE },
};

static const struct field response_fields[] = {
	{ offsetof(struct message_response, sender), sizeof(__le32) },
	{ offsetof(struct message_response, receiver), sizeof(__le32) },
	{ offsetof(struct message_response, ephemeral), NOISE_KEY_SIZE },
	{ offsetof(struct message_response, sealed_empty), NOISE_TAG_SIZE },
	{ offsetof(struct message_response, sealed_empty), NOISE_TAG_SIZE },
	{ offsetof(struct message_response, mac1), MAC_SIZE },
};

static void splice(struct fuzz_input *input)
{
	union message *to = &scene.pool[fuzz_below(input, POOL)];
	const union message *from = &scene.pool[fuzz_below(input, POOL)];
	unsigned int which = fuzz_below(input, ARRAY_SIZE(initiation_fields));
	const struct field *source, *target;

	source = size_of(from) == MESSAGE_INITIATION_SIZE ? initiation_fields : response_fields;
	target = size_of(to) == MESSAGE_INITIATION_SIZE ? initiation_fields : response_fields;
	memmove((u8 *)to + target[which].offset, (u8 *)from + source[which].offset,
		min(source[which].size, target[which].size));
}

/* Public keys of low order, with and without the bit that the curve ignores. */
static void weaken(struct fuzz_input *input)
{
	static const u8 first[] = { 0, 1, 0xed, 0xee, 0xec };
	union message *message = &scene.pool[fuzz_below(input, POOL)];
	u8 *key = size_of(message) == MESSAGE_INITIATION_SIZE ? message->initiation.ephemeral :
								message->response.ephemeral;
	unsigned int which = fuzz_below(input, 2 * ARRAY_SIZE(first));

	memset(key, which % ARRAY_SIZE(first) < 2 ? 0 : 0xff, NOISE_KEY_SIZE);
	key[0] = first[which % ARRAY_SIZE(first)];
	key[NOISE_KEY_SIZE - 1] &= 0x7f;
	if (which >= ARRAY_SIZE(first))
		key[NOISE_KEY_SIZE - 1] |= 0x80;
}

/* ---- delivering them ---- */

/* What was said in these very words, as far as _open reads them, and _accept. */
static const struct said *find_said(const struct message_initiation *message,
				    const struct wg_identity *receiver, bool whole)
{
	const struct said *said;

	for (said = scene.said; said < scene.said + scene.said_count; said++) {
		if (!memcmp(said->to, receiver->public_key, NOISE_KEY_SIZE) &&
		    !memcmp(said->message.ephemeral, message->ephemeral, NOISE_KEY_SIZE) &&
		    !memcmp(said->message.sealed_static, message->sealed_static,
			    sizeof(message->sealed_static)) &&
		    (!whole || !memcmp(said->message.sealed_timestamp, message->sealed_timestamp,
				       sizeof(message->sealed_timestamp))))
			return said;
	}
	return NULL;
}

static int predict_accept(const struct wg_handshake *handshake, const struct said *said)
{
	if (!said || !said->honest)
		return -EBADMSG;
	if (memcmp(said->timestamp, handshake->newest_timestamp, NOISE_TIMESTAMP_SIZE) <= 0)
		return -EALREADY;
	if (handshake->any_accepted &&
	    scene.now - handshake->newest_accepted_at < INITIATION_SPACING)
		return -EBUSY;
	return 0;
}

/* Accepting changes what guards against replays, and may compute what two static keys make. */
static void check_accepted(struct party before, const struct party *after, int peer,
			   const struct said *said)
{
	struct wg_handshake *handshake = &before.about[peer];
	const struct wg_handshake *now = &after->about[peer];

	memcpy(handshake->newest_timestamp, said->timestamp, NOISE_TIMESTAMP_SIZE);
	handshake->newest_accepted_at = scene.now;
	handshake->any_accepted = true;
	if (handshake->static_static_generation != before.identity.generation) {
		handshake->static_static_generation = before.identity.generation;
		memcpy(handshake->static_static, now->static_static, NOISE_KEY_SIZE);
	}
	FUZZ_CHECK(!memcmp(&before, after, sizeof(before)));
}

static void answer(struct fuzz_input *input, struct wg_handshake *handshake,
		   struct wg_opened_initiation *opened, const struct said *said)
{
	struct wg_handshake before = *handshake;
	struct answered *answered = &scene.answered[scene.answered_count++];
	union message *reply = &scene.pool[fuzz_below(input, POOL)];
	u32 index = opened->remote_index;

	memset(reply, 0, sizeof(*reply));
	FUZZ_CHECK(!wg_handshake_respond(handshake, opened, &reply->response, scene.next_index++,
					 &answered->keys));
	FUZZ_CHECK(!memcmp(&before, handshake, sizeof(before)));
	FUZZ_CHECK(answered->keys.remote_index == index && !answered->keys.initiator);
	answered->message = reply->response;
	answered->initiation = said - scene.said;
	memcpy(answered->psk, handshake->preshared_key, NOISE_KEY_SIZE);
	sign(reply, said->claimed);
}

static void take_initiation(struct fuzz_input *input, struct party *who,
			    const struct message_initiation *message)
{
	const struct said *said = find_said(message, &who->identity, false);
	struct wg_opened_initiation opened;
	struct party before = *who;
	int err, peer;

	err = wg_handshake_open(&opened, &who->identity, message);
	FUZZ_CHECK(!memcmp(&before, who, sizeof(before)));
	if (err) {
		FUZZ_CHECK(err == (who->identity.present ? err : -ENOKEY));
		FUZZ_CHECK(!said || !who->identity.present);
		FUZZ_CHECK(all_zero(&opened, sizeof(opened)));
		return;
	}
	FUZZ_CHECK(said && !memcmp(opened.remote_static, said->claimed, NOISE_KEY_SIZE));
	FUZZ_CHECK(opened.remote_index == le32_to_cpu(message->sender));
	for (peer = 0; memcmp(opened.remote_static, known_key[peer], NOISE_KEY_SIZE);) {
		if (++peer == PARTIES)
			return;
	}
	said = find_said(message, &who->identity, true);
	err = wg_handshake_accept(&who->about[peer], &who->identity, &opened, message, scene.now);
	FUZZ_CHECK(err == predict_accept(&before.about[peer], said));
	if (err) {
		/* One thing may go, which is computed anew when it is needed: see below. */
		if (before.about[peer].static_static_generation != before.identity.generation)
			wg_handshake_forget_identity(&before.about[peer]);
		FUZZ_CHECK(!memcmp(&before, who, sizeof(before)));
		FUZZ_CHECK(all_zero(&opened, sizeof(opened)));
		return;
	}
	check_accepted(before, who, peer, said);
	answer(input, &who->about[peer], &opened, said);
}

static const struct answered *find_answered(const struct message_response *message, int initiation)
{
	const struct answered *answered;

	for (answered = scene.answered; answered < scene.answered + scene.answered_count;
	     answered++) {
		if (answered->initiation == initiation &&
		    !memcmp(answered->message.ephemeral, message->ephemeral, NOISE_KEY_SIZE) &&
		    !memcmp(answered->message.sealed_empty, message->sealed_empty, NOISE_TAG_SIZE))
			return answered;
	}
	return NULL;
}

/* The response to what waits now, under the same keys on both sides; NULL if it is not. */
static const struct answered *predict_finish(int receiver, int peer,
					     const struct message_response *message)
{
	const struct party *who = &scene.party[receiver];
	const struct answered *answered;
	int initiation = scene.outstanding[receiver][peer];

	if (initiation == NOBODY)
		return NULL;
	answered = find_answered(message, initiation);
	if (!answered || memcmp(answered->psk, who->about[peer].preshared_key, NOISE_KEY_SIZE) ||
	    memcmp(scene.said[initiation].claimed, who->identity.public_key, NOISE_KEY_SIZE))
		return NULL;
	return answered;
}

static void take_response(int receiver, int peer, const struct message_response *message)
{
	const struct answered *answered = predict_finish(receiver, peer, message);
	struct party *who = &scene.party[receiver], before = *who;
	struct wg_handshake *handshake = &who->about[peer];
	struct wg_session_keys keys = {};
	bool awaited = handshake->awaiting_response &&
		       handshake->local_index == le32_to_cpu(message->receiver);
	int err = wg_handshake_finish(handshake, &who->identity, message, &keys);

	if (err) {
		FUZZ_CHECK(!awaited || !answered);
		FUZZ_CHECK(err != -ENOENT || !awaited);
		FUZZ_CHECK(!memcmp(&before, who, sizeof(before)));
		FUZZ_CHECK(all_zero(&keys, sizeof(keys)));
		return;
	}
	FUZZ_CHECK(awaited && answered);
	FUZZ_CHECK(!memcmp(keys.send, answered->keys.receive, NOISE_KEY_SIZE));
	FUZZ_CHECK(!memcmp(keys.receive, answered->keys.send, NOISE_KEY_SIZE));
	FUZZ_CHECK(memcmp(keys.send, keys.receive, NOISE_KEY_SIZE));
	FUZZ_CHECK(keys.initiator && keys.remote_index == le32_to_cpu(message->sender));
	wg_handshake_clear(&before.about[peer]);
	FUZZ_CHECK(!memcmp(&before, who, sizeof(before)));
	scene.outstanding[receiver][peer] = NOBODY;
}

static void deliver(struct fuzz_input *input)
{
	int receiver = fuzz_below(input, PARTIES), peer = fuzz_below(input, PARTIES);
	struct party *who = &scene.party[receiver];
	union message message = scene.pool[fuzz_below(input, POOL)], right;
	size_t size = size_of(&message);
	bool knows_us;

	if (!message.type)
		return;
	right = message;
	sign(&right, who->identity.public_key);
	if (fuzz_below(input, 8))
		message = right;
	knows_us = wg_cookie_mac1_is_right(&who->judge, &message, size);
	/* All but mac2 is as its sender would have signed it. */
	FUZZ_CHECK(knows_us == !memcmp(&message, &right, size - MAC_SIZE));
	if (!knows_us)
		return;
	if (size == MESSAGE_INITIATION_SIZE)
		take_initiation(input, who, &message.initiation);
	else
		take_response(receiver, peer, &message.response);
}

/* ---- what else happens ---- */

static void configure(struct fuzz_input *input)
{
	int party = fuzz_below(input, PARTIES), peer = fuzz_below(input, PARTIES);
	struct wg_handshake *handshake = &scene.party[party].about[peer];

	switch (fuzz_below(input, 4)) {
	case 0:
		handshake->preshared_key[0] = fuzz_below(input, 3);
		break;
	case 1:
		become(party, fuzz_below(input, KEYS));
		break;
	case 2:
		wg_handshake_clear(handshake);
		scene.outstanding[party][peer] = NOBODY;
		break;
	case 3:
		wg_handshake_forget_identity(handshake);
		break;
	}
}

static void wait(struct fuzz_input *input)
{
	static const u64 times[] = { 1, INITIATION_SPACING - 1, INITIATION_SPACING, NSEC_PER_SEC,
				     REKEY_TIMEOUT };

	scene.now += times[fuzz_below(input, ARRAY_SIZE(times))];
}

void fuzz_run(struct fuzz_input *input)
{
	int steps;

	set_scene();
	for (steps = 0; input->left && steps < STEPS_MAX; steps++) {
		switch (fuzz_below(input, 12)) {
		case 0:
		case 1:
			initiate(input);
			break;
		case 2:
			pretend(input);
			break;
		case 3:
			change(input);
			break;
		case 4:
			forge(input);
			break;
		case 5:
			splice(input);
			break;
		case 6:
			weaken(input);
			break;
		case 7:
			configure(input);
			break;
		case 8:
			wait(input);
			break;
		default:
			deliver(input);
		}
	}
}
