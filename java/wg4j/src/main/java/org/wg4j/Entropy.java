// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Random bytes straight from the kernel. java.security.SecureRandom ends at the same source, but
 * loads some hundred classes on the way, which a short-lived command pays for each time.
 */
final class Entropy {

  private Entropy() {}

  static byte[] bytes(int count) {
    byte[] out = new byte[count];
    // Unbuffered on purpose: a buffer would keep a copy of the key.
    try (FileInputStream source = new FileInputStream("/dev/urandom")) {
      if (source.readNBytes(out, 0, count) != count) {
        throw new IOException("/dev/urandom ended early");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read random bytes from /dev/urandom", e);
    }
    return out;
  }
}
