// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

/** One of the two peers. */
public enum Side {
  A,
  B;

  Side other() {
    return this == A ? B : A;
  }
}
