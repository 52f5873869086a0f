// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;
import java.util.function.Consumer;

/**
 * Values as they are written in configuration files and on the command line of wg(8), with its
 * rules: which forms are understood and which are not is what its users' scripts rely on.
 */
public final class ConfigValues {

  private ConfigValues() {}

  /**
   * A public key.
   *
   * @throws ConfigException BAD_KEY
   */
  public static PublicKey publicKey(String text) throws ConfigException {
    try {
      return PublicKey.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(ConfigException.Reason.BAD_KEY, text);
    }
  }

  /**
   * A listening port by number or service name; zero means that the kernel chooses, which is a
   * cleared value.
   *
   * @throws ConfigException EMPTY_PORT or BAD_PORT
   */
  public static Change<Integer> listenPort(String text) throws ConfigException {
    if (text.isEmpty()) {
      throw new ConfigException(ConfigException.Reason.EMPTY_PORT, "");
    }
    try {
      return zeroIsClear(SystemResolver.port(text));
    } catch (IOException e) {
      throw new ConfigException(ConfigException.Reason.BAD_PORT, 0, "", text, e);
    }
  }

  /**
   * {@code off}, a decimal number or {@code 0x} and hexadecimal digits; zero is off.
   *
   * @throws ConfigException BAD_FWMARK
   */
  public static Change<Integer> fwmark(String text) throws ConfigException {
    if (text.equalsIgnoreCase("off")) {
      return Change.clear();
    }
    boolean hexadecimal = text.startsWith("0x");
    int radix = hexadecimal ? 16 : 10;
    long mark = digits(hexadecimal ? text.substring(2) : text, radix, 0xffffffffL);
    if (mark < 0) {
      throw new ConfigException(ConfigException.Reason.BAD_FWMARK, text);
    }
    return zeroIsClear((int) mark);
  }

  /**
   * {@code off} or seconds; zero is off.
   *
   * @throws ConfigException BAD_KEEPALIVE
   */
  public static Change<Integer> persistentKeepalive(String text) throws ConfigException {
    if (text.equalsIgnoreCase("off")) {
      return Change.clear();
    }
    long seconds = digits(text, 10, 65535);
    if (seconds < 0) {
      throw new ConfigException(ConfigException.Reason.BAD_KEEPALIVE, text);
    }
    return zeroIsClear((int) seconds);
  }

  private static Change<Integer> zeroIsClear(int value) {
    return value == 0 ? Change.clear() : Change.set(value);
  }

  /** The number, or -1 if it is none, has a sign, or is over {@code limit}. */
  static long digits(String text, int radix, long limit) {
    if (text.isEmpty()) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int digit = c < 128 ? Character.digit(c, radix) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value * radix + digit;
      if (value > limit) {
        return -1;
      }
    }
    return value;
  }

  /**
   * Prefixes, separated by commas. Spaces do not matter. An empty text is an empty list, but
   * between commas there must be something.
   *
   * @param hostBits is told about each prefix whose host bits are not zero, as it is written
   * @throws ConfigException BAD_ADDRESS or BAD_PREFIX
   */
  public static List<AllowedIp> allowedIps(String text, Consumer<String> hostBits)
      throws ConfigException {
    List<AllowedIp> prefixes = new ArrayList<>();
    String compact = withoutSpace(text);
    if (compact.isEmpty()) {
      return prefixes;
    }
    int start = 0;
    while (start <= compact.length()) {
      int comma = compact.indexOf(',', start);
      int end = comma < 0 ? compact.length() : comma;
      prefixes.add(allowedIp(compact.substring(start, end), hostBits));
      start = end + 1;
    }
    return prefixes;
  }

  /**
   * One prefix, or an address, which is the prefix of all its bits.
   *
   * @param hostBits is told if the host bits are not zero
   * @throws ConfigException BAD_ADDRESS or BAD_PREFIX
   */
  public static AllowedIp allowedIp(String text, Consumer<String> hostBits) throws ConfigException {
    int slash = text.indexOf('/');
    String host = slash < 0 ? text : text.substring(0, slash);
    IpAddress address =
        IpAddress.tryParse(host)
            .orElseThrow(() -> new ConfigException(ConfigException.Reason.BAD_ADDRESS, host));
    if (slash < 0) {
      return new AllowedIp(address, address.bits());
    }
    Optional<Integer> length = AllowedIp.parseLength(text.substring(slash + 1));
    if (length.isEmpty() || length.get() > address.bits()) {
      throw new ConfigException(ConfigException.Reason.BAD_PREFIX, text);
    }
    AllowedIp prefix = new AllowedIp(address, length.get());
    if (!prefix.address().equals(address)) {
      hostBits.accept(text);
    }
    return prefix;
  }

  /**
   * An endpoint, split but not looked up.
   *
   * @throws ConfigException EMPTY_ENDPOINT, UNMATCHED_BRACKET or NO_PORT
   */
  public static HostPort endpoint(String text) throws ConfigException {
    try {
      return HostPort.parse(text);
    } catch (HostPort.Malformed e) {
      ConfigException.Reason reason =
          switch (e.fault()) {
            case EMPTY -> ConfigException.Reason.EMPTY_ENDPOINT;
            case UNMATCHED_BRACKET -> ConfigException.Reason.UNMATCHED_BRACKET;
            case NO_PORT -> ConfigException.Reason.NO_PORT;
          };
      throw new ConfigException(reason, text);
    }
  }

  /** The words of a list of wg-quick(8), where white space separates as commas do. */
  static List<String> words(String list) {
    List<String> words = new ArrayList<>();
    StringTokenizer tokens = new StringTokenizer(list, ", \t\n\u000b\f\r");
    while (tokens.hasMoreTokens()) {
      words.add(tokens.nextToken());
    }
    return words;
  }

  static boolean isSpace(int c) {
    return c == ' ' || c >= '\t' && c <= '\r';
  }

  static String withoutSpace(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (!isSpace(text.charAt(i))) {
        out.append(text.charAt(i));
      }
    }
    return out.toString();
  }
}
