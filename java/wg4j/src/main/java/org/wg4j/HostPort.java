// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

/**
 * An endpoint as a person writes it, not looked up yet: {@code vpn.example.org:51820}. The host may
 * be a name or a numeric address with or without {@code %SCOPE}, the port a number or a service
 * name.
 *
 * @param host without brackets
 * @param port not empty
 */
public record HostPort(String host, String port) {

  /** What is wrong with a text. */
  public enum Fault {
    /** There is nothing. */
    EMPTY,
    /** A '[' has no ']'. */
    UNMATCHED_BRACKET,
    /** There is no ':', or nothing follows it. */
    NO_PORT
  }

  /** Says why a text is not {@code HOST:PORT}. */
  public static final class Malformed extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /** What is wrong. */
    private final Fault fault;

    Malformed(Fault fault, String text) {
      super("not HOST:PORT (" + fault + "): " + text);
      this.fault = fault;
    }

    /** What is wrong. */
    public Fault fault() {
      return fault;
    }
  }

  /**
   * Splits at the bracket that closes a leading one, or at the last colon.
   *
   * @throws Malformed if the text is not {@code HOST:PORT}
   */
  public static HostPort parse(String text) {
    if (text.isEmpty()) {
      throw new Malformed(Fault.EMPTY, text);
    }
    if (text.charAt(0) == '[') {
      int close = text.indexOf(']');
      if (close < 0) {
        throw new Malformed(Fault.UNMATCHED_BRACKET, text);
      }
      if (close + 2 >= text.length() || text.charAt(close + 1) != ':') {
        throw new Malformed(Fault.NO_PORT, text);
      }
      return new HostPort(text.substring(1, close), text.substring(close + 2));
    }
    int colon = text.lastIndexOf(':');
    if (colon < 0 || colon == text.length() - 1) {
      throw new Malformed(Fault.NO_PORT, text);
    }
    return new HostPort(text.substring(0, colon), text.substring(colon + 1));
  }

  /** {@code HOST:PORT}, a host with colons in brackets. */
  @Override
  public String toString() {
    return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
  }
}
