// SPDX-License-Identifier: Apache-2.0
package org.wg4j.demo;

import java.util.List;
import org.wg4j.lab.Result;

/** Where commands of the demonstration run, as root: a virtual machine or this very one. */
interface Ground {
  /** Runs a script with /bin/sh; for whoever waits on it, a generous limit applies. */
  Result sh(String script);

  /** Loads the project's module; it must not be loaded. */
  void loadOurs();

  /** The project's directory, as the ground sees it. */
  String project();

  /** The program wgj, as the ground sees it. */
  default String wgj() {
    return project() + "/java/wgj/bin/wgj";
  }

  /** What the kernel complained about since the demonstration began. */
  List<String> complaints();
}
