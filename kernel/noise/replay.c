// SPDX-License-Identifier: GPL-2.0
/*
 * The bitmap is a ring of 64-bit blocks. Moving forward clears whole blocks instead of shifting
 * bits, which is why the window is one block narrower than the ring: the block that holds the
 * greatest counter is only partly filled, and its place in the ring must not be claimed by an old
 * one.
 */
#include "noise/replay.h"

#define BLOCK_BITS  64
#define BLOCK_COUNT (REPLAY_WINDOW_BITS / BLOCK_BITS)

static_assert((BLOCK_COUNT & (BLOCK_COUNT - 1)) == 0);

/* Makes @counter the greatest. Blocks skipped over hold bits of one turn of the ring ago. */
static void move_forward(struct wg_replay *replay, u64 counter)
{
	const u64 newest = counter / BLOCK_BITS;
	u64 block = replay->next ? (replay->next - 1) / BLOCK_BITS : 0;
	u64 stale = min_t(u64, newest - block, BLOCK_COUNT);

	while (stale--)
		replay->blocks[++block % BLOCK_COUNT] = 0;
	/* Whoever reports on a session may look at this without being in the receive drain. */
	WRITE_ONCE(replay->next, counter + 1);
}

bool wg_replay_accept(struct wg_replay *replay, u64 counter)
{
	u64 *block = &replay->blocks[counter / BLOCK_BITS % BLOCK_COUNT];
	const u64 bit = 1ULL << (counter % BLOCK_BITS);

	/* The limit leaves room for the window above it, so no sum below can wrap. */
	if (counter >= REJECT_AFTER_MESSAGES)
		return false;

	if (counter >= replay->next)
		move_forward(replay, counter);
	else if (counter + REPLAY_WINDOW + 1 < replay->next || *block & bit)
		return false;

	*block |= bit;
	return true;
}
