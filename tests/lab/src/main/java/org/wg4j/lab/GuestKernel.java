// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.util.Locale;

/** Which kernel a machine boots, on its release's root file system. */
public enum GuestKernel {
  /** The one of its Debian release: what users have. */
  DEBIAN,
  /**
   * The lab's own, which checks memory, locks, RCU, the lives of objects, references and leaks, and
   * can let allocations fail. It ends the guest at its first warning: one verdict a boot.
   */
  KASAN,
  /**
   * The lab's own, which looks for data races. Those that our module has no part in are no
   * complaint.
   */
  KCSAN;

  /** Whether the lab builds it from source. */
  boolean isDebug() {
    return this != DEBIAN;
  }

  /** Its name in the lab's scripts. */
  String kind() {
    return name().toLowerCase(Locale.ROOT);
  }
}
