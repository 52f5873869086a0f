// SPDX-License-Identifier: Apache-2.0
/**
 * {@code make bench}: what tunnels cost, one beside the other in the same machine and run.
 *
 * <p>The lab's instruction clock lets the guest's time advance by one nanosecond with each guest
 * instruction. A rate then says how many instructions a packet costs: repeatable, and indifferent
 * to whatever else the host does. It knows nothing of caches and of several processors.
 */
package org.wg4j.bench;
