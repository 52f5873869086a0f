// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** IpAddress, AllowedIp, Endpoint and HostPort. */
class AddressesTest {

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "0:0:0:0:0:0:0:0, ::",
    "2001:DB8::A, 2001:db8::a",
    "2001:0db8:0000:0000:0001:0000:0000:0001, 2001:db8::1:0:0:1",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3",
    "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7",
    "::ffff:1.2.3.4, ::ffff:1.2.3.4",
    "::ffff:102:304, ::ffff:1.2.3.4",
    "::1.2.3.4, ::1.2.3.4",
    "::102:0, ::1.2.0.0",
    "::5, ::5",
    "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
    "fe80::1, fe80::1"
  })
  void addressesReadAndWritten(String text, String canonical) {
    IpAddress address = IpAddress.parse(text);
    assertThat(address).hasToString(canonical);
    assertThat(IpAddress.parse(canonical)).isEqualTo(address).hasSameHashCodeAs(address);
    assertThat(IpAddress.of(address.toBytes())).isEqualTo(address);
    assertThat(IpAddress.of(address.toInetAddress())).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ".",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.04",
        "1.2.3.-4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1..2.3",
        "1.2.3.",
        ".1.2.3",
        "a.b.c.d",
        "0x1.2.3.4",
        ":",
        ":::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "12345::",
        "g::",
        "1:",
        ":1",
        "::1:",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3",
        "::1.2.3.4.5",
        "1.2.3.4::",
        "::1%lo",
        "[::1]",
        "1:2:3:4:5:6:7:8::",
        "\u0661.2.3.4",
        "::\u0661",
        "example.com",
        "::ffff:1.2.3.04"
      })
  void othersAreRefused(String text) {
    assertThat(IpAddress.tryParse(text)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> IpAddress.parse(text));
  }

  /** The JDK knows the same addresses, though it writes them differently. */
  @Test
  void agreesWithTheJdk() throws Exception {
    Random random = new Random(2);
    for (int i = 0; i < 5000; i++) {
      byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
      random.nextBytes(bytes);
      for (int hole = random.nextInt(bytes.length); hole < bytes.length; hole++) {
        bytes[hole] *= random.nextInt(3) == 0 ? 1 : 0;
      }
      IpAddress address = IpAddress.of(bytes);
      assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
      byte[] theirs = InetAddress.getByName(address.toString()).getAddress();
      // The JDK turns mapped addresses into IPv4.
      assertThat(theirs)
          .isEqualTo(
              theirs.length == bytes.length ? bytes : java.util.Arrays.copyOfRange(bytes, 12, 16));
    }
  }

  @Test
  void mappedAddressesStayIpv6() {
    IpAddress mapped = IpAddress.parse("::ffff:1.2.3.4");
    assertThat(mapped.isIpv6()).isTrue();
    assertThat(mapped.toInetAddress()).isInstanceOf(Inet6Address.class);
    assertThat(mapped).isNotEqualTo(IpAddress.parse("1.2.3.4"));
  }

  @Test
  void masksEveryLength() {
    Random random = new Random(3);
    for (int width : new int[] {32, 128}) {
      byte[] bytes = new byte[width / 8];
      random.nextBytes(bytes);
      for (int length = 0; length <= width; length++) {
        byte[] masked = IpAddress.of(bytes).masked(length).toBytes();
        for (int bit = 0; bit < width; bit++) {
          int mask = 0x80 >>> (bit & 7);
          assertThat(masked[bit / 8] & mask).isEqualTo(bit < length ? bytes[bit / 8] & mask : 0);
        }
      }
    }
    assertThatIllegalArgumentException().isThrownBy(() -> IpAddress.parse("::").masked(129));
    assertThatIllegalArgumentException().isThrownBy(() -> IpAddress.parse("1.2.3.4").masked(33));
    assertThatIllegalArgumentException().isThrownBy(() -> IpAddress.parse("1.2.3.4").masked(-1));
  }

  @Test
  void ordersByFamilyThenValue() {
    assertThat(IpAddress.parse("255.0.0.0")).isLessThan(IpAddress.parse("::"));
    assertThat(IpAddress.parse("127.0.0.1")).isLessThan(IpAddress.parse("128.0.0.1"));
    assertThat(IpAddress.parse("7fff::")).isLessThan(IpAddress.parse("8000::"));
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3/8, 10.0.0.0/8",
    "10.1.2.3, 10.1.2.3/32",
    "::1, ::1/128",
    "fd00::1/64, fd00::/64",
    "1.2.3.4/0, 0.0.0.0/0",
    "1.2.3.4/08, 1.0.0.0/8"
  })
  void allowedIps(String text, String canonical) {
    assertThat(AllowedIp.parse(text)).hasToString(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/8",
        "1.2.3.4/",
        "1.2.3.4/33",
        "::/129",
        "1.2.3.4/-1",
        "1.2.3.4/+8",
        "1.2.3.4/8/9",
        "1.2.3.4/ 8",
        "1.2.3.4/99999999999",
        "localhost/8"
      })
  void othersAreNoAllowedIps(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> AllowedIp.parse(text));
  }

  @Test
  void contains() {
    AllowedIp prefix = AllowedIp.parse("10.0.0.0/9");
    assertThat(prefix.contains(IpAddress.parse("10.127.255.255"))).isTrue();
    assertThat(prefix.contains(IpAddress.parse("10.128.0.0"))).isFalse();
    assertThat(prefix.contains(IpAddress.parse("::"))).isFalse();
    assertThat(AllowedIp.parse("::/0").contains(IpAddress.parse("0.0.0.0"))).isFalse();
  }

  @Test
  void endpointsKeepTheirScope() {
    Endpoint endpoint = Endpoint.parse("[fe80::1%3]:51820");
    assertThat(endpoint).isEqualTo(Endpoint.of(IpAddress.parse("fe80::1"), 51820, 3));
    assertThat(endpoint).hasToString("[fe80::1%3]:51820");
    assertThat(endpoint.format(index -> Optional.of("eth" + index)))
        .isEqualTo("[fe80::1%eth3]:51820");
    assertThat(Endpoint.parse("[2001:db8::1%3]:5").format(index -> Optional.of("eth" + index)))
        .isEqualTo("[2001:db8::1%3]:5");
    assertThat(Endpoint.parse("192.0.2.1:0")).hasToString("192.0.2.1:0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1.2.3.4",
        "1.2.3.4:",
        ":5",
        "[::1]",
        "[::1]5",
        "[::1",
        "1.2.3.4:65536",
        "1.2.3.4:ssh",
        "example.com:5",
        "[fe80::1%lo]:5",
        "1.2.3.4:-1",
        "1.2.3.4%1:5",
        "1.2.3.4%0:5",
        "1.2.3.4:+5",
        "1.2.3.4:\u0665",
        "[fe80::1%+3]:5",
        "[fe80::1%]:5",
        "[fe80::1%4294967296]:5"
      })
  void othersAreNoNumericEndpoints(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Endpoint.parse(text));
  }

  @Test
  void scopesAreUnsigned() {
    assertThat(Endpoint.parse("[fe80::1%4294967295]:5").scopeId()).isEqualTo(-1);
  }

  @Test
  void addressesOfInterfacesHaveTheirFamilysLength() {
    IpAddress v4 = IpAddress.parse("192.0.2.1");
    assertThat(new QuickConfig.Address(v4, OptionalInt.of(32)).length()).isEqualTo(32);
    for (int bad : new int[] {-1, 33}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new QuickConfig.Address(v4, OptionalInt.of(bad)));
    }
  }

  @Test
  void socketAddressesThereAndBack() {
    for (String text :
        new String[] {"192.0.2.1:51820", "[fe80::1%7]:1", "[::ffff:1.2.3.4]:65535", "[::]:0"}) {
      Endpoint endpoint = Endpoint.parse(text);
      assertThat(SocketAddress.decode(SocketAddress.encode(endpoint))).contains(endpoint);
    }
    Endpoint flow = new Endpoint(IpAddress.parse("fe80::1"), 1, 2, 0x000abcde);
    assertThat(SocketAddress.decode(SocketAddress.encode(flow))).contains(flow);
    assertThat(SocketAddress.encode(flow)).hasSize(28).endsWith(2, 0, 0, 0);
    assertThat(SocketAddress.encode(Endpoint.parse("1.2.3.4:258")))
        .containsExactly(2, 0, 1, 2, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(SocketAddress.decode(new byte[15])).isEmpty();
    assertThat(SocketAddress.decode(new byte[28])).isEmpty();
  }
}
