// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.util.Optional;

/** What a program may want to know or decide while a configuration file is read, in file order. */
public interface ConfigListener {

  /** A listener that wants nothing. */
  ConfigListener NONE = new ConfigListener() {};

  /**
   * A prefix has host bits that are not zero; they are dropped.
   *
   * @param line from 1
   * @param prefix as written, without white space
   */
  default void hostBits(int line, String prefix) {}

  /**
   * An endpoint was read. A result is kept with the peer; without one the endpoint stays unresolved
   * until it is needed.
   *
   * @param text as written, without white space
   * @throws IOException to refuse the file with UNRESOLVED_ENDPOINT
   */
  default Optional<Endpoint> endpoint(int line, HostPort endpoint, String text) throws IOException {
    return Optional.empty();
  }
}
