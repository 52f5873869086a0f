// SPDX-License-Identifier: Apache-2.0
package org.wg4j.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.wg4j.lab.Command;
import org.wg4j.lab.KernelLogJudge;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;

/** A virtual machine of the lab. */
record MachineGround(Machine machine, Path home) implements Ground {
  /** Five starts of an emulated JVM on a busy host take their time. */
  private static final Duration LIMIT = Duration.ofMinutes(20);

  @Override
  public Result sh(String script) {
    return machine.run(Command.sh(script).within(LIMIT));
  }

  @Override
  public void loadOurs() {
    machine.loadWireGuard();
  }

  @Override
  public String project() {
    return machine.guestPath(home).replaceAll("/$", "");
  }

  @Override
  public List<String> complaints() {
    return KernelLogJudge.strict().complaints(machine.kernelLog());
  }
}
