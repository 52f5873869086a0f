/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WG_PATH_RECEIVE_H
#define WG_PATH_RECEIVE_H

/* Every datagram that comes to one of our sockets. Always takes the packet. */
int wg_receive_datagram(struct sock *sk, struct sk_buff *skb);

/*
 * For the crypto queues: decrypt a bundle, anywhere; deliver it in its lane's order, which drops
 * what was not decrypted.
 */
void wg_receive_open(struct sk_buff *bundle);
void wg_receive_emit(struct sk_buff *bundle, struct napi_struct *napi);

#endif
