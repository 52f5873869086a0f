// SPDX-License-Identifier: GPL-2.0
/* The handshake: both roles against the model's transcripts, against each other, and attacked. */
#include <linux/errno.h>
#include <linux/slab.h>
#include "harness.h"
#include "noise/handshake.h"
#include "noise/limits.h"
#include "vectors/noise_vectors.h"

/* What the messages measure on the wire. */
static_assert(MESSAGE_INITIATION_SIZE == 148);
static_assert(MESSAGE_RESPONSE_SIZE == 92);
static_assert(MESSAGE_COOKIE_SIZE == 64);
static_assert(MESSAGE_DATA_OVERHEAD == 32);

#define START (1000 * (u64)NSEC_PER_SEC)

/* One end: who it is and what it knows of the other. */
struct party {
	struct wg_identity identity;
	struct wg_handshake handshake;
};

/* Alice initiates, Bob responds, unless a test says otherwise. */
struct scene {
	struct party alice, bob;
	struct message_initiation initiation;
	struct message_response response;
	struct wg_opened_initiation opened;
	struct wg_session_keys alice_keys, bob_keys;
	u8 timestamp[NOISE_TIMESTAMP_SIZE];
	u64 now;
};

static const u8 alice_private[NOISE_KEY_SIZE] = { 0xa1, 0x1c, 0xe0, [31] = 0x51 };
static const u8 bob_private[NOISE_KEY_SIZE] = { 0xb0, 0xb0, 0xb0, [31] = 0x42 };
static const u8 carol_private[NOISE_KEY_SIZE] = { 0xca, 0x01, 0x00, [31] = 0x43 };

static int handshake_suite_init(struct kunit_suite *suite)
{
	wg_handshake_precompute();
	return 0;
}

static void introduce(struct party *party, const struct party *other)
{
	wg_handshake_init(&party->handshake, other->identity.public_key);
}

static struct scene *make_scene(struct kunit *test)
{
	struct scene *scene = kunit_kzalloc(test, sizeof(*scene), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, scene);
	KUNIT_ASSERT_TRUE(test, wg_identity_set(&scene->alice.identity, alice_private));
	KUNIT_ASSERT_TRUE(test, wg_identity_set(&scene->bob.identity, bob_private));
	introduce(&scene->alice, &scene->bob);
	introduce(&scene->bob, &scene->alice);
	scene->now = START;
	return scene;
}

static void share_psk(struct scene *scene, u8 first_byte)
{
	scene->alice.handshake.preshared_key[0] = first_byte;
	scene->bob.handshake.preshared_key[0] = first_byte;
}

static int initiate(struct scene *scene, u32 index)
{
	wg_timestamp_make(scene->timestamp, scene->now / NSEC_PER_SEC, 0);
	return wg_handshake_initiate(&scene->alice.handshake, &scene->alice.identity,
				     &scene->initiation, index, scene->timestamp);
}

/* Bob looks who it is, and believes it or not. */
static int receive(struct scene *scene)
{
	int ret = wg_handshake_open(&scene->opened, &scene->bob.identity, &scene->initiation);

	if (ret)
		return ret;
	return wg_handshake_accept(&scene->bob.handshake, &scene->bob.identity, &scene->opened,
				   &scene->initiation, scene->now);
}

static int respond(struct scene *scene, u32 index)
{
	return wg_handshake_respond(&scene->bob.handshake, &scene->opened, &scene->response, index,
				    &scene->bob_keys);
}

static int finish(struct scene *scene)
{
	return wg_handshake_finish(&scene->alice.handshake, &scene->alice.identity,
				   &scene->response, &scene->alice_keys);
}

static void up_to_response(struct kunit *test, struct scene *scene)
{
	KUNIT_ASSERT_EQ(test, initiate(scene, 0xaaaa), 0);
	KUNIT_ASSERT_EQ(test, receive(scene), 0);
	KUNIT_ASSERT_EQ(test, respond(scene, 0xbbbb), 0);
}

static bool is_zero(const void *memory, size_t len)
{
	const u8 *byte = memory;

	while (len && !*byte)
		byte++, len--;
	return !len;
}

/* A refused message leaves everything alone, what could be computed from it included. */
static bool unchanged(const struct wg_handshake *before, const struct wg_handshake *after)
{
	return !memcmp(after, before, sizeof(*after));
}

