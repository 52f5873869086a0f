// SPDX-License-Identifier: Apache-2.0

/**
 * The way to the kernel's netlink sockets: two doors, JNI and JNA, behind one interface that tests
 * can implement.
 */
package org.netlink4j.transport;
