// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Makes {@link QuickCase}s: generated ones by a seed, and those that chance does not find. */
final class QuickCorpus {

  /** Kinds of generated cases. */
  enum Family {
    /** All keys at once. */
    TUNNELS(QuickCorpus::tunnel),
    /** Table, FwMark and AllowedIPs. */
    ROUTES(QuickCorpus::routes),
    /** DNS and who takes it. */
    RESOLVERS(QuickCorpus::resolvers),
    /** Where endpoints are, and what the way there lets through. */
    UNDERLAYS(QuickCorpus::underlays),
    /** Hooks, also ones that fail. */
    HOOKS(QuickCorpus::hooks),
    /** The same said in other words. */
    FORMS(QuickCorpus::forms),
    /** One thing that is wrong. */
    FAULTS(QuickCorpus::faults),
    /** Right, but the machine refuses. */
    REFUSALS(QuickCorpus::refusals),
    /** SaveConfig, and save. */
    SAVES(QuickCorpus::saves);

    private final Function<QuickCorpus, QuickCase> maker;

    Family(Function<QuickCorpus, QuickCase> maker) {
      this.maker = maker;
    }
  }

  private static final List<String> ENDPOINTS =
      List.of(
          "192.0.2.77:51820",
          "192.0.2.78:1",
          "198.51.100.7:51820",
          "203.0.113.7:65535",
          "[2001:db8::7]:51820",
          "[2001:db8:1::7]:4500",
          "127.0.0.1:5",
          "peer.example:51820",
          "peer.example:domain");

  private static final List<String> UNDERLAYS =
      List.of(
          "",
          "ip route del default\nip -6 route del default",
          "ip route add 198.51.100.0/24 via 192.0.2.254 dev host0 mtu 1390",
          "ip link add wide address 02:00:00:00:00:02 type dummy\nip link set wide addrgenmode none\n"
              + "ip link set wide mtu 9000 up\nip addr add 198.51.100.1/24 dev wide",
          "ip route replace default via 192.0.2.254 dev host0 mtu 1380",
          "ip route add blackhole 198.51.100.0/24",
          "ip link set host0 mtu 1500",
          "ip link set host0 mtu 1370\nip route del default\n"
              + "ip route add 203.0.113.0/24 via 192.0.2.254");

  private final Random random;
  private final long seed;
  private int made;

  QuickCorpus(long seed) {
    this.seed = seed;
    this.random = new Random(seed);
  }

  /** The next case of a family. */
  QuickCase next(Family family) {
    QuickCase made = family.maker.apply(this);
    this.made++;
    return made;
  }

  private String title(Family family) {
    return family + ", number " + made + " of seed " + seed;
  }

  // Chance

  private boolean once(int in) {
    return random.nextInt(in) == 0;
  }