/* ---- the transcripts ---- */

static void describe_transcript(const struct handshake_vector *vector, char *name)
{
	const bool psk = !is_zero(vector->preshared_key, sizeof(vector->preshared_key));

	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%s pre-shared key", psk ? "with" : "without");
}

KUNIT_ARRAY_PARAM(transcript, handshake_vectors, describe_transcript);

/* Alice and Bob with the transcript's keys. */
static struct scene *cast_transcript(struct kunit *test, const struct handshake_vector *vector)
{
	struct scene *scene = make_scene(test);

	KUNIT_ASSERT_TRUE(test, wg_identity_set(&scene->alice.identity, vector->initiator_private));
	KUNIT_ASSERT_TRUE(test, wg_identity_set(&scene->bob.identity, vector->responder_private));
	WG_EXPECT_MEMEQ(test, scene->alice.identity.public_key, vector->initiator_public, 32);
	WG_EXPECT_MEMEQ(test, scene->bob.identity.public_key, vector->responder_public, 32);
	introduce(&scene->alice, &scene->bob);
	introduce(&scene->bob, &scene->alice);
	memcpy(scene->alice.handshake.preshared_key, vector->preshared_key, 32);
	memcpy(scene->bob.handshake.preshared_key, vector->preshared_key, 32);
	memcpy(&scene->initiation, vector->initiation, sizeof(scene->initiation));
	memcpy(&scene->response, vector->response, sizeof(scene->response));
	return scene;
}

static void responder_reads_transcript(struct kunit *test)
{
	const struct handshake_vector *vector = test->param_value;
	struct scene *scene = cast_transcript(test, vector);

	KUNIT_ASSERT_EQ(test, receive(scene), 0);
	WG_EXPECT_MEMEQ(test, scene->opened.remote_static, vector->initiator_public, 32);
	KUNIT_EXPECT_EQ(test, scene->opened.remote_index, 0x1a2b3c4d);
	WG_EXPECT_MEMEQ(test, scene->opened.noise.chaining_key, vector->waiting_chaining_key, 32);
	WG_EXPECT_MEMEQ(test, scene->opened.noise.hash, vector->waiting_hash, 32);
	WG_EXPECT_MEMEQ(test, scene->bob.handshake.newest_timestamp, vector->timestamp, 12);
	KUNIT_EXPECT_EQ(test, scene->bob.handshake.newest_accepted_at, scene->now);
}

static void initiator_reads_transcript(struct kunit *test)
{
	const struct handshake_vector *vector = test->param_value;
	struct scene *scene = cast_transcript(test, vector);
	struct wg_handshake *handshake = &scene->alice.handshake;

	/* As if Alice had drawn the transcript's ephemeral key. */
	memcpy(handshake->ephemeral_private, vector->initiator_ephemeral, 32);
	memcpy(handshake->noise.chaining_key, vector->waiting_chaining_key, 32);
	memcpy(handshake->noise.hash, vector->waiting_hash, 32);
	handshake->local_index = 0x1a2b3c4d;
	handshake->awaiting_response = true;

	KUNIT_ASSERT_EQ(test, finish(scene), 0);
	WG_EXPECT_MEMEQ(test, scene->alice_keys.send, vector->initiator_sends, 32);
	WG_EXPECT_MEMEQ(test, scene->alice_keys.receive, vector->responder_sends, 32);
	KUNIT_EXPECT_EQ(test, scene->alice_keys.remote_index, 0xf0e1d2c3);
	KUNIT_EXPECT_TRUE(test, scene->alice_keys.initiator);
}

/* ---- both roles together ---- */

/*
 * What reading was proven against, judges what writing makes.
 * Row HS-1.
 */
