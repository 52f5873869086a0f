// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** Makes cases by chance: the same ones from the same seed. */
final class ParityCorpus {

  private static final List<String> PORTS =
      List.of(
          "0",
          "1",
          "5",
          "51820",
          "65535",
          "65536",
          "70000",
          "4294967296",
          "-1",
          "+7",
          "007",
          "0x10",
          "",
          "ssh",
          "domain",
          "ntp",
          "no-such-service",
          "5 ",
          " 5",
          "5a",
          "99999999999999999999");
  private static final List<String> MARKS =
      List.of(
          "0",
          "off",
          "OFF",
          "Off",
          "of",
          "1",
          "0x0",
          "0xca6c",
          "0xCA6C",
          "0XCA6C",
          "0xffffffff",
          "0x100000000",
          "4294967295",
          "4294967296",
          "-1",
          "+1",
          "010",
          "0x",
          "x",
          "",
          "1 ",
          " 1",
          "0x-1",
          "00x1",
          "18446744073709551616",
          "0xfffffffff",
          "0x1g",
          "1.0");
  private static final List<String> KEEPALIVES =
      List.of(
          "0",
          "off",
          "OFF",
          "oFf",
          "1",
          "25",
          "65535",
          "65536",
          "-1",
          "+5",
          "0x5",
          "010",
          "",
          "x",
          "25s",
          " 25",
          "18446744073709551641",
          "4294967321",
          "00000000000025");
  private static final List<String> ADDRESSES =
      List.of(
          "0.0.0.0",
          "10.0.0.0",
          "10.1.2.3",
          "192.168.4.255",
          "255.255.255.255",
          "10.0.0",
          "10.0.0.0.0",
          "010.0.0.1",
          "256.0.0.1",
          "10.0.0.1 ",
          "1.2.3.",
          ".1.2.3",
          "0x0a.0.0.1",
          "::",
          "::1",
          "2001:db8::",
          "2001:DB8::ffff",
          "fe80::1",
          "fe80::1%lo",
          "::ffff:1.2.3.4",
          "::1.2.3.4",
          "1:2:3:4:5:6:7:8",
          "1:2:3:4:5:6:7",
          "1::2::3",
          ":1",
          "1:",
          "12345::",
          "::g",
          "1:2:3:4:5:6:1.2.3.4",
          "1:2:3:4:5:6:7:1.2.3.4",
          "::1.2.3",
          "::01.2.3.4",
          "[::1]",
          "",
          "x",
          "localhost",
          "1:0:0:2:0:0:0:3",
          "0:0:0:0:0:0:0:0",
          "::2:0:0:0:0:0:3",
          "ff02::1");
  private static final List<String> LENGTHS =
      List.of(
          "",
          "/0",
          "/1",
          "/8",
          "/24",
          "/31",
          "/32",
          "/33",
          "/64",
          "/127",
          "/128",
          "/129",
          "/-1",
          "/+8",
          "/ 8",
          "/08",
          "/0x8",
          "/",
          "/8/",
          "/8/9",
          "/x",
          "/8x",
          "/255",
          "/256",
          "/264",
          "/4294967304",
          "/255.0.0.0");
  private static final List<String> HOSTS =
      List.of(
          "192.0.2.1",
          "10.1",
          "0x7f000001",
          "017700000001",
          "1.2.3.4.5",
          "256.1.1.1",
          "[::1]",
          "[2001:db8::1]",
          "2001:db8::1",
          "[fe80::1]",
          "[fe80::1%lo]",
          "[fe80::1%1]",
          "[fe80::1%none0]",
          "[2001:db8::1%1]",
          "[2001:db8::1%lo]",
          "[ff02::1%lo]",
          "[::ffff:1.2.3.4]",
          "[192.0.2.1]",
          "[four.example]",
          "four.example",
          "six.example",
          "FOUR.example",
          "no-such-host.invalid",
          "[::1",
          "::1]",
          "[]",
          "",
          "[",
          "]",
          "[::1]x",
          "-",
          "a..b",
          ".",
          "four.example.",
          "192.0.2.1%lo",
          "[fe80::1%]",
          "[::1]]",
          "[[::1]]",
          "0",
          "1",
          "ab%lo");
  private static final String SPACES = " \t\r\u000b\f";
  private static final String ODD =
      " \t\r\u000b\f#=[],/:%.-+0xXaZ9'\"\\;|&$~\u007f\u0001\u00e9\u0000";

