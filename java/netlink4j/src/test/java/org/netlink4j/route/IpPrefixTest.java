// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.Inet6Address;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.netlink4j.Generators;

class IpPrefixTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.1/8, 10.0.0.1/8",
    "10.0.0.1, 10.0.0.1/32",
    "0.0.0.0/0, 0.0.0.0/0",
    "255.255.255.255/32, 255.255.255.255/32",
    "::/0, ::/0",
    "::1, ::1/128",
    "2001:DB8::1/64, 2001:db8::1/64",
    "2001:db8:0:0:1:0:0:0/64, 2001:db8:0:0:1::/64",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1/128",
    "fe80::, fe80::/128",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3/128",
    "::ffff:10.0.0.1/120, ::ffff:a00:1/120",
  })
  void parsed(String text, String expected) {
    assertThat(IpPrefix.parse(text)).hasToString(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/8",
        "10.0.0.1/",
        "10.0.0.1/33",
        "10.0.0.1/-1",
        "10.0.0.1/08",
        "10.0.0.1/8/8",
        "10.0.0",
        "10.0.0.256",
        "010.0.0.1",
        "10.0.0.1.",
        "1.2.3.4.5",
        "localhost",
        "example.org",
        "::/129",
        ":",
        ":::",
        "1::2::3",
        "fe80::1%lo",
        "fe80::1%1",
        "12345::",
        "g::",
        "[::1]",
        " ::1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "0x7f000001",
        "2130706433",
        "127.1",
        "::ffff:1.2.3.256",
        "::ffff:1.2.3.04",
        "::01.2.3.4",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "00001::",
        "::0000000000001",
        "10.0.0.1/+8",
        "10.0.0.1/99999999999"
      })
  void refused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> IpPrefix.parse(text));
  }

  @Test
  void mappedStaysIpv6() {
    assertThat(IpPrefix.parseAddress("::ffff:10.0.0.1")).isInstanceOf(Inet6Address.class);
    assertThat(IpPrefix.parse("::ffff:10.0.0.1").masked().address())
        .isInstanceOf(Inet6Address.class);
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3/8, 10.0.0.0/8",
    "10.1.2.3/32, 10.1.2.3/32",
    "255.255.255.255/0, 0.0.0.0/0",
    "255.255.255.255/17, 255.255.128.0/17",
    "2001:db8:ffff::1/33, 2001:db8:8000::/33",
  })
  void masked(String text, String expected) {
    assertThat(IpPrefix.parse(text).masked()).hasToString(expected);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.netlink4j.Generators#seeds")
  void textIsReadBack(long seed) throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      byte[] bytes = Generators.bytes(random, random.nextBoolean() ? 4 : 16);
      for (int j = 0; j < bytes.length; j++) {
        bytes[j] &= (byte) (random.nextInt(3) == 0 ? 0xff : 0);
      }
      var address =
          bytes.length == 4
              ? java.net.InetAddress.getByAddress(bytes)
              : Inet6Address.getByAddress(null, bytes, -1);
      IpPrefix prefix = new IpPrefix(address, random.nextInt(8 * bytes.length + 1));
      assertThat(IpPrefix.parse(prefix.toString())).isEqualTo(prefix);
    }
  }
}