static void both_roles(struct kunit *test)
{
	struct scene *scene = cast_transcript(test, test->param_value);
	const struct wg_handshake *handshake = &scene->alice.handshake;

	KUNIT_ASSERT_EQ(test, initiate(scene, 0xa5a5a5a5), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(scene->initiation.type), MESSAGE_INITIATION);
	KUNIT_ASSERT_EQ(test, receive(scene), 0);
	WG_EXPECT_MEMEQ(test, scene->opened.noise.chaining_key, handshake->noise.chaining_key, 32);
	WG_EXPECT_MEMEQ(test, scene->opened.noise.hash, handshake->noise.hash, 32);
	WG_EXPECT_MEMEQ(test, scene->bob.handshake.newest_timestamp, scene->timestamp, 12);

	KUNIT_ASSERT_EQ(test, respond(scene, 0xb6b6b6b6), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(scene->response.type), MESSAGE_RESPONSE);
	KUNIT_EXPECT_TRUE(test, is_zero(&scene->opened, sizeof(scene->opened)));
	KUNIT_ASSERT_EQ(test, finish(scene), 0);

	WG_EXPECT_MEMEQ(test, scene->alice_keys.send, scene->bob_keys.receive, 32);
	WG_EXPECT_MEMEQ(test, scene->alice_keys.receive, scene->bob_keys.send, 32);
	KUNIT_EXPECT_NE(test, memcmp(scene->alice_keys.send, scene->alice_keys.receive, 32), 0);
	KUNIT_EXPECT_EQ(test, scene->alice_keys.remote_index, 0xb6b6b6b6);
	KUNIT_EXPECT_EQ(test, scene->bob_keys.remote_index, 0xa5a5a5a5);
	KUNIT_EXPECT_TRUE(test, scene->alice_keys.initiator);
	KUNIT_EXPECT_FALSE(test, scene->bob_keys.initiator);
}

/* Nothing of a finished handshake is left that could give its keys away. */
static void finished_handshake_is_wiped(struct kunit *test)
{
	struct scene *scene = make_scene(test);
	const struct wg_handshake *handshake = &scene->alice.handshake;

	up_to_response(test, scene);
	KUNIT_EXPECT_FALSE(test, is_zero(handshake->ephemeral_private, NOISE_KEY_SIZE));
	KUNIT_ASSERT_EQ(test, finish(scene), 0);
	KUNIT_EXPECT_TRUE(test, is_zero(handshake->ephemeral_private, NOISE_KEY_SIZE));
	KUNIT_EXPECT_TRUE(test, is_zero(handshake->noise.chaining_key, NOISE_HASH_SIZE));
	KUNIT_EXPECT_TRUE(test, is_zero(handshake->noise.hash, NOISE_HASH_SIZE));
	KUNIT_EXPECT_FALSE(test, handshake->awaiting_response);
}

static void no_two_sessions_alike(struct kunit *test)
{
	struct scene *scene = make_scene(test);
	struct wg_session_keys earlier;

	up_to_response(test, scene);
	KUNIT_ASSERT_EQ(test, finish(scene), 0);
	earlier = scene->alice_keys;
	scene->now += NSEC_PER_SEC;
	up_to_response(test, scene);
	KUNIT_ASSERT_EQ(test, finish(scene), 0);
	KUNIT_EXPECT_NE(test, memcmp(earlier.send, scene->alice_keys.send, 32), 0);
	KUNIT_EXPECT_NE(test, memcmp(earlier.receive, scene->alice_keys.receive, 32), 0);
}

/* Each answers the other while its own initiation is outstanding: both handshakes complete. */
static void simultaneous_initiation(struct kunit *test)
{
	struct scene *ours = make_scene(test), *theirs = make_scene(test);
	struct party alice;

	share_psk(ours, 1);
	KUNIT_ASSERT_EQ(test, initiate(ours, 1), 0);

	/* The second scene has the parts exchanged, on the same two parties. */
	theirs->alice = ours->bob;
	theirs->bob = ours->alice;
	KUNIT_ASSERT_EQ(test, initiate(theirs, 2), 0);
	KUNIT_ASSERT_EQ(test, receive(theirs), 0);
	KUNIT_ASSERT_EQ(test, respond(theirs, 3), 0);
	alice = theirs->bob;
	ours->bob = theirs->alice;
	KUNIT_ASSERT_EQ(test, receive(ours), 0);
	KUNIT_ASSERT_EQ(test, respond(ours, 4), 0);
	theirs->alice = ours->bob;
	ours->alice = alice;

	KUNIT_EXPECT_EQ(test, finish(ours), 0);
	KUNIT_EXPECT_EQ(test, finish(theirs), 0);
	WG_EXPECT_MEMEQ(test, ours->alice_keys.send, ours->bob_keys.receive, 32);
	WG_EXPECT_MEMEQ(test, theirs->alice_keys.send, theirs->bob_keys.receive, 32);
}

