// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.util.ArrayList;
import java.util.List;

/** What each round measured of the two modules, in the order of the rounds. */
record Rounds<T>(List<T> inTree, List<T> ours) {
  Rounds() {
    this(new ArrayList<>(), new ArrayList<>());
  }

  void add(Contender contender, T measured) {
    (contender == Contender.OURS ? ours : inTree).add(measured);
  }
}
