// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.wg4j.AllowedIp;
import org.wg4j.IpAddress;
import org.wg4j.QuickConfig;

/** What bringing an interface up and down needs of links, addresses, routes and rules. */
interface Network extends AutoCloseable {

  /** Whether there is a link of that name, of whatever kind. */
  boolean exists(String name) throws IOException;

  /** Makes a WireGuard link, which is down. */
  void addWireGuard(String name) throws IOException;

  /** Removes a link with all its addresses and routes. */
  void delete(String name) throws IOException;

  /** Gives a link an address. */
  void addAddress(String name, QuickConfig.Address address) throws IOException;

  /** The addresses of a link. */
  List<QuickConfig.Address> addresses(String name) throws IOException;

  /** A link's MTU. */
  int mtu(String name) throws IOException;

  /** Sets a link's MTU and sets it up. */
  void setMtuAndUp(String name, int mtu) throws IOException;

  /** The largest packet on the way to an address; empty if there is no route. */
  OptionalInt pathMtu(IpAddress destination);

  /** The largest packet on the default route's link; empty if there is no default route. */
  OptionalInt defaultMtu();

  /** Whether the main table leads a whole prefix to a link already. */
  boolean hasRoute(String name, AllowedIp prefix) throws IOException;

  /**
   * Leads a prefix to a link.
   *
   * @param table the routing table, 0 for the main one
   */
  void addRoute(String name, AllowedIp prefix, int table) throws IOException;

  /** Whether a routing table has any route of either family. */
  boolean isTableUsed(int table) throws IOException;

  /** Sends whatever does not carry that mark to the table of the same number. */
  void addMarkRule(boolean v6, int mark) throws IOException;

  /** Lets everything but default routes of the main table win over rules that come after it. */
  void addSuppressRule(boolean v6) throws IOException;

  /** Removes one rule that leads to a table; false if there is none. */
  boolean deleteRuleOfTable(boolean v6, int table) throws IOException;

  /** Removes one rule as {@link #addSuppressRule} makes it; false if there is none. */
  boolean deleteSuppressRule(boolean v6) throws IOException;

  /** Whether there is a rule that leads to a table. */
  boolean hasRuleOfTable(boolean v6, int table) throws IOException;

  /** Whether the check of source addresses looks at marks. */
  boolean isSourceMarkValid() throws IOException;

  /** Lets the check of source addresses look at marks. */
  void setSourceMarkValid() throws IOException;

  @Override
  void close();
}
