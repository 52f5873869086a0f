// SPDX-License-Identifier: GPL-2.0
/*
 * The pattern, with the pre-shared key at the end of the second message:
 *
 *	IKpsk2:  <- s
 *		 ...
 *		 -> e, es, s, ss, {timestamp}
 *		 <- e, ee, se, psk, {}
 *
 * Both roles are the same few steps on one symmetric state; only who holds which private key
 * differs. A step that can fail returns 0 or a negative errno, so that a line of the pattern reads
 * as a chain of steps which the first failure ends. A function that fails has changed nothing that
 * counts: it works on a copy, or on an opened initiation, which is then forgotten.
 */
#include <crypto/chacha20poly1305.h>
#include <crypto/curve25519.h>
#include <linux/random.h>
#include "noise/handshake.h"
#include "noise/kdf.h"
#include "noise/limits.h"

#define TAI64_EPOCH	 0x400000000000000aULL /* TAI64 label of 1970, ten leap seconds in */
#define TIMESTAMP_COARSE ((1U << 24) - 1)      /* of the nanoseconds, bits that are not told */

static const char protocol_name[] = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
static const char prologue[] = "WireGuard v1 zx2c4 Jason@zx2c4.com";

/* What every handshake starts from. Written once at load, before any device exists. Not secret. */
static struct noise_symmetric initial;

void wg_handshake_precompute(void)
{
	wg_kdf_hash(initial.chaining_key, protocol_name, sizeof(protocol_name) - 1, NULL, 0);
	wg_kdf_hash(initial.hash, initial.chaining_key, sizeof(initial.chaining_key), prologue,
		    sizeof(prologue) - 1);
}

/* ---- the steps ---- */

static void mix_hash(struct noise_symmetric *noise, const void *data, size_t len)
{
	wg_kdf_hash(noise->hash, noise->hash, sizeof(noise->hash), data, len);
}

static void mix_key(struct noise_symmetric *noise, const u8 *input, size_t len)
{
	wg_kdf_derive(noise->chaining_key, noise->key, NULL, noise->chaining_key, input, len);
}

/* With a pre-shared key in the pattern, Noise mixes public ephemerals into the key as well. */
static void mix_ephemeral(struct noise_symmetric *noise, const u8 ephemeral[NOISE_KEY_SIZE])
{
	mix_hash(noise, ephemeral, NOISE_KEY_SIZE);
	mix_key(noise, ephemeral, NOISE_KEY_SIZE);
}

static int __must_check draw_ephemeral(struct noise_symmetric *noise, u8 private[NOISE_KEY_SIZE],
				       u8 public[NOISE_KEY_SIZE])
{
	get_random_bytes(private, NOISE_KEY_SIZE);
	curve25519_clamp_secret(private);
	if (!curve25519_generate_public(public, private))
		return -EKEYREJECTED;
	mix_ephemeral(noise, public);
	return 0;
}

/* A zero result means a point of low order: the other side chose the secret, not both together. */
static int __must_check mix_dh(struct noise_symmetric *noise, const u8 private[NOISE_KEY_SIZE],
			       const u8 public[NOISE_KEY_SIZE])
{
	u8 shared[NOISE_KEY_SIZE];
	const bool good = curve25519(shared, private, public);

	if (likely(good))
		mix_key(noise, shared, sizeof(shared));
	memzero_explicit(shared, sizeof(shared));
	return good ? 0 : -EKEYREJECTED;
}

/* Mixes the key that the two static keys make, computed once for each identity of ours. */
static int __must_check mix_static_static(struct noise_symmetric *noise,
					  struct wg_handshake *handshake,
					  const struct wg_identity *identity)
{
	if (!identity->present)
		return -ENOKEY;
	if (handshake->static_static_generation != identity->generation) {
		/* While the memory holds no valid key, no generation may vouch for it. */
		handshake->static_static_generation = 0;
		if (!curve25519(handshake->static_static, identity->private_key,
				handshake->remote_static))
			return -EKEYREJECTED;
		handshake->static_static_generation = identity->generation;
	}
	mix_key(noise, handshake->static_static, sizeof(handshake->static_static));
	return 0;
}

static void mix_psk(struct noise_symmetric *noise, const u8 psk[NOISE_KEY_SIZE])
{
	u8 digest[NOISE_HASH_SIZE];

	wg_kdf_derive(noise->chaining_key, digest, noise->key, noise->chaining_key, psk,
		      NOISE_KEY_SIZE);
	mix_hash(noise, digest, sizeof(digest));
	memzero_explicit(digest, sizeof(digest));
}

/* @sealed has room for @len bytes and the tag. The hash so far is authenticated with them. */
static void seal(struct noise_symmetric *noise, u8 *sealed, const u8 *plain, size_t len)
{
	chacha20poly1305_encrypt(sealed, plain, len, noise->hash, sizeof(noise->hash), 0,
				 noise->key);
	mix_hash(noise, sealed, len + NOISE_TAG_SIZE);
}

