// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.util.Locale;
import org.wg4j.lab.Machine;

/** The module in tests/suites/guest-module, which lets a test look into our module. */
final class GuestModule {
  /** All that our module's devices remember, a line for each field. */
  static final String STATE = "/proc/wg_state";

  /** The secrets they hold, masked. */
  static final String SECRETS = "/proc/wg_secrets";

  private GuestModule() {}

  /** Loads it, built for the machine's kernel and the present sources. */
  static void load(Machine machine) {
    if (!machine.moduleLoaded("wg_state")) {
      String kernel = machine.spec().kernel().name().toLowerCase(Locale.ROOT);
      machine.loadModule(
          BuildScript.run("tests/suites/guest-module/build.sh", machine.spec().release(), kernel));
    }
  }
}
