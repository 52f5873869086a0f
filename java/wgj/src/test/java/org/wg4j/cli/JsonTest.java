// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.wg4j.PublicKey;

/** JSON as RFC 8259 has it, one document a line. */
class JsonTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Json json = new Json(new Output(bytes));

  private String written() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void nesting() {
    PublicKey key = PublicKey.of(new byte[32]);
    json.beginObject().name("a").beginArray().endArray();
    json.name("b").beginArray().value(1).value("x").value(true).beginObject().endObject();
    json.beginArray().unsigned(-1).endArray().endArray().name(key).value(key).name("c");
    json.value(false).endObject().endDocument();
    String base64 = "A".repeat(43) + "=";
    assertThat(written())
        .isEqualTo(
            "{\"a\":[],\"b\":[1,\"x\",true,{},[18446744073709551615]],\"K\":\"K\",\"c\":false}\n"
                .replace("K", base64));
    json.beginArray().endArray().endDocument();
    assertThat(written()).endsWith("}\n[]\n");
  }

  @Test
  void strings() {
    json.beginArray()
        .value("\"\\/\b\f\n\r\t\0\u001f\u007f\u00e4")
        .value("\ud83d\ude00")
        .value("\ud83d")
        .value("\ude00")
        .value("x\ude00\ud83d")
        .value("\ud83dx\ude00")
        .endArray()
        .endDocument();
    assertThat(written())
        .isEqualTo(
            "[\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0000\\u001f\\u007f\u00e4\",\"\ud83d\ude00\","
                + "\"\\ud83d\",\"\\ude00\",\"x\\ude00\\ud83d\",\"\\ud83dx\\ude00\"]\n");
  }
}
