// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {

  private static final String KEY = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
  private static final String PEER = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
  private static final String OTHER = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";
  private static final EndpointResolver NEVER =
      name -> {
        throw new AssertionError("nothing to resolve");
      };

  private static ConfigFile parse(String text, ConfigFile.Dialect dialect) throws ConfigException {
    return ConfigFile.parse(text.getBytes(StandardCharsets.UTF_8), dialect, ConfigListener.NONE);
  }

  private static ConfigFile wg(String text) throws ConfigException {
    return parse(text, ConfigFile.Dialect.WG);
  }

  private static ConfigFile quick(String text) throws ConfigException {
    return parse(text, ConfigFile.Dialect.WG_QUICK);
  }

  private static ConfigException failure(String text, ConfigFile.Dialect dialect) {
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> parse(text, dialect));
    assertThat(e).as(text).isNotNull();
    return e;
  }

  @Test
  void spacesCaseAndCommentsDoNotMatter() throws Exception {
    ConfigFile file =
        wg(
            """
            # a comment
            [Inter face] # another
            \tprivate key=%s#c
            LISTENPORT =\t 51820
            fwmark = 0xFF

              [PEER]
            PublicKey = %s
            allowedips = 10.0.0.0/8 ,, ::/0
            """
                .formatted(KEY, PEER)
                .replace(",,", ",")
                .replace("\n", " \r\n"));
    assertThat(file.privateKey().value()).contains(PrivateKey.parse(KEY));
    assertThat(file.listenPort().value()).contains(51820);
    assertThat(file.fwmark().value()).contains(255);
    assertThat(file.peers()).hasSize(1);
    assertThat(file.peers().get(0).allowedIps())
        .containsExactly(AllowedIp.parse("10.0.0.0/8"), AllowedIp.parse("::/0"));
  }

  @Test
  void sectionsAndKeysMayRepeat() throws Exception {
    ConfigFile file =
        wg(
            "[Interface]\nListenPort=5\nListenPort=6\n[Peer]\nPublicKey="
                + OTHER
                + "\nPublicKey="
                + PEER
                + "\nAllowedIPs=10.0.0.0/8\nAllowedIPs=10.1.0.0/16\n[Interface]\nFwMark=off\n[Peer]\n"
                + "PublicKey="
                + OTHER);
    assertThat(file.listenPort().value()).contains(6);
    assertThat(file.fwmark().isClear()).isTrue();
    assertThat(file.privateKey().isKeep()).isTrue();
    assertThat(file.peers())
        .extracting(peer -> peer.publicKey().toBase64())
        .containsExactly(PEER, OTHER);
    assertThat(file.peers().get(0).allowedIps()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Foo=1 | UNRECOGNIZED_LINE | 1 | '' | Foo=1",
        "[Foo] | UNRECOGNIZED_LINE | 1 | '' | [Foo]",
        "[Interface]x | UNRECOGNIZED_LINE | 1 | '' | [Interface]x",
        "[Interface]~Foo = 1 | UNRECOGNIZED_LINE | 2 | '' | Foo=1",
        "[Interface]~~ListenPort | UNRECOGNIZED_LINE | 3 | '' | ListenPort",
        "[Interface]~ListenPort= | UNRECOGNIZED_LINE | 2 | '' | ListenPort=",
        "[Interface]~PublicKey=K | UNRECOGNIZED_LINE | 2 | '' | PublicKey=K",
        "[Interface]~Address=1.2.3.4/8 | UNRECOGNIZED_LINE | 2 | '' | Address=1.2.3.4/8",
        "PrivateKey=K | UNRECOGNIZED_LINE | 1 | '' | PrivateKey=(hidden)",
        "PrivateKey= | UNRECOGNIZED_LINE | 1 | '' | PrivateKey=",
        "[Interface]~ZFwMark=1 | UNRECOGNIZED_LINE | 2 | '' | ZFwMark=1",
        "[Peer]~privatekey=K | UNRECOGNIZED_LINE | 2 | '' | privatekey=(hidden)",
        "[Interface]~PrivateKey=K | BAD_KEY | 2 | PrivateKey | (hidden)",
        "[Interface]~ListenPort=x | BAD_PORT | 2 | ListenPort | x",
        "[Interface]~ListenPort=65536 | BAD_PORT | 2 | ListenPort | 65536",
        "[Interface]~ListenPort==5 | BAD_PORT | 2 | ListenPort | =5",
        "[Interface]~FwMark=0XF | BAD_FWMARK | 2 | FwMark | 0XF",
        "[Interface]~FwMark=4294967296 | BAD_FWMARK | 2 | FwMark | 4294967296",
        "[Peer]~PublicKey=K | BAD_KEY | 2 | PublicKey | K",
        "[Peer]~PresharedKey=K | BAD_KEY | 2 | PresharedKey | (hidden)",
        "[Peer]~AllowedIPs= | UNRECOGNIZED_LINE | 2 | '' | AllowedIPs=",
        "[Peer]~AllowedIPs=10.0.0.0/8, | BAD_ADDRESS | 2 | AllowedIPs | ''",
        "[Peer]~AllowedIPs=x/8 | BAD_ADDRESS | 2 | AllowedIPs | x",
        "[Peer]~AllowedIPs=1.2.3.4/33 | BAD_PREFIX | 2 | AllowedIPs | 1.2.3.4/33",
        "[Peer]~Endpoint=foo | NO_PORT | 2 | Endpoint | foo",
        "[Peer]~Endpoint=[::1 | UNMATCHED_BRACKET | 2 | Endpoint | [::1",
        "[Peer]~PersistentKeepalive=65536 | BAD_KEEPALIVE | 2 | PersistentKeepalive | 65536",
        "~~[Peer]~AllowedIPs=::/0 | MISSING_PUBLIC_KEY | 3 | PublicKey | ''",
      })
  void errorsAreData(String text, ConfigException.Reason reason, int line, String key, String bad) {
    ConfigException e = failure(text.replace('~', '\n'), ConfigFile.Dialect.WG);
    assertThat(e.reason()).isEqualTo(reason);
    assertThat(e.line()).isEqualTo(line);
    assertThat(e.key()).isEqualTo(key);
    assertThat(e.text()).isEqualTo(bad);
    if (line > 0) {
      assertThat(e).hasMessageStartingWith("line " + line + ": ");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "SaveConfig = yes, BAD_SAVE_CONFIG, yes",
    "MTU = big, BAD_MTU, big",
    "Table = nosuchtable, BAD_TABLE, nosuchtable",
    "Table = 0, BAD_TABLE, 0",
    "Address = 300.1.1.1, BAD_ADDRESS, 300.1.1.1",
    "Address = 10.0.0.1/33, BAD_PREFIX, 10.0.0.1/33",
    "DNS = example.org 1.2.3, BAD_ADDRESS, 1.2.3",
    "DNS = fe80::1%eth0, BAD_ADDRESS, fe80::1%eth0"
  })
  void errorsOfQuickKeys(String line, ConfigException.Reason reason, String bad) {
    ConfigException e = failure("[Interface]\n" + line, ConfigFile.Dialect.WG_QUICK);
    assertThat(e.reason()).isEqualTo(reason);
    assertThat(e.line()).isEqualTo(2);
    assertThat(e.text()).isEqualTo(bad);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "~~  Foo = 1 | 3 | 3",
        "[Interface]~PrivateKey =  K | 2 | 15",
        "[Peer]~AllowedIPs = 10.0.0.0/8,  x , y | 2 | 27",
        "[Peer]~AllowedIPs=10.0.0.0/8,, ::/0 | 2 | 23",
        "[Peer]~AllowedIPs=10.0.0.0/8,::/129#,x | 2 | 23",
        "[Peer]~AllowedIPs=10.0.0.0/8, # none | 2 | 23",
        "[Peer]~Endpoint = [::1 | 2 | 12",
        "[Interface]~DNS=a~Address = 10.0.0.1/8, 10.0.0.1/33 | 3 | 23",
        "[Interface]~MTU =\t1a | 2 | 7",
        "[Interface]~Pöst = 1 | 2 | 1",
        "[Interface]~ [Peer] # x~[Peer] | 2 | 2",
        "[Peer]~AllowedIPs=10.0.0.0/8, | 2 | 23",
        "[Peer]~AllowedIPs=10.0.0.0/8, 0 | 2 | 23",
        "[Peer]~Endpoint = a,b | 2 | 12",
        "[Interface]~ListenPort = 1,2#,1,2 | 2 | 14",
      })
  void errorsKnowTheirColumn(String text, int line, int column) {
    ConfigException e =
        failure(
            text.replace('~', '\n').replace("\\t", "\t").replace(" 0", "\0"),
            ConfigFile.Dialect.WG_QUICK);
    assertThat(e.line()).isEqualTo(line);
    assertThat(e.column()).isEqualTo(column);
    assertThat(e.located("wg0.conf"))
        .startsWith("wg0.conf:" + line + ":" + column + ": ")
        .endsWith("; expected " + e.reason().expected());
  }

  /** Neither a name with a typing error nor a missing one may give a secret away. */
  @ParameterizedTest
  @ValueSource(
      strings = {"[Interface]\nPrivatKey = %s", "%s", "[Peer]\n%s", "[Peer]\nPresharedKey %s"})
  void locatedErrorsKeepSecrets(String text) {
    ConfigException e = failure(text.formatted(KEY), ConfigFile.Dialect.WG_QUICK);
    assertThat(e.located("f"))
        .contains("line not recognized: `")
        .doesNotContain(KEY.substring(5, 15));
    assertThat(e.getMessage())
        .contains("line not recognized: `")
        .doesNotContain(KEY.substring(5, 15));
  }

  @Test
  void columnsCountCharacters() {
    ConfigException e =
        failure("[Interface]\nDNS = zürich\nMTU =\u00a0x", ConfigFile.Dialect.WG_QUICK);
    assertThat(e.line()).isEqualTo(3);
    assertThat(e.column()).isEqualTo(6);
    ConfigException later =
        failure("[Peer]\nAllowedIPs = ::/0, \u00fc, x", ConfigFile.Dialect.WG_QUICK);
    assertThat(later.column()).isEqualTo(20);
    assertThat(failure("[Peer]\nEndpoint=\u00fc", ConfigFile.Dialect.WG_QUICK).located("f"))
        .isEqualTo(
            "f:2:10: Endpoint: no port in endpoint: `\u00fc'; expected HOST:PORT, an IPv6"
                + " address in brackets");
  }

  @Test
  void oversizedFilesAreRefusedUnread() throws IOException {
    byte[] much = new byte[ConfigFile.MAX_SIZE + 1];
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () -> ConfigFile.parse(much, ConfigFile.Dialect.WG, ConfigListener.NONE));
    assertThat(e.reason()).isEqualTo(ConfigException.Reason.TOO_LARGE);
    // A file that has no end.
    ConfigException endless =
        catchThrowableOfType(
            ConfigException.class,
            () -> ConfigFile.read(Path.of("/dev/zero"), ConfigFile.Dialect.WG));
    assertThat(endless.reason()).isEqualTo(ConfigException.Reason.TOO_LARGE);
    assertThat(endless.located("/dev/zero"))
        .isEqualTo("/dev/zero: too large; expected at most 64 MiB");
  }

  static LongStream seeds() {
    return Seeds.some();
  }

  /** Bytes without any sense, and with a little. */
  @ParameterizedTest
  @MethodSource("seeds")
  void nonsenseIsAConfigException(long seed) {
    Random random = new Random(seed);
    String[] words = {
      "[Interface]",
      "[Peer]",
      "\n",
      "\n",
      "\r",
      "=",
      "=",
      ",",
      "#",
      "\0",
      "/",
      ":",
      "[",
      "]",
      "%",
      "PrivateKey",
      "ListenPort",
      "FwMark",
      "Address",
      "DNS",
      "MTU",
      "Table",
      "SaveConfig",
      "PostUp",
      "PublicKey",
      "PresharedKey",
      "AllowedIPs",
      "Endpoint",
      "PersistentKeepalive",
      KEY,
      PEER,
      "10.0.0.0/8",
      "::/0",
      "::1",
      "1.2.3.4",
      "5",
      "off",
      "0x",
      "99999999999999999999",
      "\u00fc"
    };
    for (int round = 0; round < 300; round++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(60); n > 0; n--) {
        text.append(words[random.nextInt(words.length)]);
      }
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      if (random.nextInt(4) == 0) {
        bytes = new byte[random.nextInt(300)];
        random.nextBytes(bytes);
      }
      for (ConfigFile.Dialect dialect : ConfigFile.Dialect.values()) {
        try {
          ConfigFile.parse(bytes, dialect, ConfigListener.NONE).close();
          ConfigDocument document = ConfigDocument.parse(bytes);
          assertThat(document.toBytes()).isEqualTo(bytes);
          document.update(DeviceSpec.builder().listenPort(5).build());
          byte[] updated = document.toBytes();
          try (ConfigFile read =
              ConfigFile.parse(updated, ConfigFile.Dialect.WG_QUICK, ConfigListener.NONE)) {
            assertThat(read.listenPort().value()).contains(5);
            assertThat(read.peers()).isEmpty();
          }
        } catch (ConfigException e) {
          assertThat(e.line()).isPositive();
          assertThat(e.column()).isPositive();
          assertThat(e.located("f")).startsWith("f:" + e.line() + ":" + e.column() + ": ");
          if (e.key().equals("PrivateKey") || e.key().equals("PresharedKey")) {
            assertThat(e.text()).isEqualTo("(hidden)");
          }
        }
      }
    }
  }

  /** A valid secret in the wrong place must not show up in the error either. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "PrivateKey=%s",
        "[Peer]\nPrivateKey=%s",
        "[Interface]\nPresharedKey = %s",
        "[Interface]\nPrivateKey=%sA",
        "[Peer]\nPresharedKey=x%s"
      })
  void errorsKeepSecrets(String text) {
    ConfigException e = failure(text.formatted(KEY), ConfigFile.Dialect.WG);
    assertThat(e.getMessage()).doesNotContain(KEY).contains("(hidden)");
    assertThat(e.getCause()).isNull();
  }

  @Test
  void quickKeys() throws Exception {
    QuickConfig quick =
        quick(
                """
                [Interface]
                Address = 10.0.0.1/24, fd00::1/64 # c
                address=10.0.0.2
                DNS = 1.1.1.1, example.com,::1
                MTU = 1400
                Table = 1234
                SaveConfig = true
                PreUp = echo up # %i
                PostUp=a=b
                postup = second
                PreDown = x
                PostDown = y
                """)
            .quick();
    assertThat(quick.addresses()).hasToString("[10.0.0.1/24, fd00::1/64, 10.0.0.2]");
    assertThat(quick.addresses().get(2).length()).isEqualTo(32);
    assertThat(quick.nameServers()).hasToString("[1.1.1.1, ::1]");
    assertThat(quick.searchDomains()).containsExactly("example.com");
    assertThat(quick.mtu()).hasValue(1400);
    assertThat(quick.table().number()).isEqualTo(1234);
    assertThat(quick.saveConfig()).isTrue();
    assertThat(quick.preUp()).containsExactly("echo up # %i");
    assertThat(quick.postUp()).containsExactly("a=b", "second");
    assertThat(quick.preDown()).containsExactly("x");
    assertThat(quick.postDown()).containsExactly("y");
  }

  /** As wg-quick(8) reads them. */
  @Test
  void quickKeysInOtherForms() throws Exception {
    QuickConfig quick =
        quick(
                """
                [Interface]
                Address = 10.0.0.1/24 fd00::1/64,, 10.0.0.2 ,
                DNS = 1.1.1.1\t8.8.8.8 a.example
                DNS = ,
                MTU = 1400
                MTU =
                Table = 7
                Table =
                SaveConfig = False
                SaveConfig = TRUE
                PreUp =
                """)
            .quick();
    assertThat(quick.addresses()).hasToString("[10.0.0.1/24, fd00::1/64, 10.0.0.2]");
    assertThat(quick.nameServers()).hasToString("[1.1.1.1, 8.8.8.8]");
    assertThat(quick.searchDomains()).containsExactly("a.example");
    assertThat(quick.mtu()).isEmpty();
    assertThat(quick.table().isAuto()).isTrue();
    assertThat(quick.saveConfig()).isTrue();
    assertThat(quick.preUp()).containsExactly("");
  }

  @ParameterizedTest
  @CsvSource({
    "auto, 0",
    "AUTO, 0",
    "off, 0",
    "main, 254",
    "local, 255",
    "0x10, 16",
    "51820, 51820"
  })
  void tables(String text, int number) throws Exception {
    QuickConfig.Table table = quick("[Interface]\nTable = " + text).quick().table();
    assertThat(table.number()).isEqualTo(number);
    assertThat(table.isAuto()).isEqualTo(text.equalsIgnoreCase("auto"));
    assertThat(table.isOff()).isEqualTo(text.equals("off"));
  }

  @Test
  void strippedKeepsItsLineEnds() throws Exception {
    byte[] text =
        "[Interface] \r\n\tMTU = 5\r\n\t FwMark = 5\t \r\nx = y \t\n"
            .getBytes(StandardCharsets.UTF_8);
    assertThat(new String(ConfigFile.strip(text), StandardCharsets.UTF_8))
        .isEqualTo("[Interface] \r\nFwMark = 5\t \r\nx = y\n");
  }

  /** What takes an interface down must not depend on the rest. */
  @Test
  void quickKeysOfASpoiltFile() throws Exception {
    String text =
        """
        nonsense
        [Interface]
        PrivateKey = x
        Address = 10.0.0.1/99
        MTU = big
        Table = off
        PostDown = y
        [Peer]
        PostDown = z
        """;
    QuickConfig quick = ConfigFile.quick(text.getBytes(StandardCharsets.UTF_8));
    assertThat(quick.postDown()).containsExactly("y");
    assertThat(quick.table().isOff()).isTrue();
    assertThat(quick.addresses()).isEmpty();
    assertThat(quick.mtu()).isEmpty();
    byte[] bad = "\n[Interface]\nSaveConfig = yes".getBytes(StandardCharsets.UTF_8);
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> ConfigFile.quick(bad));
    assertThat(e.line()).isEqualTo(3);
    assertThat(e.reason()).isEqualTo(ConfigException.Reason.BAD_SAVE_CONFIG);
  }

  @Test
  void strippedIsWhatWgUnderstands() throws Exception {
    String text =
        """
        # top
        [Interface]
        PrivateKey = K # c
        Address=1.2.3.4/8
          # inner

        FooBar = 5
        PostUp = echo "a # b"
         Dns = 1.1.1.1

        [Peer] # alice
        Address = 5.5.5.5/8""";
    byte[] stripped = ConfigFile.strip(text.getBytes(StandardCharsets.UTF_8));
    assertThat(new String(stripped, StandardCharsets.UTF_8))
        .isEqualTo(
            """
            # top
            [Interface]
            PrivateKey = K # c
            # inner

            FooBar = 5

            [Peer] # alice
            Address = 5.5.5.5/8
            """);
  }

  @Test
  void strippedTextsEndTheirLastLine() throws Exception {
    for (String text : List.of("[Peer]", "[Peer]\n", " [Peer] \t\n")) {
      assertThat(ConfigFile.strip(text.getBytes(StandardCharsets.UTF_8)))
          .asString(StandardCharsets.UTF_8)
          .isEqualTo("[Peer]\n");
    }
    assertThat(ConfigFile.strip("\n \n".getBytes(StandardCharsets.UTF_8))).containsExactly(10, 10);
    assertThat(ConfigFile.strip(new byte[0])).isEmpty();
  }

  /** From A to Z. */
  @Test
  void lettersOfNamesMayBeOfEitherCase() throws Exception {
    ConfigFile file =
        quick("[iNTERFACE]\nfWmARK = 1\nsAVEcONFIG = true\n[PEER]\npUBLICkEY = " + PEER);
    assertThat(file.fwmark().value()).contains(1);
    assertThat(file.quick().saveConfig()).isTrue();
    assertThat(file.peers()).hasSize(1);
  }

  @Test
  void replacementClearsWhatIsNotMentioned() throws Exception {
    ConfigFile file = wg("[Peer]\nPublicKey=" + PEER + "\nPersistentKeepalive=0");
    DeviceConfig replacement = file.toReplacement(NEVER);
    assertThat(replacement.privateKey().isClear()).isTrue();
    assertThat(replacement.listenPort().isClear()).isTrue();
    assertThat(replacement.fwmark().isClear()).isTrue();
    assertThat(replacement.replacePeers()).isTrue();
    DeviceConfig addition = file.toAddition(NEVER);
    assertThat(addition.privateKey().isKeep()).isTrue();
    assertThat(addition.listenPort().isKeep()).isTrue();
    assertThat(addition.fwmark().isKeep()).isTrue();
    assertThat(addition.replacePeers()).isFalse();
    PeerConfig peer = addition.peers().get(0);
    assertThat(peer.replaceAllowedIps()).isTrue();
    assertThat(peer.presharedKey().isKeep()).isTrue();
    assertThat(peer.persistentKeepalive().isClear()).isTrue();
  }

  @Test
  void synchronizationKeepsPeersAndClearsWhatIsGone() throws Exception {
    Peer staying =
        new Peer(
            PublicKey.parse(PEER),
            Optional.of(PresharedKey.generate()),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            0,
            0,
            25,
            1);
    Peer leaving =
        new Peer(
            PublicKey.parse(OTHER),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            0,
            0,
            0,
            1);
    Device device =
        new Device("wg0", 1, Optional.empty(), Optional.empty(), 5, 0, List.of(leaving, staying));
    ConfigFile file =
        wg(
            "[Interface]\nListenPort=6\n[Peer]\nPublicKey="
                + PEER
                + "\nAllowedIPs=10.0.0.0/8\n[Peer]\nPublicKey="
                + KEY);
    DeviceConfig change = file.toSynchronization(device, NEVER);
    assertThat(change.replacePeers()).isFalse();
    assertThat(change.privateKey().isClear()).isTrue();
    assertThat(change.peers())
        .extracting(PeerConfig::publicKey)
        .containsExactly(PublicKey.parse(OTHER), PublicKey.parse(PEER), PublicKey.parse(KEY));
    assertThat(change.peers()).extracting(PeerConfig::remove).containsExactly(true, false, false);
    assertThat(change.peers().get(1).presharedKey().isClear()).isTrue();
    assertThat(change.peers().get(1).persistentKeepalive().isClear()).isTrue();
    assertThat(change.peers().get(2).presharedKey().isKeep()).isTrue();

    assertThat(wg("").toSynchronization(device, NEVER).replacePeers()).isTrue();
    Device empty = new Device("wg0", 1, Optional.empty(), Optional.empty(), 0, 0, List.of());
    assertThat(file.toSynchronization(empty, NEVER).replacePeers()).isTrue();
  }

  @Test
  void listenersHearInOrderAndMayRefuse() throws Exception {
    List<String> heard = new ArrayList<>();
    ConfigListener listener =
        new ConfigListener() {
          @Override
          public void hostBits(int line, String prefix) {
            heard.add(line + " " + prefix);
          }

          @Override
          public Optional<Endpoint> endpoint(int line, HostPort endpoint, String text)
              throws IOException {
            heard.add(line + " " + text);
            if (endpoint.host().equals("nosuch.invalid")) {
              throw new ResolveException(ResolveException.Reason.UNKNOWN_HOST, "no such host");
            }
            return Optional.of(Endpoint.parse("1.2.3.4:5"));
          }
        };
    String text = "[Peer]\nPublicKey=" + PEER + "\nAllowedIPs=10.0.0.1 /8\nEndpoint=a.b : 5";
    ConfigFile file =
        ConfigFile.parse(text.getBytes(StandardCharsets.UTF_8), ConfigFile.Dialect.WG, listener);
    assertThat(heard).containsExactly("3 10.0.0.1/8", "4 a.b:5");
    assertThat(file.toAddition(NEVER).peers().get(0).endpoint().value())
        .contains(Endpoint.parse("1.2.3.4:5"));
    assertThat(wg(text).toAddition(name -> Endpoint.parse("1.1.1.1:" + name.port())).peers())
        .extracting(peer -> peer.endpoint().value().orElseThrow().toString())
        .containsExactly("1.1.1.1:5");

    byte[] bad = text.replace("a.b", "nosuch.invalid").getBytes(StandardCharsets.UTF_8);
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class, () -> ConfigFile.parse(bad, ConfigFile.Dialect.WG, listener));
    assertThat(e.reason()).isEqualTo(ConfigException.Reason.UNRESOLVED_ENDPOINT);
    assertThat(e).hasCauseInstanceOf(ResolveException.class);
  }

  /** Whatever a device is, its file says so. */
  @Test
  void writtenFilesReadBack() throws Exception {
    Random random = new Random(77);
    for (int round = 0; round < 200; round++) {
      List<Peer> peers = new ArrayList<>();
      for (int i = random.nextInt(5); i > 0; i--) {
        List<AllowedIp> prefixes = new ArrayList<>();
        for (int n = random.nextInt(4); n > 0; n--) {
          byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
          random.nextBytes(bytes);
          prefixes.add(new AllowedIp(IpAddress.of(bytes), random.nextInt(bytes.length * 8 + 1)));
        }
        byte[] key = new byte[32];
        random.nextBytes(key);
        peers.add(
            new Peer(
                PublicKey.of(key),
                random.nextBoolean() ? Optional.of(PresharedKey.generate()) : Optional.empty(),
                random.nextBoolean()
                    ? Optional.of(Endpoint.of(IpAddress.parse("fe80::1"), random.nextInt(65536), 9))
                    : Optional.empty(),
                prefixes,
                Optional.of(Instant.EPOCH),
                1,
                2,
                random.nextBoolean() ? 1 + random.nextInt(65535) : 0,
                1));
      }
      Device device =
          new Device(
              "wg0",
              3,
              random.nextBoolean() ? Optional.of(PrivateKey.generate()) : Optional.empty(),
              Optional.empty(),
              random.nextInt(65536),
              random.nextInt(),
              peers);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ConfigFile.write(device, index -> Optional.empty(), out);
      try (ConfigFile file =
          ConfigFile.parse(out.toByteArray(), ConfigFile.Dialect.WG, ConfigListener.NONE)) {
        DeviceConfig change = file.toReplacement(new SystemResolver());
        assertThat(change.privateKey().value()).isEqualTo(device.privateKey());
        assertThat(change.listenPort().value().orElse(0)).isEqualTo(device.listenPort());
        assertThat(change.fwmark().value().orElse(0)).isEqualTo(device.fwmark());
        assertThat(change.peers()).hasSameSizeAs(peers);
        for (int i = 0; i < peers.size(); i++) {
          PeerConfig read = change.peers().get(i);
          Peer peer = peers.get(i);
          assertThat(read.publicKey()).isEqualTo(peer.publicKey());
          assertThat(read.presharedKey().value()).isEqualTo(peer.presharedKey());
          assertThat(read.endpoint().value()).isEqualTo(peer.endpoint());
          assertThat(read.allowedIps()).isEqualTo(peer.allowedIps());
          assertThat(read.persistentKeepalive().value().orElse(0))
              .isEqualTo(peer.persistentKeepalive());
        }
      }
    }
  }

  /** Whatever the bytes, the worst that happens is a ConfigException. */
  @Test
  void hostileFiles() {
    Random random = new Random(99);
    String sample =
        "[Interface]\nPrivateKey = "
            + KEY
            + "\nListenPort=5\nFwMark=0x5\nAddress=10.0.0.1/8\nMTU=5\nTable=5\nDNS=a,b\nPostUp=x\n"
            + "SaveConfig=true\n[Peer]\nPublicKey="
            + PEER
            + "\nAllowedIPs=10.0.0.0/8,::/0\nEndpoint=[::1]:5\nPersistentKeepalive=5\n";
    int fine = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = sample.getBytes(StandardCharsets.UTF_8);
      for (int n = random.nextInt(4); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] =
            random.nextBoolean()
                ? (byte) random.nextInt()
                : (byte) "[]=#,\n\0/:".charAt(random.nextInt(9));
      }
      try {
        ConfigFile.parse(bytes, ConfigFile.Dialect.WG_QUICK, ConfigListener.NONE).close();
        ConfigFile.strip(bytes);
        assertThat(ConfigDocument.parse(bytes).toBytes()).isEqualTo(bytes);
        fine++;
      } catch (ConfigException e) {
        assertThat(e.reason()).isNotNull();
      }
    }
    assertThat(fine).isBetween(5000, 19_000);
  }
}
