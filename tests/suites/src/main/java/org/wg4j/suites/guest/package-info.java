// SPDX-License-Identifier: Apache-2.0
/** Small programs that a test starts inside a guest, where they speak netlink from its JVM. */
package org.wg4j.suites.guest;
