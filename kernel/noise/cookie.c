// SPDX-License-Identifier: GPL-2.0
/*
 * mac1 proves that the sender knows whom it talks to, which strangers do not; mac2 that it receives
 * what is sent to the address it claims, which those who forge addresses do not. Neither proves who
 * it is. Both cost one hash each, and are judged before any curve arithmetic.
 */
#include <crypto/chacha20poly1305.h>
#include <linux/random.h>
#include "noise/aead.h"
#include "noise/cookie.h"
#include "noise/kdf.h"
#include "noise/limits.h"

/*
 * Both messages that carry macs end in them, mac1 then mac2, each over all that stands before it.
 * So nothing here needs to know which of the two a message is.
 */
#define MACS_SIZE (2 * MAC_SIZE)

static_assert(offsetof(struct message_initiation, mac1) == MESSAGE_INITIATION_SIZE - MACS_SIZE);
static_assert(offsetof(struct message_response, mac1) == MESSAGE_RESPONSE_SIZE - MACS_SIZE);

/* As long as each other, and hashed without their end. */
#define MAC1_LABEL   "mac1----"
#define COOKIE_LABEL "cookie--"
#define LABEL_SIZE   (sizeof(MAC1_LABEL) - 1)

/* The keys of messages sent to the owner of @public_key; no secrets, but unknown to a stranger. */
static void derive_keys(u8 mac1_key[NOISE_KEY_SIZE], u8 cookie_key[NOISE_KEY_SIZE],
			const u8 public_key[NOISE_KEY_SIZE])
{
	wg_kdf_hash(mac1_key, MAC1_LABEL, LABEL_SIZE, public_key, NOISE_KEY_SIZE);
	wg_kdf_hash(cookie_key, COOKIE_LABEL, LABEL_SIZE, public_key, NOISE_KEY_SIZE);
}

void wg_cookie_judge_init(struct wg_cookie_judge *judge)
{
	memset(judge, 0, sizeof(*judge));
	spin_lock_init(&judge->lock);
}

void wg_cookie_judge_rekey(struct wg_cookie_judge *judge, const u8 public_key[NOISE_KEY_SIZE])
{
	derive_keys(judge->mac1_key, judge->cookie_key, public_key);
}

/* Whether a message's first @covered bytes are followed by their mac. */
static bool mac_is_right(const u8 *key, size_t key_len, const u8 *message, size_t covered)
{
	u8 mac[MAC_SIZE];

	wg_kdf_mac(mac, key, key_len, message, covered);
	return !crypto_memneq(mac, message + covered, sizeof(mac));
}

bool wg_cookie_mac1_is_right(const struct wg_cookie_judge *judge, const void *message, size_t len)
{
	return mac_is_right(judge->mac1_key, NOISE_KEY_SIZE, message, len - MACS_SIZE);
}

/*
 * It needs no memory per source: whoever can show it has received a datagram at that address. Only
 * we ever make it, so it need not be by the protocol's hash: SipHash was made for such, and costs a
 * tenth. A secret that has died is renewed by the first who asks. His own cookie, if he had one, is
 * no proof any more, and the new one is what he will be told. Age and renewal are under one lock,
 * or two CPUs could renew in a row.
 */
void wg_cookie_make(struct wg_cookie_judge *judge, u8 cookie[COOKIE_SIZE],
		    const struct wg_source *source, u64 now)
{
	spin_lock_bh(&judge->lock);
	if (!judge->secret_born || now >= judge->secret_born + COOKIE_SECRET_LIFE) {
		get_random_bytes(judge->secret, sizeof(judge->secret));
		judge->secret_born = now;
	}
	put_unaligned_le64(siphash(source->bytes, source->len, &judge->secret[0]), cookie);
	put_unaligned_le64(siphash(source->bytes, source->len, &judge->secret[1]), cookie + 8);
	spin_unlock_bh(&judge->lock);
}

