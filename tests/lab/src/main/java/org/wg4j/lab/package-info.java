// SPDX-License-Identifier: Apache-2.0
/**
 * Machines and networks for tests. A {@link org.wg4j.lab.Machine} is a stock Debian kernel booted
 * by QEMU's plain emulation, a {@link org.wg4j.lab.VirtualNetwork} joins several, and {@link
 * org.wg4j.lab.Lab} hands both to JUnit tests and fails those during which a kernel complained.
 */
package org.wg4j.lab;
