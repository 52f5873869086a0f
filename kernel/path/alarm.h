/* SPDX-License-Identifier: GPL-2.0 */
/* Runs the timer table of timers.c on a kernel timer, one a peer, and does what the table says. */
#ifndef WG_PATH_ALARM_H
#define WG_PATH_ALARM_H

#include "peers/peer.h"

/* @events: BIT() of each enum wg_timer_event that happened; raised in the enum's order. */
void wg_alarm_raise(struct wg_peer *peer, unsigned long events);
void wg_alarm_set_persistent(struct wg_peer *peer, u16 seconds);

/* What a device lends its peers: the timer of a peer fired. */
void wg_alarm_fired(struct timer_list *alarm);

#endif
