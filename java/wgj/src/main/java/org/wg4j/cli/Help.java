// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;
final class Help {
  private Help() {}
  static int top(Session session) { Usage.all(session.program(), session.out()); return 0; }
  static boolean knows(String c) { return false; }
  static int command(Session session, String c) { return 1; }
}