/* ---- every byte counts ---- */

static const u8 flips[] = { 0x01, 0x80 };

static void describe_flip(const u8 *flip, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "bits 0x%02x", *flip);
}

KUNIT_ARRAY_PARAM(flip, flips, describe_flip);

/* Type, sender and macs are judged elsewhere: the first at the door, all of them by mac1. */
static void changed_initiation(struct kunit *test)
{
	const u8 flip = *(const u8 *)test->param_value;
	struct scene *scene = make_scene(test);
	u8 *bytes = (u8 *)&scene->initiation;
	struct wg_handshake before = scene->bob.handshake;
	size_t i;

	KUNIT_ASSERT_EQ(test, initiate(scene, 1), 0);
	for (i = offsetof(struct message_initiation, ephemeral);
	     i < offsetof(struct message_initiation, mac1); i++) {
		bytes[i] ^= flip;
		KUNIT_EXPECT_EQ_MSG(test, receive(scene), -EBADMSG, "byte %zu", i);
		KUNIT_EXPECT_TRUE_MSG(test, unchanged(&before, &scene->bob.handshake), "byte %zu",
				      i);
		KUNIT_EXPECT_TRUE(test, is_zero(&scene->opened, sizeof(scene->opened)));
		bytes[i] ^= flip;
	}
	KUNIT_EXPECT_EQ(test, receive(scene), 0);
}

static void changed_response(struct kunit *test)
{
	const u8 flip = *(const u8 *)test->param_value;
	struct scene *scene = make_scene(test);
	u8 *bytes = (u8 *)&scene->response;
	struct wg_handshake before;
	size_t i;

	up_to_response(test, scene);
	before = scene->alice.handshake;
	for (i = offsetof(struct message_response, receiver);
	     i < offsetof(struct message_response, mac1); i++) {
		const bool addressed = i >= offsetof(struct message_response, ephemeral);

		bytes[i] ^= flip;
		KUNIT_EXPECT_EQ_MSG(test, finish(scene), addressed ? -EBADMSG : -ENOENT, "byte %zu",
				    i);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(&before, &scene->alice.handshake, sizeof(before)),
				    0, "byte %zu", i);
		bytes[i] ^= flip;
	}
	KUNIT_EXPECT_TRUE(test, is_zero(&scene->alice_keys, sizeof(scene->alice_keys)));
	KUNIT_EXPECT_EQ(test, finish(scene), 0);
}

/*
 * Points of low order, canonical or not: whoever sends one would know the secret beforehand.
 * Row HS-5.
 */
static void low_order_ephemerals(struct kunit *test)
{
	struct scene *scene = make_scene(test);
	struct wg_handshake before;
	u8 ephemeral[NOISE_KEY_SIZE];
	size_t i;

	up_to_response(test, scene);
	before = scene->alice.handshake;
	memcpy(ephemeral, scene->response.ephemeral, sizeof(ephemeral));
	for (i = 0; i < ARRAY_SIZE(low_order_points); i++) {
		memcpy(scene->initiation.ephemeral, low_order_points[i], NOISE_KEY_SIZE);
		KUNIT_EXPECT_EQ(test, receive(scene), -EKEYREJECTED);
		KUNIT_EXPECT_TRUE(test, is_zero(&scene->opened, sizeof(scene->opened)));

		memcpy(scene->response.ephemeral, low_order_points[i], NOISE_KEY_SIZE);
		KUNIT_EXPECT_EQ(test, finish(scene), -EKEYREJECTED);
		KUNIT_EXPECT_EQ(test, memcmp(&before, &scene->alice.handshake, sizeof(before)), 0);
	}
	memcpy(scene->response.ephemeral, ephemeral, sizeof(ephemeral));
	KUNIT_EXPECT_EQ(test, finish(scene), 0);
}

/*
 * A peer whose configured key is such a point: no packet can be made for it.
 * Row HS-5.
 */
static void low_order_static(struct kunit *test)
{
	struct scene *scene = make_scene(test);
	struct wg_handshake before;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(low_order_points); i++) {
		wg_handshake_init(&scene->alice.handshake, low_order_points[i]);
		before = scene->alice.handshake;
		KUNIT_EXPECT_EQ(test, initiate(scene, 1), -EKEYREJECTED);
		KUNIT_EXPECT_EQ(test, memcmp(&before, &scene->alice.handshake, sizeof(before)), 0);
	}
}

