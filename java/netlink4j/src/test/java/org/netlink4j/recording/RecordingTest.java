// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.netlink4j.ScriptedTransport.PORT;
import static org.netlink4j.ScriptedTransport.done;
import static org.netlink4j.ScriptedTransport.error;
import static org.netlink4j.ScriptedTransport.message;
import static org.netlink4j.ScriptedTransport.part;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.Generators;
import org.netlink4j.MessageBuilder;
import org.netlink4j.NetNamespace;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.NetlinkSocket;
import org.netlink4j.ScriptedTransport;
import org.netlink4j.transport.NetlinkChannel;
import org.netlink4j.transport.Transport;

@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RecordingTest {
  private interface Program {
    void run(Transport transport, List<String> log) throws Exception;
  }

  private static MessageBuilder request(String name) {
    return MessageBuilder.of(20, 0).header32(0).header32(0).string(3, name);
  }

  private static NetlinkSocket open(Transport transport) throws NetlinkException {
    return NetlinkSocket.builder(Netlink.ROUTE).transport(transport).dumpRetries(2).open();
  }

  private static void attempt(List<String> log, Attempt attempt) {
    try {
      log.add(String.valueOf(attempt.run()));
    } catch (NetlinkException e) {
      log.add(e.getClass() + e.getMessage());
    }
  }

  private interface Attempt {
    Object run() throws NetlinkException;
  }

  private static String record(Transport kernel, Program program, List<String> log)
      throws Exception {
    StringWriter text = new StringWriter();
    try (RecordingTransport recorder = RecordingTransport.to(text, kernel)) {
      program.run(recorder, log);
    }
    return text.toString();
  }

  private static ReplayTransport replay(String text) throws IOException {
    return ReplayTransport.read(new StringReader(text), "test.nl");
  }

  /** What a socket's messages say, without the numbers that differ from run to run. */
  private static List<String> contents(List<NetlinkMessage> messages) {
    return messages.stream()
        .map(m -> m.type() + "/" + m.flags() + "/" + m.payload().remaining())
        .toList();
  }

  private static final Program PROGRAM =
      (transport, log) -> {
        try (NetlinkSocket one = open(transport);
            NetlinkSocket two = open(transport)) {
          attempt(log, () -> contents(one.request(request("first"))));
          attempt(log, () -> contents(two.request(request("second"))));
          attempt(log, () -> contents(one.dump(request("dump"))));
          attempt(log, () -> contents(one.request(request("refused"))));
          attempt(log, () -> contents(one.request(request("lost"))));
          attempt(log, () -> contents(two.request(request("slow"))));
        }
        attempt(log, () -> transport.open(99, Optional.empty()));
        attempt(log, () -> transport.openNamespace(NetNamespace.named("nowhere")));
      };

  /** Another kernel for each run: it has no state but what it was asked before. */
  private static Transport kernel() {
    int[] dumps = {0};
    ScriptedTransport kernel =
        new ScriptedTransport(
            (r, k) -> {
              String name = name(r);
              if (name.equals("dump")) {
                int flags = dumps[0]++ == 0 ? Netlink.NLM_F_DUMP_INTR : 0;
                k.say(part(r, 0, (byte) 1), part(r, flags, (byte) 2)).say(done(r, 0));
              } else if (name.equals("refused")) {
                k.say(error(r, -Errno.ENODEV.number()));
              } else if (name.equals("lost")) {
                k.fail(Errno.ENOBUFS);
              } else if (!name.equals("slow")) {
                // An event of another program, with a number that ours has in the recording.
                k.say(message(16, 0, 1, 1));
                k.say(message(20, 0, r.sequence(), PORT, (byte) 7), error(r, 0));
              }
            });
    return new Transport() {
      @Override
      public String name() {
        return "kernel";
      }

      @Override
      public NetlinkChannel open(int protocol, Optional<NetNamespace> namespace)
          throws NetlinkException {
        if (protocol == 99) {
          throw NetlinkException.of("open", Errno.EPROTONOSUPPORT.number(), ExtAck.NONE);
        }
        return kernel.open(protocol, namespace);
      }

      @Override
      public NamespaceHandle openNamespace(NetNamespace namespace) throws NetlinkException {
        throw new NetlinkException("open", Errno.ENOENT.number());
      }
    };
  }

  private static String name(NetlinkMessage request) {
    try {
      return request.attributes(8).get(3).string();
    } catch (NetlinkException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void replayedIsAsRecorded() throws Exception {
    List<String> first = new ArrayList<>();
    String text = record(kernel(), PROGRAM, first);
    assertThat(first).hasSize(8).anyMatch(line -> line.contains("ENOBUFS"));
    List<String> second = new ArrayList<>();
    ReplayTransport replay = replay(text);
    PROGRAM.run(replay, second);
    replay.verifyFinished();
    // The words of errors of the transport itself are the replay's own.
    assertThat(second.subList(0, 6)).isEqualTo(first.subList(0, 6));
    assertThat(second.get(6)).contains("protocol 99", "EPROTONOSUPPORT");
    assertThat(second.get(7)).contains("/run/netns/nowhere", "ENOENT");
  }

  @Test
  void aSecondRecordingIsTheSame() throws Exception {
    String first = record(kernel(), PROGRAM, new ArrayList<>());
    assertThat(record(kernel(), PROGRAM, new ArrayList<>())).isEqualTo(first);
    // And that of a replay, whose errors have the same numbers.
    assertThat(record(replay(first), PROGRAM, new ArrayList<>())).isEqualTo(first);
  }

  private static final String SMALL =
      """
      # A conversation with the kernel, recorded by netlink4j. It holds all bytes, secret or not.
      netlink4j-recording 1 little-endian
      open 1 protocol 0 in /run/netns/a%20%23%25%c3%a4
      option 1 level 270 name 11 value 1
      option 1 level 270 name 10 value 1
      option 1 level 270 name 12 value 1
      send 1
        # message type 20 flags 0x5 sequence 1 (20 bytes)
        24000000 14000500 01000000 01004c4e  # $.............LN
        00000000 00000000 0a000300 656d7074  # ............empt
        79000000                             # y...
      receive 1
        # message type 2 flags 0x100 sequence 1 (20 bytes)
        24000000 02000001 01000000 01004c4e  # $.............LN
        00000000 10000000 14000500 01000000  # ................
        01004c4e                             # ..LN
      """;

  @Test
  void textIsReadable() throws Exception {
    assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the text is little-endian");
    ScriptedTransport kernel =
        new ScriptedTransport(
            (r, k) -> {
              ByteBuffer ack = error(r, 0);
              ack.putInt(24, 20 | 5 << 16).putInt(28, r.sequence()).putInt(32, PORT);
              k.say(ack);
            });
    Program program =
        (transport, log) -> {
          NetNamespace namespace = NetNamespace.named("a #%ä");
          try (NetlinkSocket socket =
              NetlinkSocket.builder(0).transport(transport).namespace(namespace).open()) {
            socket.request(MessageBuilder.of(20, 0).header32(0).header32(0).bytes(3, EMPTY));
          }
        };
    String text = record(kernel, program, new ArrayList<>());
    assertThat(text).isEqualTo(SMALL);
    ReplayTransport replay = replay(text);
    program.run(replay, new ArrayList<>());
    replay.verifyFinished();
  }

  private static final byte[] EMPTY = {'e', 'm', 'p', 't', 'y', 0};

  @Test
  void deviationsAreNamed() throws Exception {
    assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the text is little-endian");
    String text =
        """
        netlink4j-recording 1 little-endian
        open 1 protocol 0
        namespace 7 of /run/netns/blue
        option 1 level 1 name 2 value 3
        send 1
         2c000000 10000500 01000000 01004c4e
         00000000 00000000 00000000 00000000
         0c001280 08000100 73656372
        receive 1
         10000000 14000000 01000000 01004c4e
        """;
    ReplayTransport unused = replay(text);
    assertThatThrownBy(unused::verifyFinished)
        .isInstanceOf(ReplayMismatchError.class)
        .hasMessage(
            "test.nl:2: the program did not open a socket for protocol 0, nor do 4 later steps");

    assertDeviation(
        text,
        t -> t.open(16, Optional.empty()),
        "test.nl: no further step of the recording is to open a netlink socket for protocol 16");
    assertDeviation(
        text,
        t -> t.open(0, Optional.of(NetNamespace.named("blue"))),
        "test.nl: no further step of the recording is to open a netlink socket for protocol 0"
            + " in network namespace /run/netns/blue");
    assertDeviation(
        text,
        t -> t.openNamespace(NetNamespace.named("red")),
        "test.nl: no further step of the recording is to open namespace /run/netns/red");
    assertDeviation(
        text,
        t -> channel(t).setOption(1, 2, 4),
        "test.nl:4: the program does set option 1/2 of socket 1 to 4,"
            + " the recorded one did set option 1/2 of socket 1 to 3");
    assertDeviation(
        text,
        t -> channel(t).receive(Duration.ofDays(1)),
        "test.nl:5: the program receives, but the recorded one did send 44 bytes on socket 1");

    String other = "test.nl:5: the program sends another request on socket 1: ";
    String same = "44 bytes as recorded; the first difference is at byte ";
    assertDeviation(
        text,
        t -> send(t, b -> b.putShort(4, (short) 17)),
        other + same + "4, in the type of a message of type 17");
    assertDeviation(
        text,
        t -> send(t, b -> b.putShort(6, (short) 1)),
        other + same + "6, in the flags of a message of type 16");
    assertDeviation(
        text,
        t -> send(t, b -> b.putInt(12, 8)),
        other + same + "12, in the port of a message of type 16");
    assertDeviation(
        text,
        t -> send(t, b -> b.put(20, (byte) 1)),
        other + same + "20, in the fixed header of a message of type 16");
    assertDeviation(
        text,
        t -> send(t, b -> b.put(43, (byte) 'x')),
        other + same + "43, in attribute 18/1 of a message of type 16");
    assertDeviation(
        text,
        t -> send(t, b -> b.put(34, (byte) 19)),
        other + same + "34, in attribute 19 of a message of type 16");
    assertDeviation(
        text,
        t -> channel(t).send(ByteBuffer.wrap(new byte[] {1, 2, 3})),
        other + "3 bytes instead of 44; the first difference is at byte 3, where it ends");
    assertDeviation(
        text,
        t -> {
          NetlinkChannel channel = channel(t);
          channel.send(sent(b -> b.putInt(8, 123456)));
          channel.receive(Duration.ZERO);
          channel.receive(Duration.ZERO);
        },
        "test.nl: the program receives on socket 1, for which nothing more is recorded");
    assertDeviation(
        text,
        t -> {
          NetlinkChannel channel = channel(t);
          channel.setOption(1, 2, 3);
          channel.setOption(1, 2, 3);
        },
        "test.nl: the program does set option 1/2 of socket 1 to 3,"
            + " the recorded one set no further option");
    assertDeviation(
        text,
        t -> {
          NetlinkChannel channel = channel(t);
          channel.send(sent(b -> {}));
          channel.send(sent(b -> {}));
        },
        "test.nl:9: the program sends 44 bytes on socket 1,"
            + " but the recorded one did receive on socket 1");
  }

  private interface Use {
    void of(ReplayTransport transport) throws NetlinkException;
  }

  private interface Alteration {
    void of(ByteBuffer request);
  }

  private static NetlinkChannel channel(ReplayTransport transport) throws NetlinkException {
    return transport.open(0, Optional.empty());
  }

  private static ByteBuffer sent(Alteration alteration) {
    ByteBuffer bytes = ByteBuffer.allocate(44).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(44).putShort((short) 16).putShort((short) 5).putInt(77).putInt(0x4e4c0001);
    bytes.position(32);
    bytes.putShort((short) 12).putShort((short) 0x8012).putShort((short) 8).putShort((short) 1);
    bytes.put(new byte[] {'s', 'e', 'c', 'r'}).flip();
    alteration.of(bytes);
    return bytes;
  }

  private static void send(ReplayTransport transport, Alteration alteration)
      throws NetlinkException {
    channel(transport).send(sent(alteration));
  }

  /** What deviates is named, at once and at the end, and no content of attributes is shown. */
  private static void assertDeviation(String text, Use use, String message) throws Exception {
    ReplayTransport replay = replay(text);
    for (Use one : List.of(use, (Use) ReplayTransport::verifyFinished)) {
      assertThatThrownBy(() -> one.of(replay))
          .isInstanceOf(ReplayMismatchError.class)
          .hasMessage(message)
          .message()
          .doesNotContain("secr", "73656372");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                      | test.nl:1: expected "netlink4j-recording 1
          netlink4j-recording 2 little-endian     | test.nl:1: expected "netlink4j-recording 1
          HEAD;open 2 protocol 0                  | test.nl:2: expected the number 1
          HEAD;open 1 protocol                    | test.nl:2: expected open, namespace, option
          HEAD;open 1 protocol 99999999999        | test.nl:2: expected open, namespace, option
          HEAD;open 1 protocol 9999999999         | test.nl:2: 9999999999 is too large
          HEAD;open failed 0 protocol 1           | test.nl:2: expected a positive number
          HEAD;send 1                             | test.nl:2: socket 1 was not opened before
          HEAD;open 1 protocol 0;send 0           | test.nl:3: expected a positive number
          HEAD;open 1 protocol 0;send 1;  0       | test.nl:4: an odd number of hexadecimal digits
          HEAD;open 1 protocol 0;send 1;  0g      | test.nl:4: column 4 is no hexadecimal digit
          HEAD;open 1 protocol 0;timeout 1;  00   | test.nl:4: bytes belong after
          HEAD;namespace 3 of /a%4                | test.nl:2: two hexadecimal digits must follow
          HEAD;namespace 3 of /a%g0               | test.nl:2: two hexadecimal digits must follow
          HEAD;namespace 3 of /ä                  | test.nl:2: a path with more than ASCII
          HEAD;open 1 protocol 0;receive 1 from 4294967296 | test.nl:3: 4294967296 is too large
          HEAD;open 1 protocol 0;close 1          | test.nl:3: expected open, namespace, option
          """)
  void whatIsNoRecordingIsRefused(String text, String message) {
    String full = text.replace("HEAD", RecordingWriter.FIRST_LINE).replace(';', '\n');
    assertThatThrownBy(() -> replay(full))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.netlink4j.Generators#seeds")
  void anythingIsReadOrRefused(long seed) throws Exception {
    Random random = new Random(seed);
    String text = record(kernel(), PROGRAM, new ArrayList<>());
    for (int i = 0; i < 200; i++) {
      StringBuilder changed = new StringBuilder(text);
      for (int j = random.nextInt(4); j >= 0; j--) {
        int at = random.nextInt(changed.length());
        switch (random.nextInt(3)) {
          case 0 -> changed.setCharAt(at, (char) (random.nextInt(96) + 32));
          case 1 -> changed.delete(at, Math.min(changed.length(), at + random.nextInt(40)));
          default -> changed.insert(at, (char) random.nextInt(0x500));
        }
      }
      ReplayTransport replay;
      try {
        replay = replay(changed.toString());
      } catch (IOException e) {
        assertThat(e).hasMessageMatching("(?s)test\\.nl:\\d+: .*");
        continue;
      }
      try {
        PROGRAM.run(replay, new ArrayList<>());
      } catch (ReplayMismatchError | NetlinkException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  /** Sockets that say anything, in any order, are recorded and replayed byte for byte. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.netlink4j.Generators#seeds")
  void anyConversation(long seed) throws Exception {
    Program program =
        (transport, log) -> {
          Random random = new Random(seed);
          List<NetlinkChannel> open = new ArrayList<>();
          for (int i = 0; i < 100; i++) {
            if (open.isEmpty() || random.nextInt(20) == 0) {
              open.add(transport.open(random.nextInt(3), Optional.empty()));
            }
            NetlinkChannel channel = open.get(random.nextInt(open.size()));
            byte[] bytes = Generators.bytes(random, random.nextInt(100));
            int value = random.nextInt();
            attempt(
                log,
                () -> {
                  switch (value & 3) {
                    case 0 -> channel.setOption(value >> 8 & 3, value >> 4 & 3, value);
                    case 1 -> channel.send(ByteBuffer.wrap(bytes));
                    default -> {
                      return channel
                          .receive(Duration.ZERO)
                          .map(d -> d.senderPort() + " " + d.data());
                    }
                  }
                  return "done";
                });
          }
        };
    List<String> first = new ArrayList<>();
    String text = record(new Noise(seed), program, first);
    List<String> second = new ArrayList<>();
    ReplayTransport replay = replay(text);
    program.run(replay, second);
    replay.verifyFinished();
    assertThat(second).isEqualTo(first);
    assertThat(record(replay(text), program, new ArrayList<>())).isEqualTo(text);
  }

  /** A kernel of a bad dream. */
  private record Noise(Random random) implements Transport {
    Noise(long seed) {
      this(new Random(~seed));
    }

    @Override
    public String name() {
      return "noise";
    }

    @Override
    public NetlinkChannel open(int protocol, Optional<NetNamespace> namespace) {
      return new NetlinkChannel() {
        @Override
        public int portId() {
          return 12345;
        }

        @Override
        public void send(ByteBuffer message) throws NetlinkException {
          fail("send a netlink message of " + message.remaining() + " bytes");
        }

        @Override
        public Optional<Datagram> receive(Duration timeout) throws NetlinkException {
          fail("receive a netlink message");
          return random.nextInt(4) == 0
              ? Optional.empty()
              : Optional.of(
                  new Datagram(
                      random.nextInt(3) - 1,
                      ByteBuffer.wrap(Generators.bytes(random, random.nextInt(70)))));
        }

        @Override
        public void setOption(int level, int option, int value) throws NetlinkException {
          fail("set option " + level + "/" + option + " of a netlink socket to " + value);
        }

        private void fail(String operation) throws NetlinkException {
          if (random.nextInt(4) == 0) {
            // Closed sockets are told apart from what fails.
            int errno = 10 + random.nextInt(120);
            throw NetlinkException.of(operation, errno, ExtAck.NONE);
          }
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public NamespaceHandle openNamespace(NetNamespace namespace) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void waitThatClosingEnded() throws Exception {
    ReplayTransport replay =
        replay(RecordingWriter.FIRST_LINE + "\nopen 1 protocol 0\ntimeout 1\nclosed 1\n");
    ExecutorService pool = Executors.newSingleThreadExecutor();
    NetlinkChannel channel = channel(replay);
    try {
      assertThat(channel.receive(Duration.ofDays(1))).isEmpty();
      assertThat(channel.receive(Duration.ofNanos(1))).isEmpty();
      Future<?> waiting = pool.submit(() -> channel.receive(Duration.ofSeconds(Long.MAX_VALUE)));
      channel.close();
      assertThatThrownBy(() -> waiting.get(5, TimeUnit.MINUTES)).hasMessageContaining("EBADF");
      assertThatThrownBy(() -> channel.receive(Duration.ZERO)).hasMessageContaining("EBADF");
      assertThatThrownBy(() -> channel.send(ByteBuffer.allocate(16))).hasMessageContaining("EBADF");
      assertThatThrownBy(() -> channel.setOption(1, 2, 3)).hasMessageContaining("EBADF");
    } finally {
      pool.shutdownNow();
    }
    replay.verifyFinished();
  }

  /** Recording changes nothing: options are set, sockets closed, whatever is written. */
  @Test
  void everythingReachesTheKernel() throws Exception {
    ScriptedTransport plain = new ScriptedTransport((r, k) -> k.say(error(r, 0)));
    open(plain).close();
    ScriptedTransport kernel = new ScriptedTransport((r, k) -> k.say(error(r, 0)));
    String text =
        record(
            kernel,
            (transport, log) -> {
              try (NetlinkSocket socket = open(transport)) {
                socket.request(request("x"));
              }
            },
            new ArrayList<>());
    assertThat(kernel.options).isEqualTo(plain.options).isNotEmpty();
    assertThat(kernel.requests).hasSize(1);
    assertThat(kernel.closed).isTrue();
    assertThat(text).contains("\nsend 1\n", "\nreceive 1\n");
  }

  /** One thread after the other: nothing is held on to. */
  @Test
  void anyThreadMayGoOn() throws Exception {
    String text =
        RecordingWriter.FIRST_LINE
            + "\nopen 1 protocol 0\nnamespace 7 of /a\nnamespace 8 of /a\n"
            + "option 1 level 1 name 2 value 3\nsend 1\n 01\nsend 1\n 02\ntimeout 1\n";
    ReplayTransport replay = replay(text);
    assertThat(replay.name()).isEqualTo("replay");
    NetlinkChannel channel = channel(replay);
    NetNamespace namespace = NetNamespace.path(Path.of("/a"));
    assertThat(replay.openNamespace(namespace).descriptor()).isEqualTo(7);
    channel.send(ByteBuffer.wrap(new byte[] {1}));
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      Callable<Object> rest =
          () -> {
            assertThat(replay.openNamespace(namespace).descriptor()).isEqualTo(8);
            channel.setOption(1, 2, 3);
            channel.send(ByteBuffer.wrap(new byte[] {2}));
            return channel.receive(Duration.ofDays(1));
          };
      assertThat(pool.submit(rest).get(5, TimeUnit.MINUTES)).isEqualTo(Optional.empty());
    } finally {
      pool.shutdownNow();
    }
    replay.verifyFinished();
  }

  @Test
  void theFileIsItsOwners(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("links.nl"), "old, and longer than nothing");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    List<String> log = new ArrayList<>();
    try (RecordingTransport recorder = RecordingTransport.to(file, kernel())) {
      assertThat(recorder.name()).isEqualTo("recorded-kernel");
      PROGRAM.run(recorder, log);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    ReplayTransport replay = ReplayTransport.read(file);
    PROGRAM.run(replay, new ArrayList<>());
    replay.verifyFinished();
    Files.writeString(file, "something else");
    assertThatThrownBy(() -> ReplayTransport.read(file)).hasMessageStartingWith(file + ":1: ");
  }

  @Test
  void aFullDiskIsSaidAtTheEnd() throws Exception {
    Writer full =
        new Writer() {
          private int left = 1000;

          @Override
          public void write(char[] chars, int offset, int length) throws IOException {
            left -= length;
            if (left < 0) {
              throw new IOException("No space left on device");
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    RecordingTransport recorder = RecordingTransport.to(full, kernel());
    List<String> log = new ArrayList<>();
    PROGRAM.run(recorder, log);
    assertThat(log).hasSize(8);
    assertThatThrownBy(recorder::close)
        .isInstanceOf(IOException.class)
        .hasMessage("No space left on device");
  }
}
