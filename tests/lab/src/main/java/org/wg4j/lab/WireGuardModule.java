// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

/** Which WireGuard a machine runs. */
public enum WireGuardModule {
  /** None is loaded by the lab. */
  NONE,
  /** The project's own. */
  OURS,
  /** The one that came with the machine's kernel. */
  IN_TREE
}
