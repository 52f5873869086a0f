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
 * differs. That state lives on the stack while a function runs. Every function works on copies and
 * writes to the handshake when nothing can fail any more, so that a message which fails has changed
 * nothing.
 */
#include <crypto/algapi.h>
#include <crypto/chacha20poly1305.h>
#include <crypto/curve25519.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/string.h>
#include "noise/handshake.h"
#include "noise/kdf.h"
#include "noise/limits.h"

#define TAI64_EPOCH	 0x400000000000000aULL /* TAI64 label of 1970, ten leap seconds in */
#define TIMESTAMP_COARSE ((1U << 24) - 1)      /* of the nanoseconds, bits that are not told */

/* Noise's SymmetricState. Each key seals one text only, so the nonce is always zero. */
struct noise_symmetric {
	u8 chaining_key[NOISE_HASH_SIZE];
	u8 hash[NOISE_HASH_SIZE];
	u8 key[NOISE_KEY_SIZE];
};

static const char protocol_name[] = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
static const char prologue[] = "WireGuard v1 zx2c4 Jason@zx2c4.com";

/* Written once at load, before any device can exist. Not secret. */
static u8 initial_chaining_key[NOISE_HASH_SIZE];
static u8 initial_hash[NOISE_HASH_SIZE];

void wg_handshake_precompute(void)
{
	wg_kdf_hash(initial_chaining_key, protocol_name, sizeof(protocol_name) - 1, NULL, 0);
	wg_kdf_hash(initial_hash, initial_chaining_key, sizeof(initial_chaining_key), prologue,
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

/* A zero result means a point of low order: the other side chose the secret, not both together. */
static bool __must_check mix_dh(struct noise_symmetric *noise, const u8 private[NOISE_KEY_SIZE],
				const u8 public[NOISE_KEY_SIZE])
{
	u8 shared[NOISE_KEY_SIZE];
	const bool good = curve25519(shared, private, public);

	if (likely(good))
		mix_key(noise, shared, sizeof(shared));
	memzero_explicit(shared, sizeof(shared));
	return good;
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

/* @len is that of the plain text; nothing of @plain is to be used if this is false. */
static bool __must_check unseal(struct noise_symmetric *noise, u8 *plain, const u8 *sealed,
				size_t len)
{
	if (!chacha20poly1305_decrypt(plain, sealed, len + NOISE_TAG_SIZE, noise->hash,
				      sizeof(noise->hash), 0, noise->key))
		return false;
	mix_hash(noise, sealed, len + NOISE_TAG_SIZE);
	return true;
}

static void start(struct noise_symmetric *noise, const u8 responder_static[NOISE_KEY_SIZE])
{
	memcpy(noise->chaining_key, initial_chaining_key, sizeof(noise->chaining_key));
	memcpy(noise->hash, initial_hash, sizeof(noise->hash));
	mix_hash(noise, responder_static, NOISE_KEY_SIZE);
}

static void resume(struct noise_symmetric *noise, const u8 chaining_key[NOISE_HASH_SIZE],
		   const u8 hash[NOISE_HASH_SIZE])
{
	memcpy(noise->chaining_key, chaining_key, sizeof(noise->chaining_key));
	memcpy(noise->hash, hash, sizeof(noise->hash));
}

/* The symmetric key is not kept: before the next text is sealed, a new one is mixed. */
static void suspend(const struct noise_symmetric *noise, u8 chaining_key[NOISE_HASH_SIZE],
		    u8 hash[NOISE_HASH_SIZE])
{
	memcpy(chaining_key, noise->chaining_key, sizeof(noise->chaining_key));
	memcpy(hash, noise->hash, sizeof(noise->hash));
}

static bool __must_check make_ephemeral(u8 private[NOISE_KEY_SIZE], u8 public[NOISE_KEY_SIZE])
{
	get_random_bytes(private, NOISE_KEY_SIZE);
	curve25519_clamp_secret(private);
	return curve25519_generate_public(public, private);
}

/* ---- identity and handshake as objects ---- */

bool wg_identity_set(struct wg_identity *identity, const u8 private_key[NOISE_KEY_SIZE])
{
	static const u8 no_key[NOISE_KEY_SIZE];

	/* Asked of the key as given: clamping would make even zero look like a key. */
	identity->present = crypto_memneq(private_key, no_key, sizeof(no_key));
	memmove(identity->private_key, private_key, sizeof(identity->private_key));
	if (identity->present) {
		curve25519_clamp_secret(identity->private_key);
		identity->present =
			curve25519_generate_public(identity->public_key, identity->private_key);
	}
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

void wg_handshake_clear(struct wg_handshake *handshake)
{
	handshake->awaiting_response = false;
	handshake->local_index = 0;
	memzero_explicit(handshake->ephemeral_private, sizeof(handshake->ephemeral_private));
	memzero_explicit(handshake->chaining_key, sizeof(handshake->chaining_key));
	memzero_explicit(handshake->hash, sizeof(handshake->hash));
}

void wg_handshake_forget_identity(struct wg_handshake *handshake)
{
	handshake->static_static_generation = 0;
	memzero_explicit(handshake->static_static, sizeof(handshake->static_static));
}

void wg_opened_initiation_forget(struct wg_opened_initiation *opened)
{
	memzero_explicit(opened, sizeof(*opened));
}

/* Mixes the key that the two static keys make, computed once for each identity of ours. */
static bool __must_check mix_static_static(struct noise_symmetric *noise,
					   struct wg_handshake *handshake,
					   const struct wg_identity *identity)
{
	if (handshake->static_static_generation != identity->generation) {
		/* While the memory holds no valid key, no generation may vouch for it. */
		handshake->static_static_generation = 0;
		if (!curve25519(handshake->static_static, identity->private_key,
				handshake->remote_static))
			return false;
		handshake->static_static_generation = identity->generation;
	}
	mix_key(noise, handshake->static_static, sizeof(handshake->static_static));
	return true;
}

/* The end of both roles: two keys, the first for what the initiator sends. */
static void split(struct noise_symmetric *noise, u8 initiator_sends[NOISE_KEY_SIZE],
		  u8 responder_sends[NOISE_KEY_SIZE])
{
	wg_kdf_derive(initiator_sends, responder_sends, NULL, noise->chaining_key, NULL, 0);
}

/* ---- first message ---- */

static int write_initiation(struct noise_symmetric *noise, struct wg_handshake *handshake,
			    const struct wg_identity *identity, struct message_initiation *message,
			    u8 ephemeral_private[NOISE_KEY_SIZE],
			    const u8 timestamp[NOISE_TIMESTAMP_SIZE])
{
	start(noise, handshake->remote_static);
	if (!make_ephemeral(ephemeral_private, message->ephemeral))
		return -EKEYREJECTED;
	mix_ephemeral(noise, message->ephemeral);

	if (!mix_dh(noise, ephemeral_private, handshake->remote_static))
		return -EKEYREJECTED;
	seal(noise, message->sealed_static, identity->public_key, NOISE_KEY_SIZE);

	if (!mix_static_static(noise, handshake, identity))
		return -EKEYREJECTED;
	seal(noise, message->sealed_timestamp, timestamp, NOISE_TIMESTAMP_SIZE);
	return 0;
}

int wg_handshake_initiate(struct wg_handshake *handshake, const struct wg_identity *identity,
			  struct message_initiation *message, u32 local_index,
			  const u8 timestamp[NOISE_TIMESTAMP_SIZE])
{
	u8 ephemeral_private[NOISE_KEY_SIZE];
	struct noise_symmetric noise;
	int ret;

	if (!identity->present)
		return -ENOKEY;

	message->type = cpu_to_le32(MESSAGE_INITIATION);
	message->sender = cpu_to_le32(local_index);
	ret = write_initiation(&noise, handshake, identity, message, ephemeral_private, timestamp);
	if (!ret) {
		/* From here on the response to an earlier initiation is refused. */
		suspend(&noise, handshake->chaining_key, handshake->hash);
		memcpy(handshake->ephemeral_private, ephemeral_private, sizeof(ephemeral_private));
		handshake->local_index = local_index;
		handshake->awaiting_response = true;
	}
	memzero_explicit(ephemeral_private, sizeof(ephemeral_private));
	memzero_explicit(&noise, sizeof(noise));
	return ret;
}

static int read_initiation_sender(struct noise_symmetric *noise, u8 remote_static[NOISE_KEY_SIZE],
				  const struct wg_identity *identity,
				  const struct message_initiation *message)
{
	start(noise, identity->public_key);
	mix_ephemeral(noise, message->ephemeral);
	if (!mix_dh(noise, identity->private_key, message->ephemeral))
		return -EKEYREJECTED;
	if (!unseal(noise, remote_static, message->sealed_static, NOISE_KEY_SIZE))
		return -EBADMSG;
	return 0;
}

int wg_handshake_open(struct wg_opened_initiation *opened, const struct wg_identity *identity,
		      const struct message_initiation *message)
{
	struct noise_symmetric noise;
	int ret;

	wg_opened_initiation_forget(opened);
	if (!identity->present)
		return -ENOKEY;

	ret = read_initiation_sender(&noise, opened->remote_static, identity, message);
	if (ret) {
		wg_opened_initiation_forget(opened);
	} else {
		suspend(&noise, opened->chaining_key, opened->hash);
		memcpy(opened->remote_ephemeral, message->ephemeral,
		       sizeof(opened->remote_ephemeral));
		opened->remote_index = le32_to_cpu(message->sender);
	}
	memzero_explicit(&noise, sizeof(noise));
	return ret;
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

static int read_initiation_timestamp(struct noise_symmetric *noise, struct wg_handshake *handshake,
				     const struct wg_identity *identity,
				     u8 timestamp[NOISE_TIMESTAMP_SIZE],
				     const struct message_initiation *message)
{
	if (!identity->present)
		return -ENOKEY;
	if (!mix_static_static(noise, handshake, identity))
		return -EKEYREJECTED;
	if (!unseal(noise, timestamp, message->sealed_timestamp, NOISE_TIMESTAMP_SIZE))
		return -EBADMSG;
	return 0;
}

int wg_handshake_accept(struct wg_handshake *handshake, const struct wg_identity *identity,
			struct wg_opened_initiation *opened,
			const struct message_initiation *message, u64 now)
{
	const bool cached = handshake->static_static_generation == identity->generation;
	u8 timestamp[NOISE_TIMESTAMP_SIZE];
	struct noise_symmetric noise;
	int ret;

	resume(&noise, opened->chaining_key, opened->hash);
	ret = read_initiation_timestamp(&noise, handshake, identity, timestamp, message);
	if (!ret)
		ret = judge_timestamp(handshake, timestamp, now);
	if (!ret) {
		suspend(&noise, opened->chaining_key, opened->hash);
		memcpy(handshake->newest_timestamp, timestamp, sizeof(timestamp));
		handshake->newest_accepted_at = now;
		handshake->any_accepted = true;
	} else {
		wg_opened_initiation_forget(opened);
		/* Whoever is not believed leaves nothing behind, not even what is true. */
		if (!cached)
			wg_handshake_forget_identity(handshake);
	}
	memzero_explicit(timestamp, sizeof(timestamp));
	memzero_explicit(&noise, sizeof(noise));
	return ret;
}

/* ---- second message ---- */

static int write_response(struct noise_symmetric *noise, const struct wg_handshake *handshake,
			  const struct wg_opened_initiation *opened,
			  struct message_response *message)
{
	u8 ephemeral_private[NOISE_KEY_SIZE];
	int ret = -EKEYREJECTED;

	if (!make_ephemeral(ephemeral_private, message->ephemeral))
		goto wipe;
	mix_ephemeral(noise, message->ephemeral);
	if (!mix_dh(noise, ephemeral_private, opened->remote_ephemeral) ||
	    !mix_dh(noise, ephemeral_private, handshake->remote_static))
		goto wipe;
	mix_psk(noise, handshake->preshared_key);
	seal(noise, message->sealed_empty, NULL, 0);
	ret = 0;
wipe:
	memzero_explicit(ephemeral_private, sizeof(ephemeral_private));
	return ret;
}

int wg_handshake_respond(struct wg_handshake *handshake, struct wg_opened_initiation *opened,
			 struct message_response *message, u32 local_index,
			 struct wg_session_keys *keys)
{
	struct noise_symmetric noise;
	int ret;

	message->type = cpu_to_le32(MESSAGE_RESPONSE);
	message->sender = cpu_to_le32(local_index);
	message->receiver = cpu_to_le32(opened->remote_index);
	resume(&noise, opened->chaining_key, opened->hash);
	ret = write_response(&noise, handshake, opened, message);
	if (!ret) {
		split(&noise, keys->receive, keys->send);
		keys->local_index = local_index;
		keys->remote_index = opened->remote_index;
		keys->initiator = false;
	}
	wg_opened_initiation_forget(opened);
	memzero_explicit(&noise, sizeof(noise));
	return ret;
}

static int read_response(struct noise_symmetric *noise, const struct wg_handshake *handshake,
			 const struct wg_identity *identity, const struct message_response *message)
{
	mix_ephemeral(noise, message->ephemeral);
	if (!mix_dh(noise, handshake->ephemeral_private, message->ephemeral) ||
	    !mix_dh(noise, identity->private_key, message->ephemeral))
		return -EKEYREJECTED;
	mix_psk(noise, handshake->preshared_key);
	return unseal(noise, NULL, message->sealed_empty, 0) ? 0 : -EBADMSG;
}

int wg_handshake_finish(struct wg_handshake *handshake, const struct wg_identity *identity,
			const struct message_response *message, struct wg_session_keys *keys)
{
	struct noise_symmetric noise;
	int ret;

	if (!identity->present)
		return -ENOKEY;
	if (!handshake->awaiting_response ||
	    handshake->local_index != le32_to_cpu(message->receiver))
		return -ENOENT;

	resume(&noise, handshake->chaining_key, handshake->hash);
	ret = read_response(&noise, handshake, identity, message);
	if (!ret) {
		split(&noise, keys->send, keys->receive);
		keys->local_index = handshake->local_index;
		keys->remote_index = le32_to_cpu(message->sender);
		keys->initiator = true;
		/* One response to one initiation: a second copy finds nothing outstanding. */
		wg_handshake_clear(handshake);
	}
	memzero_explicit(&noise, sizeof(noise));
	return ret;
}

void wg_timestamp_make(u8 timestamp[NOISE_TIMESTAMP_SIZE], u64 seconds, u32 nanoseconds)
{
	const __be64 label = cpu_to_be64(TAI64_EPOCH + seconds);
	const __be32 fraction = cpu_to_be32(nanoseconds & ~TIMESTAMP_COARSE);

	memcpy(timestamp, &label, sizeof(label));
	memcpy(timestamp + sizeof(label), &fraction, sizeof(fraction));
}
