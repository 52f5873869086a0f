// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against programs that write down how they were called. */
class DeviceDnsTest {

  private static final List<IpAddress> SERVERS =
      List.of(IpAddress.parse("10.0.0.53"), IpAddress.parse("fd00::53"));
  private static final List<String> DOMAINS = List.of("example.org", "corp.example");

  @TempDir Path directory;

  private DeviceDns dns(String prefix) {
    return new DeviceDns(List.of(directory.resolve("nothing"), directory), prefix);
  }

  private void program(String name, int exitCode) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(
        file,
        """
        #!/bin/sh
        echo "${0##*/} $*" >>%1$s/log
        cat >>%1$s/log
        echo "it says so" >&2
        exit %2$d
        """
            .formatted(directory, exitCode));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private List<String> log() throws IOException {
    return Files.readAllLines(directory.resolve("log"));
  }

  @Test
  void resolvconfIsAskedFirst() throws IOException {
    program("resolvconf", 0);
    program("resolvectl", 0);
    dns("tun.").set("wg0", SERVERS, DOMAINS);
    dns("").set("wg0", SERVERS, List.of());
    dns("tun.").unset("wg0");
    assertThat(log())
        .containsExactly(
            "resolvconf -a tun.wg0 -m 0 -x",
            "nameserver 10.0.0.53",
            "nameserver fd00::53",
            "search example.org corp.example",
            "resolvconf -a wg0 -m 0 -x",
            "nameserver 10.0.0.53",
            "nameserver fd00::53",
            "resolvconf -d tun.wg0 -f");
  }

  @Test
  void elseSystemdResolved() throws IOException {
    program("resolvectl", 0);
    dns("tun.").set("wg0", SERVERS, DOMAINS);
    dns("tun.").unset("wg0");
    assertThat(log())
        .containsExactly(
            "resolvectl dns wg0 10.0.0.53 fd00::53",
            "resolvectl domain wg0 example.org corp.example ~.",
            "resolvectl revert wg0");
  }

  @Test
  void failuresSayWhoSaidWhat() throws IOException {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> dns("").set("wg0", SERVERS, DOMAINS))
        .withMessageContaining("install openresolv");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> dns("").unset("wg0"))
        .withMessageContaining("install openresolv");
    program("resolvconf", 3);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> dns("").unset("wg0"))
        .withMessage(directory + "/resolvconf -d wg0 -f: exit code 3: it says so");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-f", "a b", "a/b", "sixteencharacter", "a\nb", "\u00fc"})
  void namesAreInterfaces(String name) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> dns("").set(name, SERVERS, DOMAINS));
    assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> dns("").unset(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", "a b", "a\nnameserver 1.2.3.4", "~."})
  void domainsAreDomains(String domain) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> dns("").set("wg0", SERVERS, List.of(domain)));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> dns("").set("wg0", List.of(), DOMAINS));
  }
}
