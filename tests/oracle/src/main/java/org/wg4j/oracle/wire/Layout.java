// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Helpers shared by the message records. */
final class Layout {
  private Layout() {}

  static void requireField(String name, byte[] field, int length) {
    if (field.length != length) {
      throw new IllegalArgumentException(name + " has " + length + " bytes, not " + field.length);
    }
  }

  static ByteBuffer start(int type, int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN).putInt(type);
  }
}
