// SPDX-License-Identifier: GPL-2.0
/*
 * One device under load and two peers, at one address each or at none of their own; what they send
 * is lost, changed, kept and played again. A model that knows who was given which cookie, and when,
 * predicts every verdict. Beside them the limiter, one set of it, against a model that counts
 * tokens.
 */
#include "fuzz/fuzz.h"
#include "noise/cookie.h"
#include "noise/limiter.h"
#include "noise/limits.h"

#define START (1000 * (u64)NSEC_PER_SEC)
#define COST  ((u64)NSEC_PER_SEC / LIMITER_RATE)

enum {
	PEERS = 2,
	SOURCES = 3,
	POOL = 4,
	ONE_SET = 8,
	SENDERS = 12, /* more than a set has room for */
};

/* A cookie as the model sees it: what it was made from. The zeroth secret is none. */
struct grant {
	unsigned int secret, source;
};

struct letter {
	struct message_initiation message, as_signed;
	struct grant grant; /* of its mac2 */
	bool made;
};

struct reply {
	struct message_cookie message, as_made;
	u8 mac1[MAC_SIZE]; /* of the message it answers */
	struct grant grant;
	bool made;
};

struct peer {
	struct wg_cookie_jar jar;
	struct grant grant;
	u64 granted_at;
	bool waits; /* for an answer to the last mac1 */
	u8 last_mac1[MAC_SIZE];
};

struct token_bucket {
	u64 tokens, since;
};

static struct scene {
	struct wg_cookie_judge judge;
	struct wg_limiter limiter;
	struct peer peer[PEERS];
	struct letter letter[POOL];
	struct reply reply[POOL];
	struct token_bucket bucket[SENDERS];
	unsigned int secret;
	u64 secret_born;
	u64 now;
} scene;

static void set_scene(void)
{
	static const u8 device_key[NOISE_KEY_SIZE] = { 9 };
	int i;

	memset(&scene, 0, sizeof(scene));
	scene.now = START;
	wg_cookie_judge_init(&scene.judge);
	wg_cookie_judge_rekey(&scene.judge, device_key);
	for (i = 0; i < PEERS; i++)
		wg_cookie_jar_init(&scene.peer[i].jar, device_key);
	for (i = 0; i < SENDERS; i++)
		scene.bucket[i] = (struct token_bucket){ LIMITER_BURST * COST, START };
	FUZZ_CHECK(!wg_limiter_init(&scene.limiter, ONE_SET));
}

static struct wg_source address(unsigned int which)
{
	static const struct wg_source sources[SOURCES] = {
		{ { 192, 0, 2, 1, 0x12, 0x34 }, 6 },
		{ { 192, 0, 2, 1, 0x12, 0x35 }, 6 },
		{ { 192, 0, 2, 1, 0x12, 0x34, [17] = 1 }, 18 },
	};

	return sources[which];
}

/* The seed of a message tells it from others; nothing here reads what it says. */
static void write_letter(struct fuzz_input *input)
{
	struct peer *peer = &scene.peer[fuzz_below(input, PEERS)];
	struct letter *letter = &scene.letter[fuzz_below(input, POOL)];
	struct message_initiation *message = &letter->message;

	memset(message, fuzz_u8(input), sizeof(*message));
	wg_cookie_sign(&peer->jar, message, sizeof(*message), scene.now);
	if (scene.now >= peer->granted_at + COOKIE_TRUSTED_FOR)
		peer->grant = (struct grant){};
	letter->grant = peer->grant;
	letter->as_signed = *message;
	letter->made = true;
	peer->waits = true;
	memcpy(peer->last_mac1, message->mac1, MAC_SIZE);
	if (!letter->grant.secret) {
		static const u8 none[MAC_SIZE];

		FUZZ_CHECK(!memcmp(message->mac2, none, MAC_SIZE));
	}
}

static bool secret_lives(void)
{
	return scene.secret && scene.now < scene.secret_born + COOKIE_SECRET_LIFE;
}

static bool knows_us(const struct letter *letter)
{
	return !memcmp(&letter->message, &letter->as_signed, sizeof(letter->message) - MAC_SIZE);
}

/* Of one who knows us. A new secret makes its first cookie when this one is judged. */
static bool has_cookie(const struct letter *letter, unsigned int source)
{
	return secret_lives() && letter->grant.secret == scene.secret &&
	       letter->grant.source == source &&
	       !memcmp(letter->message.mac2, letter->as_signed.mac2, MAC_SIZE);
}

static void make_cookie(u8 cookie[COOKIE_SIZE], unsigned int source)
{
	const struct wg_source from = address(source);
	struct wg_cookie_judge before = scene.judge;

	wg_cookie_make(&scene.judge, cookie, &from, scene.now);
	FUZZ_CHECK(!memcmp(&before, &scene.judge, sizeof(before)) == secret_lives());
	if (!secret_lives()) {
		scene.secret++;
		scene.secret_born = scene.now;
	}
}