  private final Random random;

  ParityCorpus(long seed) {
    random = new Random(seed);
  }

  // Small choices.

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private String repeat(int most, java.util.function.Supplier<String> part) {
    StringBuilder out = new StringBuilder();
    for (int left = random.nextInt(most + 1); left > 0; left--) {
      out.append(part.get());
    }
    return out.toString();
  }

  private byte[] secret() {
    byte[] key = new byte[32];
    random.nextBytes(key);
    return key;
  }

  private String goodKey() {
    return Base64.getEncoder().encodeToString(secret());
  }

  private String hexSecret() {
    return chance(5) ? "0".repeat(64) : hexKey();
  }

  private String hexKey() {
    return HexFormat.of().formatHex(secret());
  }

  private String key() {
    String key = goodKey();
    if (chance(75)) {
      return key;
    }
    return switch (random.nextInt(9)) {
      case 0 -> key.substring(0, random.nextInt(44));
      case 1 -> key + "=";
      case 2 -> key.substring(0, 43);
      case 3 -> key.substring(0, 42) + (char) (key.charAt(42) + 1) + "=";
      case 4 -> key.substring(0, 43) + "A";
      case 5 -> "_" + key.substring(1);
      case 6 -> "";
      case 7 -> key + key;
      default -> broken(key);
    };
  }

  /** The text with one character changed, added or left out. */
  String broken(String text) {
    int at = random.nextInt(text.length() + 1);
    char odd = ODD.charAt(random.nextInt(ODD.length()));
    return switch (random.nextInt(3)) {
      case 0 -> text.substring(0, at) + odd + text.substring(at);
      case 1 -> text.substring(0, at) + text.substring(Math.min(text.length(), at + 1));
      default -> text.substring(0, at) + odd + text.substring(Math.min(text.length(), at + 1));
    };
  }

  /** For arguments, which have no NUL and which Java reads as UTF-8. */
  private String brokenWord(String text) {
    String word = broken(text).replace("\0", "").replaceAll("[^\\x00-\\x7f]", "");
    return word.startsWith("@") ? "" : word;
  }

  private String port() {
    return chance(40) ? Integer.toString(random.nextInt(65536)) : any(PORTS);
  }

  private String mark() {
    return chance(30) ? "0x" + Integer.toHexString(random.nextInt()) : any(MARKS);
  }

  private String keepalive() {
    return chance(40) ? Integer.toString(random.nextInt(65536)) : any(KEEPALIVES);
  }

  private String goodPrefix() {
    if (chance(50)) {
      String quad = random.nextInt(256) + "." + random.nextInt(256) + "." + random.nextInt(256);
      return quad + ".0/" + (chance(70) ? 24 : 16 + random.nextInt(17));
    }
    return Integer.toHexString(random.nextInt(65536))
        + ":"
        + random.nextInt(9999)
        + "::/"
        + (32 + random.nextInt(97));
  }

  private String prefix() {
    return chance(60) ? goodPrefix() : any(ADDRESSES) + any(LENGTHS);
  }

