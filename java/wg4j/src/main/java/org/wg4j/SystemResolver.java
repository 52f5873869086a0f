// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.StringTokenizer;

/**
 * Looks endpoints up as getaddrinfo(3) does for a UDP socket: numeric addresses in all their forms,
 * interface names as scopes, /etc/services, and the system's resolver for names. Takes the first
 * address of several. Asks once; trying again is the caller's business.
 *
 * <p>Ports above 65535 are refused, where getaddrinfo would wrap them around.
 */
public final class SystemResolver implements EndpointResolver {

  private static final String NO_NAME = "Name or service not known";
  private static final String NO_SERVICE = "Servname not supported for ai_socktype";
  private static final Path SERVICES = Path.of("/etc/services");
  private static final Path INTERFACES = Path.of("/sys/class/net");

  /** A resolver; it has no state. */
  public SystemResolver() {}

  @Override
  public Endpoint resolve(HostPort name) throws IOException {
    // getaddrinfo looks at the service first, and its complaint is what people know.
    int port = port(name.port());
    Optional<Endpoint> numeric = numericHost(name.host(), port);
    return numeric.isPresent() ? numeric.get() : ask(name.host(), port);
  }

  /**
   * An endpoint of numbers (a scope may be an interface's name); nothing is looked up.
   *
   * @throws ResolveException if there are other things than numbers
   */
  static Endpoint numeric(HostPort name) throws IOException {
    int port = port(name.port());
    return numericHost(name.host(), port)
        .orElseThrow(() -> new ResolveException(ResolveException.Reason.UNKNOWN_HOST, NO_NAME));
  }

  /**
   * The number of a UDP port, given as a number or as a service's name.
   *
   * @throws ResolveException if it is neither
   */
  public static int port(String service) throws IOException {
    OptionalLong number = number(service);
    if (number.isPresent() && number.getAsLong() <= 65535) {
      return (int) number.getAsLong();
    }
    OptionalInt known = number.isPresent() ? OptionalInt.empty() : lookUpService(service);
    return known.orElseThrow(
        () -> new ResolveException(ResolveException.Reason.UNKNOWN_SERVICE, NO_SERVICE));
  }

