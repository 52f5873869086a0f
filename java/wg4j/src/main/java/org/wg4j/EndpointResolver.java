// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;

/** Turns names of hosts and services into endpoints. */
@FunctionalInterface
public interface EndpointResolver {

  /**
   * Looks an endpoint up; may block.
   *
   * @throws IOException if the host or the service is not known, or asking failed
   */
  Endpoint resolve(HostPort name) throws IOException;
}
