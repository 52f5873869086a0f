// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.recording;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.netlink4j.Netlink;

/**
 * The numbers of a socket that differ from run to run, its port and its requests' sequence numbers,
 * and what stands for them in a recording. Not thread-safe.
 */
final class Sequences {
  /**
   * What is added to a socket's number to make its port in a recording. Linux gives no socket such
   * a port: they are process numbers, below 2^22, or negative.
   */
  private static final int RECORDED_PORTS = 0x4e4c0000;

  private static final int TYPE = 4;
  private static final int SEQUENCE = 8;
  private static final int PORT = 12;

  /** Where an error message quotes the header of the request. */
  private static final int QUOTED = Netlink.MESSAGE_HEADER + Integer.BYTES;

  private final int livePort;
  private final int recordedPort;
  private final Map<Integer, Integer> recorded = new HashMap<>();
  private final Map<Integer, Integer> live = new HashMap<>();

  /**
   * For a socket that is recorded.
   *
   * @param number its number in the recording, from 1
   * @param livePort the port that it has
   */
  Sequences(int number, int livePort) {
    this.livePort = livePort;
    this.recordedPort = portOf(number);
  }

  /** The port of a socket in a recording, and of that which replays it. */
  static int portOf(int number) {
    return RECORDED_PORTS + number;
  }

  /** A datagram that the program sends, as it is recorded; its requests get their numbers here. */
  byte[] requestToRecorded(byte[] datagram) {
    return translate(
        datagram,
        (bytes, header) -> {
          int number = bytes.getInt(header + SEQUENCE);
          if (number != 0) {
            Integer known = recorded.putIfAbsent(number, recorded.size() + 1);
            int counted = known == null ? recorded.size() : known;
            live.put(counted, number);
            bytes.putInt(header + SEQUENCE, counted);
          }
          if (bytes.getInt(header + PORT) == livePort) {
            bytes.putInt(header + PORT, recordedPort);
          }
        });
  }

  /** A datagram that came, as it is recorded. */
  byte[] answerToRecorded(byte[] datagram) {
    return translate(datagram, (bytes, at) -> answer(bytes, at, livePort, recordedPort, recorded));
  }

  /** A datagram that was recorded, as the program expects it. */
  byte[] answerToLive(byte[] datagram) {
    return translate(datagram, (bytes, at) -> answer(bytes, at, recordedPort, livePort, live));
  }

  private static void answer(
      ByteBuffer bytes, int message, int port, int newPort, Map<Integer, Integer> numbers) {
    renumber(bytes, message, port, newPort, numbers);
    boolean quotes =
        (bytes.getShort(message + TYPE) & 0xffff) == Netlink.NLMSG_ERROR
            && bytes.getInt(message) >= QUOTED + Netlink.MESSAGE_HEADER;
    if (quotes) {
      renumber(bytes, message + QUOTED, port, newPort, numbers);
    }
  }

  /** Events that others caused carry others' numbers and ports, which are left as they are. */
  private static void renumber(
      ByteBuffer bytes, int header, int port, int newPort, Map<Integer, Integer> numbers) {
    if (bytes.getInt(header + PORT) == port) {
      int number = bytes.getInt(header + SEQUENCE);
      bytes.putInt(header + SEQUENCE, numbers.getOrDefault(number, number));
      bytes.putInt(header + PORT, newPort);
    }
  }

  private interface Change {
    void apply(ByteBuffer bytes, int header);
  }

  /** Changes a copy of a datagram, message by message, as far as it consists of messages. */
  private static byte[] translate(byte[] datagram, Change change) {
    ByteBuffer bytes = ByteBuffer.wrap(datagram.clone()).order(ByteOrder.nativeOrder());
    int at = 0;
    while (bytes.limit() - at >= Netlink.MESSAGE_HEADER) {
      int length = bytes.getInt(at);
      if (length < Netlink.MESSAGE_HEADER || length > bytes.limit() - at) {
        break;
      }
      change.apply(bytes, at);
      at = Math.min(at + Netlink.align(length), bytes.limit());
    }
    return bytes.array();
  }
}
