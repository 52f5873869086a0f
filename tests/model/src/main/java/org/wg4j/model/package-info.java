// SPDX-License-Identifier: Apache-2.0
/**
 * A model of the timers: the table once more, and all that one peer's timers and two peers can come
 * to with it.
 *
 * <p>{@link org.wg4j.model.Table#SPECIFIED} is the specification. A test compares it with what
 * {@code kernel/timers.c} does, outcome by outcome, so that what is proven here is proven of the
 * kernel's table.
 *
 * <h2>One peer</h2>
 *
 * Every event at every time is explored, until no new state of the timers turns up. RETRANSMIT is
 * armed exactly in HANDSHAKING; a stopped peer has nothing left; each armed timer, when due, asks
 * for something and is not due again at once; each attempt ends when nobody answers.
 *
 * <h2>Two peers</h2>
 *
 * A link that loses, doubles, delays and reorders messages, packets to send on either side,
 * restarts, sessions that grow old or too old at either end, keys that are wiped: each such thing
 * is a disturbance, and all that can be reached with so many disturbances is explored, in whatever
 * order messages arrive and timers come due between them. From each world reached, every way on
 * without further disturbance ends in silence; and with one side that has packets to send, in a
 * session that both can use. That side is the laziest of applications: it sends the next packet
 * only when nothing else would happen any more.
 *
 * <h2>What is left out, so that it is finite</h2>
 *
 * <ul>
 *   <li>Time is counted in ticks of about REKEY_TIMEOUT: a retransmission comes after one, a
 *       passive keepalive after two, a new handshake after three. Only the order matters. A
 *       response keeps initiations back for one tick or for two. What takes minutes (120, 180, 540
 *       seconds) comes at any time, at each end for itself, which is more than can happen.
 *   <li>Two peers try twice, not twenty times; that it is twenty, one peer shows.
 *   <li>While there are disturbances, two messages are under way in each direction, and what is
 *       sent beyond is lost.
 *   <li>Initiations are numbered by their order among those that are still known to somebody. A
 *       doubled data message does nothing at all (the replay window has its own suite), and is left
 *       out; so are messages that their receiver can do nothing with any more.
 *   <li>Peers that were removed and made anew, and so accept old initiations, are left out; so are
 *       cookies, the limit of slots, and allocations that fail.
 * </ul>
 *
 * <h2>What it has shown</h2>
 *
 * One packet alone may be lost without a timer that makes up for it, as in any WireGuard. A peer
 * without a session that has just answered a handshake may not initiate one for five seconds, and
 * nothing wakes it then; and a message from before the other side forgot the session passes for an
 * answer to what is sent under it. The next packet helps in both cases.
 */
package org.wg4j.model;
