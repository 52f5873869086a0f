/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s as a decider: bytes in, bytes and a verdict out. It takes
 * no lock and knows no socket. The responder needs no state between messages: an initiation is
 * opened, judged, answered and turned into session keys in one go; only an outstanding initiation
 * of our own waits in struct wg_handshake.
 */
#ifndef WG_NOISE_HANDSHAKE_H
#define WG_NOISE_HANDSHAKE_H

#include "noise/messages.h"

/* Who we are: one per device. The caller keeps it from changing while a handshake function runs. */
struct wg_identity {
	bool present;
	u32 generation; /* changes with the key; 0 is never used, so a fresh peer matches none */
	u8 private_key[NOISE_KEY_SIZE];
	u8 public_key[NOISE_KEY_SIZE];
};

/*
 * Noise's SymmetricState, mixed by both sides in step. Each key seals one text only, so the nonce
 * is always zero.
 */
struct noise_symmetric {
	u8 chaining_key[NOISE_HASH_SIZE];
	u8 hash[NOISE_HASH_SIZE];
	u8 key[NOISE_KEY_SIZE];
};

/* What one peer's handshakes need. The caller serialises all calls for one peer. */
struct wg_handshake {
	u8 remote_static[NOISE_KEY_SIZE];
	u8 preshared_key[NOISE_KEY_SIZE];

	/* Computed when first needed, so that adding a peer costs no curve arithmetic. */
	u8 static_static[NOISE_KEY_SIZE];
	u32 static_static_generation; /* the identity it belongs to; 0: none yet */

	/* The initiation that waits for its response. */
	bool awaiting_response;
	u32 local_index;
	u8 ephemeral_private[NOISE_KEY_SIZE];
	struct noise_symmetric noise; /* as the initiation left it, without the key */

	/* What the peer's initiations must exceed. */
	u8 newest_timestamp[NOISE_TIMESTAMP_SIZE];
	u64 newest_accepted_at;
	bool any_accepted;
};

/* An initiation whose sender is known but not yet believed. */
struct wg_opened_initiation {
	u8 remote_static[NOISE_KEY_SIZE];
	u8 remote_ephemeral[NOISE_KEY_SIZE];
	u32 remote_index;
	struct noise_symmetric noise; /* mixed on by _accept and _respond */
};

/* What a completed handshake yields; the caller moves it into a session and wipes it. */
struct wg_session_keys {
	u8 send[NOISE_KEY_SIZE];
	u8 receive[NOISE_KEY_SIZE];
	u32 remote_index;
	bool initiator;
};

/* Once at load: the hash of protocol name and prologue, which every handshake starts from. */
void wg_handshake_precompute(void);

/* Clamps and stores the key, derives the public one. False (and no identity) if the key is zero. */
bool wg_identity_set(struct wg_identity *identity, const u8 private_key[NOISE_KEY_SIZE]);

void wg_handshake_init(struct wg_handshake *handshake, const u8 remote_static[NOISE_KEY_SIZE]);
/* Forgets an outstanding initiation; what defends against replays stays. */
void wg_handshake_clear(struct wg_handshake *handshake);
/* Forgets what was computed with a former private key of ours. */
void wg_handshake_forget_identity(struct wg_handshake *handshake);

/*
 * All of these return 0, or a negative errno after which the handshake is as it was before the call
 * (a cached static_static of a former identity apart) and no secret of the attempt is left:
 *	-ENOKEY		we have no identity
 *	-EKEYREJECTED	a public key of low order
 *	-EBADMSG	not authentic, or not meant for this key, peer or initiation
 *	-EALREADY	an initiation not newer than one accepted before
 *	-EBUSY		an initiation too soon after the last one accepted
 *	-ENOENT		a response to no outstanding initiation
 * Once handed to _accept or _respond, an opened initiation that fails is forgotten.
 */
int wg_handshake_initiate(struct wg_handshake *handshake, const struct wg_identity *identity,
			  struct message_initiation *message, u32 local_index,
			  const u8 timestamp[NOISE_TIMESTAMP_SIZE]);
int wg_handshake_open(struct wg_opened_initiation *opened, const struct wg_identity *identity,
		      const struct message_initiation *message);
int wg_handshake_accept(struct wg_handshake *handshake, const struct wg_identity *identity,
			struct wg_opened_initiation *opened,
			const struct message_initiation *message, u64 now);
int wg_handshake_respond(struct wg_handshake *handshake, struct wg_opened_initiation *opened,
			 struct message_response *message, u32 local_index,
			 struct wg_session_keys *keys);
int wg_handshake_finish(struct wg_handshake *handshake, const struct wg_identity *identity,
			const struct message_response *message, struct wg_session_keys *keys);

/* TAI64N of a wall-clock moment, coarsened to 2^24 ns: it leaks little of the sender's clock. */
void wg_timestamp_make(u8 timestamp[NOISE_TIMESTAMP_SIZE], u64 seconds, u32 nanoseconds);

#endif