static void make_reply(struct reply *reply, const struct letter *letter, unsigned int source,
		       const u8 cookie[COOKIE_SIZE])
{
	wg_cookie_reply(&scene.judge, &reply->message, &letter->message, sizeof(letter->message), 7,
			cookie);
	reply->as_made = reply->message;
	memcpy(reply->mac1, letter->message.mac1, MAC_SIZE);
	reply->grant = (struct grant){ scene.secret, source };
	reply->made = true;
}

static void judge(struct fuzz_input *input)
{
	const struct letter *letter = &scene.letter[fuzz_below(input, POOL)];
	unsigned int source = fuzz_below(input, SOURCES);
	bool loaded = fuzz_below(input, 4), right;
	struct wg_cookie_judge before = scene.judge;
	u8 cookie[COOKIE_SIZE];

	if (!letter->made)
		return;
	right = wg_cookie_mac1_is_right(&scene.judge, &letter->message, sizeof(letter->message));
	FUZZ_CHECK(right == knows_us(letter));
	/* That costs nothing and renews nothing. */
	FUZZ_CHECK(!memcmp(&before, &scene.judge, sizeof(before)));
	if (!right || !loaded)
		return;
	right = has_cookie(letter, source);
	make_cookie(cookie, source);
	FUZZ_CHECK(right ==
		   wg_cookie_mac2_is_right(cookie, &letter->message, sizeof(letter->message)));
	if (!right)
		make_reply(&scene.reply[fuzz_below(input, POOL)], letter, source, cookie);
}

static void store(struct fuzz_input *input)
{
	struct peer *peer = &scene.peer[fuzz_below(input, PEERS)];
	const struct reply *reply = &scene.reply[fuzz_below(input, POOL)];
	struct wg_cookie_jar before = peer->jar;
	size_t sealed = offsetof(struct message_cookie, nonce);
	bool stored;

	if (!reply->made)
		return;
	stored = wg_cookie_store(&peer->jar, &reply->message, scene.now);
	FUZZ_CHECK(stored ==
		   (peer->waits && !memcmp(reply->mac1, peer->last_mac1, MAC_SIZE) &&
		    !memcmp((u8 *)&reply->message + sealed, (u8 *)&reply->as_made + sealed,
			    sizeof(reply->message) - sealed)));
	if (!stored) {
		FUZZ_CHECK(!memcmp(&before, &peer->jar, sizeof(before)));
		return;
	}
	peer->grant = reply->grant;
	peer->granted_at = scene.now;
	peer->waits = false;
}

static void change(struct fuzz_input *input)
{
	bool letter = fuzz_below(input, 2);
	unsigned int which = fuzz_below(input, POOL);
	u8 *message = letter ? (u8 *)&scene.letter[which].message :
			       (u8 *)&scene.reply[which].message;
	size_t size = letter ? MESSAGE_INITIATION_SIZE : MESSAGE_COOKIE_SIZE, offset;

	offset = fuzz_below(input, size);
	message[offset] ^= fuzz_u8(input);
}

static void wait(struct fuzz_input *input)
{
	static const u64 times[] = {
		1,
		COST - 1,
		COST,
		COOKIE_TRUSTED_FOR - 1,
		COOKIE_TRUSTED_FOR,
		COOKIE_SECRET_LIFE - COOKIE_TRUSTED_FOR,
		COOKIE_SECRET_LIFE - 1,
		COOKIE_SECRET_LIFE,
	};
	unsigned int which = fuzz_below(input, ARRAY_SIZE(times) + 1);

	scene.now += which < ARRAY_SIZE(times) ? times[which] : fuzz_u8(input) * (COST / 16);
}

/* Whoever has no more than a full bucket takes no place. */
static bool take_token(unsigned int sender)
{
	unsigned int places = 0, i;
	struct token_bucket *bucket;

	for (i = 0; i < SENDERS; i++) {
		bucket = &scene.bucket[i];
		bucket->tokens = min_t(u64, bucket->tokens + scene.now - bucket->since,
				       LIMITER_BURST * COST);
		bucket->since = scene.now;
		places += i != sender && bucket->tokens < LIMITER_BURST * COST;
	}
	bucket = &scene.bucket[sender];
	if (bucket->tokens == LIMITER_BURST * COST && places == ONE_SET)
		return false;
	if (bucket->tokens < COST)
		return false;
	bucket->tokens -= COST;
	return true;
}

/* Half of the senders are IPv4 addresses, and those bytes begin the prefixes of the others. */
static void limit(struct fuzz_input *input)
{
	unsigned int sender = fuzz_below(input, SENDERS);
	const u8 bytes[8] = { 198, 51, 100, sender / 2 };
	bool allowed = wg_limiter_allow(&scene.limiter, bytes, sender % 2 ? 8 : 4, scene.now);

	FUZZ_CHECK(allowed == take_token(sender));
}

void fuzz_run(struct fuzz_input *input)
{
	set_scene();
	while (input->left) {
		switch (fuzz_below(input, 8)) {
		case 0:
			write_letter(input);
			break;
		case 1:
		case 2:
			judge(input);
			break;
		case 3:
			store(input);
			break;
		case 4:
			change(input);
			break;
		case 5:
			wait(input);
			break;
		default:
			limit(input);
		}
	}
	wg_limiter_uninit(&scene.limiter);
}
