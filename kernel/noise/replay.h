/* SPDX-License-Identifier: GPL-2.0 */
/* The sliding window of RFC 6479 over the counters of one session's received messages. */
#ifndef WG_NOISE_REPLAY_H
#define WG_NOISE_REPLAY_H

#include <linux/bitops.h>
#include "noise/limits.h"

/* All zero when nothing was received. */
struct wg_replay {
	u64 next; /* one above the greatest counter accepted */
	u64 blocks[REPLAY_WINDOW_BITS / 64];
};

/* True if @counter is new and within the window, and marks it. The caller serialises. */
bool wg_replay_accept(struct wg_replay *replay, u64 counter);

#endif
