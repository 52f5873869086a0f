// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.recording;

import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.netlink4j.Errno;
import org.netlink4j.NetNamespace;
import org.netlink4j.NetlinkException;
import org.netlink4j.transport.NetlinkChannel;
import org.netlink4j.transport.Transport;

/**
 * A transport that passes everything on to another one and writes down what was said, for {@link
 * ReplayTransport}. The {@linkplain org.netlink4j.recording package} describes the text.
 *
 * <p>The text holds every byte, keys included when a program sends or reads keys: record with keys
 * that were made for the test.
 *
 * <p>Thread-safe, as far as the other transport is. Closing it ends the text; sockets that were
 * opened through it belong to the program and must be closed before.
 */
public final class RecordingTransport implements Transport, AutoCloseable {
  private final Transport transport;
  private final RecordingWriter writer;
  private final AtomicInteger channels = new AtomicInteger();

  private RecordingTransport(Writer out, Transport transport) {
    this.transport = Objects.requireNonNull(transport);
    this.writer = new RecordingWriter(out);
  }

  /**
   * Records to a file, which is replaced when it is there and which only its owner may read.
   *
   * @param transport the way to the kernel, for instance {@code Transports.selected()}
   * @throws IOException when the file cannot be made
   */
  public static RecordingTransport to(Path file, Transport transport) throws IOException {
    Objects.requireNonNull(transport);
    // A new file, or who opened the old one could read on.
    Files.deleteIfExists(file);
    return new RecordingTransport(
        Channels.newWriter(
            Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))),
            StandardCharsets.UTF_8),
        transport);
  }

  /**
   * Records to a writer, which is flushed after each step and closed with this.
   *
   * @param transport the way to the kernel, for instance {@code Transports.selected()}
   */
  public static RecordingTransport to(Writer out, Transport transport) {
    return new RecordingTransport(Objects.requireNonNull(out), transport);
  }

  /** The other transport's name, with {@code recorded-} before it. */
  @Override
  public String name() {
    return "recorded-" + transport.name();
  }

  @Override
  public NetlinkChannel open(int protocol, Optional<NetNamespace> namespace)
      throws NetlinkException {
    String path = namespace.map(ns -> ns.path().toString()).orElse("");
    NetlinkChannel channel;
    try {
      channel = transport.open(protocol, namespace);
    } catch (NetlinkException e) {
      writer.openFailed(e.errno(), protocol, path);
      throw e;
    }
    // Counted and written in one step, so that numbers rise with the lines.
    synchronized (channels) {
      int number = channels.incrementAndGet();
      writer.open(number, protocol, path);
      return new Channel(channel, number, writer);
    }
  }

  @Override
  public NamespaceHandle openNamespace(NetNamespace namespace) throws NetlinkException {
    try {
      NamespaceHandle handle = transport.openNamespace(namespace);
      writer.namespace(handle.descriptor(), namespace.path().toString());
      return handle;
    } catch (NetlinkException e) {
      writer.namespaceFailed(e.errno(), namespace.path().toString());
      throw e;
    }
  }

  /**
   * Ends the text.
   *
   * @throws IOException when a part of it could not be written: the recording is of no use
   */
  @Override
  public void close() throws IOException {
    writer.close();
  }

  private static final class Channel implements NetlinkChannel {
    private final NetlinkChannel channel;
    private final int number;
    private final RecordingWriter writer;
    private final Sequences sequences;

    /** Held while a datagram is awaited and written: they are written in the order they came. */
    private final ReentrantLock receiving = new ReentrantLock();

    private boolean closedIsWritten;

    Channel(NetlinkChannel channel, int number, RecordingWriter writer) {
      this.channel = channel;
      this.number = number;
      this.writer = writer;
      this.sequences = new Sequences(number, channel.portId());
    }

    @Override
    public int portId() {
      return channel.portId();
    }

    @Override
    public void send(ByteBuffer message) throws NetlinkException {
      // Held until it is written: a thread that receives its answer meanwhile writes that after it.
      synchronized (this) {
        byte[] data = sequences.requestToRecorded(bytes(message));
        int errno = 0;
        try {
          channel.send(message);
        } catch (NetlinkException e) {
          errno = e.errno();
          throw e;
        } finally {
          writer.send(number, errno, data);
        }
      }
    }

    @Override
    public Optional<Datagram> receive(Duration timeout) throws NetlinkException {
      receiving.lock();
      try {
        Optional<Datagram> datagram = channel.receive(timeout);
        synchronized (this) {
          if (datagram.isEmpty()) {
            writer.timeout(number);
          } else {
            byte[] data = sequences.answerToRecorded(bytes(datagram.get().data()));
            writer.receive(number, datagram.get().senderPort(), data);
          }
        }
        return datagram;
      } catch (NetlinkException e) {
        if (!e.is(Errno.EBADF)) {
          writer.receiveFailed(number, e.errno());
        } else if (!closedIsWritten) {
          closedIsWritten = true;
          writer.closed(number);
        }
        throw e;
      } finally {
        receiving.unlock();
      }
    }

    @Override
    public void setOption(int level, int option, int value) throws NetlinkException {
      int errno = 0;
      try {
        channel.setOption(level, option, value);
      } catch (NetlinkException e) {
        errno = e.errno();
        throw e;
      } finally {
        writer.option(number, level, option, value, errno);
      }
    }

    @Override
    public void close() {
      channel.close();
    }

    private static byte[] bytes(ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(buffer.position(), bytes);
      return bytes;
    }
  }
}
