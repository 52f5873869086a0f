// SPDX-License-Identifier: Apache-2.0
/**
 * Machines with a real kernel and WireGuard, for integration tests with Testcontainers: {@link
 * org.wg4j.testcontainers.WireGuardKernelContainer} boots one inside a Docker container, {@link
 * org.wg4j.testcontainers.ForwardedTransport} brings its netlink sockets to this JVM.
 */
package org.wg4j.testcontainers;
