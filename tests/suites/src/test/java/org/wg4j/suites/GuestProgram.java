// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.nio.file.Path;
import org.wg4j.lab.Machine;

/** The programs in tests/suites/guest-programs, which run in any guest and in user-mode Linux. */
final class GuestProgram {
  private GuestProgram() {}

  /** Compiles a program, and says where it is. */
  static Path build(String name) {
    return BuildScript.run("tests/suites/guest-programs/build.sh", name);
  }

  /** Compiles a program and puts it into a guest's /tmp. */
  static void put(String name, Machine machine) {
    machine.put(build(name), "/tmp/" + name, 0755);
  }
}