/* @len is that of the plain text; nothing of @plain is to be used if this fails. */
static int __must_check unseal(struct noise_symmetric *noise, u8 *plain, const u8 *sealed,
			       size_t len)
{
	if (!chacha20poly1305_decrypt(plain, sealed, len + NOISE_TAG_SIZE, noise->hash,
				      sizeof(noise->hash), 0, noise->key))
		return -EBADMSG;
	mix_hash(noise, sealed, len + NOISE_TAG_SIZE);
	return 0;
}

static void start(struct noise_symmetric *noise, const u8 responder_static[NOISE_KEY_SIZE])
{
	*noise = initial;
	mix_hash(noise, responder_static, NOISE_KEY_SIZE);
}

/* The end of both roles: two keys, the first for what the initiator sends. */
static void split(struct noise_symmetric *noise, u8 initiator_sends[NOISE_KEY_SIZE],
		  u8 responder_sends[NOISE_KEY_SIZE])
{
	wg_kdf_derive(initiator_sends, responder_sends, NULL, noise->chaining_key, NULL, 0);
}

/* ---- identity and handshake as objects ---- */

bool wg_identity_set(struct wg_identity *identity, const u8 private_key[NOISE_KEY_SIZE])
{
	static const u8 no_key[NOISE_KEY_SIZE];
	/* Asked of the key as given: clamping would make even zero look like a key. */
	const bool given = crypto_memneq(private_key, no_key, sizeof(no_key));

	memmove(identity->private_key, private_key, sizeof(identity->private_key));
	curve25519_clamp_secret(identity->private_key);
	identity->present = given &&
			    curve25519_generate_public(identity->public_key, identity->private_key);
	if (!identity->present) {
		memzero_explicit(identity->private_key, sizeof(identity->private_key));
		memset(identity->public_key, 0, sizeof(identity->public_key));
	}
	if (!++identity->generation)
		identity->generation = 1;
	return identity->present;
}

void wg_handshake_init(struct wg_handshake *handshake, const u8 remote_static[NOISE_KEY_SIZE])
{
	memset(handshake, 0, sizeof(*handshake));
	memcpy(handshake->remote_static, remote_static, sizeof(handshake->remote_static));
}

/* The pre-shared key is configuration, the newest timestamp defends against replays: both stay. */
void wg_handshake_clear(struct wg_handshake *handshake)
{
	handshake->awaiting_response = false;
	handshake->local_index = 0;
	memzero_explicit(handshake->ephemeral_private, sizeof(handshake->ephemeral_private));
	memzero_explicit(&handshake->noise, sizeof(handshake->noise));
}

void wg_handshake_forget_identity(struct wg_handshake *handshake)
{
	handshake->static_static_generation = 0;
	memzero_explicit(handshake->static_static, sizeof(handshake->static_static));
}

/* ---- first message ---- */

int wg_handshake_initiate(struct wg_handshake *handshake, const struct wg_identity *identity,
			  struct message_initiation *message, u32 local_index,
			  const u8 timestamp[NOISE_TIMESTAMP_SIZE])
{
	u8 ephemeral[NOISE_KEY_SIZE];
	struct noise_symmetric noise;
	int err;

	if (!identity->present)
		return -ENOKEY;
	message->type = cpu_to_le32(MESSAGE_INITIATION);
	message->sender = cpu_to_le32(local_index);

	start(&noise, handshake->remote_static);
	err = draw_ephemeral(&noise, ephemeral, message->ephemeral) ?:
		      mix_dh(&noise, ephemeral, handshake->remote_static);
	if (err)
		goto wipe;
	seal(&noise, message->sealed_static, identity->public_key, NOISE_KEY_SIZE);
	err = mix_static_static(&noise, handshake, identity);
	if (err)
		goto wipe;
	seal(&noise, message->sealed_timestamp, timestamp, NOISE_TIMESTAMP_SIZE);

	/* From here on the response to an earlier initiation is refused. */
	handshake->noise = noise;
	/* The key has sealed its one text; before the next one, a new key is mixed. */
	memzero_explicit(handshake->noise.key, sizeof(handshake->noise.key));
	memcpy(handshake->ephemeral_private, ephemeral, sizeof(ephemeral));
	handshake->local_index = local_index;
	handshake->awaiting_response = true;
wipe:
	memzero_explicit(ephemeral, sizeof(ephemeral));
	memzero_explicit(&noise, sizeof(noise));
	return err;
}

/* Tells who claims to speak. Anyone can claim: nothing may be changed for it before _accept. */
int wg_handshake_open(struct wg_opened_initiation *opened, const struct wg_identity *identity,
		      const struct message_initiation *message)
{
	int err;

	memzero_explicit(opened, sizeof(*opened));
	if (!identity->present)
		return -ENOKEY;
	start(&opened->noise, identity->public_key);
	mix_ephemeral(&opened->noise, message->ephemeral);
	err = mix_dh(&opened->noise, identity->private_key, message->ephemeral) ?:
		      unseal(&opened->noise, opened->remote_static, message->sealed_static,
			     NOISE_KEY_SIZE);
	if (err) {
		memzero_explicit(opened, sizeof(*opened));
		return err;
	}
	memcpy(opened->remote_ephemeral, message->ephemeral, sizeof(opened->remote_ephemeral));
	opened->remote_index = le32_to_cpu(message->sender);
	return 0;
}

