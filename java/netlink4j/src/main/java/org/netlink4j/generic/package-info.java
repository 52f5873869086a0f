// SPDX-License-Identifier: Apache-2.0

/** Generic Netlink: families by name, requests, dumps, multicast groups. */
package org.netlink4j.generic;
