// SPDX-License-Identifier: Apache-2.0
package org.wg4j.demo;

import java.nio.file.Path;
import org.wg4j.lab.Machine;
import org.wg4j.lab.MachineSpec;
import org.wg4j.lab.VirtualNetwork;

/**
 * {@code make demo}: a tunnel of our module and our tools in a virtual machine, then the same
 * module talking to the one that came with the kernel. With the argument {@code host} and a
 * module's path the first half only, on this very machine.
 */
public final class Demo {
  private Demo() {}

  /**
   * Runs the demonstration; the exit code is 0 if all of it was seen.
   *
   * @param args nothing, or {@code host MODULE.ko}
   */
  public static void main(String[] args) {
    Path project = Path.of(System.getProperty("wg4j.home", "")).toAbsolutePath();
    boolean good;
    if (args.length == 2 && args[0].equals("host")) {
      good = onHost(project, Path.of(args[1]).toAbsolutePath());
    } else if (args.length == 0) {
      good = inMachines(project);
    } else {
      System.err.println("usage: Demo [host MODULE.ko]");
      System.exit(2);
      return;
    }
    System.exit(good ? 0 : 1);
  }

  private static boolean inMachines(Path project) {
    Steps steps = new Steps(System.out, 1 + TwoNamespaces.STEPS + 1 + Interop.STEPS);
    Machine[] machines = new Machine[2];
    try (VirtualNetwork network = VirtualNetwork.create()) {
      steps.step("boot a virtual machine", () -> boot(machines, 0, "ours"));
      MachineGround ours = new MachineGround(machines[0], project);
      new TwoNamespaces(ours, steps).run();
      steps.step("boot a second machine", () -> boot(machines, 1, "in-tree"));
      MachineGround stock = new MachineGround(machines[1], project);
      new Interop(ours, stock, network, steps).run();
      for (Machine machine : machines) {
        machine.powerOff();
      }
    } catch (Steps.StepFailedException e) {
      for (Machine machine : machines) {
        if (machine != null) {
          System.out.println("The console of " + machine.name() + ": " + machine.consoleLog());
        }
      }
    } finally {
      for (Machine machine : machines) {
        if (machine != null) {
          machine.close();
        }
      }
    }
    return steps.finish("make demo");
  }

  private static String boot(Machine[] machines, int index, String name) {
    machines[index] = Machine.boot(MachineSpec.of(name).withSlubDebug(false));
    return machines[index].name() + " booted Linux " + machines[index].kernelRelease();
  }

  private static boolean onHost(Path project, Path module) {
    Steps steps = new Steps(System.out, TwoNamespaces.STEPS);
    TwoNamespaces demo = new TwoNamespaces(new HostGround(project, module), steps);
    try {
      demo.run();
    } catch (Steps.StepFailedException e) {
      demo.cleanUp();
    }
    return steps.finish("make demo INSTALL=host");
  }
}
