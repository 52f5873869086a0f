// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

/**
 * Is told how far a long operation got, in the thread that called it. What it throws ends the
 * operation and goes on to the caller; what was applied until then stays.
 */
@FunctionalInterface
public interface ProgressListener {

  /** A listener that wants nothing. */
  ProgressListener NONE =
      // Not a lambda, which costs a command that only shows something more than a class.
      new ProgressListener() {
        @Override
        public void progress(long done, long total) {}
      };

  /**
   * Some more is done. An operation that starts anew (a dump overtaken by changes) counts anew.
   *
   * @param done how much is done: peers when reading and comparing, steps when applying
   * @param total how much there is to do in all; -1 if that is not known before the end
   */
  void progress(long done, long total);
}
