// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What machine to boot. Immutable; the {@code with} methods return a changed copy.
 *
 * @param name names the machine in messages and log files: letters, digits, dot, dash, underscore
 * @param release the Debian release whose root it boots; RELEASE-NAME is that with the packages of
 *     tests/lab/image/packages.NAME, and RELEASE-arm64 the release for another machine
 * @param kernel that release's kernel, or one of the lab's own
 * @param cpus virtual processors, 1 to 16
 * @param memoryMiB RAM in MiB, 512 to 65536; the writable part of the file system lives in it too
 * @param nics network interfaces (eth0, eth1, ... in the guest), 0 to 8
 * @param slubDebug whether the slab allocator poisons, red-zones and checks every object: finds
 *     memory errors, costs speed
 * @param kernelArgs more kernel arguments
 */
public record MachineSpec(
    String name,
    String release,
    GuestKernel kernel,
    int cpus,
    int memoryMiB,
    int nics,
    boolean slubDebug,
    List<String> kernelArgs) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,39}");
  private static final Pattern RELEASE = Pattern.compile("[a-z]+(-[a-z0-9]+)?");
  private static final Pattern KERNEL_ARGUMENT = Pattern.compile("[^\\s\"]+");

  /** Checks every value. */
  public MachineSpec {
    kernelArgs = List.copyOf(kernelArgs);
    require(NAME.matcher(name).matches(), "name", name);
    require(RELEASE.matcher(release).matches(), "release", release);
    require(cpus >= 1 && cpus <= 16, "cpus", cpus);
    require(memoryMiB >= 512 && memoryMiB <= 65536, "memoryMiB", memoryMiB);
    require(nics >= 0 && nics <= 8, "nics", nics);
    for (String argument : kernelArgs) {
      require(KERNEL_ARGUMENT.matcher(argument).matches(), "kernelArgs", argument);
    }
  }

  /**
   * A machine of the run's release (bookworm, or what the system property {@code wg4j.lab.release}
   * says) with 2 processors, 1.5 GiB, one interface, and slab debugging.
   */
  public static MachineSpec of(String name) {
    String release = System.getProperty("wg4j.lab.release", "bookworm");
    return new MachineSpec(name, release, GuestKernel.DEBIAN, 2, 1536, 1, true, List.of());
  }

  /** The same machine under another name. */
  public MachineSpec withName(String newName) {
    return new MachineSpec(newName, release, kernel, cpus, memoryMiB, nics, slubDebug, kernelArgs);
  }

  /** The same machine of another Debian release. */
  public MachineSpec withRelease(String newRelease) {
    return new MachineSpec(name, newRelease, kernel, cpus, memoryMiB, nics, slubDebug, kernelArgs);
  }

  /** The same machine with another kernel. */
  public MachineSpec withKernel(GuestKernel newKernel) {
    return new MachineSpec(name, release, newKernel, cpus, memoryMiB, nics, slubDebug, kernelArgs);
  }

  /** The same machine with another number of processors. */
  public MachineSpec withCpus(int newCpus) {
    return new MachineSpec(name, release, kernel, newCpus, memoryMiB, nics, slubDebug, kernelArgs);
  }

  /** The same machine with another amount of memory. */
  public MachineSpec withMemoryMiB(int newMemoryMiB) {
    return new MachineSpec(name, release, kernel, cpus, newMemoryMiB, nics, slubDebug, kernelArgs);
  }

  /** The same machine with another number of network interfaces. */
  public MachineSpec withNics(int newNics) {
    return new MachineSpec(name, release, kernel, cpus, memoryMiB, newNics, slubDebug, kernelArgs);
  }

  /** The same machine with or without slab debugging. */
  public MachineSpec withSlubDebug(boolean newSlubDebug) {
    return new MachineSpec(name, release, kernel, cpus, memoryMiB, nics, newSlubDebug, kernelArgs);
  }

  /** The same machine with these kernel arguments instead of its own. */
  public MachineSpec withKernelArgs(String... newKernelArgs) {
    return new MachineSpec(
        name, release, kernel, cpus, memoryMiB, nics, slubDebug, List.of(newKernelArgs));
  }

  private static void require(boolean holds, String what, Object value) {
    if (!holds) {
      throw new IllegalArgumentException("not usable as " + what + ": " + value);
    }
  }
}
