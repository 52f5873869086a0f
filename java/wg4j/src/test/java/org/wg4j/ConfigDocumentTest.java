// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Editing files: what is asked for changes, and nothing else. */
class ConfigDocumentTest {

  private static final String KEY = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
  private static final String ALICE = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
  private static final String BOB = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";
  private static final String TEXT =
      """
      # Office, ask Carol before you change it.

      [Interface] # this side
        privatekey=%s   # made in May
      Address = 10.0.0.1/24,fd00::1/64
      PostUp = echo up # and running = yes
      ListenPort = 0x

      # Alice, at home
      [Peer]
      PublicKey = %s
      AllowedIPs = 10.0.0.2/32   # laptop
      AllowedIPs = 10.0.0.3/32   # phone
      Endpoint = alice.example.org:51820

      # Bob left these here.

      # Bob
      [PEER]
      PublicKey = %s # new since June
      PersistentKeepalive = 25
      # the end\
      """
          .formatted(KEY, ALICE, BOB)
          .replace("0x", "51820");

  private static ConfigDocument parse(String text) throws ConfigException {
    return ConfigDocument.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ConfigDocument document) {
    return new String(document.toBytes(), StandardCharsets.UTF_8);
  }

  private static ConfigFile parsed(String text) throws ConfigException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ConfigFile.parse(bytes, ConfigFile.Dialect.WG_QUICK, ConfigListener.NONE);
  }

  private static DeviceSpec spec(String text) throws IOException, ConfigException {
    return parsed(text).toSpec(ConfigDocumentTest::resolve);
  }

  private static Endpoint resolve(HostPort name) {
    boolean numeric = IpAddress.tryParse(name.host()).isPresent();
    return Endpoint.parse(numeric ? name.toString() : "192.0.2.77:" + name.port());
  }

  @Test
  void nothingChangesThatSaysTheSame() throws Exception {
    ConfigDocument document = parse(TEXT);
    document.update(spec(TEXT));
    document.setAddresses(
        List.of(
            new QuickConfig.Address(IpAddress.parse("10.0.0.1"), OptionalInt.of(24)),
            new QuickConfig.Address(IpAddress.parse("fd00::1"), OptionalInt.of(64))));
    assertThat(text(document)).isEqualTo(TEXT);
  }

  @Test
  void changedValuesKeepTheirPlaceAndTheirComments() throws Exception {
    ConfigDocument document = parse(TEXT);
    PrivateKey key = PrivateKey.generate();
    document.update(
        DeviceSpec.builder()
            .privateKey(key)
            .fwmark(255)
            .addPeer(
                PeerSpec.builder(PublicKey.parse(ALICE))
                    .endpoint(Endpoint.parse("198.51.100.1:7"))
                    .addAllowedIp(AllowedIp.parse("10.0.0.9/32"))
                    .build())
            .addPeer(
                PeerSpec.builder(PublicKey.parse(BOB))
                    .endpoint(Endpoint.parse("198.51.100.2:7"))
                    .build())
            .build());
    document.setMtu(OptionalInt.of(1380));
    document.setDns(List.of(IpAddress.parse("10.0.0.53")), List.of("example.org"));
    document.setAddresses(
        List.of(new QuickConfig.Address(IpAddress.parse("10.0.0.5"), OptionalInt.empty())));
    assertThat(text(document))
        .isEqualTo(
            """
            # Office, ask Carol before you change it.

            [Interface] # this side
              privatekey=%s   # made in May
            Address = 10.0.0.5
            PostUp = echo up # and running = yes
            FwMark = 0xff
            MTU = 1380
            DNS = 10.0.0.53, example.org

            # Alice, at home
            [Peer]
            PublicKey = %s
            AllowedIPs = 10.0.0.9/32   # laptop
            # phone
            Endpoint = alice.example.org:51820

            # Bob left these here.

            # Bob
            [PEER]
            PublicKey = %s # new since June
            Endpoint = 198.51.100.2:7
            # the end\
            """
                .formatted(new String(key.toBase64Bytes(), StandardCharsets.US_ASCII), ALICE, BOB));
  }

  @Test
  void peersComeAndGoWithTheirComments() throws Exception {
    ConfigDocument document = parse(TEXT);
    assertThat(document.removePeer(PublicKey.parse(ALICE))).isTrue();
    assertThat(document.removePeer(PublicKey.parse(ALICE))).isFalse();
    document.addPeer(
        PeerSpec.builder(PublicKey.parse(KEY))
            .persistentKeepalive(25)
            .addAllowedIp(AllowedIp.parse("10.0.0.4/32"))
            .build(),
        List.of("Name = dave"));
    assertThat(text(document))
        .doesNotContain("Alice")
        .doesNotContain(ALICE)
        .doesNotContain("Bob left")
        .contains("# Bob\n[PEER]")
        .endsWith(
            """
            # the end

            [Peer]
            # Name = dave
            PublicKey = %s
            AllowedIPs = 10.0.0.4/32
            PersistentKeepalive = 25
            """
                .formatted(KEY));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(
            () ->
                document.addPeer(
                    PeerSpec.builder(PublicKey.parse(ALICE)).build(), List.of("a\nPostUp=b")));
    for (String bad : new String[] {"", "a b", "a#b", "a,b", "a\nPostUp=b"}) {
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> document.setDns(List.of(), List.of(bad)));
    }
  }

  @Test
  void fromNothing() throws Exception {
    ConfigDocument document = ConfigDocument.empty();
    document.addPeer(PeerSpec.builder(PublicKey.parse(BOB)).build(), List.of());
    document.update(DeviceSpec.builder().listenPort(5).build());
    assertThat(text(document)).isEqualTo("[Interface]\nListenPort = 5\n\n");
  }

  @Test
  void whatMeansTheSameStaysAsItIsWritten() throws Exception {
    String written =
        "[Interface]\nAddress = 10.0.0.1 fd00::1/64\nDNS=10.0.0.53,example.org\n[Peer]\nPublicKey ="
            + BOB
            + "\nEndpoint = [0:0::1] : 6\nAllowedIPs = 10.1.2.3/8,::/0\n";
    ConfigDocument document = parse(written);
    document.update(spec(written));
    document.setAddresses(
        List.of(
            new QuickConfig.Address(IpAddress.parse("10.0.0.1"), OptionalInt.of(32)),
            new QuickConfig.Address(IpAddress.parse("fd00::1"), OptionalInt.of(64))));
    document.setDns(List.of(IpAddress.parse("10.0.0.53")), List.of("example.org"));
    assertThat(text(document)).isEqualTo(written);
    // As many, but others.
    document.setAddresses(
        List.of(
            new QuickConfig.Address(IpAddress.parse("10.0.0.1"), OptionalInt.of(24)),
            new QuickConfig.Address(IpAddress.parse("fd00::1"), OptionalInt.of(64))));
    document.setDns(List.of(IpAddress.parse("10.0.0.54")), List.of("example.org"));
    assertThat(text(document))
        .contains("Address = 10.0.0.1/24, fd00::1/64\nDNS=10.0.0.54, example.org\n");
    document.setAddresses(List.of());
    document.setDns(List.of(), List.of());
    assertThat(text(document)).startsWith("[Interface]\n[Peer]\n");
  }

  private static String endpointAfter(String written, Endpoint now) throws ConfigException {
    ConfigDocument document =
        parse(
            "[Peer]\nPublicKey = "
                + BOB
                + "\n"
                + (written.isEmpty() ? "" : "Endpoint = " + written));
    document.update(
        DeviceSpec.builder()
            .addPeer(PeerSpec.builder(PublicKey.parse(BOB)).endpoint(now).build())
            .build(),
        index -> index == 1 ? Optional.of("eth0") : Optional.empty());
    String text = text(document).strip();
    return text.substring(text.indexOf("Endpoint = ") + "Endpoint = ".length());
  }

  @Test
  void scopesOfEndpointsHaveNamesAndNamesOfHostsAndServicesStay() throws Exception {
    Endpoint near = Endpoint.parse("[fe80::1%1]:6");
    assertThat(endpointAfter("", near)).isEqualTo("[fe80::1%eth0]:6");
    assertThat(endpointAfter("", Endpoint.parse("[fe80::1%2]:6"))).isEqualTo("[fe80::1%2]:6");
    assertThat(endpointAfter("[fe80::1%eth0]:6", near)).isEqualTo("[fe80::1%eth0]:6");
    assertThat(endpointAfter("[fe80:0::1%1]:6", near)).isEqualTo("[fe80:0::1%1]:6");
    assertThat(endpointAfter("[fe80::1%eth1]:6", near)).isEqualTo("[fe80::1%eth0]:6");
    assertThat(endpointAfter("[fe80::2%eth0]:6", near)).isEqualTo("[fe80::1%eth0]:6");
    assertThat(endpointAfter("192.0.2.1:6", near)).isEqualTo("[fe80::1%eth0]:6");
    assertThat(endpointAfter("[fe80::1%eth1]:1290", near)).isEqualTo("[fe80::1%eth0]:6");
    assertThat(endpointAfter("[%eth1]:6", near)).isEqualTo("[%eth1]:6");
    for (String name : new String[] {"a.example:6", "192.0.2.1:domain", "[fe80::1%eth1]:domain"}) {
      assertThat(endpointAfter(name, near)).isEqualTo(name);
    }
  }

  /** A key of zeros says that there is none, in files and in specifications. */
  @Test
  void keysOfZerosStayWhereThereShallBeNone() throws Exception {
    String zeros = "A".repeat(43) + "=";
    String written =
        "[Interface]\nPrivateKey = "
            + zeros
            + "\n[Peer]\nPublicKey = "
            + BOB
            + "\nPresharedKey = "
            + zeros
            + "\n";
    PeerSpec bob = PeerSpec.builder(PublicKey.parse(BOB)).build();
    ConfigDocument document = parse(written);
    document.update(DeviceSpec.builder().addPeer(bob).build());
    assertThat(text(document)).isEqualTo(written);
    document.update(
        DeviceSpec.builder()
            .privateKey(PrivateKey.parse(KEY))
            .addPeer(
                PeerSpec.builder(PublicKey.parse(BOB))
                    .presharedKey(PresharedKey.parse(ALICE))
                    .build())
            .build());
    assertThat(text(document))
        .isEqualTo(written.replaceFirst(zeros, KEY).replaceFirst(zeros, ALICE));
  }

  @Test
  void lineEndsAreThoseOfTheFirstLine() throws Exception {
    ConfigDocument document = parse("\n[Interface]\r\nListenPort = 5\r\n");
    document.setMtu(OptionalInt.of(1400));
    assertThat(text(document)).isEqualTo("\n[Interface]\r\nListenPort = 5\r\nMTU = 1400\n");
    ConfigDocument dos = parse("\r\n[Interface]\r\n");
    dos.setMtu(OptionalInt.of(1400));
    assertThat(text(dos)).isEqualTo("\r\n[Interface]\r\nMTU = 1400\r\n");
  }

  @Test
  void oneBlankLineIsBeforeANewPeer() throws Exception {
    for (String written : List.of("[Interface]\n", "[Interface]\n\n", "[Interface]")) {
      ConfigDocument document = parse(written);
      document.addPeer(PeerSpec.builder(PublicKey.parse(BOB)).build(), List.of());
      assertThat(text(document)).isEqualTo("[Interface]\n\n[Peer]\nPublicKey = " + BOB + "\n");
    }
  }

  @Test
  void aLastLineWithoutAnEndGetsOneWhenSomethingFollows() throws Exception {
    ConfigDocument ends = parse("[Interface]\nListenPort = 5");
    ends.update(DeviceSpec.builder().listenPort(5).fwmark(1).build());
    assertThat(text(ends)).isEqualTo("[Interface]\nListenPort = 5\nFwMark = 0x1\n");
    assertThatIllegalArgumentException().isThrownBy(() -> ends.setMtu(OptionalInt.of(-1)));
    ConfigDocument comment = parse("# nothing yet");
    comment.setMtu(OptionalInt.of(1400));
    assertThat(text(comment)).isEqualTo("# nothing yet\n[Interface]\nMTU = 1400\n");
  }

  @Test
  void indentedCommentsBelongToTheirPeer() throws Exception {
    ConfigDocument document =
        parse("[Interface]\n# kept\n\n  # Bob\n\t# the second\n[Peer]\nPublicKey=" + BOB);
    assertThat(document).hasToString("ConfigDocument[peers=1]");
    document.removePeer(PublicKey.parse(BOB));
    assertThat(text(document)).isEqualTo("[Interface]\n# kept\n\n");
    assertThat(document).hasToString("ConfigDocument[peers=0]");
  }

  @Test
  void lineEndsAreTheFiles() throws Exception {
    ConfigDocument document = parse("[Interface]\r\nListenPort = 5\r\n");
    document.update(DeviceSpec.builder().listenPort(6).fwmark(1).build());
    assertThat(text(document)).isEqualTo("[Interface]\r\nListenPort = 6\r\nFwMark = 0x1\r\n");
  }

  @Test
  void ofRepetitionsTheLastCounts() throws Exception {
    String twice =
        "[Interface]\nListenPort=1\n[Peer]\nPublicKey=%s\n[Interface]\nListenPort=2\n[Peer]\nPublicKey=%s\n"
            .formatted(BOB, BOB);
    ConfigDocument document = parse(twice);
    document.update(spec(twice.replace("=2", "=3")));
    assertThat(text(document))
        .isEqualTo("[Interface]\nListenPort=3\n[Interface]\n[Peer]\nPublicKey=" + BOB + "\n");
  }

  @Test
  void badFilesAreRefused() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> parse("[Interface]\n  Foo = 1"))
        .satisfies(
            e -> {
              assertThat(e.line()).isEqualTo(2);
              assertThat(e.column()).isEqualTo(3);
            });
  }

  @Test
  void writtenFilesAreTheOwnersAlone(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("wg0.conf");
    Files.writeString(file, TEXT);
    Path link = Files.createSymbolicLink(directory.resolve("link.conf"), file);
    ConfigDocument document = ConfigDocument.read(link);
    document.setMtu(OptionalInt.of(1400));
    document.write(link);
    assertThat(Files.readString(file)).isEqualTo(text(document)).contains("MTU = 1400");
    document.write(directory.resolve("new.conf"));
    document.close();
    assertThat(document.toBytes()).isEmpty();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var left = Files.list(directory)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("wg0.conf", "link.conf", "new.conf");
    }
  }

  // Properties

  static LongStream seeds() {
    return Seeds.some();
  }

  private static PublicKey peer(int number) {
    byte[] bytes = new byte[32];
    bytes[3] = (byte) number;
    return PublicKey.of(bytes);
  }

  private static String any(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** A file as a person may write it; each comment in it has a number of its own. */
  private static String file(Random random) {
    StringBuilder out = new StringBuilder();
    int[] comments = {0};
    String end = any(random, "\n", "\r\n");
    noise(random, out, comments, end);
    for (int s = 1 + random.nextInt(6); s > 0; s--) {
      boolean device = random.nextInt(3) == 0;
      out.append(device ? any(random, "[Interface]", "[ interface ]") : any(random, "[Peer]"));
      comment(random, out, comments);
      out.append(end);
      List<String> lines = new ArrayList<>();
      if (device) {
        lines.add("ListenPort" + equals(random) + random.nextInt(4));
        lines.add("fwmark" + equals(random) + any(random, "off", "0x2", "3"));
        lines.add("PrivateKey" + equals(random) + peer(random.nextInt(3)).toBase64());
        lines.add("PostUp" + equals(random) + "echo a=b");
        lines.add("Address" + equals(random) + "10.0.0.1/24");
      } else {
        lines.add("AllowedIPs" + equals(random) + prefixes(random, end));
        lines.add("allowedips" + equals(random) + prefixes(random, end));
        lines.add("PresharedKey" + equals(random) + peer(random.nextInt(3)).toBase64());
        lines.add("Endpoint" + equals(random) + any(random, "192.0.2.1:5", "[::1]:6", "a.b:7"));
        lines.add("PersistentKeepalive" + equals(random) + any(random, "off", "0", "25"));
        lines.add("PublicKey" + equals(random) + peer(random.nextInt(4)).toBase64());
      }
      for (String line : lines) {
        if (line.startsWith("PublicKey") || random.nextBoolean()) {
          out.append(any(random, "", "  ", "\t")).append(line);
          if (!line.startsWith("PostUp")) {
            comment(random, out, comments);
          }
          out.append(end);
          noise(random, out, comments, end);
        }
      }
    }
    return random.nextBoolean() ? out.toString().stripTrailing() : out.toString();
  }

  private static String equals(Random random) {
    return any(random, "=", " = ", "  =\t");
  }

  private static String prefixes(Random random, String end) {
    StringBuilder out = new StringBuilder();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      out.append(out.length() == 0 ? "" : any(random, ",", ", "));
      out.append("10.0.").append(random.nextInt(3)).append(".0/").append(24 - random.nextInt(2));
    }
    return out.toString();
  }

  private static void comment(Random random, StringBuilder out, int[] count) {
    if (random.nextInt(3) == 0) {
      out.append(any(random, " ", "")).append("# comment ").append(count[0]++).append('.');
    }
  }

  private static void noise(Random random, StringBuilder out, int[] count, String end) {
    while (random.nextInt(3) == 0) {
      if (random.nextBoolean()) {
        out.append("# comment ").append(count[0]++).append('.');
      }
      out.append(end);
    }
  }

  private static Object essence(DeviceSpec spec) {
    Map<PublicKey, Object> peers = new HashMap<>();
    for (PeerSpec peer : spec.peers()) {
      peers.put(
          peer.publicKey(),
          List.of(
              peer.effectivePresharedKey(),
              peer.persistentKeepalive().orElse(0),
              Set.copyOf(peer.allowedIps())));
    }
    return List.of(
        spec.effectivePrivateKey(), spec.listenPort().orElse(0), spec.fwmark().orElse(0), peers);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void readAndWrittenIsTheSame(long seed) throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < 50; i++) {
      String text = file(random);
      assertThat(text(parse(text))).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void updatedFilesSayWhatTheyShould(long seed) throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < 50; i++) {
      String text = file(random);
      String other = file(random);
      DeviceSpec wish = spec(other);
      ConfigDocument document = parse(text);
      document.update(wish);
      String updated = text(document);
      assertThat(essence(spec(updated))).as("%s -> %s", text, updated).isEqualTo(essence(wish));
      assertEndpoints(text, updated, wish);

      ConfigDocument again = parse(updated);
      again.update(wish);
      assertThat(text(again)).as("nothing to do the second time").isEqualTo(updated);
      assertComments(text, updated);
    }
  }

  private static Map<PublicKey, String> endpoints(String text) throws ConfigException {
    Map<PublicKey, String> found = new HashMap<>();
    for (ConfigFile.PeerSection peer : parsed(text).peers()) {
      found.put(peer.publicKey(), peer.endpoint().map(HostPort::toString).orElse(""));
    }
    return found;
  }

  /** A host's name stays, else it is what was wished, if anything was. */
  private static void assertEndpoints(String text, String updated, DeviceSpec wish)
      throws ConfigException {
    Map<PublicKey, String> before = endpoints(text);
    Map<PublicKey, String> after = endpoints(updated);
    for (PeerSpec peer : wish.peers()) {
      String old = before.getOrDefault(peer.publicKey(), "");
      String expected =
          old.startsWith("a.b") ? old : peer.endpoint().map(Endpoint::toString).orElse(old);
      assertThat(after.get(peer.publicKey())).isEqualTo(expected);
    }
  }

  /** All comments of sections that stay are there, in the order in which they were. */
  private static void assertComments(String text, String updated) throws ConfigException {
    List<String> all = comments(text);
    List<String> left = comments(updated);
    List<String> sorted = new ArrayList<>(all);
    sorted.retainAll(left);
    assertThat(left).isEqualTo(sorted);
    List<PublicKey> peers = new ArrayList<>();
    parsed(text).peers().forEach(peer -> peers.add(peer.publicKey()));
    Set<PublicKey> wanted = endpoints(updated).keySet();
    if (wanted.containsAll(peers) && Set.copyOf(peers).size() == peers.size()) {
      assertThat(left).isEqualTo(all);
    }
  }

  private static List<String> comments(String text) {
    List<String> found = new ArrayList<>();
    for (String line : text.split("\n")) {
      int at = line.indexOf("# comment ");
      if (at >= 0) {
        found.add(line.substring(at).strip());
      }
    }
    return found;
  }
}
