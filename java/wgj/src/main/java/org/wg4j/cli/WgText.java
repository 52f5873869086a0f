// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import org.wg4j.ConfigException;

/** wg(8)'s words for what it cannot understand. */
final class WgText {

  private WgText() {}

  static String of(ConfigException e) {
    String quoted = "`" + e.text() + "'";
    switch (e.reason()) {
      case UNRECOGNIZED_LINE:
        return "Line unrecognized: " + quoted;
      case MISSING_PUBLIC_KEY:
        return "A peer is missing a public key";
      case BAD_KEY:
        return "Key is not the correct length or format: " + quoted;
      case EMPTY_PORT:
        return "Unable to parse empty port";
      case BAD_PORT:
        return "Servname not supported for ai_socktype: " + quoted;
      case BAD_FWMARK:
        return "Fwmark is neither 0/off nor 0-0xffffffff: " + quoted;
      case BAD_KEEPALIVE:
        return "Persistent keepalive interval is neither 0/off nor 1-65535: " + quoted;
      case BAD_ADDRESS:
        return "Unable to parse IP address: " + quoted;
      case BAD_PREFIX:
        return "AllowedIP is not in the correct format: " + quoted;
      case EMPTY_ENDPOINT:
        return "Unable to parse empty endpoint";
      case UNMATCHED_BRACKET:
        return "Unable to find matching brace of endpoint: " + quoted;
      case NO_PORT:
        return "Unable to find port of endpoint: " + quoted;
      case UNRESOLVED_ENDPOINT:
        String words = String.valueOf(e.getCause().getMessage());
        return e.getCause() instanceof RetryingResolver.BadRetries ? words : words + ": " + quoted;
      default:
        return e.getMessage();
    }
  }

  /** What wg(8) adds below when the fault is in a file. */
  static String ofFile(ConfigException e) {
    boolean whole = e.reason() == ConfigException.Reason.MISSING_PUBLIC_KEY;
    return of(e) + (whole ? "\nInvalid configuration" : "\nConfiguration parsing error");
  }

  static String hostBits(String prefix) {
    return "Warning: AllowedIP has nonzero host part: " + prefix;
  }
}
