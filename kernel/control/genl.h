/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WG_CONTROL_GENL_H
#define WG_CONTROL_GENL_H

int wg_genl_init(void);
void wg_genl_uninit(void);

#endif
