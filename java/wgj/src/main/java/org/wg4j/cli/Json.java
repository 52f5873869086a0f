// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import org.wg4j.Key;

/**
 * Writes one JSON document (RFC 8259) on one line. Of its own, because keys must go into the output
 * without becoming Strings, which no library's generator does.
 */
final class Json {

  private final Output out;

  /** Whether a comma must come before what is next. */
  private boolean pending;

  Json(Output out) {
    this.out = out;
  }

  private void separate() {
    if (pending) {
      out.print(",");
    }
    pending = true;
  }

  private Json open(String bracket) {
    separate();
    out.print(bracket);
    pending = false;
    return this;
  }

  private Json close(String bracket) {
    out.print(bracket);
    pending = true;
    return this;
  }

  Json beginObject() {
    return open("{");
  }

  Json endObject() {
    return close("}");
  }

  Json beginArray() {
    return open("[");
  }

  Json endArray() {
    return close("]");
  }

  /** The name of a member; its value is next. */
  Json name(String name) {
    separate();
    quote(name);
    out.print(":");
    pending = false;
    return this;
  }

  /** A key as the name of a member. */
  Json name(Key key) {
    separate();
    out.print("\"").print(key).print("\":");
    pending = false;
    return this;
  }

  Json value(String text) {
    separate();
    quote(text);
    return this;
  }

  Json value(Key key) {
    separate();
    out.print("\"").print(key).print("\"");
    return this;
  }

  Json value(long number) {
    separate();
    out.print(number);
    return this;
  }

  Json value(boolean truth) {
    separate();
    out.print(truth ? "true" : "false");
    return this;
  }

  /** A number of 64 bits without a sign. */
  Json unsigned(long number) {
    separate();
    out.print(Long.toUnsignedString(number));
    return this;
  }

  /** Ends the line, and lets it be seen. */
  void endDocument() {
    out.print("\n").flush();
    pending = false;
  }

  private void quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          boolean half = Character.isSurrogate(c) && !isPaired(text, i);
          if (c < ' ' || c == 127 || half) {
            String hex = Integer.toHexString(c);
            quoted.append("\\u").append("0".repeat(4 - hex.length())).append(hex);
          } else {
            quoted.append(c);
          }
        }
      }
    }
    out.print(quoted.append('"').toString());
  }

  private static boolean isPaired(String text, int at) {
    return Character.isHighSurrogate(text.charAt(at))
        ? at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1))
        : at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
  }
}