  private String prefixes(String separator) {
    int count = chance(10) ? 0 : 1 + random.nextInt(4);
    List<String> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String item = chance(90) ? goodPrefix() : prefix();
      items.add(chance(3) ? any(List.of("+", "-")) + item : item);
    }
    String list = String.join(separator, items);
    return chance(4) ? any(List.of("," + list, list + ",", list + ",,", " ", ",")) : list;
  }

  private String endpoint() {
    if (chance(50)) {
      return any(List.of("192.0.2.1:", "[2001:db8::1]:", "four.example:")) + random.nextInt(65536);
    }
    return any(HOSTS) + any(List.of(":", ":", ":", ":", ":", "", "::")) + port();
  }

  private String keyFileContent() {
    return switch (random.nextInt(8)) {
      case 0 -> "";
      case 1 -> key();
      case 2 -> goodKey() + repeat(4, () -> "" + SPACES.charAt(random.nextInt(5)) + "\n");
      case 3 -> goodKey() + "\n" + any(List.of("x", "#", "\0", goodKey(), "\u00e9"));
      case 4 -> " " + goodKey();
      case 5 -> "\n";
      default -> goodKey() + "\n";
    };
  }

  private String keyFile(ParityCase what) {
    if (chance(20)) {
      return any(List.of("/dev/null", "/nonexistent", "/", "", "/etc/hosts/x", "@missing"));
    }
    String name = "k" + what.files.size();
    what.file(name, keyFileContent());
    return "@" + name;
  }

  // Devices.

  private String time() {
    if (chance(30)) {
      return any(List.of("NOW-0", "NOW-1", "NOW-59", "NOW-60", "NOW-61", "NOW+5", "NOW-3600"));
    }
    long ago = (long) Math.pow(10, random.nextDouble() * 9.2);
    return "NOW-" + ago;
  }

  private String count() {
    if (chance(20)) {
      return Long.toUnsignedString(random.nextLong());
    }
    long value = 1L << random.nextInt(63);
    return Long.toUnsignedString(value + random.nextInt(3) - 1 + (chance(50) ? 0 : value / 3));
  }

  private void peer(List<String> lines) {
    lines.add("public_key=" + hexKey());
    if (chance(60)) {
      lines.add("preshared_key=" + (chance(50) ? "0".repeat(64) : hexKey()));
    }
    if (chance(70)) {
      lines.add("protocol_version=1");
    }
    if (chance(70)) {
      String host =
          any(
              List.of(
                  "192.0.2.1",
                  "[2001:db8::1]",
                  "[fe80::1%1]",
                  "[fe80::1%lo]",
                  "[fe80::2%77]",
                  "[::ffff:1.2.3.4]",
                  "[::1.2.3.4]",
                  "[2001:db8::3%1]"));
      lines.add("endpoint=" + host + ":" + (1 + random.nextInt(65535)));
    }
    if (chance(80)) {
      lines.add("last_handshake_time_sec=" + (chance(30) ? "0" : time()));
      lines.add("last_handshake_time_nsec=" + (chance(30) ? 0 : random.nextInt(1_000_000_000)));
    }
    if (chance(80)) {
      lines.add("tx_bytes=" + (chance(20) ? "0" : count()));
      lines.add("rx_bytes=" + (chance(20) ? "0" : count()));
    }
    if (chance(80)) {
      lines.add(
          "persistent_keepalive_interval="
              + any(List.of("0", "1", "25", "59", "60", "61", "3600", "3661", "65535")));
    }
    for (int left = random.nextInt(4); left > 0; left--) {
      lines.add("allowed_ip=" + cleanPrefix());
    }
  }

  /** A prefix without host bits, as devices report them. */
  private String cleanPrefix() {
    return any(
        List.of(
            "0.0.0.0/0",
            "10.0.0.0/8",
            "10." + random.nextInt(256) + "." + random.nextInt(256) + ".0/24",
            "192.0.2." + random.nextInt(256) + "/32",
            "::/0",
            "2001:db8:" + Integer.toHexString(random.nextInt(65536)) + "::/48",
            "fe80::" + Integer.toHexString(1 + random.nextInt(65535)) + "/128",
            "::ffff:1.2.3.4/128"));
  }

  private List<String> stateLines(int peers) {
    List<String> lines = new ArrayList<>();
    if (chance(75)) {
      lines.add("private_key=" + hexSecret());
    }
    if (chance(75)) {
      lines.add("listen_port=" + random.nextInt(65536));
    }
    if (chance(50)) {
      lines.add("fwmark=" + Integer.toUnsignedString(chance(50) ? random.nextInt() : 0));
    }
    for (int left = peers; left > 0; left--) {
      peer(lines);
    }
    lines.add("errno=0");
    return lines;
  }

  private static String text(List<String> lines) {
    return String.join("\n", lines) + "\n\n";
  }

  String state() {
    return text(stateLines(chance(10) ? 30 : random.nextInt(5)));
  }

  // Whole cases.

  private static final String KEY = "cF/kLBuonDekBSF/O0dcHNOnighat5uzh4z4UuQtOGE=";
  private static final String PLAIN = "listen_port=5\nerrno=0\n\n";

  /** What chance would not find. */
  static List<ParityCase> corners() {
    List<ParityCase> cases = new ArrayList<>();
    for (String command : List.of("show", "showconf", "set", "setconf", "addconf", "syncconf")) {
      for (String name : List.of("", "wg9", "../wg0", "wg0/", "0123456789abcdef", "all", "-x")) {
        cases.add(ParityCase.of(command, name).device("wg0", PLAIN));
        cases.add(ParityCase.of(command, name, "/dev/null").device("wg0", PLAIN));
        cases.add(ParityCase.of(command, name, "fwmark", "1").device("wg0", PLAIN));
      }
      cases.add(ParityCase.of(command));
      cases.add(ParityCase.of(command, "--help").device("wg0", PLAIN));
      cases.add(ParityCase.of("help", command));
    }
    for (String what : List.of("interfaces", "all")) {
      cases.add(ParityCase.of("show", what));
      cases.add(ParityCase.of("show", what).stale("wg5"));
      cases.add(ParityCase.of("show", what).stale("wg5").device("wg0", PLAIN).stale("wg6"));
      cases.add(
          ParityCase.of("show", what)
              .device("wg 0", PLAIN)
              .device("-", PLAIN)
              .device("a.sock", PLAIN)
              .device("", PLAIN)
              .device("0123456789abcde", PLAIN)
              .device("0123456789abcdef", PLAIN)
              .device("0123456789abcdefghijklmnop", PLAIN));
      cases.add(
          ParityCase.of("show", what)
              .device("wg0", "errno=1\n\n")
              .device("wg1", PLAIN)
              .device("wg2", ""));
      cases.add(ParityCase.of("show", what).device("wg0", "errno=1\n\n").device("wg1", ""));
    }
    for (String field : Usage.FIELDS) {
      cases.add(ParityCase.of("show", "all", field).device("wg0", "").device("wg1", PLAIN));
      cases.add(ParityCase.of("show", "wg0", field).device("wg0", "errno=1\n\n"));
    }
    for (String command : List.of("show", "showconf", "syncconf")) {
      cases.add(ParityCase.of(command, "wg0").stale("wg0"));
    }
    cases.add(ParityCase.of("set", "wg0", "fwmark", "1").stale("wg0"));
    cases.add(
        ParityCase.of("syncconf", "wg0", "@c")
            .file("c", "[Peer]\nPublicKey=" + KEY)
            .device("wg0", "errno=5\n\n"));
    sizes(cases);
    for (String retries : List.of("", "0", "00", "-1", "x", "1x", " 1", "+1", "infinity")) {
      cases.add(
          ParityCase.of("set", "wg0", "peer", KEY, "endpoint", "[]:5")
              .environment("WG_ENDPOINT_RESOLUTION_RETRIES", retries)
              .device("wg0", PLAIN));
    }
    for (String retries : List.of("", "2")) {
      cases.add(
          ParityCase.of("set", "wg0", "peer", KEY, "endpoint", "no-such-host.invalid:5")
              .environment("WG_ENDPOINT_RESOLUTION_RETRIES", retries)
              .device("wg0", PLAIN));
    }
    return cases;
  }

  /** For each kept difference a case that shows it. */
  static Map<KeptDifference, ParityCase> examples() {
    Map<KeptDifference, ParityCase> cases = new EnumMap<>(KeptDifference.class);
    String peer = "public_key=" + "01".repeat(32) + "\n";
    String end = "errno=0\n\n";
    cases.put(
        KeptDifference.ZERO_KEY,
        ParityCase.of("show").device("wg0", "private_key=" + "0".repeat(64) + "\n" + end));
    cases.put(KeptDifference.MORE_COMMANDS, ParityCase.of("x"));
    cases.put(KeptDifference.OWN_HELP, ParityCase.of("--version"));
    cases.put(
        KeptDifference.HIDDEN_KEYS,
        ParityCase.of("setconf", "wg0", "@c").file("c", "[Interface]\nPrivateKey=x\n"));
    cases.put(KeptDifference.HOST_BITS, withPrefixes("10.1.2.3/8"));
    cases.put(
        KeptDifference.BIG_PORTS,
        ParityCase.of("set", "wg0", "listen-port", "70000").device("wg0", PLAIN));
    cases.put(
        KeptDifference.NUMBERS_AS_NAMES,
        ParityCase.of("set", "wg0", "peer", KEY, "endpoint", "1.2.3.4.5:5").device("wg0", PLAIN));
    cases.put(KeptDifference.PLUS_AND_MINUS, withPrefixes("10.0.0.0/8,-10.1.0.0/16"));
    String first = "public_key=" + "02".repeat(32) + "\npreshared_key=" + "05".repeat(32) + "\n";
    ParityCase sync = ParityCase.of("syncconf", "wg0", "@c");
    sync.file("c", "[Peer]\nPublicKey=" + base64("02") + "\n");
    cases.put(KeptDifference.SYNC_CLEARS, sync.copy().device("wg0", first + end));
    cases.put(
        KeptDifference.SYNC_ORDER,
        sync.copy().device("wg0", peer + "public_key=" + "03".repeat(32) + "\n" + end));
    cases.put(
        KeptDifference.DIRECTORIES, ParityCase.of("setconf", "wg0", "/").device("wg0", PLAIN));
    cases.put(KeptDifference.STALE_SOCKETS, ParityCase.of("show", "interfaces").stale("wg0"));
    cases.put(
        KeptDifference.LONG_NAMES, ParityCase.of("show", "all").device("w".repeat(16), PLAIN));
    cases.put(
        KeptDifference.ENDPOINTS_OF_ALL,
        ParityCase.of("show", "all", "endpoints").device("wg0", PLAIN));
    cases.put(
        KeptDifference.BAD_ENDPOINTS,
        ParityCase.of("show", "wg0").device("wg0", peer + "endpoint=example.com:5\n" + end));
    cases.put(
        KeptDifference.ERRNO_SIGN,
        ParityCase.of("set", "wg0", "fwmark", "1").device("wg0", PLAIN, "errno=22\n\n"));
    cases.put(
        KeptDifference.IMPOSSIBLE_NUMBERS,
        ParityCase.of("show").device("wg0", peer + "rx_bytes=18446744073709551616\n" + end));
    cases.put(
        KeptDifference.NO_UTF8,
        ParityCase.of("setconf", "wg0", "@c").file("c", "\u00e9\n").device("wg0", PLAIN));
    return cases;
  }

  private static ParityCase withPrefixes(String list) {
    return ParityCase.of("set", "wg0", "peer", KEY, "allowed-ips", list).device("wg0", PLAIN);
  }

  private static String base64(String octet) {
    return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(octet.repeat(32)));
  }

  private static void sizes(List<ParityCase> cases) {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 3000; i++) {
      many.append("public_key=").append(HexFormat.of().toHexDigits(i).repeat(8)).append('\n');
      many.append("allowed_ip=10.").append(i >> 8).append('.').append(i & 255).append(".0/24\n");
    }
    many.append("errno=0\n\n");
    cases.add(ParityCase.of("show", "wg0", "dump").device("wg0", many.toString()));
    cases.add(ParityCase.of("show").device("wg0", many.toString()));
    String prefixes = "10.0.0.0/24,".repeat(5000) + "::/0";
    cases.add(
        ParityCase.of("set", "wg0", "peer", KEY, "allowed-ips", prefixes).device("wg0", PLAIN));
    String peer = "[Peer]\nPublicKey=" + KEY + "\nAllowedIPs=" + prefixes + "\n";
    cases.add(
        ParityCase.of("setconf", "wg0", "@c").file("c", peer.repeat(20)).device("wg0", PLAIN));
    cases.add(
        ParityCase.of("setconf", "wg0", "@c")
            .file("c", "#" + "x".repeat(300_000) + "\n[Interface]\nFwMark=1")
            .device("wg0", PLAIN));
    cases.add(
        ParityCase.of("setconf", "wg0", "@c").file("c", "\n".repeat(50_000)).device("wg0", PLAIN));
  }

  ParityCase show() {
    List<String> words = new ArrayList<>();
    if (chance(92)) {
      words.add("show");
      if (chance(85)) {
        words.add(any(List.of("wg0", "wg0", "wg0", "all", "all", "interfaces", "wg7", "--help")));
        if (chance(60)) {
          words.add(
              chance(95) ? any(Usage.FIELDS) : any(List.of("", "Dump", "peer", "interfaces")));
          if (chance(3)) {
            words.add("extra");
          }
        }
      }
    }
    ParityCase what = new ParityCase(words);
    int devices = random.nextInt(4);
    for (int i = 0; i < devices; i++) {
      what.device("wg" + i, state());
    }
    if (chance(60)) {
      what.environment("WG_COLOR_MODE", any(List.of("always", "never", "auto", "", "ALWAYS", "x")));
    }
    if (chance(60)) {
      what.environment("WG_HIDE_KEYS", any(List.of("always", "never", "", "NEVER", "x")));
    }
    return what;
  }

  ParityCase showconf() {
    return ParityCase.of("showconf", "wg0").device("wg0", state());
  }

  /** What no honest program would answer. */
  ParityCase hostile() {
    List<String> lines = stateLines(random.nextInt(3));
    for (int left = 1 + random.nextInt(3); left > 0; left--) {
      int at = random.nextInt(lines.size());
      switch (random.nextInt(9)) {
        case 0 -> lines.remove(at);
        case 1 -> lines.add(at, lines.get(random.nextInt(lines.size())));
        case 2 -> lines.set(at, broken(lines.get(at)));
        case 3 -> lines.add(at, lines.remove(lines.size() - 1));
        case 4 -> lines.add(at, any(ODD_LINES));
        case 5 -> lines.set(lines.size() - 1, "errno=" + any(ERRNOS));
        default -> {
          int equals = lines.get(at).indexOf('=');
          lines.set(at, lines.get(at).substring(0, equals + 1) + any(ODD_VALUES));
        }
      }
      if (lines.isEmpty()) {
        lines.add("");
      }
    }
    String answer = text(lines);
    if (chance(10)) {
      answer = answer.substring(0, random.nextInt(answer.length()));
    }
    String command = any(List.of("show", "showconf", "dump"));
    ParityCase what =
        command.equals("dump")
            ? ParityCase.of("show", "wg0", "dump")
            : ParityCase.of(command, "wg0");
    return what.device("wg0", answer);
  }

  private static final List<String> ODD_LINES =
      List.of(
          "",
          "=",
          "=x",
          "unknown=1",
          "unknown",
          "public_key=",
          "public_key",
          "errno=0",
          "errno=5",
          " listen_port=5",
          "listen_port =5",
          "LISTEN_PORT=5",
          "x".repeat(20000) + "=1",
          "allowed_ip=10.0.0.0/8",
          "rx_bytes=1");
  private static final List<String> ODD_VALUES =
      List.of(
          "",
          "0",
          "1",
          "-1",
          "+1",
          " 1",
          "1 ",
          "0x1",
          "65535",
          "65536",
          "4294967295",
          "4294967296",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551615",
          "18446744073709551616",
          "99999999999999999999999",
          "x",
          "10.0.0.0/8",
          "10.0.0.0",
          "10.0.0.0/33",
          "10.0.0.0/",
          "10.0.0.0/8/9",
          "::/129",
          "/8",
          "1.2.3.4:5",
          "1.2.3.4",
          "1.2.3.4:",
          ":5",
          "[::1]:5",
          "[::1]",
          "[::1",
          "[]:5",
          "example.com:5",
          "1.2.3.4:65536",
          "1.2.3.4:ssh",
          "[fe80::1%none0]:5",
          "00",
          "zz".repeat(32),
          "F".repeat(64),
          "0".repeat(64),
          "0".repeat(63),
          "0".repeat(65));

  private static final List<String> ERRNOS =
      List.of(
          "1",
          "-1",
          "2",
          "13",
          "19",
          "22",
          "95",
          "98",
          "133",
          "134",
          "4095",
          "x",
          "",
          "0 ",
          "-0",
          "2147483647",
          "2147483648",
          "4294967295",
          "1000000",
          "0x5");

  ParityCase set() {
    List<String> words = new ArrayList<>(List.of("set", chance(97) ? "wg0" : "wg9"));
    ParityCase what = new ParityCase(List.of());
    for (int left = random.nextInt(3); left > 0; left--) {
      switch (random.nextInt(3)) {
        case 0 -> words.addAll(List.of("listen-port", port()));
        case 1 -> words.addAll(List.of("fwmark", mark()));
        default -> words.addAll(List.of("private-key", keyFile(what)));
      }
    }
    for (int left = random.nextInt(4); left > 0; left--) {
      words.addAll(List.of("peer", chance(90) ? goodKey() : key()));
      for (int options = random.nextInt(4); options > 0; options--) {
        switch (random.nextInt(6)) {
          case 0 -> words.add("remove");
          case 1 -> words.addAll(List.of("preshared-key", keyFile(what)));
          case 2 -> words.addAll(List.of("endpoint", endpoint()));
          case 3 -> words.addAll(List.of("persistent-keepalive", keepalive()));
          default -> words.addAll(List.of("allowed-ips", prefixes(chance(80) ? "," : ", ")));
        }
      }
    }
    if (chance(15) && words.size() > 2) {
      int at = 2 + random.nextInt(words.size() - 2);
      switch (random.nextInt(5)) {
        case 0 -> words.remove(at);
        case 1 -> words.add(at, words.get(at));
        case 2 -> words.set(at, brokenWord(words.get(at)));
        case 3 -> words.add(any(List.of("peer", "remove", "endpoint", "allowed-ips", "", "x")));
        default -> words.add(at, words.get(random.nextInt(words.size())));
      }
    }
    return withFiles(words, what).device("wg0", state(), setAnswer());
  }

  private static ParityCase withFiles(List<String> words, ParityCase files) {
    ParityCase what = new ParityCase(words);
    what.files.putAll(files.files);
    return what;
  }

  private static final List<String> SET_ANSWERS =
      List.of(
          "",
          "\n",
          "\n\n",
          "errno=0",
          "errno=0\n",
          "errno",
          "x=1\nerrno=0\n\n",
          "errno=0\nerrno=22\n\n",
          "errno=22\nerrno=0\n\n",
          "Errno=0\n\n",
          " errno=0\n\n");

  private String setAnswer() {
    if (chance(85)) {
      return "errno=0\n\n";
    }
    return chance(50) ? "errno=" + any(ERRNOS) + "\n\n" : any(SET_ANSWERS);
  }

  /** Each answer that a change may get. */
  static List<ParityCase> setAnswers() {
    List<ParityCase> cases = new ArrayList<>();
    Stream.concat(SET_ANSWERS.stream(), ERRNOS.stream().map(errno -> "errno=" + errno + "\n\n"))
        .map(answer -> ParityCase.of("set", "wg0", "fwmark", "1").device("wg0", "", answer))
        .forEach(cases::add);
    return cases;
  }

  /** Each field of a device and of a peer, with each odd value. */
  static List<ParityCase> numbersInAnswers() {
    String peer = "public_key=" + "01".repeat(32) + "\n";
    List<ParityCase> cases = new ArrayList<>();
    for (String value : Stream.concat(ODD_VALUES.stream(), ERRNOS.stream()).toList()) {
      for (String field : List.of("private_key", "listen_port", "fwmark", "errno", "public_key")) {
        String answer = field + "=" + value + "\n" + (field.equals("errno") ? "" : "errno=0\n");
        cases.add(ParityCase.of("show", "wg0", "dump").device("wg0", answer + "\n"));
      }
      for (String field :
          List.of(
              "preshared_key",
              "protocol_version",
              "endpoint",
              "allowed_ip",
              "last_handshake_time_sec",
              "last_handshake_time_nsec",
              "rx_bytes",
              "tx_bytes",
              "persistent_keepalive_interval")) {
        String answer = peer + field + "=" + value + "\nerrno=0\n\n";
        cases.add(ParityCase.of("show", "wg0", "dump").device("wg0", answer));
        cases.add(ParityCase.of("show", "wg0").device("wg0", answer));
      }
    }
    return cases;
  }

  // Configuration files.

  private String cased(String name) {
    return switch (random.nextInt(12)) {
      case 0 -> name.toLowerCase(java.util.Locale.ROOT);
      case 1 -> name.toUpperCase(java.util.Locale.ROOT);
      case 2 -> broken(name);
      default -> name;
    };
  }

  private String spaces() {
    return chance(85)
        ? any(List.of("", " "))
        : repeat(3, () -> "" + SPACES.charAt(random.nextInt(5)));
  }

  private String line(String name, String value) {
    String comment = chance(10) ? any(List.of("#", " # x", "#=", ";x")) : "";
    return spaces() + cased(name) + spaces() + "=" + spaces() + value + spaces() + comment;
  }

  private List<String> interfaceLines() {
    List<String> lines = new ArrayList<>(List.of(spaces() + cased("[Interface]") + spaces()));
    for (int left = random.nextInt(4); left > 0; left--) {
      lines.add(
          switch (random.nextInt(3)) {
            case 0 -> line("PrivateKey", chance(90) ? goodKey() : key());
            case 1 -> line("ListenPort", chance(70) ? "51820" : port());
            default -> line("FwMark", chance(60) ? "0x51" : mark());
          });
    }
    return lines;
  }

  private List<String> peerLines(String known) {
    List<String> lines = new ArrayList<>(List.of(cased("[Peer]")));
    if (chance(95)) {
      lines.add(line("PublicKey", known.isEmpty() || chance(50) ? goodKey() : known));
    }
    for (int left = random.nextInt(5); left > 0; left--) {
      lines.add(
          switch (random.nextInt(5)) {
            case 0 -> line("PresharedKey", chance(90) ? goodKey() : key());
            case 1 -> line("Endpoint", chance(70) ? "192.0.2.9:5" : endpoint());
            case 2 -> line("PersistentKeepalive", chance(60) ? "25" : keepalive());
            default -> line("AllowedIPs", prefixes(chance(50) ? "," : " , "));
          });
    }
    return lines;
  }

  ParityCase conf() {
    String command = any(List.of("setconf", "addconf", "syncconf", "syncconf"));
    String state = state();
    int known = state.indexOf("public_key=");
    String knownKey =
        known < 0
            ? ""
            : Base64.getEncoder()
                .encodeToString(HexFormat.of().parseHex(state, known + 11, known + 75));
    List<String> lines = new ArrayList<>();
    if (chance(5)) {
      lines.add(line("ListenPort", "5"));
    }
    for (int left = 1 + random.nextInt(3); left > 0; left--) {
      lines.addAll(chance(50) ? interfaceLines() : peerLines(knownKey));
    }
    while (chance(25)) {
      lines.add(
          random.nextInt(lines.size() + 1),
          any(
              List.of(
                  "",
                  "# comment",
                  "  #",
                  " ",
                  "\t",
                  "[Peer",
                  "[Peers]",
                  "Peer]",
                  "=",
                  "= 5",
                  "ListenPort",
                  "ListenPort =",
                  "AllowedIPs =",
                  "Address = 10.0.0.1/8",
                  "Foo = 1",
                  "[Peer] PublicKey = x",
                  "[Pe er]",
                  "L i s t e n Port = 5",
                  "\0",
                  "x\0",
                  "[Peer]\0x",
                  "Endpoint=",
                  "PublicKey=",
                  "PrivateKey=",
                  "FwMark=#",
                  "ListenPort==5",
                  "PersistentKeepalive=off",
                  "AllowedIPs=,")));
    }
    String end = chance(90) ? "\n" : any(List.of("\r\n", "\n\n", "\r"));
    String content = String.join(end, lines) + (chance(85) ? end : "");
    if (chance(20)) {
      content = broken(content);
    }
    return ParityCase.of(command, "wg0", "@conf")
        .file("conf", content)
        .device("wg0", state, setAnswer());
  }

  ParityCase keys() {
    if (chance(10)) {
      return ParityCase.of(
          any(List.of("genkey", "genpsk", "pubkey")), any(List.of("x", "--help", "")));
    }
    String input =
        chance(40)
            ? keyFileContent()
            : key() + repeat(3, () -> "" + ODD.charAt(random.nextInt(ODD.length())));
    return ParityCase.of("pubkey").input(input);
  }

  /** Words in any order, known and unknown ones. */
  ParityCase words() {
    List<String> all =
        List.of(
            "show",
            "showconf",
            "set",
            "setconf",
            "addconf",
            "syncconf",
            "genkey",
            "genpsk",
            "pubkey",
            "wg0",
            "wg9",
            "all",
            "interfaces",
            "peer",
            "remove",
            "listen-port",
            "-h",
            "--help",
            "help",
            "-v",
            "--version",
            "version",
            "",
            "x",
            "/dev/null",
            "dump",
            "SHOW",
            "--",
            "-",
            "show ",
            "0123456789abcdefg",
            "..",
            "a/b",
            "5",
            "off",
            "allowed-ips",
            goodKey());
    List<String> words = new ArrayList<>();
    for (int left = random.nextInt(5); left > 0; left--) {
      words.add(any(all));
    }
    if (words.equals(List.of("genkey")) || words.equals(List.of("genpsk"))) {
      words.add("x");
    }
    return new ParityCase(words).device("wg0", state());
  }
}
