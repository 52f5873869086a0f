// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.netlink4j.Errno;
import org.wg4j.AllowedIp;
import org.wg4j.Device;
import org.wg4j.Endpoint;
import org.wg4j.Peer;
import org.wg4j.PresharedKey;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;

/** Output as wireguard-tools 1.0.20210914 printed it for the same device, byte by byte. */
class ShowTest {

  private static final String KEY = "mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=";
  private static final String PUBLIC = "MIQ438eGoFLgWYUOOEbdund2OphsUPC5lZettpg6BDU=";
  private static final String PSK = "m+s2H/Tl3NAKGmiAX9ZGE/b2vJZzn9R7tHrhzkiL9lM=";
  private static final String P1 = "aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=";
  private static final String P2 = "7EJN2xusLNYm62wGiYUkZ+lx8V573EqqYG3ppIzTI2M=";
  private static final String P3 = "59ArXQVnEIUXI0SSIuu7B8p+xibFj+aLUXvW2evPJ0Q=";
  private static final String P4 = "172WIyfrAoJ0nRIrn8GuCP4leSexpiF4nO/uuG754Tw=";
  private static final String P5 = "i11xhlO4ml2IU3x1R9q2ygwgdy74U2zw3vC1/uc+5x4=";
  private static final String USAGE =
      "Usage: wg show { <interface> | all | interfaces } [public-key | private-key | listen-port |"
          + " fwmark | peers | preshared-keys | endpoints | allowed-ips | latest-handshakes |"
          + " transfer | persistent-keepalive | dump]\n";

  private final Cli cli = new Cli();

  private static Peer peer(
      String key,
      String endpoint,
      long ago,
      long received,
      long sent,
      int keepalive,
      String... ips) {
    return new Peer(
        PublicKey.parse(key),
        key.equals(P1) ? Optional.of(PresharedKey.parse(PSK)) : Optional.empty(),
        endpoint.isEmpty() ? Optional.empty() : Optional.of(Endpoint.parse(endpoint)),
        Arrays.stream(ips).map(AllowedIp::parse).toList(),
        ago == Long.MAX_VALUE ? Optional.empty() : Optional.of(Cli.NOW.minusSeconds(ago)),
        received,
        sent,
        keepalive,
        1);
  }

  @BeforeEach
  void devices() {
    cli.devices.all.put(
        "wgf0",
        new Device(
            "wgf0",
            5,
            Optional.of(PrivateKey.parse(KEY)),
            Optional.of(PublicKey.parse(PUBLIC)),
            51820,
            0x1234,
            List.of(
                peer(
                    P1,
                    "192.95.5.67:1234",
                    Long.MAX_VALUE,
                    0,
                    0,
                    0,
                    "10.192.122.3/32",
                    "10.192.124.0/24"),
                peer(
                    P2,
                    "[2607:5300:60:6b0::c05f:543]:2468",
                    1_000_001,
                    1048576,
                    1023,
                    25,
                    "::/0",
                    "::ffff:1.2.3.4/128"),
                peer(P3, "[fe80::1%1]:5", 71, 1610612736, 1L << 40, 65535),
                peer(P4, "[2001:db8::1%3]:5", -10_000, 1, 0, 1, "0.0.0.0/0"),
                peer(P5, "", 200_000_001, 1, 109951162777600000L, 60, "192.168.4.0/24"))));
    cli.devices.all.put(
        "wgf1", new Device("wgf1", 6, Optional.empty(), Optional.empty(), 0, 0, List.of()));
  }

  private static final String PRETTY =
      """
      interface: wgf0
        public key: %s
        private key: (hidden)
        listening port: 51820
        fwmark: 0x1234

      peer: %s
        endpoint: [2001:db8::1%%3]:5
        allowed ips: 0.0.0.0/0
        latest handshake: (System clock wound backward; connection problems may ensue.)
        transfer: 1 B received, 0 B sent
        persistent keepalive: every 1 second

      peer: %s
        endpoint: [fe80::1%%lo]:5
        allowed ips: (none)
        latest handshake: 1 minute, 11 seconds ago
        transfer: 1.50 GiB received, 1.00 TiB sent
        persistent keepalive: every 18 hours, 12 minutes, 15 seconds

      peer: %s
        endpoint: [2607:5300:60:6b0::c05f:543]:2468
        allowed ips: ::/0, ::ffff:1.2.3.4/128
        latest handshake: 11 days, 13 hours, 46 minutes, 41 seconds ago
        transfer: 1.00 MiB received, 1023 B sent
        persistent keepalive: every 25 seconds

      peer: %s
        allowed ips: 192.168.4.0/24
        latest handshake: 6 years, 124 days, 19 hours, 33 minutes, 21 seconds ago
        transfer: 1 B received, 100000.00 TiB sent
        persistent keepalive: every 1 minute

      peer: %s
        preshared key: (hidden)
        endpoint: 192.95.5.67:1234
        allowed ips: 10.192.122.3/32, 10.192.124.0/24
      """
          .formatted(PUBLIC, P4, P3, P2, P5, P1);

