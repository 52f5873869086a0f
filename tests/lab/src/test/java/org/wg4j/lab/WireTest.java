// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireTest {
  @Test
  void writesAFrameAsTheAgentReadsIt() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Wire.write(Channels.newChannel(out), Wire.REQUEST_STDIN, 7, ByteBuffer.wrap(new byte[] {1, 2}));
    assertThat(HexFormat.of().formatHex(out.toByteArray())).isEqualTo("0000000702000000070102");
  }

  @Test
  void readsFramesHoweverTheyArePieced() throws IOException {
    byte[] bytes = HexFormat.of().parseHex("0000000540000000010000000741000000026869");
    InputStream byteWise =
        new ByteArrayInputStream(bytes) {
          @Override
          public synchronized int read(byte[] buffer, int at, int length) {
            return super.read(buffer, at, Math.min(1, length));
          }
        };
    ReadableByteChannel channel = Channels.newChannel(byteWise);
    Wire.Frame first = Wire.read(channel);
    assertThat(first.type()).isEqualTo(Wire.REPORT_HELLO);
    assertThat(first.id()).isEqualTo(1);
    assertThat(first.bytes()).isEmpty();
    assertThat(Wire.read(channel).text()).isEqualTo("hi");
    assertThat(Wire.read(channel)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"00000004aaaaaaaa", "7fffffff00", "80000000", "00100001"})
  void refusesAnImpossibleLength(String hex) {
    assertThatThrownBy(() -> Wire.read(channel(hex)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("a frame of ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "0000000541", "000000094100000001aa"})
  void refusesAnEndInsideAFrame(String hex) {
    assertThatThrownBy(() -> Wire.read(channel(hex))).isInstanceOf(EOFException.class);
  }

  @Test
  void wordsACommandAsTheAgentParsesIt() {
    ByteBuffer exec = Wire.exec(Command.of("a", "b").in("/c"), List.of("D=e"));
    byte[] bytes = new byte[exec.remaining()];
    exec.get(bytes);
    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo("000000012f63000000000261006200" + "00000001443d6500");
  }

  private static ReadableByteChannel channel(String hex) {
    return Channels.newChannel(new ByteArrayInputStream(HexFormat.of().parseHex(hex)));
  }
}
