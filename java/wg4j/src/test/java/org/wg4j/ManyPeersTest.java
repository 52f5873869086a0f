// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A hundred thousand peers in a JVM with little memory, in which the fake kernel lives, too. */
class ManyPeersTest {

  private static final List<String> LITTLE_MEMORY =
      List.of("-Xmx160m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  @Test
  void fitIntoLittleMemory() throws Exception {
    Process process = ChildJvm.running(ManyPeers.class, LITTLE_MEMORY, "100000").start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    // Each peer is a step, and so are its prefixes; of each hundred peers two change theirs.
    assertThat(output)
        .isEqualTo(
            """
            steps 200000, left 0, peers 100000, read 100000, compared 100000, applied 200000
            steps 2000, left 0, peers 100000, read 100000, compared 200000, applied 2000
            """);
    assertThat(process.waitFor()).isZero();
  }
}
