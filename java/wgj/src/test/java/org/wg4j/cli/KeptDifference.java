// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

/** What wgj does otherwise than wg(8) on purpose; docs/wg-parity.md has the reasons. */
enum KeptDifference {
  NONE;

  /** Whether both did the same, but for kept differences. */
  static boolean explains(ParityCase what, ParityLab.Outcome outcome) {
    return outcome.wgj().contains(outcome.wg());
  }
}
