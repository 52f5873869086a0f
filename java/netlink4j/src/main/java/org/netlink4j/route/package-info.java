// SPDX-License-Identifier: Apache-2.0

/** rtnetlink: links, addresses, routes and rules of a network namespace, as immutable values. */
package org.netlink4j.route;
