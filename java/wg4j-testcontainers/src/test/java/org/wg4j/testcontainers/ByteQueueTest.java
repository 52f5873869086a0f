// SPDX-License-Identifier: Apache-2.0
package org.wg4j.testcontainers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ByteQueueTest {
  private static String read(ByteQueue queue, int room) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(room);
    int count = queue.read(target);
    assertThat(target.position()).isEqualTo(Math.max(count, 0));
    return count < 0 ? null : new String(target.array(), 0, count);
  }

  @Test
  void givesWhatIsThereInOrder() throws IOException {
    ByteQueue queue = new ByteQueue();
    queue.add("abc".getBytes());
    queue.add(new byte[0]);
    queue.add("d".getBytes());
    queue.end();
    assertThat(read(queue, 2)).isEqualTo("ab");
    assertThat(read(queue, 2)).isEqualTo("c");
    assertThat(read(queue, 2)).isEqualTo("d");
    assertThat(read(queue, 2)).isNull();
    assertThat(read(queue, 2)).isNull();
  }

  @Test
  void waitsForMore() throws Exception {
    ByteQueue queue = new ByteQueue();
    CompletableFuture<String> reader = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                reader.complete(read(queue, 10));
              } catch (IOException e) {
                reader.completeExceptionally(e);
              }
            });
    thread.start();
    queue.add("late".getBytes());
    assertThat(reader.get()).isEqualTo("late");
    thread.join();
  }
}
