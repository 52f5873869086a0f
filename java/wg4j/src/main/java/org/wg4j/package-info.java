// SPDX-License-Identifier: Apache-2.0
/**
 * WireGuard administration: keys, addresses, what a device is ({@link org.wg4j.Device}, {@link
 * org.wg4j.Peer}), what should change ({@link org.wg4j.DeviceConfig}, {@link org.wg4j.PeerConfig}),
 * configuration files ({@link org.wg4j.ConfigFile}) and the client that talks to the kernel ({@link
 * org.wg4j.WireGuard}).
 *
 * <p>Values are immutable and safe to share between threads, with one exception that their Javadoc
 * names: secrets can be wiped. No parameter and no result is null unless its Javadoc says so.
 */
package org.wg4j;
