// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

/**
 * A configuration that cannot be understood: where, which key, why. The message is for people; a
 * program asks for the parts. Text that is or might be a secret is not in it.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  /** What stands for a secret. */
  static final String HIDDEN = "(hidden)";

  /** What is wrong. */
  public enum Reason {
    /** No section and no key of its section. */
    UNRECOGNIZED_LINE("line not recognized"),
    /** A peer has no PublicKey. */
    MISSING_PUBLIC_KEY("a peer has no PublicKey"),
    /** Not 44 characters of strict base64. */
    BAD_KEY("not a key"),
    /** A port that is empty. */
    EMPTY_PORT("empty port"),
    /** Neither a port number nor a service. */
    BAD_PORT("not a port"),
    /** Neither "off" nor a 32-bit number, decimal or 0x. */
    BAD_FWMARK("not a fwmark"),
    /** Neither "off" nor 0 to 65535. */
    BAD_KEEPALIVE("not a keepalive interval"),
    /** Not a numeric address. */
    BAD_ADDRESS("not an IP address"),
    /** The part after the slash is not a prefix length of the address's family. */
    BAD_PREFIX("not a prefix"),
    /** An endpoint that is empty. */
    EMPTY_ENDPOINT("empty endpoint"),
    /** An endpoint with '[' but no ']'. */
    UNMATCHED_BRACKET("no closing bracket in endpoint"),
    /** An endpoint without a port. */
    NO_PORT("no port in endpoint"),
    /** An endpoint whose host or service is not known; the cause is a {@link ResolveException}. */
    UNRESOLVED_ENDPOINT("endpoint not known"),
    /** MTU is not a number of 0 to 2147483647. */
    BAD_MTU("not an MTU"),
    /** Table is neither "auto" nor "off" nor a routing table's name or number. */
    BAD_TABLE("not a routing table"),
    /** SaveConfig is neither "true" nor "false". */
    BAD_SAVE_CONFIG("neither true nor false");

    private final String words;

    Reason(String words) {
      this.words = words;
    }
  }

  /** See {@link #reason()}. */
  private final Reason reason;

  /** See {@link #line()}. */
  private final int line;

  /** See {@link #key()}. */
  private final String key;

  /** See {@link #text()}. */
  private final String text;

  ConfigException(Reason reason, int line, String key, String text, Throwable cause) {
    super(describe(reason, line, key, text), cause);
    this.reason = reason;
    this.line = line;
    this.key = key;
    this.text = text;
  }

  ConfigException(Reason reason, String text) {
    this(reason, 0, "", text, null);
  }

  private static String describe(Reason reason, int line, String key, String text) {
    StringBuilder out = new StringBuilder();
    if (line > 0) {
      out.append("line ").append(line).append(": ");
    }
    if (!key.isEmpty()) {
      out.append(key).append(": ");
    }
    out.append(reason.words);
    if (!text.isEmpty()) {
      out.append(": `").append(text).append('\'');
    }
    return out.toString();
  }

  ConfigException at(int where, String which) {
    return new ConfigException(reason, where, which, text, getCause());
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }

  /** Line, from 1; 0 if the text did not come from a file or the fault is in no single line. */
  public int line() {
    return line;
  }

  /** The key whose value is wrong, spelled as the manual does; empty if there is none. */
  public String key() {
    return key;
  }

  /** The offending text, or {@code (hidden)} if that may be a secret; empty if there is none. */
  public String text() {
    return text;
  }
}
