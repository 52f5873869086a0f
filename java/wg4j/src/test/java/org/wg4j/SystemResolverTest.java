// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Only what needs no name server. */
class SystemResolverTest {

  private final SystemResolver resolver = new SystemResolver();

  @ParameterizedTest
  @CsvSource({
    "1.2.3.4:5, 1.2.3.4:5",
    "[1.2.3.4]:5, 1.2.3.4:5",
    "::1:5, [::1]:5",
    "[::1]:05, [::1]:5",
    "[fe80::1%99]:5, [fe80::1%99]:5",
    "[2001:db8::1%3]:5, [2001:db8::1%3]:5",
    "1.2.3:5, 1.2.0.3:5",
    "0x7f.1:5, 127.0.0.1:5",
    "010.1:5, 8.0.0.1:5",
    "4294967295:5, 255.255.255.255:5",
    "1.2.3.4:+5, 1.2.3.4:5",
    "1.2.3.4:0, 1.2.3.4:0"
  })
  void numbers(String text, String expected) throws IOException {
    assertThat(resolver.resolve(HostPort.parse(text))).hasToString(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "1.2.3.4:65536, UNKNOWN_SERVICE",
    "1.2.3.4:-1, UNKNOWN_SERVICE",
    "1.2.3.4:5x, UNKNOWN_SERVICE",
    "1.2.3.4:99999999999999999999, UNKNOWN_SERVICE",
    "1.2.3.4:nosuchservice, UNKNOWN_SERVICE",
    ":5, UNKNOWN_HOST",
    "[]:5, UNKNOWN_HOST",
    "a b:5, UNKNOWN_HOST",
    "[::1%lo]:5, UNKNOWN_HOST",
    "[fe80::1%nosuchlink]:5, UNKNOWN_HOST",
    "[fe80::1%4294967296]:5, UNKNOWN_HOST",
    "1.2.3.08:5, UNKNOWN_HOST",
    "1.2.3.256:5, UNKNOWN_HOST",
    "1.2.3.4.5:5, UNKNOWN_HOST",
    "[:::]:5, UNKNOWN_HOST",
    // No file can have this name, and so no interface.
    "[fe80::1%\ud800]:5, UNKNOWN_HOST"
  })
  void others(String text, ResolveException.Reason reason) {
    ResolveException e =
        catchThrowableOfType(ResolveException.class, () -> resolver.resolve(HostPort.parse(text)));
    assertThat(e).isNotNull();
    assertThat(e.reason()).isEqualTo(reason);
    assertThat(e.isPermanent()).isEqualTo(reason == ResolveException.Reason.UNKNOWN_HOST);
  }

  @Test
  void servicesAreThoseOfTheSystem() throws IOException {
    assumeThat(Path.of("/etc/services")).as("netbase is installed").exists();
    assertThat(SystemResolver.port("domain")).isEqualTo(53);
  }

  @Test
  void interfacesAreThoseOfTheSystem() throws IOException {
    assumeThat(Path.of("/sys/class/net/lo/ifindex")).as("sysfs shows the network").exists();
    int index = SystemResolver.interfaceIndex("lo").orElseThrow();
    assertThat(SystemResolver.interfaceName(index)).contains("lo");
    assertThat(resolver.resolve(HostPort.parse("[fe80::1%lo]:5")).scopeId()).isEqualTo(index);
    assertThat(SystemResolver.interfaceIndex("../lo")).isEmpty();
    assertThat(SystemResolver.interfaceIndex("\ud800")).isEmpty();
    assertThat(SystemResolver.interfaceName(1 << 30)).isEmpty();
  }
}