/* ---- who is who ---- */

/* Row HS-11. */
static void psk_mismatch(struct kunit *test)
{
	struct scene *scene = make_scene(test);
	struct wg_handshake before;

	share_psk(scene, 7);
	up_to_response(test, scene);
	scene->alice.handshake.preshared_key[31] ^= 1;
	before = scene->alice.handshake;
	KUNIT_EXPECT_EQ(test, finish(scene), -EBADMSG);
	KUNIT_EXPECT_EQ(test, memcmp(&before, &scene->alice.handshake, sizeof(before)), 0);
	scene->alice.handshake.preshared_key[31] ^= 1;
	KUNIT_EXPECT_EQ(test, finish(scene), 0);
}

/* The sender named is not the one who sealed the timestamp: the caller looked up another peer. */
static void accepted_as_another_peer(struct kunit *test)
{
	struct scene *scene = make_scene(test);
	struct wg_identity carol = {};
	struct wg_handshake before;

	KUNIT_ASSERT_TRUE(test, wg_identity_set(&carol, carol_private));
	wg_handshake_init(&scene->bob.handshake, carol.public_key);
	before = scene->bob.handshake;
	KUNIT_ASSERT_EQ(test, initiate(scene, 1), 0);
	KUNIT_EXPECT_EQ(test, receive(scene), -EBADMSG);
	KUNIT_EXPECT_TRUE(test, unchanged(&before, &scene->bob.handshake));
}

/* For Carol's ears only. */
static void opened_by_another(struct kunit *test)
{
	struct scene *scene = make_scene(test);

	KUNIT_ASSERT_EQ(test, initiate(scene, 1), 0);
	KUNIT_ASSERT_TRUE(test, wg_identity_set(&scene->bob.identity, carol_private));
	KUNIT_EXPECT_EQ(test, receive(scene), -EBADMSG);
}

/* Row HS-8. */
static void response_to_an_earlier_initiation(struct kunit *test)
{
	struct scene *scene = make_scene(test);
	struct message_response earlier;

	up_to_response(test, scene);
	earlier = scene->response;
	scene->now += NSEC_PER_SEC;

	/* Even if the new initiation has the same index, its ephemeral is another. */
	KUNIT_ASSERT_EQ(test, initiate(scene, 0xaaaa), 0);
	KUNIT_EXPECT_EQ(test, finish(scene), -EBADMSG);
	KUNIT_ASSERT_EQ(test, initiate(scene, 0xcccc), 0);
	KUNIT_EXPECT_EQ(test, finish(scene), -ENOENT);

	KUNIT_ASSERT_EQ(test, receive(scene), 0);
	KUNIT_ASSERT_EQ(test, respond(scene, 0xdddd), 0);
	KUNIT_EXPECT_EQ(test, finish(scene), 0);
	KUNIT_EXPECT_EQ(test, finish(scene), -ENOENT); /* the same once more */
	scene->response = earlier;
	KUNIT_EXPECT_EQ(test, finish(scene), -ENOENT);
}

static void response_after_clearing(struct kunit *test)
{
	struct scene *scene = make_scene(test);

	up_to_response(test, scene);
	wg_handshake_clear(&scene->alice.handshake);
	KUNIT_EXPECT_EQ(test, finish(scene), -ENOENT);
	/* Not even one that names the index which a cleared handshake shows. */
	scene->response.receiver = 0;
	KUNIT_EXPECT_EQ(test, finish(scene), -ENOENT);
}

/* ---- replays and floods ---- */

struct repeat {
	const char *name;
	int newer; /* the second timestamp less the first, in its last unit */
	s64 later; /* the second arrival less the first, in ns */
	int result;
};

static const struct repeat repeats[] = {
	{ "the same", 0, NSEC_PER_SEC, -EALREADY },
	{ "the same, at once", 0, 0, -EALREADY },
	{ "older", -1, NSEC_PER_SEC, -EALREADY },
	{ "much older", -100000, NSEC_PER_SEC, -EALREADY },
	{ "newer by the least", 1, NSEC_PER_SEC, 0 },
	{ "newer, after just the spacing", 1, INITIATION_SPACING, 0 },
	{ "newer, too soon", 1, (s64)INITIATION_SPACING - 1, -EBUSY },
	{ "newer, at once", 1, 0, -EBUSY },
	{ "newer, the clock behind", 1, -5, -EBUSY },
};

