// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;
final class QuickCommand {
  private QuickCommand() {}
  static int run(Session session, String command, String[] arguments) throws Failure {
    throw new Failure("not yet");
  }
}
