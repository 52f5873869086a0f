// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.netlink4j.NetlinkSocket;

/** A hundred thousand peers in a JVM with little memory, in which the fake kernel lives, too. */
class ManyPeersTest {

  private static final String MEMORY = "-Xmx160m";

  private static String classPath() throws URISyntaxException {
    Set<String> entries = new LinkedHashSet<>();
    for (Class<?> type : List.of(ManyPeers.class, WireGuard.class, NetlinkSocket.class)) {
      entries.add(
          Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    entries.add(Path.of("target", "test-classes").toString());
    return String.join(File.pathSeparator, entries);
  }

  @Test
  void fitIntoLittleMemory() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                MEMORY,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                ManyPeers.class.getName(),
                "100000")
            .redirectErrorStream(true)
            .start();
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