static void describe_repeat(const struct repeat *repeat, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%s", repeat->name);
}

KUNIT_ARRAY_PARAM(repeat, repeats, describe_repeat);

/* Row HS-3. */
static void second_initiation(struct kunit *test)
{
	const struct repeat *row = test->param_value;
	struct scene *scene = make_scene(test);
	struct wg_handshake before;
	u8 timestamp[NOISE_TIMESTAMP_SIZE];
	u32 unit = 1000000;

	wg_timestamp_make(timestamp, 77, 0);
	memcpy(timestamp + 8, &(__be32){ cpu_to_be32(unit) }, 4);
	KUNIT_ASSERT_EQ(test,
			wg_handshake_initiate(&scene->alice.handshake, &scene->alice.identity,
					      &scene->initiation, 1, timestamp),
			0);
	KUNIT_ASSERT_EQ(test, receive(scene), 0);

	memcpy(timestamp + 8, &(__be32){ cpu_to_be32(unit + row->newer) }, 4);
	KUNIT_ASSERT_EQ(test,
			wg_handshake_initiate(&scene->alice.handshake, &scene->alice.identity,
					      &scene->initiation, 2, timestamp),
			0);
	before = scene->bob.handshake;
	scene->now += row->later;
	KUNIT_EXPECT_EQ(test, receive(scene), row->result);
	if (row->result) {
		KUNIT_EXPECT_EQ(test, memcmp(&before, &scene->bob.handshake, sizeof(before)), 0);
		KUNIT_EXPECT_TRUE(test, is_zero(&scene->opened, sizeof(scene->opened)));
		return;
	}
	WG_EXPECT_MEMEQ(test, scene->bob.handshake.newest_timestamp, timestamp, 12);
	KUNIT_EXPECT_EQ(test, scene->bob.handshake.newest_accepted_at, scene->now);
}

/*
 * Twelve bytes are compared from the first on.
 * Row HS-2.
 */
static void timestamps_compare_as_big_endian(struct kunit *test)
{
	struct scene *scene = make_scene(test);
	struct wg_handshake *bob = &scene->bob.handshake;
	int i;

	KUNIT_ASSERT_EQ(test, initiate(scene, 1), 0);
	for (i = 0; i < NOISE_TIMESTAMP_SIZE; i++) {
		memcpy(bob->newest_timestamp, scene->timestamp, NOISE_TIMESTAMP_SIZE);
		bob->newest_timestamp[i]++;
		KUNIT_EXPECT_EQ_MSG(test, receive(scene), -EALREADY, "byte %d", i);
	}
	for (i = 0; i < NOISE_TIMESTAMP_SIZE; i++) {
		memset(bob->newest_timestamp, 0xff, NOISE_TIMESTAMP_SIZE);
		memcpy(bob->newest_timestamp, scene->timestamp, i + 1);
		if (!bob->newest_timestamp[i])
			continue;
		bob->newest_timestamp[i]--;
		scene->now += NSEC_PER_SEC;
		KUNIT_EXPECT_EQ_MSG(test, receive(scene), 0, "byte %d", i);
	}
}

/* A timestamp of nothing but zeroes is no newer than none at all. */
static void zero_timestamp(struct kunit *test)
{
	static const u8 zero[NOISE_TIMESTAMP_SIZE];
	struct scene *scene = make_scene(test);

	KUNIT_ASSERT_EQ(test,
			wg_handshake_initiate(&scene->alice.handshake, &scene->alice.identity,
					      &scene->initiation, 1, zero),
			0);
	KUNIT_EXPECT_EQ(test, receive(scene), -EALREADY);
}

/* The spacing is kept from an initiation that was accepted, not from the beginning of time. */
static void first_initiation_after_boot(struct kunit *test)
{
	struct scene *scene = make_scene(test);

	scene->now = 0;
	KUNIT_ASSERT_EQ(test, initiate(scene, 1), 0);
	KUNIT_EXPECT_EQ(test, receive(scene), 0);
	/* And that one counts, although its moment is zero. */
	wg_timestamp_make(scene->timestamp, 1, 0);
	KUNIT_ASSERT_EQ(test,
			wg_handshake_initiate(&scene->alice.handshake, &scene->alice.identity,
					      &scene->initiation, 2, scene->timestamp),
			0);
	KUNIT_EXPECT_EQ(test, receive(scene), -EBUSY);
}

