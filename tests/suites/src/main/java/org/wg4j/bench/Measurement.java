// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

/**
 * One figure.
 *
 * @param value in the workload's unit; a second is 10⁹ guest instructions
 * @param lost UDP packets that did not arrive; they are not in the value
 * @param switches between processes, for each packet that arrived; NaN for round trips
 */
record Measurement(
    Variant variant,
    Contender contender,
    Workload workload,
    double value,
    double lost,
    double switches) {}
