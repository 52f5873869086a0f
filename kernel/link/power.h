/* SPDX-License-Identifier: GPL-2.0 */
/* Sessions end when the machine goes to sleep, and are not used twice when it is copied. */
#ifndef WG_LINK_POWER_H
#define WG_LINK_POWER_H

int wg_power_init(void);
void wg_power_uninit(void);

#endif
