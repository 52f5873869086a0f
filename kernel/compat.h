/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between kernel versions. Kbuild includes it before all sources, which therefore
 * need not ask for what it asks for itself.
 */
#ifndef WG_COMPAT_H
#define WG_COMPAT_H

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <crypto/algapi.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "wg4j needs Linux 6.1 or newer"
#endif

/* Names the lock that owns a field; kernels from 7.x can check it, for us it is documentation. */
#ifndef __guarded_by
#define __guarded_by(lock)
#endif

/* The clock a delivery time was taken from travels with it. */
static inline u8 wg_compat_tstamp_type(const struct sk_buff *skb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
	return skb->mono_delivery_time;
#else
	return skb->tstamp_type;
#endif
}

static inline void wg_compat_set_tstamp_type(struct sk_buff *skb, u8 type)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
	skb->mono_delivery_time = type;
#else
	skb->tstamp_type = type;
#endif
}

#endif
