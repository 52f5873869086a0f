/* SPDX-License-Identifier: GPL-2.0 */
/* A device's two UDP sockets, and where its peers are: endpoints, routes to them, roaming. */
#ifndef WG_PATH_UDP_H
#define WG_PATH_UDP_H

#include "noise/cookie.h"
#include "peers/peer.h"

/*
 * Under config_lock. Opens sockets on @port (0: any) and puts them in the place of the present
 * ones, which stay if anything fails. Sets listen_port.
 */
int wg_udp_open(struct wg_device *wg, u16 port);
void wg_udp_close(struct wg_device *wg);

/* Each takes the packet or the buffer's content; 0 or a negative errno. BH may be on or off. */
int wg_udp_send(struct wg_peer *peer, struct sk_buff *skb, u8 ds);
int wg_udp_send_buffer(struct wg_peer *peer, const void *buffer, size_t len, u8 ds);
/* Answers a datagram without knowing any peer. */
int wg_udp_reply(struct wg_device *wg, struct sk_buff *request, const void *buffer, size_t len);

/* The address and port a datagram came from, as a cookie binds them. */
void wg_udp_source(struct wg_source *source, const struct sk_buff *skb);
/* An authenticated datagram came from the peer: this is where it is now. */
void wg_udp_learn(struct wg_peer *peer, const struct sk_buff *skb);
/* And the route with it. */
void wg_udp_forget_source(struct wg_peer *peer);
/* False, and nothing changed, if @address is no address that we can send to. */
bool wg_udp_set_endpoint(struct wg_peer *peer, const struct sockaddr *address, size_t len);
/* Returns the sequence of endpoint_lock at which that is what it was. */
unsigned int wg_udp_get_endpoint(struct wg_peer *peer, struct wg_endpoint *endpoint);

void wg_udp_count_received(struct wg_peer *peer, unsigned int len);

#endif
