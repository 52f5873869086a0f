// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

/**
 * Takes in the messages of one attempt at a dump. When the attempt is overtaken by changes its
 * reader is dropped and a new one starts, so a reader must not have effects outside itself. It must
 * not use the socket that dumps: that throws {@link IllegalStateException}.
 *
 * @param <R> what it makes of them
 */
public interface DumpReader<R> {
  /**
   * One message of the dump, in order.
   *
   * @throws NetlinkException to give up; the rest of the dump is discarded
   */
  void accept(NetlinkMessage message) throws NetlinkException;

  /**
   * All messages were accepted.
   *
   * @throws NetlinkException when they do not make a whole
   */
  R finish() throws NetlinkException;

  /**
   * Nothing will come of this reader: its attempt was overtaken or failed, or it threw. For those
   * that hold what must be wiped or closed.
   */
  default void discard() {}
}
