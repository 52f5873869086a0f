// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.util.List;

/**
 * Is told of changes by a {@link DeviceWatch}, in the watch's thread and never twice at once. The
 * next look is taken when it has returned. What it throws ends the watch, which is then closed, and
 * goes to the thread's handler of uncaught exceptions.
 */
@FunctionalInterface
public interface DeviceListener {

  /**
   * Something changed.
   *
   * @param events at least one; interfaces first that went away, then those that stay or came, each
   *     with its own events together
   */
  void changed(List<DeviceEvent> events);

  /**
   * A look failed. The watch goes on, and the next look that succeeds tells all that changed since
   * the last one that did.
   */
  default void failed(IOException e) {}
}
