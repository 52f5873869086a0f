// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A machine is gone: its kernel panicked, it hung and was killed, or QEMU ended. The message
 * carries the last lines of its console and where the whole of it is kept.
 */
public final class MachineDiedException extends LabException {
  private static final long serialVersionUID = 1L;

  private final transient Optional<Path> consoleLog;

  MachineDiedException(String machine, String why, Path consoleLog, String tail) {
    super(machine + ": " + why + "; console in " + consoleLog + ", its end:\n" + tail);
    this.consoleLog = Optional.of(consoleLog);
  }

  /** For a guest whose console is kept by somebody else. */
  MachineDiedException(String machine, String why, String tail) {
    super(machine + ": " + why + "; the end of its console:\n" + tail);
    this.consoleLog = Optional.empty();
  }

  /** The file that holds everything the machine printed on its console, of a {@link Machine}. */
  public Optional<Path> consoleLog() {
    return consoleLog;
  }
}