bool wg_cookie_mac2_is_right(const u8 cookie[COOKIE_SIZE], const void *message, size_t len)
{
	/* Zero is what one sends who holds no cookie. */
	return memchr_inv(message + len - MAC_SIZE, 0, MAC_SIZE) &&
	       mac_is_right(cookie, COOKIE_SIZE, message, len - MAC_SIZE);
}

void wg_cookie_reply(const struct wg_cookie_judge *judge, struct message_cookie *reply,
		     const void *message, size_t len, __le32 receiver, const u8 cookie[COOKIE_SIZE])
{
	/* From the batch that is kept for such: of a flood, each is one of many. */
	const u64 nonce[] = { get_random_u64(), get_random_u64(), get_random_u64() };
	u8 room[WG_AEAD_ROOM + sizeof(reply->sealed_cookie)] __uninitialized;

	reply->type = cpu_to_le32(MESSAGE_COOKIE);
	reply->receiver = receiver;
	memcpy(reply->nonce, nonce, sizeof(nonce));
	memcpy(room + WG_AEAD_ROOM, cookie, COOKIE_SIZE);
	/* Bound to the mac1 that asked for it: useless to the sender of any other message. */
	wg_aead_seal_cookie(room + WG_AEAD_ROOM, message + len - MACS_SIZE, reply->nonce,
			    judge->cookie_key);
	memcpy(reply->sealed_cookie, room + WG_AEAD_ROOM, sizeof(reply->sealed_cookie));
}

void wg_cookie_jar_init(struct wg_cookie_jar *jar, const u8 remote_static[NOISE_KEY_SIZE])
{
	memset(jar, 0, sizeof(*jar));
	spin_lock_init(&jar->lock);
	derive_keys(jar->mac1_key, jar->cookie_key, remote_static);
}

/* What was trusted too long is forgotten at the first look, so that it lies in memory no longer. */
static bool has_trusted_cookie(struct wg_cookie_jar *jar, u64 now)
{
	lockdep_assert_held(&jar->lock);
	if (jar->has_cookie && now >= jar->cookie_received + COOKIE_TRUSTED_FOR) {
		jar->has_cookie = false;
		memzero_explicit(jar->cookie, sizeof(jar->cookie));
	}
	return jar->has_cookie;
}

/* Serialised with wg_cookie_store(), so that a reply is matched with the message sent last. */
void wg_cookie_sign(struct wg_cookie_jar *jar, void *message, size_t len, u64 now)
{
	u8 *mac1 = message + len - MACS_SIZE, *mac2 = mac1 + MAC_SIZE;

	wg_kdf_mac(mac1, jar->mac1_key, sizeof(jar->mac1_key), message, len - MACS_SIZE);

	spin_lock_bh(&jar->lock);
	memcpy(jar->last_mac1, mac1, sizeof(jar->last_mac1));
	jar->sent_mac1 = true;
	/* mac2 covers mac1, so it comes second. */
	if (has_trusted_cookie(jar, now))
		wg_kdf_mac(mac2, jar->cookie, sizeof(jar->cookie), message, len - MAC_SIZE);
	else
		memset(mac2, 0, MAC_SIZE);
	spin_unlock_bh(&jar->lock);
}

bool wg_cookie_store(struct wg_cookie_jar *jar, const struct message_cookie *reply, u64 now)
{
	u8 cookie[COOKIE_SIZE];
	bool authentic;

	spin_lock_bh(&jar->lock);
	authentic = jar->sent_mac1 &&
		    xchacha20poly1305_decrypt(cookie, reply->sealed_cookie,
					      sizeof(reply->sealed_cookie), jar->last_mac1,
					      MAC_SIZE, reply->nonce, jar->cookie_key);
	if (authentic) {
		memcpy(jar->cookie, cookie, sizeof(jar->cookie));
		jar->cookie_received = now;
		jar->has_cookie = true;
		/* The same reply played again must not prolong the trust. */
		jar->sent_mac1 = false;
	}
	spin_unlock_bh(&jar->lock);
	memzero_explicit(cookie, sizeof(cookie));
	return authentic;
}