  @Test
  void forPeople() {
    assertThat(cli.run("show", "wgf0")).isEqualTo(new Cli.Result(0, PRETTY, ""));
    assertThat(cli.run("show", "wgf1")).isEqualTo(new Cli.Result(0, "interface: wgf1\n", ""));
    Cli.Result all = new Cli.Result(0, PRETTY + "\ninterface: wgf1\n", "");
    assertThat(cli.run("show")).isEqualTo(all);
    assertThat(cli.run("show", "all")).isEqualTo(all);
    assertThat(cli.run()).isEqualTo(all);
  }

  @Test
  void inColourWithKeys() {
    cli.environment.put("WG_COLOR_MODE", "always");
    cli.environment.put("WG_HIDE_KEYS", "never");
    String out = cli.run("show", "wgf0").out().replace("\033[", "^[");
    assertThat(out)
        .startsWith(
            "^[0m^[32m^[1minterface^[0m: ^[32mwgf0^[0m\n  ^[1mpublic key^[0m: "
                + PUBLIC
                + "\n  ^[1mprivate key^[0m: "
                + KEY
                + "\n  ^[1mlistening port^[0m: 51820\n  ^[1mfwmark^[0m: 0x1234\n\n^[33m^[1mpeer^[0m:"
                + " ^[33m"
                + P4
                + "^[0m\n  ^[1mendpoint^[0m: [2001:db8::1%3]:5\n  ^[1mallowed ips^[0m:"
                + " 0.0.0.0^[36m/^[0m0\n  ^[1mlatest handshake^[0m: (^[31mSystem clock wound backward;"
                + " connection problems may ensue.^[0m)\n  ^[1mtransfer^[0m: 1 ^[36mB^[0m received, 0"
                + " ^[36mB^[0m sent\n  ^[1mpersistent keepalive^[0m: every 1 ^[36msecond^[0m\n")
        .contains("1 ^[36mminute^[0m, 11 ^[36mseconds^[0m ago\n")
        .contains("  ^[1mpreshared key^[0m: " + PSK + "\n");
  }

  @Test
  void colourFollowsTheTerminal() {
    cli.host.terminal = true;
    assertThat(cli.run("show").out()).startsWith("\033[0m");
    cli.environment.put("WG_COLOR_MODE", "never");
    assertThat(cli.run("show").out()).startsWith("interface: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "show wgf0 public-key | " + PUBLIC + "~",
        "show wgf1 public-key | (none)~",
        "show all public-key | wgf0^" + PUBLIC + "~wgf1^(none)~",
        "show wgf0 private-key | " + KEY + "~",
        "show all listen-port | wgf0^51820~wgf1^0~",
        "show all fwmark | wgf0^0x1234~wgf1^off~",
        "show wgf1 peers | ''",
        "show wgf0 peers | " + P1 + "~" + P2 + "~" + P3 + "~" + P4 + "~" + P5 + "~",
        "show wgf0 preshared-keys | "
            + (P1 + "^" + PSK + "~" + P2 + "^(none)~" + P3 + "^(none)~")
            + (P4 + "^(none)~" + P5 + "^(none)~"),
        "show all endpoints | "
            + ("wgf0^" + P1 + "^192.95.5.67:1234~wgf0^" + P2)
            + ("^[2607:5300:60:6b0::c05f:543]:2468~wgf0^" + P3 + "^[fe80::1%lo]:5~wgf0^")
            + (P4 + "^[2001:db8::1%3]:5~wgf0^" + P5 + "^(none)~"),
        "show wgf0 allowed-ips | "
            + (P1 + "^10.192.122.3/32 10.192.124.0/24~" + P2 + "^::/0 ::ffff:1.2.3.4/128~")
            + (P3 + "^(none)~" + P4 + "^0.0.0.0/0~" + P5 + "^192.168.4.0/24~"),
        "show wgf0 latest-handshakes | "
            + (P1 + "^0~" + P2 + "^1794474062~" + P3 + "^1795473992~" + P4 + "^1795484063~")
            + (P5 + "^1595474062~"),
        "show wgf0 transfer | "
            + (P1 + "^0^0~" + P2 + "^1048576^1023~" + P3 + "^1610612736^1099511627776~")
            + (P4 + "^1^0~" + P5 + "^1^109951162777600000~"),
        "show wgf0 persistent-keepalive | "
            + (P1 + "^off~" + P2 + "^25~" + P3 + "^65535~" + P4 + "^1~" + P5 + "^60~"),
        "show wgf1 dump | (none)^(none)^0^off~",
        "show interfaces | wgf0 wgf1~"
      })
  void forScripts(String command, String expected) {
    assertThat(cli.run(command.split(" ")))
        .isEqualTo(new Cli.Result(0, expected.replace('~', '\n').replace('^', '\t'), ""));
  }

