// SPDX-License-Identifier: Apache-2.0
package org.wg4j.testcontainers;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.StreamType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;

/**
 * The input and output of a command that runs in a container. It goes over the connection to the
 * Docker Engine, so it needs no port of the container and outlives its networks; and unlike the
 * container's own output it is written to no log. Any thread may write, one reads.
 */
final class ExecChannel implements ByteChannel {
  private final ByteQueue input = new ByteQueue();
  private final ByteQueue output = new ByteQueue();
  private final ResultCallback.Adapter<Frame> connection;
  private volatile boolean closed;

  /** Starts a command. */
  ExecChannel(DockerClient docker, String container, String... command) {
    String exec =
        docker
            .execCreateCmd(container)
            .withAttachStdin(true)
            .withAttachStdout(true)
            .withAttachStderr(true)
            .withCmd(command)
            .exec()
            .getId();
    connection =
        docker.execStartCmd(exec).withDetach(false).withStdIn(new Input()).exec(new Output());
  }

  private final class Input extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      return input.read(ByteBuffer.wrap(buffer, offset, length));
    }
  }

  private final class Output extends ResultCallback.Adapter<Frame> {
    @Override
    public void onNext(Frame frame) {
      if (frame.getStreamType() == StreamType.STDOUT) {
        // A copy: docker-java hands out the buffer that it reads the next piece into.
        output.add(frame.getPayload().clone());
      }
    }

    @Override
    public void onError(Throwable failure) {
      output.end();
      super.onError(failure);
    }

    @Override
    public void onComplete() {
      output.end();
      super.onComplete();
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return output.read(target);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    byte[] bytes = new byte[source.remaining()];
    source.get(bytes);
    input.add(bytes);
    return bytes.length;
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  /** Ends the command's input and lets go of the connection. */
  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      input.end();
      output.end();
      connection.close();
    }
  }
}
