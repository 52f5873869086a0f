// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SynopsisTest {

  /**
   * What is offered after words were typed: words as they are, placeholders; null: nothing fits.
   */
  private static Set<String> after(Synopsis synopsis, String... typed) {
    int at = 0;
    for (String word : typed) {
      Synopsis.State state = synopsis.states().get(at);
      at = state.words().getOrDefault(word, state.otherwise());
      if (at == Synopsis.NOWHERE) {
        return null;
      }
    }
    Synopsis.State state = synopsis.states().get(at);
    Set<String> offered = new TreeSet<>(state.words().keySet());
    offered.addAll(state.values());
    return offered;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "a b [ c ] | '' | a",
        "a b [ c ] | a b | c",
        "a b [ c ] | a b c | ''",
        "a b [ c ] | b | -",
        "\"{ a | <b> c } d\" | '' | a <b>",
        "\"{ a | <b> c } d\" | a | d",
        "\"{ a | <b> c } d\" | x | c",
        "\"{ a | <b> c } d\" | x c | d",
        "\"[ a | b <x y> ]... [ c <z>[,...] ]... d\" | '' | a b c d",
        "\"[ a | b <x y> ]... [ c <z>[,...] ]... d\" | a b | <x y>",
        "\"[ a | b <x y> ]... [ c <z>[,...] ]... d\" | a b b a | a b c d",
        "\"[ a | b <x y> ]... [ c <z>[,...] ]... d\" | c 1,2 | c d",
        "<x>... y | '' | <x>",
        "<x>... y | 1 2 3 | y <x>",
        "a... b | a a | a b"
      })
  void whatMayComeNext(String line, String typed, String offered) {
    String[] words = typed.equals("''") ? new String[0] : typed.split(" ");
    Set<String> found = after(new Synopsis(line), words);
    if (offered.equals("-")) {
      assertThat(found).isNull();
    } else {
      assertThat(found).isNotNull();
      assertThat(String.join(" ", wordsFirst(found)))
          .isEqualTo(offered.equals("''") ? "" : offered);
    }
  }

  private static List<String> wordsFirst(Set<String> offered) {
    Comparator<String> order = Comparator.comparing(word -> word.startsWith("<"));
    return offered.stream().sorted(order.thenComparing(Comparator.naturalOrder())).toList();
  }

  @Test
  void optionsStandAnywhere() {
    Synopsis synopsis =
        new Synopsis("[ --json ] [ --sort <key> ] <interface> [ { --all | one } ] [--plain]");
    assertThat(synopsis.options())
        .isEqualTo(Map.of("--json", "", "--sort", "<key>", "--all", "", "--plain", ""));
    assertThat(after(synopsis)).containsExactly("<interface>");
    assertThat(after(synopsis, "wg0")).containsExactly("one");
    // A lone dash is a word, as standard input often is.
    assertThat(after(new Synopsis("{ - | <file> }"))).containsExactlyInAnyOrder("-", "<file>");
  }

  @Test
  void statesFromWhichTheSameGoesOnAreOne() {
    assertThat(new Synopsis("{ a | b | c } [ x | y ]").states()).hasSize(3);
    assertThat(new Synopsis("").states()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[ a", "a ]", "{ a | b", "a }", "<a", "{ a ] b }"})
  void unbalancedLinesAreRefused(String line) {
    assertThatThrownBy(() -> new Synopsis(line))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(line);
  }
}