  /** Decimal digits, which white space and a plus sign may precede: strtoul(3) takes these. */
  private static OptionalLong number(String text) {
    int at = 0;
    while (at < text.length() && (text.charAt(at) == ' ' || isControlSpace(text.charAt(at)))) {
      at++;
    }
    if (at < text.length() && text.charAt(at) == '+') {
      at++;
    }
    if (at == text.length()) {
      return OptionalLong.empty();
    }
    long value = 0;
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c < '0' || c > '9') {
        return OptionalLong.empty();
      }
      value = Math.min(value * 10 + c - '0', 1L << 40);
    }
    return OptionalLong.of(value);
  }

  private static boolean isControlSpace(char c) {
    return c >= '\t' && c <= '\r';
  }

  private static OptionalInt lookUpService(String service) throws IOException {
    if (service.isEmpty() || !Files.exists(SERVICES)) {
      return OptionalInt.empty();
    }
    try (BufferedReader lines = Files.newBufferedReader(SERVICES, StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int comment = line.indexOf('#');
        StringTokenizer words =
            new StringTokenizer(comment < 0 ? line : line.substring(0, comment));
        if (words.countTokens() < 2) {
          continue;
        }
        boolean found = words.nextToken().equals(service);
        String portAndProtocol = words.nextToken();
        while (words.hasMoreTokens()) {
          found |= words.nextToken().equals(service);
        }
        if (found && portAndProtocol.endsWith("/udp")) {
          String digits = portAndProtocol.substring(0, portAndProtocol.length() - 4);
          OptionalLong port = number(digits);
          if (port.isPresent() && port.getAsLong() <= 65535) {
            return OptionalInt.of((int) port.getAsLong());
          }
        }
      }
    }
    return OptionalInt.empty();
  }

  private static Optional<Endpoint> numericHost(String host, int port) throws IOException {
    if (host.indexOf(':') < 0) {
      OptionalLong quad = traditionalIpv4(host);
      if (quad.isEmpty()) {
        return Optional.empty();
      }
      int value = (int) quad.getAsLong();
      byte[] bytes = {
        (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
      };
      return Optional.of(Endpoint.of(IpAddress.of(bytes), port));
    }
    int percent = host.indexOf('%');
    Optional<IpAddress> address =
        IpAddress.tryParse(percent < 0 ? host : host.substring(0, percent));
    if (address.isEmpty() || !address.get().isIpv6()) {
      throw new ResolveException(ResolveException.Reason.UNKNOWN_HOST, NO_NAME);
    }
    int scope = percent < 0 ? 0 : scope(address.get(), host.substring(percent + 1));
    return Optional.of(Endpoint.of(address.get(), port, scope));
  }

  private static int scope(IpAddress address, String text) throws IOException {
    if (address.needsScope()) {
      OptionalInt index = interfaceIndex(text);
      if (index.isPresent()) {
        return index.getAsInt();
      }
    }
    OptionalLong number = number(text);
    if (number.isEmpty() || number.getAsLong() >= 1L << 32) {
      throw new ResolveException(ResolveException.Reason.UNKNOWN_HOST, NO_NAME);
    }
    return (int) number.getAsLong();
  }

  /** The index of the interface of that name in this process's network namespace. */
  public static OptionalInt interfaceIndex(String name) {
    if (name.isEmpty() || name.indexOf('/') >= 0 || name.indexOf('\0') >= 0 || name.equals("..")) {
      return OptionalInt.empty();
    }
    try {
      return readIndex(INTERFACES.resolve(name));
    } catch (InvalidPathException noFile) {
      return OptionalInt.empty();
    }
  }

  private static OptionalInt readIndex(Path link) {
    try {
      String digits = Files.readString(link.resolve("ifindex"), StandardCharsets.US_ASCII);
      return OptionalInt.of(Integer.parseInt(digits.strip()));
    } catch (IOException | NumberFormatException gone) {
      return OptionalInt.empty();
    }
  }

  /** The name of the interface of that index in this process's network namespace. */
  public static Optional<String> interfaceName(int index) {
    try (DirectoryStream<Path> links = Files.newDirectoryStream(INTERFACES)) {
      for (Path link : links) {
        if (readIndex(link).equals(OptionalInt.of(index))) {
          return Optional.of(link.getFileName().toString());
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  /**
   * IPv4 as inet_aton(3) reads it: one to four parts, each decimal, octal (0...) or hexadecimal
   * (0x...), the last one filling the bytes that are left.
   */
  private static OptionalLong traditionalIpv4(String text) {
    long value = 0;
    int parts = 0;
    int start = 0;
    while (true) {
      int dot = text.indexOf('.', start);
      String part = dot < 0 ? text.substring(start) : text.substring(start, dot);
      OptionalLong number = cNumber(part);
      if (number.isEmpty() || parts == 4) {
        return OptionalLong.empty();
      }
      parts++;
      if (dot < 0) {
        long room = 1L << 8 * (5 - parts);
        return number.getAsLong() < room
            ? OptionalLong.of(value << 8 * (5 - parts) | number.getAsLong())
            : OptionalLong.empty();
      }
      if (number.getAsLong() > 255) {
        return OptionalLong.empty();
      }
      value = value << 8 | number.getAsLong();
      start = dot + 1;
    }
  }

  private static OptionalLong cNumber(String text) {
    int radix = 10;
    int at = 0;
    if (text.startsWith("0x") || text.startsWith("0X")) {
      radix = 16;
      at = 2;
    } else if (text.startsWith("0")) {
      radix = 8;
    }
    if (at == text.length()) {
      return OptionalLong.empty();
    }
    long value = 0;
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      int digit = c < 128 ? Character.digit(c, radix) : -1;
      if (digit < 0) {
        return OptionalLong.empty();
      }
      value = Math.min(value * radix + digit, 1L << 40);
    }
    return OptionalLong.of(value);
  }

  private static Endpoint ask(String host, int port) throws IOException {
    if (!isPlausibleName(host)) {
      throw new ResolveException(ResolveException.Reason.UNKNOWN_HOST, NO_NAME);
    }
    InetAddress address;
    try {
      address = InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw translate(host, e);
    }
    int scope = address instanceof Inet6Address v6 ? v6.getScopeId() : 0;
    return Endpoint.of(IpAddress.of(address), port, scope);
  }

  /** The JDK takes an empty host for the loopback, and numbers for addresses in its own ways. */
  private static boolean isPlausibleName(String host) {
    boolean anyLetter = false;
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c <= ' ' || c == '[' || c == ']' || c == '%' || c == 127) {
        return false;
      }
      anyLetter |= c != '.' && (c < '0' || c > '9');
    }
    return anyLetter;
  }

  /** The JDK's message is "HOST: " and what gai_strerror(3) says. */
  private static ResolveException translate(String host, UnknownHostException e) {
    String message = String.valueOf(e.getMessage());
    String text = message.startsWith(host + ": ") ? message.substring(host.length() + 2) : NO_NAME;
    ResolveException.Reason reason =
        switch (text.toLowerCase(Locale.ROOT)) {
          case "temporary failure in name resolution", "system error" ->
              ResolveException.Reason.TEMPORARY;
          case "non-recoverable failure in name resolution" -> ResolveException.Reason.FAILED;
          default -> ResolveException.Reason.UNKNOWN_HOST;
        };
    return new ResolveException(reason, text);
  }
}