  @SafeVarargs
  private <T> T one(T... of) {
    return of[random.nextInt(of.length)];
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private String key() {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    bytes[0] &= (byte) 0xf8;
    bytes[31] = (byte) (bytes[31] & 0x7f | 0x40);
    return Base64.getEncoder().encodeToString(bytes);
  }

  // Pieces of configurations

  /** A configuration under way: lines of the interface, and of each peer. */
  private static final class Draft {
    final List<String> head = new ArrayList<>();
    final List<List<String>> peers = new ArrayList<>();

    String text() {
      StringBuilder out = new StringBuilder();
      lines().forEach(line -> out.append(line).append('\n'));
      return out.toString();
    }

    List<String> lines() {
      List<String> lines = new ArrayList<>();
      lines.add("[Interface]");
      lines.addAll(head);
      for (List<String> peer : peers) {
        lines.add("[Peer]");
        lines.addAll(peer);
      }
      return lines;
    }
  }

  /** A key, addresses and a port. */
  private Draft draft() {
    Draft draft = new Draft();
    draft.head.add("PrivateKey = " + key());
    if (!once(8)) {
      draft.head.add("ListenPort = " + (40000 + random.nextInt(10000)));
    }
    int addresses = random.nextInt(4);
    for (int i = 0; i < addresses; i++) {
      draft.head.add("Address = " + address(i));
    }
    return draft;
  }

  /** The numbers differ, so that no address comes twice. */
  private String address(int number) {
    int chosen = random.nextInt(5);
    return switch (chosen) {
      case 0 ->
          "fd0" + number + "::" + (1 + random.nextInt(9)) + "/" + one("64", "128", "48", "112");
      case 1 -> "10.2" + number + ".0.1";
      case 2 -> "10.3" + number + ".0.1/32, fd1" + number + "::1";
      default ->
          "10.1" + number + "." + random.nextInt(4) + ".1/" + one("24", "16", "30", "8", "32");
    };
  }

  private String prefix() {
    return switch (random.nextInt(12)) {
      case 0 -> "0.0.0.0/0";
      case 1 -> "::/0";
      case 2 -> one("0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1");
      case 3 -> "fd0" + random.nextInt(4) + "::/" + one("16", "48", "64");
      case 4 -> "fd0" + random.nextInt(4) + "::" + random.nextInt(16) + "/128";
      case 5 -> "172.16." + random.nextInt(4) + ".0/" + one("22", "23", "24");
      case 6 -> "10.1" + random.nextInt(3) + ".0." + random.nextInt(4);
      case 7 -> "10.1" + random.nextInt(3) + ".3.1/" + one("8", "16", "24");
      default -> "10." + random.nextInt(40) + ".0.0/" + one("8", "10", "16", "24", "32");
    };
  }

  private String prefixes() {
    List<String> prefixes = new ArrayList<>();
    int count = random.nextInt(5);
    for (int i = 0; i < count; i++) {
      prefixes.add(prefix());
    }
    return String.join(one(", ", ",", " , "), prefixes);
  }

  private void peers(Draft draft, int atMost) {
    int count = random.nextInt(atMost + 1);
    for (int i = 0; i < count; i++) {
      List<String> peer = new ArrayList<>();
      peer.add("PublicKey = " + key());
      if (once(4)) {
        peer.add("PresharedKey = " + key());
      }
      String prefixes = prefixes();
      if (!prefixes.isEmpty()) {
        peer.add("AllowedIPs = " + prefixes);
      }
      if (once(3)) {
        peer.add("Endpoint = " + one(ENDPOINTS));
      }
      if (once(3)) {
        peer.add("PersistentKeepalive = " + one("off", "0", "25", "65535"));
      }
      draft.peers.add(peer);
    }
  }

  private String table() {
    return "Table = " + one("auto", "off", "1234", "0x4d2", "main", "254", "51820", "4294967295");
  }

  private String mark() {
    return "FwMark = " + one("off", "0", "4321", "0x77", "0xffffffff", "51820", "0x0");
  }

  private String mtu() {
    return "MTU = " + one("1280", "1420", "1380", "9000", "68", "0", "576");
  }

  private String dns() {
    return "DNS = "
        + one(
            "10.1.0.53",
            "10.1.0.53, fd01::53",
            "10.1.0.53, example.org",
            "example.org, example.net",
            "fd01::53,10.0.0.1,sub.example.org",
            "10.1.0.53 fd01::53 example.org",
            "1.1.1.1 , 8.8.8.8");
  }

  private String hook(String kind) {
    return kind
        + " = "
        + one(
            "true",
            "echo " + kind + " of %i >>" + QuickCase.DIARY,
            "echo %i %i $INTERFACE >>" + QuickCase.DIARY + "; true",
            "{ umask; pwd; echo $LC_ALL; } >>" + QuickCase.DIARY,
            "false || true",
            "false; echo not reached >>" + QuickCase.DIARY + " || true",
            "[[ abcd == +([a-d]) ]] && echo extglob >>" + QuickCase.DIARY,
            "echo out; echo err >&2",
            "A=1; B=$((A + 1)); echo \"$B\" '$B' `echo x` >>" + QuickCase.DIARY,
            "basename $CONFIG_FILE >>" + QuickCase.DIARY,
            "cat >>" + QuickCase.DIARY,
            "echo one >>" + QuickCase.DIARY + " & wait",
            "IFS=:; set -- a:b; for x in $*; do echo $x >>" + QuickCase.DIARY + "; done");
  }

  private QuickCase of(Family family, Draft draft) {
    return QuickCase.of(title(family), draft.text());
  }

  // Families

  private QuickCase tunnel() {
    Draft draft = draft();
    addSome(draft);
    peers(draft, 3);
    return of(Family.TUNNELS, draft).withResolver(one("plain", "plain", "openresolv"));
  }

  private void addSome(Draft draft) {
    if (once(3)) {
      draft.head.add(mtu());
    }
    if (once(2)) {
      draft.head.add(dns());
    }
    if (once(3)) {
      draft.head.add(table());
    }
    if (once(3)) {
      draft.head.add(mark());
    }
    for (String kind : List.of("PreUp", "PostUp", "PreDown", "PostDown")) {
      if (once(4)) {
        draft.head.add(hook(kind));
      }
    }
  }

  private QuickCase routes() {
    Draft draft = draft();
    if (once(2)) {
      draft.head.add(table());
    }
    if (once(2)) {
      draft.head.add(mark());
    }
    peers(draft, 4);
    String others =
        one(
            "",
            "",
            "ip route add 203.0.113.0/24 dev host0 table 51820",
            "ip -6 route add 2001:db8:9::/48 dev host0 table 51820\n"
                + "ip route add 203.0.113.0/24 dev host0 table 51821",
            "ip rule add from 192.0.2.0/24 table 1234 priority 100",
            "sysctl -q net.ipv4.conf.all.src_valid_mark=1");
    return of(Family.ROUTES, draft)
        .withFirewall(one("nft", "nft", "iptables", "none"))
        .after(others);
  }

  private QuickCase resolvers() {
    Draft draft = draft();
    int lines = 1 + random.nextInt(3);
    for (int i = 0; i < lines; i++) {
      draft.head.add(dns());
    }
    peers(draft, 1);
    String order =
        once(2)
            ? ""
            : one(
                "lo.inet6\nlo.inet\nlo\ntun*\ntap*\neth*\n",
                "lo\neth*\ntun*\n",
                "# nothing\nlo\n",
                "lo.@(dnsmasq|pdnsd)\nwg-a*\n");
    return of(Family.RESOLVERS, draft)
        .withResolver(one("plain", "openresolv", "failing", "resolvectl", "none"))
        .withOrder(order);
  }

  private QuickCase underlays() {
    Draft draft = draft();
    int count = once(3) ? 2 : 1;
    for (int i = 0; i < count; i++) {
      draft.peers.add(
          new ArrayList<>(List.of("PublicKey = " + key(), "Endpoint = " + one(ENDPOINTS))));
    }
    return of(Family.UNDERLAYS, draft).after(one(UNDERLAYS));
  }

  private QuickCase hooks() {
    Draft draft = draft();
    for (String kind : List.of("PreUp", "PostUp", "PreDown", "PostDown")) {
      int count = random.nextInt(3);
      for (int i = 0; i < count; i++) {
        draft.head.add(
            once(12)
                ? kind + " = " + one("exit 7", "false", "exit 0", "nonsense", "")
                : hook(kind));
      }
    }
    if (once(2)) {
      draft.head.add(dns());
    }
    peers(draft, 1);
    return of(Family.HOOKS, draft);
  }

  /** A right configuration, each line said in some other way that means the same. */
  private QuickCase forms() {
    Draft draft = draft();
    addSome(draft);
    if (once(3)) {
      draft.head.add("SaveConfig = " + one("false", "False", "true", "TRUE"));
    }
    if (once(3)) {
      draft.head.add(one("MTU =", "Table =", "DNS =", "Address =", "PreUp =", "PostDown ="));
    }
    if (once(3)) {
      draft.head.add(mtu());
    }
    if (once(4)) {
      draft.head.add("Address = 10.91.0.1/24 10.92.0.1/24");
    }
    if (once(4)) {
      draft.head.add("Address = 10.93.0.1/24,, fd93::1/64 ,");
    }
    draft.head.removeIf(QuickCorpus::isSpoiltBySaving);
    peers(draft, 2);
    List<String> lines = draft.lines();
    if (once(3)) {
      lines.addAll(List.of("[Interface]", "FwMark = 0x55", "Address = 10.94.0.1/32"));
    }
    String end = once(6) ? "\r\n" : "\n";
    StringBuilder text = new StringBuilder(once(6) ? "# first" + end + end : "");
    for (String line : lines) {
      text.append(said(line)).append(end);
      if (once(10)) {
        text.append(one("", "   ", "#", "\t# Address = 10.99.0.1", "# [Peer]")).append(end);
      }
    }
    if (once(4)) {
      text.setLength(text.length() - end.length());
    }
    QuickCase made = QuickCase.of(title(Family.FORMS), text.toString());
    return once(3)
        ? made.doing("quick strip @")
        : made.doing("quick strip @", "quick up @", "quick down @");
  }

  private String said(String line) {
    int equals = line.indexOf('=');
    if (equals < 0) {
      return one("", "  ", "\t")
          + one(line, line.toLowerCase(), line.toUpperCase())
          + one("", " ", " # x");
    }
    String key = line.substring(0, equals).strip();
    String value = line.substring(equals + 1).strip();
    String before = one("", "", " ", "\t");
    String between = one(" = ", "=", " =", "= ", "\t=\t ");
    boolean hook = key.startsWith("P") && !key.endsWith("Key");
    String after = one("", "", " ", "\t", " # comment", hook ? "" : "#comment");
    return before + one(key, key, key.toLowerCase(), key.toUpperCase()) + between + value + after;
  }

  private QuickCase faults() {
    Draft draft = draft();
    addSome(draft);
    peers(draft, 1);
    draft.peers.add(new ArrayList<>(List.of("PublicKey = " + key(), "AllowedIPs = 10.8.0.0/24")));
    String ofInterface =
        one(
            "Address = 10.1.0/24",
            "Address = 10.1.0.1/33",
            "Address = fd00::1/129",
            "Address = nonsense",
            "Address = 10.1.0.1/",
            "Address = 10.1.0.256/24",
            "Address",
            "MTU = abc",
            "MTU = -5",
            "MTU = 99999999999",
            "MTU = 1420 1420",
            "Table = nosuchtable",
            "Table = -1",
            "Table = 4294967296",
            "FwMark = -1",
            "FwMark = 0x100000000",
            "FwMark = red",
            "FwMark =",
            "ListenPort = x",
            "ListenPort =",
            "PrivateKey = AAAA",
            "PrivateKey =",
            "SaveConfig = yes",
            "SaveConfig = 1",
            "SaveConfig =",
            "Adress = 10.1.0.1/24",
            "PublicKey = " + key(),
            "AllowedIPs = 10.0.0.0/8",
            "PostUP2 = true",
            "nonsense",
            "= nothing",
            "[Foo]",
            "[Interface",
            "\u00fcber = 1");
    String ofPeer =
        one(
            "PublicKey = AAAA",
            "PublicKey =",
            "PresharedKey = nonsense",
            "AllowedIPs = 10.0.0.0/33",
            "AllowedIPs = 10.0.0.0/8,",
            "AllowedIPs = nonsense",
            "Endpoint = 192.0.2.1",
            "Endpoint = [2001:db8::1:5",
            "Endpoint = nosuchhost.invalid:5",
            "Endpoint =",
            "PersistentKeepalive = 65536",
            "PersistentKeepalive = x",
            "Address = 10.1.0.1/24",
            "DNS = 1.1.1.1",
            "PostUp = true",
            "MTU = 1400",
            "SaveConfig = true",
            "PrivateKey = " + key(),
            "nonsense");
    switch (random.nextInt(4)) {
      case 0 -> draft.peers.get(0).remove(0);
      case 1 -> draft.peers.get(draft.peers.size() - 1).add(ofPeer);
      default -> draft.head.add(random.nextInt(draft.head.size() + 1), ofInterface);
    }
    String text = draft.text();
    return QuickCase.of(
        title(Family.FAULTS), once(10) ? text.replaceFirst("\\[Interface\\]\n", "") : text);
  }

  private QuickCase refusals() {
    Draft draft = draft();
    draft.head.add("Address = 10.77.0.1/24, fd77::1/64");
    if (once(2)) {
      draft.head.add(dns());
    }
    if (once(2)) {
      draft.head.add(hook("PreUp"));
    }
    boolean everything = once(2);
    draft.peers.add(
        new ArrayList<>(
            List.of(
                "PublicKey = " + key(),
                "AllowedIPs = 10.9.0.0/16, fd99::/64" + (everything ? ", 0.0.0.0/0, ::/0" : ""))));
    QuickCase made;
    switch (random.nextInt(10)) {
      case 0 -> {
        draft.head.removeIf(line -> line.startsWith("ListenPort"));
        draft.head.add("ListenPort = 51900");
        made =
            after(
                draft,
                "ip link add taken type wireguard\nwg set taken listen-port 51900\nip link set taken up");
      }
      case 1 -> {
        draft.head.add("Table = 1234");
        made = after(draft, "ip route add 10.9.0.0/16 dev host0 table 1234");
      }
      case 2 -> made = after(draft, "ip route add 10.9.0.0/16 dev host0");
      case 3 -> {
        draft.head.add("Address = 10.77.0.1/24");
        made = after(draft, "");
      }
      case 4 -> {
        draft.head.add("MTU = " + one("1000", "2147483600", "2147483647", "4294967296"));
        made = after(draft, "");
      }
      case 5 -> made = after(draft, "").withResolver("failing");
      case 6 -> made = after(draft, "").withResolver("none");
      case 7 -> made = after(draft, "").withFirewall("broken");
      case 8 -> {
        draft.head.add("Table = main");
        draft.peers.get(0).add("AllowedIPs = 0.0.0.0/0");
        made = after(draft, "");
      }
      default -> {
        draft.head.add("PostUp = " + one("false", "exit 9"));
        made = after(draft, "");
      }
    }
    return made;
  }

  private QuickCase after(Draft draft, String lines) {
    return of(Family.REFUSALS, draft).after(lines);
  }

  /** With the bash of today wg-quick puts what it replaces in the place of each & of a hook. */
  private static boolean isSpoiltBySaving(String line) {
    return line.indexOf('&') >= 0;
  }

  private QuickCase saves() {
    Draft draft = draft();
    boolean onDown = once(2);
    if (onDown) {
      draft.head.add("SaveConfig = true");
    }
    addSome(draft);
    draft.head.removeIf(QuickCorpus::isSpoiltBySaving);
    peers(draft, 2);
    String last = key();
    draft.peers.add(new ArrayList<>(List.of("PublicKey = " + last, "AllowedIPs = 10.66.0.0/24")));
    StringBuilder text = new StringBuilder("# of nobody\n");
    for (String line : draft.lines()) {
      text.append(once(5) ? "# about " + line.split(" ")[0] + "\n" : "");
      text.append(line).append('\n');
    }
    String change =
        one(
            "true",
            "wg set q0 listen-port 41000",
            "wg set q0 peer " + key() + " allowed-ips 10.67.0.0/24,fd67::/64 endpoint 192.0.2.9:1",
            "wg set q0 peer " + last + " remove",
            "ip addr add 10.99.0.1/32 dev q0; ip link set q0 addrgenmode none mtu 1310");
    QuickCase made = QuickCase.of(title(Family.SAVES), text.toString());
    made = made.withMode(one("600", "600", "640", "644")).withResolver(one("plain", "openresolv"));
    return onDown
        ? made.doing("quick up @", change, "quick down @", "quick up @", "quick down @")
        : made.doing("quick up @", change, "quick save @", "quick down @");
  }

  // What chance does not find

  private static final String KEY =
      "[Interface]\nPrivateKey = mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=\n";
  private static final String PEER =
      "[Peer]\nPublicKey = aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=\n";
  private static final String OTHER =
      "[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\n";
  private static final String TUNNEL =
      KEY + "ListenPort = 51900\nAddress = 10.1.0.1/24, fd01::1/64\n";
  private static final String EVERYTHING = PEER + "AllowedIPs = 0.0.0.0/0, ::/0\n";

  /** Names, files, sequences, and an example of each difference that is kept. */
  static List<QuickCase> corners() {
    List<QuickCase> all = new ArrayList<>();
    all.addAll(names());
    all.addAll(sequences());
    all.addAll(differences());
    return all;
  }

  private static List<QuickCase> names() {
    QuickCase plain = QuickCase.of("", TUNNEL);
    String directory = QuickCase.DIRECTORY;
    return List.of(
        titled("a name, found in /etc/wireguard", plain.at("/etc/wireguard/wg-_=.0.conf"))
            .doing("quick up wg-_=.0", "quick save wg-_=.0", "quick down wg-_=.0"),
        titled("a name with a plus", plain.at("/etc/wireguard/wg+.conf"))
            .doing("quick up wg+", "quick down wg+"),
        titled("no such names and files", plain)
            .doing(
                "quick up nosuch",
                "quick down nosuch",
                "quick save nosuch",
                "quick strip nosuch",
                "quick up /no/such/file.conf",
                "quick strip sixteencharacters",
                "quick up q0.confs"),
        titled("too long", plain.at(directory + "/sixteencharacter.conf")).doing("quick up @"),
        titled("as long as can be", plain.at(directory + "/fifteencharacte.conf"))
            .doing("quick up @", "quick down @"),
        titled("no such suffix", plain.at(directory + "/q0.config")).doing("quick up @"),
        titled("a bad letter", plain.at(directory + "/q\u00e4.conf")).doing("quick up @"),
        titled("a name that ip(8) takes for a word", plain.at(directory + "/dev.conf"))
            .doing("quick up @", "quick down @"),
        titled("names that the kernel does not take", plain.at(directory + "/..conf"))
            .doing("quick up @"),
        titled("everybody may read it", plain.withMode("644").after("chmod 755 " + directory))
            .doing("quick up @", "quick strip @", "quick save @", "quick down @"),
        titled("a link to a file of another name", plain)
            .after("ln -s " + QuickCase.CONFIGURATION + " " + directory + "/q9.conf\n")
            .doing(
                "quick up " + directory + "/q9.conf",
                "quick save " + directory + "/q9.conf",
                "quick down " + directory + "/q9.conf"));
  }

  private static QuickCase titled(String title, QuickCase what) {
    return new QuickCase(
        title,
        what.firewall(),
        what.resolver(),
        what.order(),
        what.preparation(),
        what.files(),
        what.steps());
  }

  private static List<QuickCase> sequences() {
    return List.of(
        QuickCase.of("twice up, twice down", TUNNEL + EVERYTHING)
            .doing("quick up @", "quick up @", "quick down @", "quick down @"),
        QuickCase.of("down and save of what is not up", TUNNEL)
            .doing("quick down @", "quick save @"),
        QuickCase.of("a link of another kind", TUNNEL)
            .after("ip link add q0 type dummy")
            .doing("quick up @", "quick down @", "quick save @"),
        QuickCase.of("an empty file", "").doing("quick up @", "quick strip @", "quick down @"),
        QuickCase.of("nothing but comments", "# a\n\n# b")
            .doing("quick up @", "quick strip @", "quick down @"),
        QuickCase.of(
                "up again after a failure",
                TUNNEL + "PostUp = test -e /run/quick/conf/go\n" + EVERYTHING)
            .doing("quick up @"),
        QuickCase.of("the file lost its keys meanwhile", TUNNEL + EVERYTHING)
            .doing("quick up @", "echo '[Interface]' >" + QuickCase.CONFIGURATION, "quick down @"),
        QuickCase.of("the file is spoilt meanwhile", TUNNEL + "PreDown = true\n" + EVERYTHING)
            .doing(
                "quick up @",
                "printf 'Address = x\\nMTU = y\\nnonsense\\n[Peer]\\n' >>"
                    + QuickCase.CONFIGURATION,
                "quick down @"),
        QuickCase.of("rules of other programs", TUNNEL + "FwMark = 1234\n" + EVERYTHING)
            .after(
                "ip rule add from 198.51.100.0/24 table 99 priority 50\nip rule add fwmark 1 table 98"),
        QuickCase.of("iptables and both families", TUNNEL + "Address = 10.2.0.1/24\n" + EVERYTHING)
            .withFirewall("iptables"),
        QuickCase.of("iptables, and a rule of somebody else", TUNNEL + EVERYTHING)
            .withFirewall("iptables")
            .after(
                "iptables -t raw -A PREROUTING -d 10.1.0.1 -j DROP -m comment --comment 'wg-quick(8) rule for q'"),
        QuickCase.of(
            "an MTU too small for IPv6",
            TUNNEL + "MTU = 1200\n" + PEER + "AllowedIPs = 10.4.0.0/16\n"),
        QuickCase.of("search domains alone", TUNNEL + "DNS = example.org\n")
            .withResolver("resolvectl"),
        QuickCase.of("openresolv", TUNNEL + "DNS = 10.1.0.53, example.org\n")
            .withResolver("openresolv"));
  }

  /** At least one example of each {@link QuickDifference}. */
  private static List<QuickCase> differences() {
    return List.of(
        QuickCase.of("PreUp fails", TUNNEL + "PreUp = false\n"),
        QuickCase.of("no such program", TUNNEL + "PostUp = nosuchprogram\n"),
        QuickCase.of(
            "a comment behind a hook", TUNNEL + "PostUp = echo a >>" + QuickCase.DIARY + " # c\n"),
        QuickCase.of("a bad key", KEY.replace("U8=", "") + "Address = 10.1.0.1/24\n"),
        QuickCase.of("host bits", TUNNEL + PEER + "AllowedIPs = 10.2.3.4/16\n"),
        QuickCase.of("a bad address", TUNNEL + "Address = 10.1.0.1.2/24\n"),
        QuickCase.of("an address with fewer parts", TUNNEL + "Address = 10.4.1/24\n")
            .doing("quick up @"),
        QuickCase.of("name servers that are none", TUNNEL + "DNS = 10.1.0.53 1.2.3\n")
            .doing("quick up @"),
        QuickCase.of("a name server with a scope", TUNNEL + "DNS = fe80::1%host0\n")
            .doing("quick up @"),
        QuickCase.of("no firewall", TUNNEL + EVERYTHING).withFirewall("none").doing("quick up @"),
        QuickCase.of(
                "the smallest MTU",
                TUNNEL + PEER + "Endpoint = 192.0.2.7:1\n" + OTHER + "Endpoint = 198.51.100.7:1\n")
            .after(UNDERLAYS.get(3)),
        QuickCase.of("no way to the endpoint", TUNNEL + PEER + "Endpoint = 198.51.100.7:1\n")
            .after(UNDERLAYS.get(1)),
        QuickCase.of("resolvconf fails", TUNNEL + "DNS = 10.1.0.53\n").withResolver("failing"),
        QuickCase.of("no resolvconf", TUNNEL + "DNS = 10.1.0.53\n").withResolver("none"),
        QuickCase.of(
            "an address in other words", TUNNEL + "Address = FD02:0::1/64\nDNS = FD02::53\n"),
        QuickCase.of("the source mark is set already", TUNNEL + EVERYTHING)
            .after("sysctl -q net.ipv4.conf.all.src_valid_mark=1"),
        QuickCase.of(
                "save keeps what wg-quick loses",
                KEY
                    + "# a comment\nAddress = 10.1.0.1/24\nListenPort = 51900\nDNS = 10.1.0.53, example.org\n"
                    + PEER
                    + "# another\nEndpoint = peer.example:51820\n")
            .doing("quick up @", "quick save @", "quick down @"),
        QuickCase.of("another tunnel has the default route, too", TUNNEL + EVERYTHING)
            .with(
                new QuickCase.ConfigurationFile(
                    QuickCase.DIRECTORY + "/q1.conf",
                    "600",
                    KEY + "ListenPort = 51901\nAddress = 10.2.0.1/24\n" + EVERYTHING))
            .doing(
                "quick up @",
                "quick up " + QuickCase.DIRECTORY + "/q1.conf",
                "quick down @",
                "quick down " + QuickCase.DIRECTORY + "/q1.conf"),
        QuickCase.of(
            "a mark that is the number of the main table",
            TUNNEL + "FwMark = 254\n" + PEER + "AllowedIPs = 0.0.0.0/0\n"),
        QuickCase.of(
            "a mark that is the number of the default table",
            TUNNEL + "FwMark = 253\n" + EVERYTHING));
  }
}