  @Test
  void dump() {
    String out = cli.run("show", "all", "dump").out();
    assertThat(out.lines())
        .hasSize(7)
        .startsWith(
            "wgf0\t" + KEY + "\t" + PUBLIC + "\t51820\t0x1234",
            "wgf0\t"
                + P1
                + "\t"
                + PSK
                + "\t192.95.5.67:1234\t10.192.122.3/32,10.192.124.0/24\t0\t0\t0\toff")
        .endsWith("wgf1\t(none)\t(none)\t0\toff");
  }

  @Test
  void usage() {
    for (String help : new String[] {"-h", "--help", "help"}) {
      assertThat(cli.run("show", help)).isEqualTo(new Cli.Result(0, "", USAGE));
    }
    Cli.Result wrong = new Cli.Result(1, "", USAGE);
    assertThat(cli.run("show", "wgf0", "peers", "x")).isEqualTo(wrong);
    assertThat(cli.run("show", "interfaces", "x")).isEqualTo(wrong);
    assertThat(cli.run("show", "wgf0", "foo"))
        .isEqualTo(new Cli.Result(1, "", "Invalid parameter: `foo'\n" + USAGE));
    assertThat(cli.run("show", "all", ""))
        .isEqualTo(new Cli.Result(1, "", "Invalid parameter: `'\n" + USAGE));
  }

  @Test
  void failures() {
    assertThat(cli.run("show", "wg9"))
        .isEqualTo(new Cli.Result(1, "", "Unable to access interface: No such device\n"));
    cli.devices.broken.put("wgf0", Errno.EPERM);
    Cli.Result half = cli.run("show");
    assertThat(half.code()).isZero();
    assertThat(half.out()).isEqualTo("interface: wgf1\n");
    assertThat(half.err()).isEqualTo("Unable to access interface wgf0: Operation not permitted\n");
    cli.devices.broken.put("wgf1", Errno.EPERM);
    assertThat(cli.run("show").code()).isEqualTo(1);
    cli.devices.all.clear();
    assertThat(cli.run("show")).isEqualTo(new Cli.Result(0, "", ""));
    assertThat(cli.run("show", "all", "foo")).isEqualTo(new Cli.Result(0, "", ""));
    assertThat(cli.run("show", "interfaces")).isEqualTo(new Cli.Result(0, "", ""));
  }

  @Test
  void showconf() {
    assertThat(cli.run("showconf", "wgf1")).isEqualTo(new Cli.Result(0, "[Interface]\n\n", ""));
    assertThat(cli.run("showconf", "wgf0").out())
        .isEqualTo(
            """
            [Interface]
            ListenPort = 51820
            FwMark = 0x1234
            PrivateKey = %s

            [Peer]
            PublicKey = %s
            PresharedKey = %s
            AllowedIPs = 10.192.122.3/32, 10.192.124.0/24
            Endpoint = 192.95.5.67:1234

            [Peer]
            PublicKey = %s
            AllowedIPs = ::/0, ::ffff:1.2.3.4/128
            Endpoint = [2607:5300:60:6b0::c05f:543]:2468
            PersistentKeepalive = 25

            [Peer]
            PublicKey = %s
            Endpoint = [fe80::1%%lo]:5
            PersistentKeepalive = 65535

            [Peer]
            PublicKey = %s
            AllowedIPs = 0.0.0.0/0
            Endpoint = [2001:db8::1%%3]:5
            PersistentKeepalive = 1

            [Peer]
            PublicKey = %s
            AllowedIPs = 192.168.4.0/24
            PersistentKeepalive = 60
            """
                .formatted(KEY, P1, PSK, P2, P3, P4, P5));
    assertThat(cli.run("showconf"))
        .isEqualTo(new Cli.Result(1, "", "Usage: wg showconf <interface>\n"));
    assertThat(cli.run("showconf", "wg9"))
        .isEqualTo(new Cli.Result(1, "", "Unable to access interface: No such device\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.00 KiB",
    "1029, 1.00 KiB",
    "1030, 1.01 KiB",
    "1048575, 1024.00 KiB",
    "1048576, 1.00 MiB",
    "-1, 16777216.00 TiB",
    "1546188226560, 1.41 TiB"
  })
  void sizes(long bytes, String text) {
    assertThat(Pretty.bytes(bytes, new Palette(false))).isEqualTo(text);
    if (bytes >= 1024) {
      double value = bytes;
      String unit = text.substring(text.indexOf(' ') + 1);
      for (String step : List.of("KiB", "MiB", "GiB", "TiB")) {
        value /= 1024;
        if (step.equals(unit)) {
          assertThat(text).isEqualTo(String.format("%.2f %s", value, unit));
        }
      }
    }
  }

  @Test
  void times() {
    Palette plain = new Palette(false);
    assertThat(Pretty.ago(0, plain)).isEqualTo("Now");
    assertThat(Pretty.ago(1, plain)).isEqualTo("1 second ago");
    assertThat(Pretty.ago(3600, plain)).isEqualTo("1 hour ago");
    assertThat(Pretty.ago(31_536_000 + 86_400 * 2 + 1, plain))
        .isEqualTo("1 year, 2 days, 1 second ago");
    assertThat(Instant.EPOCH).isBefore(Cli.NOW);
  }
}
