/* SPDX-License-Identifier: GPL-2.0 */
/* mac1, mac2 and cookie replies: what lets a device be silent to strangers and cheap under load. */
#ifndef WG_NOISE_COOKIE_H
#define WG_NOISE_COOKIE_H

#include <linux/siphash.h>
#include "noise/messages.h"

/* Where a datagram came from: address then port, both as they are on the wire. */
struct wg_source {
	u8 bytes[16 + 2];
	u8 len; /* 4 + 2 or 16 + 2 */
};

/* Judges handshake messages sent to us: one per device. */
struct wg_cookie_judge {
	spinlock_t lock;	       /* protects what says so */
	siphash_key_t secret[2];       /* lock; each makes half of a cookie */
	u64 secret_born;	       /* lock; 0: none made yet */
	u8 mac1_key[NOISE_KEY_SIZE];   /* changes with the identity, under the identity's lock */
	u8 cookie_key[NOISE_KEY_SIZE]; /* likewise */
};

/* Signs handshake messages that we send to one peer. Calls for one peer are serialised by lock. */
struct wg_cookie_jar {
	spinlock_t lock;	       /* protects what says so */
	u8 mac1_key[NOISE_KEY_SIZE];   /* constant */
	u8 cookie_key[NOISE_KEY_SIZE]; /* constant */
	u8 cookie[COOKIE_SIZE];	       /* lock */
	u64 cookie_received;	       /* lock; with has_cookie */
	bool has_cookie;	       /* lock */
	u8 last_mac1[MAC_SIZE];	       /* lock */
	bool sent_mac1;		       /* lock; one cookie reply is accepted for one mac1 */
};

void wg_cookie_judge_init(struct wg_cookie_judge *judge);
void wg_cookie_judge_rekey(struct wg_cookie_judge *judge, const u8 public_key[NOISE_KEY_SIZE]);
/*
 * @message is an initiation or a response; its last 32 bytes are mac1 and mac2. mac1 is judged
 * first; a cookie is made, by which to judge mac2, only for one whose mac1 is right.
 */
bool wg_cookie_mac1_is_right(const struct wg_cookie_judge *judge, const void *message, size_t len);
/* The cookie that @source has, if it has one, and is given now. The caller wipes it. */
void wg_cookie_make(struct wg_cookie_judge *judge, u8 cookie[COOKIE_SIZE],
		    const struct wg_source *source, u64 now);
/* True of whoever owns the address that it uses, for which @cookie was made. */
bool wg_cookie_mac2_is_right(const u8 cookie[COOKIE_SIZE], const void *message, size_t len);
void wg_cookie_reply(const struct wg_cookie_judge *judge, struct message_cookie *reply,
		     const void *message, size_t len, __le32 receiver,
		     const u8 cookie[COOKIE_SIZE]);

void wg_cookie_jar_init(struct wg_cookie_jar *jar, const u8 remote_static[NOISE_KEY_SIZE]);
void wg_cookie_sign(struct wg_cookie_jar *jar, void *message, size_t len, u64 now);
/* True if the reply was authentic and answers the last message signed; only then it is kept. */
bool wg_cookie_store(struct wg_cookie_jar *jar, const struct message_cookie *reply, u64 now);

#endif
