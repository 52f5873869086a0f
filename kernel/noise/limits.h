/* SPDX-License-Identifier: GPL-2.0 */
/* Every duration and count the protocol fixes. Durations are nanoseconds of the boot-time clock. */
#ifndef WG_NOISE_LIMITS_H
#define WG_NOISE_LIMITS_H

#define REKEY_AFTER_TIME      (120 * (u64)NSEC_PER_SEC)
#define REJECT_AFTER_TIME     (180 * (u64)NSEC_PER_SEC)
#define REKEY_TIMEOUT	      (5 * (u64)NSEC_PER_SEC)
#define REKEY_JITTER_MAX      ((u64)NSEC_PER_SEC / 3)
#define KEEPALIVE_TIMEOUT     (10 * (u64)NSEC_PER_SEC)
#define ZERO_KEYS_AFTER	      (3 * REJECT_AFTER_TIME)
#define COOKIE_SECRET_LIFE    (120 * (u64)NSEC_PER_SEC)
#define COOKIE_TRUSTED_FOR    (115 * (u64)NSEC_PER_SEC) /* the secret's life less 5 s of latency */
#define INITIATION_SPACING    ((u64)NSEC_PER_SEC / 50)	/* between those accepted from a peer */
#define UNDER_LOAD_HANGOVER   ((u64)NSEC_PER_SEC)
#define LIMITER_RATE	      20 /* handshakes a second from one source, while under load */
#define LIMITER_BURST	      5
#define HANDSHAKE_TRIES_MAX   20 /* initiations until the peer is given up */
#define REKEY_AFTER_MESSAGES  BIT_ULL(60)
#define REPLAY_WINDOW_BITS    8192
#define REPLAY_WINDOW	      (REPLAY_WINDOW_BITS - 64) /* a block is always being filled */
#define REJECT_AFTER_MESSAGES (U64_MAX - REPLAY_WINDOW - 1)

#endif
