// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

/**
 * What a network has done so far.
 *
 * @param sent frames that ports sent into it, and frames injected
 * @param delivered frames handed to a port; one that goes to three ports counts three times
 * @param lost frames lost by {@link Impairment#loss()}
 * @param dropped frames taken by a {@link FrameDrop}
 * @param duplicated frames that were sent on twice
 */
public record NetworkCounters(
    long sent, long delivered, long lost, long dropped, long duplicated) {}
