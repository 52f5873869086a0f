// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.security.Security;
import org.wg4j.Endpoint;
import org.wg4j.EndpointResolver;
import org.wg4j.HostPort;
import org.wg4j.ResolveException;
import org.wg4j.SystemResolver;

/**
 * Asks again when a name server cannot be reached, as wg(8) does: the network may just be coming
 * up. Each wait is a fifth longer than the one before, from one second to twenty.
 */
final class RetryingResolver implements EndpointResolver {

  private static final int DEFAULT_RETRIES = 15;
  private static final long FIRST_WAIT_MICROS = 1_000_000;
  private static final long LONGEST_WAIT_MICROS = 20_000_000;

  /** WG_ENDPOINT_RESOLUTION_RETRIES is no number of retries. */
  static final class BadRetries extends IOException {
    private static final long serialVersionUID = 1;

    BadRetries(String text) {
      super("Unable to parse WG_ENDPOINT_RESOLUTION_RETRIES: `" + text + "'");
    }
  }

  private final Session session;
  private final EndpointResolver resolver;

  RetryingResolver(Session session) {
    this.session = session;
    this.resolver = session.host().resolver();
  }

  /** What this asks on a real host. */
  static EndpointResolver system() {
    return new SystemResolver();
  }

  @Override
  public Endpoint resolve(HostPort name) throws IOException {
    return resolve(name, name.toString());
  }

  /** Resolves {@code name}, which is written as {@code text}. */
  Endpoint resolve(HostPort name, String text) throws IOException {
    if (mayBeName(name.host())) {
      // The JVM remembers for ten seconds that it found nothing, but not why: asking again sooner
      // would ask nobody. It reads this once, before its first look-up.
      Security.setProperty("networkaddress.cache.negative.ttl", "0");
    }
    long retries = retries();
    long wait = FIRST_WAIT_MICROS;
    while (true) {
      try {
        return resolver.resolve(name);
      } catch (ResolveException e) {
        if (e.isPermanent() || retries == 0) {
          throw e;
        }
        retries -= retries > 0 ? 1 : 0;
        long hundredths = (wait + 5000) / 10000;
        String seconds = hundredths / 100 + "." + hundredths / 10 % 10 + hundredths % 10;
        session.complain(
            e.getMessage() + ": `" + text + "'. Trying again in " + seconds + " seconds...");
        if (!session.host().pause(wait * 1000)) {
          throw new IOException("interrupted");
        }
        wait = Math.min(LONGEST_WAIT_MICROS, wait * 6 / 5);
      }
    }
  }

  /** False for numeric addresses, which must not cost the time that loads the security classes. */
  private static boolean mayBeName(String host) {
    return host.indexOf(':') < 0 && host.chars().anyMatch(c -> c != '.' && (c < '0' || c > '9'));
  }

  /** How often to ask again; negative for ever. */
  private long retries() throws BadRetries {
    String text =
        session.environment("WG_ENDPOINT_RESOLUTION_RETRIES").orElse("" + DEFAULT_RETRIES);
    if (text.equals("infinity")) {
      return -1;
    }
    String digits = text.stripLeading();
    digits = digits.startsWith("+") ? digits.substring(1) : digits;
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9' || value > Integer.MAX_VALUE) {
        throw new BadRetries(text);
      }
      value = value * 10 + c - '0';
    }
    return value;
  }
}
