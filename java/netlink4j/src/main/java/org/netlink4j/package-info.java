// SPDX-License-Identifier: Apache-2.0

/**
 * Netlink for Java: messages and attributes, sockets for requests and for events, in any network
 * namespace.
 *
 * <p>{@link org.netlink4j.generic} speaks to Generic Netlink families and {@link
 * org.netlink4j.route} knows links, addresses, routes and rules; {@link org.netlink4j.transport} is
 * the way to the kernel, through a small JNI library or through JNA.
 *
 * <pre>{@code
 * NetNamespace blue = NetNamespace.named("blue");
 * try (RouteNetlink route = RouteNetlink.open(blue)) {
 *   route.addLink(LinkSpec.builder("bridge0", "bridge").mtu(1400).up(true).build());
 *   int index = route.link("bridge0").index();
 *   route.addAddress(InterfaceAddress.of(index, IpPrefix.parse("192.0.2.1/24")));
 *   route.addRoute(Route.to(IpPrefix.parse("198.51.100.0/24")).linkIndex(index).build());
 *   route.routes(IpFamily.IPV4).forEach(System.out::println);
 * } catch (NotPermittedException e) {
 *   System.err.println("needs CAP_NET_ADMIN: " + e.getMessage());
 * }
 * }</pre>
 *
 * <p>Nothing received can cause another exception than a {@link org.netlink4j.NetlinkException}, of
 * which {@link org.netlink4j.MalformedMessageException} says that the bytes were wrong.
 */
package org.netlink4j;