/* An authentic initiation may still be an old one, or one of too many. */
static int judge_timestamp(const struct wg_handshake *handshake,
			   const u8 timestamp[NOISE_TIMESTAMP_SIZE], u64 now)
{
	/* Big-endian, hence in the order of time; public once accepted, hence no constant time. */
	if (memcmp(timestamp, handshake->newest_timestamp, NOISE_TIMESTAMP_SIZE) <= 0)
		return -EALREADY;
	if (handshake->any_accepted && now < handshake->newest_accepted_at + INITIATION_SPACING)
		return -EBUSY;
	return 0;
}

/*
 * The first proof: only the owner of the static key could seal the timestamp. It is noted before
 * the response is made, so that a copy is refused even if responding fails.
 */
int wg_handshake_accept(struct wg_handshake *handshake, const struct wg_identity *identity,
			struct wg_opened_initiation *opened,
			const struct message_initiation *message, u64 now)
{
	const bool cached = handshake->static_static_generation == identity->generation;
	struct noise_symmetric *noise = &opened->noise;
	u8 timestamp[NOISE_TIMESTAMP_SIZE];
	int err;

	err = mix_static_static(noise, handshake, identity) ?:
		      unseal(noise, timestamp, message->sealed_timestamp, sizeof(timestamp));
	if (!err)
		err = judge_timestamp(handshake, timestamp, now);
	if (err) {
		memzero_explicit(opened, sizeof(*opened));
		/* Whoever is not believed leaves nothing behind, not even what is true. */
		if (!cached)
			wg_handshake_forget_identity(handshake);
		return err;
	}
	memcpy(handshake->newest_timestamp, timestamp, sizeof(timestamp));
	handshake->newest_accepted_at = now;
	handshake->any_accepted = true;
	return 0;
}

/* ---- second message ---- */

/* The ephemeral key lives no longer than this call: later thefts of keys open no old session. */
int wg_handshake_respond(struct wg_handshake *handshake, struct wg_opened_initiation *opened,
			 struct message_response *message, u32 local_index,
			 struct wg_session_keys *keys)
{
	struct noise_symmetric *noise = &opened->noise;
	u8 ephemeral[NOISE_KEY_SIZE];
	int err;

	message->type = cpu_to_le32(MESSAGE_RESPONSE);
	message->sender = cpu_to_le32(local_index);
	message->receiver = cpu_to_le32(opened->remote_index);

	err = draw_ephemeral(noise, ephemeral, message->ephemeral) ?:
		      mix_dh(noise, ephemeral, opened->remote_ephemeral);
	if (!err)
		err = mix_dh(noise, ephemeral, handshake->remote_static);
	if (!err) {
		mix_psk(noise, handshake->preshared_key);
		seal(noise, message->sealed_empty, NULL, 0);
		split(noise, keys->receive, keys->send);
		keys->remote_index = opened->remote_index;
		keys->initiator = false;
	}
	memzero_explicit(ephemeral, sizeof(ephemeral));
	memzero_explicit(opened, sizeof(*opened));
	return err;
}

int wg_handshake_finish(struct wg_handshake *handshake, const struct wg_identity *identity,
			const struct message_response *message, struct wg_session_keys *keys)
{
	struct noise_symmetric noise;
	int err;

	if (!identity->present)
		return -ENOKEY;
	if (!handshake->awaiting_response ||
	    handshake->local_index != le32_to_cpu(message->receiver))
		return -ENOENT;

	/* On a copy: whoever forges a response must not spoil the real one's. */
	noise = handshake->noise;
	mix_ephemeral(&noise, message->ephemeral);
	err = mix_dh(&noise, handshake->ephemeral_private, message->ephemeral) ?:
		      mix_dh(&noise, identity->private_key, message->ephemeral);
	if (!err) {
		mix_psk(&noise, handshake->preshared_key);
		err = unseal(&noise, NULL, message->sealed_empty, 0);
	}
	if (!err) {
		split(&noise, keys->send, keys->receive);
		keys->remote_index = le32_to_cpu(message->sender);
		keys->initiator = true;
		/* One response to one initiation: a second copy finds nothing outstanding. */
		wg_handshake_clear(handshake);
	}
	memzero_explicit(&noise, sizeof(noise));
	return err;
}

void wg_timestamp_make(u8 timestamp[NOISE_TIMESTAMP_SIZE], u64 seconds, u32 nanoseconds)
{
	const __be64 label = cpu_to_be64(TAI64_EPOCH + seconds);
	const __be32 fraction = cpu_to_be32(nanoseconds & ~TIMESTAMP_COARSE);

	memcpy(timestamp, &label, sizeof(label));
	memcpy(timestamp + sizeof(label), &fraction, sizeof(fraction));
}
