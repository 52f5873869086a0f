// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wg4j.AllowedIp;
import org.wg4j.IpAddress;

/** The next free address. */
class FreeAddressTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.0/24 | '' | 10.0.0.1",
        "10.0.0.0/24 | 10.0.0.1/32 | 10.0.0.2",
        "10.0.0.0/24 | 10.0.0.1/32 10.0.0.3/32 | 10.0.0.2",
        "10.0.0.0/24 | 10.0.0.2/32 | 10.0.0.1",
        "10.0.0.0/24 | 10.0.0.0/25 | 10.0.0.128",
        "10.0.0.0/24 | 10.0.0.0/25 10.0.0.5/32 | 10.0.0.128",
        "10.0.0.0/24 | 10.0.0.0/25 10.0.0.128/25 | -",
        "10.0.0.0/24 | 10.0.0.0/24 0.0.0.0/0 | 10.0.0.1",
        "10.0.0.0/24 | 10.0.1.1/32 fd00::/8 | 10.0.0.1",
        "10.0.0.0/30 | 10.0.0.1/32 | 10.0.0.2",
        "10.0.0.0/30 | 10.0.0.1/32 10.0.0.2/32 | -",
        "10.0.0.0/31 | 10.0.0.0/32 | 10.0.0.1",
        "10.0.0.0/31 | 10.0.0.0/32 10.0.0.1/32 | -",
        "255.255.255.0/24 | 255.255.255.0/25 255.255.255.128/26 | 255.255.255.192",
        "fd00::/64 | fd00::1/128 | fd00::2",
        "fd00::/126 | fd00::1/128 fd00::2/128 | fd00::3",
        "fd00::/126 | fd00::1/128 fd00::2/127 | -",
        "::/64 | ::1/128 | ::2",
        "ffff:ffff:ffff:ffff::/64 | ffff:ffff:ffff:ffff::/65 | ffff:ffff:ffff:ffff:8000::",
      })
  void table(String network, String taken, String expected) {
    List<AllowedIp> prefixes =
        taken.isEmpty()
            ? List.of()
            : Arrays.stream(taken.split(" ")).map(AllowedIp::parse).toList();
    assertThat(FreeAddress.in(AllowedIp.parse(network), prefixes).map(IpAddress::toString))
        .isEqualTo(expected.equals("-") ? Optional.empty() : Optional.of(expected));
  }

  @Test
  void sameAsTryingEach() {
    Random random = new Random(11);
    AllowedIp network = AllowedIp.parse("10.1.2.64/26");
    for (int round = 0; round < 500; round++) {
      List<AllowedIp> taken = new ArrayList<>();
      for (int i = random.nextInt(40); i > 0; i--) {
        IpAddress address = IpAddress.of(new byte[] {10, 1, 2, (byte) random.nextInt(256)});
        taken.add(new AllowedIp(address, 27 + random.nextInt(6)));
      }
      Optional<IpAddress> expected = Optional.empty();
      for (int last = 65; last < 127 && expected.isEmpty(); last++) {
        IpAddress address = IpAddress.of(new byte[] {10, 1, 2, (byte) last});
        if (taken.stream().noneMatch(prefix -> prefix.contains(address))) {
          expected = Optional.of(address);
        }
      }
      assertThat(FreeAddress.in(network, taken)).as("round " + round).isEqualTo(expected);
    }
  }
}
