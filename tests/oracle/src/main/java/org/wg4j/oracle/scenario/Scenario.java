// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * A named conversation with a WireGuard implementation, and what it proves.
 *
 * @param name for the command line
 * @param proves one line for a person
 * @param needs of the environment
 * @param script the conversation; it throws when the other side misbehaves
 */
public record Scenario(String name, String proves, Set<Need> needs, Script script) {
  /** The conversation. */
  @FunctionalInterface
  public interface Script {
    /**
     * @param conversation tools and settings
     * @throws Exception when the other side misbehaves or cannot be reached
     */
    void run(Conversation conversation) throws Exception;
  }

  /** Sorts the needs, for a stable list. */
  public Scenario {
    needs = Collections.unmodifiableSet(new TreeSet<>(needs));
  }
}
