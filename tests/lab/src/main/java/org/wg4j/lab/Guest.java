// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says which machine a parameter of a {@link Lab} test wants. Parameters that say the same, in any
 * class of the run, get the same machine.
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
public @interface Guest {
  /** The machine's name: two names are two machines. */
  String value() default "main";

  /** The WireGuard module it runs; loaded when the parameter is resolved, if it is not loaded. */
  WireGuardModule module() default WireGuardModule.OURS;

  /** The Debian release, with its kernel; empty: the run's, see {@link LabExtension}. */
  String release() default "";

  /** The kernel it boots, instead of the release's own. */
  GuestKernel kernel() default GuestKernel.DEBIAN;

  /** Virtual processors. */
  int cpus() default 2;

  /** RAM in MiB. */
  int memoryMiB() default 1536;

  /** Network interfaces, eth0 and on. */
  int nics() default 1;

  /** Whether the slab allocator checks every object. */
  boolean slubDebug() default true;

  /** More kernel arguments. */
  String[] kernelArgs() default {};
}
