// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where things stand in a file, and whose name a comment is. */
class ConfigTextTest {

  private static ConfigText of(String text) {
    return ConfigText.of(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[Peer]~# Name = a~PublicKey = x | a",
        "[Peer]~PublicKey = x~# Name = a | a",
        "# Name = a~[Peer]~PublicKey = x | a",
        "# Name = a~# more~[Peer]~PublicKey = x | a",
        "# Name = a~~[Peer]~PublicKey = x | -",
        "[Interface]~MTU = 5~# Name = a~[Peer] | a",
        "[Interface]~MTU = 5~# Name = a~~[Peer] | -",
        "[Peer] # Name = a | a",
        "[Peer] # a | -",
        "# Name = a~[Peer] # Name = b~# Name = c | a",
        "[Peer]~# Name = a~PublicKey = x~# Name = b | a",
        "[Peer]~# Name = a~PublicKey = x~# Name = b~[Peer] | a,b",
        "[Peer]~PublicKey = x~# Name = b~[Peer] | -,b",
        "[Peer]~PublicKey = x~# Name = b~~[Peer] | b,-",
        "# Name = b~[Interface]~[Peer] | -",
        "[Peer]~#name=a | a",
        "[Peer]~  #  FRIENDLY_NAME  =  a b  | a b",
        "[Peer]~# Nickname = a | -",
        "[Peer]~# Name = | -",
        "[Peer]~PublicKey = x # Name = a | -",
        "[ peer ]~# Name = a=b | a=b",
      })
  void names(String text, String expected) {
    String names =
        of(text.replace('~', '\n')).peers().stream()
            .map(peer -> peer.name().orElse("-"))
            .reduce((a, b) -> a + "," + b)
            .orElse("");
    assertThat(names).isEqualTo(expected);
  }

  @Test
  void namesCannotGiveATerminalOrders() {
    assertThat(ConfigText.printable(" \033[2Jx\u202ey\u200b\u2028 \ud800z ")).isEqualTo("[2Jxy z");
    assertThat(ConfigText.printable("\ud83d\ude00".repeat(70)))
        .isEqualTo("\ud83d\ude00".repeat(64));
  }

  @Test
  void positions() {
    ConfigText text =
        of("\n [Interface] \n\tä Pri vate Key =  secret # x\nPostUp = a # b\nDNS = c # d");
    ConfigText.Section section = text.sections().get(0);
    assertThat(section.line()).isEqualTo(2);
    assertThat(section.column()).isEqualTo(2);
    assertThat(section.statements())
        .containsExactly(
            new ConfigText.Statement("äPrivateKey", "", 3, 2, 20),
            new ConfigText.Statement("PostUp", "a # b", 4, 1, 10),
            new ConfigText.Statement("DNS", "c", 5, 1, 7));
    assertThat(of("[Interface]\nPrivateKey = secret").sections().get(0).last("privatekey"))
        .hasValue(new ConfigText.Statement("PrivateKey", "", 2, 1, 14));
    assertThat(of("x").sections())
        .singleElement()
        .matches(it -> it.kind() == ConfigText.Kind.NONE && it.line() == 0);
    assertThat(of("").sections()).isEmpty();
  }
}
