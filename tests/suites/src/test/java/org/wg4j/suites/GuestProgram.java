// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.nio.file.Path;
import org.wg4j.lab.Machine;

/** The programs in tests/suites/guest-programs, which run in any guest and in user-mode Linux. */
final class GuestProgram {
  private static final String SCRIPT = "tests/suites/guest-programs/build.sh";

  private GuestProgram() {}

  /** Compiles a program for user-mode Linux, whose scripts know where it is. */
  static void build(String name) {
    BuildScript.run(SCRIPT, name);
  }

  /** Compiles a program for a guest and puts it into its /tmp. */
  static void put(String name, Machine machine) {
    put(name, machine, "/tmp");
  }

  /** Compiles a program for a guest and puts it into a directory there. */
  static void put(String name, Machine machine, String directory) {
    String architecture = machine.sh("uname -m").check().stdout().trim();
    Path program = BuildScript.run(SCRIPT, name, architecture);
    machine.put(program, directory + "/" + name, 0755);
  }
}
