// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

/**
 * What a packet costs each of two machines that are joined by a cable.
 *
 * @param load what was sent
 * @param sender instructions of the sending machine, for each packet that it sent
 * @param receiver instructions of the receiving machine, for each packet that arrived
 * @param lostShare the part of the packets that did not arrive
 * @param inTurn whether a machine waits for what the other sends, so that their costs add up
 */
record Cost(
    Contender contender,
    String load,
    double sender,
    double receiver,
    double lostShare,
    boolean inTurn) {
  /** What decides how fast it goes: machines that work at a time wait for the slower one. */
  double decisive() {
    return inTurn ? sender + receiver : Math.max(sender, receiver);
  }
}