/*
 * Taking the interface down and up forgets handshakes, not what has been seen.
 * Row HS-2.
 */
static void replay_after_clearing(struct kunit *test)
{
	struct scene *scene = make_scene(test);

	up_to_response(test, scene);
	wg_handshake_clear(&scene->bob.handshake);
	scene->now += NSEC_PER_SEC;
	KUNIT_EXPECT_EQ(test, receive(scene), -EALREADY);
}

/* ---- identities ---- */

static void identity_is_clamped(struct kunit *test)
{
	struct wg_identity identity = {}, clamped = {};
	u8 private_key[NOISE_KEY_SIZE];

	memset(private_key, 0xff, sizeof(private_key));
	KUNIT_EXPECT_TRUE(test, wg_identity_set(&identity, private_key));
	KUNIT_EXPECT_EQ(test, identity.private_key[0], 0xf8);
	KUNIT_EXPECT_EQ(test, identity.private_key[31], 0x7f);
	KUNIT_EXPECT_TRUE(test, wg_identity_set(&clamped, identity.private_key));
	WG_EXPECT_MEMEQ(test, clamped.public_key, identity.public_key, NOISE_KEY_SIZE);
}

static void zero_key_is_no_identity(struct kunit *test)
{
	static const u8 zero[NOISE_KEY_SIZE];
	struct scene *scene = make_scene(test);
	struct wg_identity *alice = &scene->alice.identity;
	const u32 generation = alice->generation;

	up_to_response(test, scene);
	KUNIT_EXPECT_FALSE(test, wg_identity_set(alice, zero));
	KUNIT_EXPECT_FALSE(test, alice->present);
	KUNIT_EXPECT_NE(test, alice->generation, generation);
	KUNIT_EXPECT_TRUE(test, is_zero(alice->private_key, NOISE_KEY_SIZE));
	KUNIT_EXPECT_TRUE(test, is_zero(alice->public_key, NOISE_KEY_SIZE));
	KUNIT_EXPECT_EQ(test, finish(scene), -ENOKEY);
	KUNIT_EXPECT_EQ(test, initiate(scene, 1), -ENOKEY);
	KUNIT_EXPECT_EQ(test, wg_handshake_open(&scene->opened, alice, &scene->initiation),
			-ENOKEY);
	KUNIT_EXPECT_EQ(test,
			wg_handshake_accept(&scene->alice.handshake, alice, &scene->opened,
					    &scene->initiation, scene->now),
			-ENOKEY);
}

static void generation_is_never_zero(struct kunit *test)
{
	struct wg_identity identity = { .generation = U32_MAX };

	wg_identity_set(&identity, alice_private);
	KUNIT_EXPECT_EQ(test, identity.generation, 1);
}

/* The cached secret serves one identity only, and serves it. */
static void static_static_follows_identity(struct kunit *test)
{
	struct scene *scene = make_scene(test);
	struct wg_handshake *alice = &scene->alice.handshake;

	KUNIT_EXPECT_EQ(test, alice->static_static_generation, 0);
	KUNIT_ASSERT_EQ(test, initiate(scene, 1), 0);
	KUNIT_EXPECT_EQ(test, alice->static_static_generation, scene->alice.identity.generation);

	/* A cache that lies shows that it is used. */
	alice->static_static[0] ^= 1;
	KUNIT_ASSERT_EQ(test, initiate(scene, 2), 0);
	KUNIT_EXPECT_EQ(test, receive(scene), -EBADMSG);

	wg_handshake_forget_identity(alice);
	KUNIT_EXPECT_TRUE(test, is_zero(alice->static_static, sizeof(alice->static_static)));
	KUNIT_EXPECT_EQ(test, alice->static_static_generation, 0);

	/* The same key set again is another generation. */
	KUNIT_ASSERT_TRUE(test, wg_identity_set(&scene->alice.identity, alice_private));
	KUNIT_ASSERT_EQ(test, initiate(scene, 3), 0);
	KUNIT_EXPECT_EQ(test, receive(scene), 0);
}

