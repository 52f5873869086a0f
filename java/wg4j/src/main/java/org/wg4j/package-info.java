// SPDX-License-Identifier: Apache-2.0
/**
 * WireGuard administration. {@link org.wg4j.WireGuard} is the client that talks to the kernel. What
 * a device is, it says as a {@link org.wg4j.Device} with its {@link org.wg4j.Peer}s; what should
 * change, it is told as a {@link org.wg4j.DeviceConfig} with {@link org.wg4j.PeerConfig}s; what
 * should be in the end, as a {@link org.wg4j.DeviceSpec} with {@link org.wg4j.PeerSpec}s, to which
 * a {@link org.wg4j.Plan} leads. {@link org.wg4j.DeviceWatch} and {@link org.wg4j.DeviceStatistics}
 * follow a device in time, {@link org.wg4j.DeviceNetwork} and {@link org.wg4j.DeviceDns} have its
 * addresses, routes and name servers, {@link org.wg4j.ConfigFile} reads configuration files and
 * {@link org.wg4j.ConfigDocument} edits them.
 *
 * <p>Values are immutable and safe to share between threads, with one exception that their Javadoc
 * names: secrets can be wiped. No parameter and no result is null unless its Javadoc says so.
 */
package org.wg4j;
