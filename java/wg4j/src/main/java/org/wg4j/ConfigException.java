// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

/**
 * A configuration that cannot be understood: where, which key, why. The message is for people; a
 * program asks for the parts. Text that is or might be a secret is not in the message, of a line
 * that was not recognized no more than the name before the '=': what follows may be a secret behind
 * a name with a typing error.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  /** What stands for a secret. */
  static final String HIDDEN = "(hidden)";

  private static final int LONGEST_NAME = 24;

  /** What is wrong. */
  public enum Reason {
    /** No section and no key of its section. */
    UNRECOGNIZED_LINE(
        "line not recognized", "[Interface], [Peer], or KEY = VALUE with a key of its section"),
    /** A peer has no PublicKey. */
    MISSING_PUBLIC_KEY("a peer has no PublicKey", "PublicKey = KEY in each [Peer]"),
    /** Not 44 characters of strict base64. */
    BAD_KEY("not a key", "44 characters of base64, the last of them ="),
    /** A port that is empty. */
    EMPTY_PORT("empty port", "a UDP port, 0 to 65535, or the name of a service"),
    /** Neither a port number nor a service. */
    BAD_PORT("not a port", "a UDP port, 0 to 65535, or the name of a service"),
    /** Neither "off" nor a 32-bit number, decimal or 0x. */
    BAD_FWMARK("not a fwmark", "off, or a number up to 0xffffffff"),
    /** Neither "off" nor 0 to 65535. */
    BAD_KEEPALIVE("not a keepalive interval", "off, or a number of seconds up to 65535"),
    /** Not a numeric address. */
    BAD_ADDRESS("not an IP address", "a numeric IPv4 or IPv6 address"),
    /** The part after the slash is not a prefix length of the address's family. */
    BAD_PREFIX(
        "not a prefix", "ADDRESS/LENGTH, the length up to 32 for IPv4 and up to 128 for IPv6"),
    /** An endpoint that is empty. */
    EMPTY_ENDPOINT("empty endpoint", "HOST:PORT, an IPv6 address in brackets"),
    /** An endpoint with '[' but no ']'. */
    UNMATCHED_BRACKET("no closing bracket in endpoint", "HOST:PORT, an IPv6 address in brackets"),
    /** An endpoint without a port. */
    NO_PORT("no port in endpoint", "HOST:PORT, an IPv6 address in brackets"),
    /** An endpoint whose host or service is not known; the cause is a {@link ResolveException}. */
    UNRESOLVED_ENDPOINT("endpoint not known", "a host and a port that can be looked up"),
    /** More bytes than {@link ConfigFile#MAX_SIZE}. */
    TOO_LARGE("too large", "at most 64 MiB"),
    /** MTU is not a number of 0 to 2147483647. */
    BAD_MTU("not an MTU", "a number of bytes"),
    /** Table is neither "auto" nor "off" nor a routing table's name or number. */
    BAD_TABLE("not a routing table", "auto, off, or a routing table's name or number"),
    /** SaveConfig is neither "true" nor "false". */
    BAD_SAVE_CONFIG("neither true nor false", "true or false");

    private final String words;
    private final String expected;

    Reason(String words, String expected) {
      this.words = words;
      this.expected = expected;
    }

    /** What would have been right, in words. */
    public String expected() {
      return expected;
    }
  }

  /** See {@link #reason()}. */
  private final Reason reason;

  /** See {@link #line()}. */
  private final int line;

  /** See {@link #column()}. */
  private final int column;

  /** See {@link #key()}. */
  private final String key;

  /** See {@link #text()}. */
  private final String text;

  ConfigException(Reason reason, int line, String key, String text, Throwable cause) {
    this(reason, line, 0, key, text, cause);
  }

  private ConfigException(
      Reason reason, int line, int column, String key, String text, Throwable cause) {
    super(describe(reason, line, key, shown(reason, text)), cause);
    this.reason = reason;
    this.line = line;
    this.column = column;
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

  ConfigException inColumn(int where) {
    return new ConfigException(reason, line, where, key, text, getCause());
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }

  /** Line, from 1; 0 if the text did not come from a file or the fault is in no single line. */
  public int line() {
    return line;
  }

  /**
   * Where the offending text begins: characters of the line up to it and one of it, so from 1; 0 if
   * the text did not come from a file.
   */
  public int column() {
    return column;
  }

  /**
   * All of it in one line, as compilers write it: {@code FILE:LINE:COLUMN: what is wrong; expected
   * what}.
   *
   * @param file how to call the file
   */
  public String located(String file) {
    StringBuilder out = new StringBuilder(file);
    if (line > 0) {
      out.append(':').append(line);
      if (column > 0) {
        out.append(':').append(column);
      }
    }
    out.append(": ").append(describe(reason, 0, key, shown(reason, text)));
    return out.append("; expected ").append(reason.expected).toString();
  }

  /** Of a line that is not understood only its name: what follows may be anything. */
  private static String shown(Reason reason, String text) {
    return reason == Reason.UNRECOGNIZED_LINE ? nameOf(text) : text;
  }

  private static String nameOf(String line) {
    int equals = line.indexOf('=');
    String name = equals < 0 ? line : line.substring(0, equals);
    // A key on a line of its own has a '=' at its end, too, but nobody's name is that long.
    if (name.length() > LONGEST_NAME) {
      return HIDDEN;
    }
    if (equals < 0 || line.endsWith("=" + HIDDEN)) {
      return line;
    }
    return name + "=...";
  }

  /** The key whose value is wrong, spelled as the manual does; empty if there is none. */
  public String key() {
    return key;
  }

  /**
   * The offending text, or {@code (hidden)} if that is a secret; empty if there is none. That of
   * {@link Reason#UNRECOGNIZED_LINE} is the whole line, which is shown to nobody but whom the file
   * belongs to: its name may be that of a secret with a typing error.
   */
  public String text() {
    return text;
  }
}