static void identity_changed_between_messages(struct kunit *test)
{
	struct scene *scene = make_scene(test);
	struct wg_identity bob;

	up_to_response(test, scene);
	KUNIT_ASSERT_TRUE(test, wg_identity_set(&scene->alice.identity, carol_private));
	KUNIT_EXPECT_EQ(test, finish(scene), -EBADMSG);

	/* Between opening and believing, on the other side. */
	scene = make_scene(test);
	KUNIT_ASSERT_EQ(test, initiate(scene, 1), 0);
	bob = scene->bob.identity;
	KUNIT_ASSERT_EQ(test, wg_handshake_open(&scene->opened, &bob, &scene->initiation), 0);
	KUNIT_ASSERT_TRUE(test, wg_identity_set(&bob, carol_private));
	KUNIT_EXPECT_EQ(test,
			wg_handshake_accept(&scene->bob.handshake, &bob, &scene->opened,
					    &scene->initiation, scene->now),
			-EBADMSG);
}

/* ---- the clock that is told ---- */

struct moment {
	u64 seconds;
	u32 nanoseconds;
	u8 timestamp[NOISE_TIMESTAMP_SIZE];
};

static const struct moment moments[] = {
	{ 0, 0, { 0x40, 0, 0, 0, 0, 0, 0, 0x0a, 0, 0, 0, 0 } },
	{ 0, 0xffffff, { 0x40, 0, 0, 0, 0, 0, 0, 0x0a, 0, 0, 0, 0 } },
	{ 1, 0x1000000, { 0x40, 0, 0, 0, 0, 0, 0, 0x0b, 0x01, 0, 0, 0 } },
	{ 0x65532100, 999999999, { 0x40, 0, 0, 0, 0x65, 0x53, 0x21, 0x0a, 0x3b, 0, 0, 0 } },
	{ 0x1ffffffff, 0x2abcdef, { 0x40, 0, 0, 2, 0, 0, 0, 0x09, 0x02, 0, 0, 0 } },
};

/* Row HS-2. */
static void timestamp_is_coarse(struct kunit *test)
{
	u8 timestamp[NOISE_TIMESTAMP_SIZE];
	const struct moment *moment;

	for (moment = moments; moment < moments + ARRAY_SIZE(moments); moment++) {
		wg_timestamp_make(timestamp, moment->seconds, moment->nanoseconds);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(timestamp, moment->timestamp, sizeof(timestamp)),
				    0, "row %d", (int)(moment - moments));
	}
}

static struct kunit_case handshake_cases[] = {
	KUNIT_CASE_PARAM(responder_reads_transcript, transcript_gen_params),
	KUNIT_CASE_PARAM(initiator_reads_transcript, transcript_gen_params),
	KUNIT_CASE_PARAM(both_roles, transcript_gen_params),
	KUNIT_CASE(finished_handshake_is_wiped),
	KUNIT_CASE(no_two_sessions_alike),
	KUNIT_CASE(simultaneous_initiation),
	KUNIT_CASE_PARAM(changed_initiation, flip_gen_params),
	KUNIT_CASE_PARAM(changed_response, flip_gen_params),
	KUNIT_CASE(low_order_ephemerals),
	KUNIT_CASE(low_order_static),
	KUNIT_CASE(psk_mismatch),
	KUNIT_CASE(accepted_as_another_peer),
	KUNIT_CASE(opened_by_another),
	KUNIT_CASE(response_to_an_earlier_initiation),
	KUNIT_CASE(response_after_clearing),
	KUNIT_CASE_PARAM(second_initiation, repeat_gen_params),
	KUNIT_CASE(timestamps_compare_as_big_endian),
	KUNIT_CASE(zero_timestamp),
	KUNIT_CASE(first_initiation_after_boot),
	KUNIT_CASE(replay_after_clearing),
	KUNIT_CASE(identity_is_clamped),
	KUNIT_CASE(zero_key_is_no_identity),
	KUNIT_CASE(generation_is_never_zero),
	KUNIT_CASE(static_static_follows_identity),
	KUNIT_CASE(identity_changed_between_messages),
	KUNIT_CASE(timestamp_is_coarse),
	{},
};

static struct kunit_suite handshake_suite = {
	.name = "wg_handshake",
	.suite_init = handshake_suite_init,
	.test_cases = handshake_cases,
};

kunit_test_suite(handshake_suite);
