// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.netlink4j.recording.RecordingTransport;
import org.wg4j.examples.Examples;

/** The examples of README.md do what it says, and README.md shows them as they are. */
class ExamplesTest {

  private static final PublicKey OFFICE =
      PublicKey.parse("xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=");

  private final FakeKernel kernel = new FakeKernel("wg0", 7);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
  private WireGuard client;

  @BeforeEach
  void open() throws IOException {
    client = kernel.client(KernelWireGuard.MAX_MESSAGE);
    kernel.links.add("wg0", "wireguard");
  }

  private List<String> printed() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void reconcile() throws IOException {
    Examples.reconcile(client, PrivateKey.generate(), OFFICE, print);
    assertThat(printed())
        .containsExactly(
            "set the private key (hidden)",
            "set the listening port to 51820",
            "add peer " + OFFICE + ", endpoint 192.0.2.1:51820, persistent keepalive 25",
            "peer " + OFFICE + ": add allowed IPs 10.77.0.0/16");
    assertThat(kernel.owners).isEqualTo(Map.of(AllowedIp.parse("10.77.0.0/16"), OFFICE));
  }

  @Test
  void fileAndEdit(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("wg0.conf");
    Files.writeString(file, "[Interface]\nListenPort = 5 # five\n");
    Examples.edit(file, OFFICE);
    assertThat(Files.readString(file))
        .isEqualTo(
            """
            [Interface]
            ListenPort = 5 # five

            [Peer]
            # Name = guest
            PublicKey = %s
            AllowedIPs = 10.77.0.9/32
            """
                .formatted(OFFICE));
    Examples.applyFile(client, file, print);
    assertThat(kernel.port).isEqualTo(5);
    assertThat(kernel.peers).containsOnlyKeys(OFFICE);
    assertThat(printed()).isEmpty();
    Files.writeString(file, "[Interface]\nListenPort = x\n");
    Examples.applyFile(client, file, print);
    assertThat(printed())
        .containsExactly(
            file
                + ":2:14: ListenPort: not a port: `x'; expected a UDP port, 0 to 65535, or the name"
                + " of a service");
  }

  @Test
  void watchAndRates() throws IOException {
    Examples.reconcile(client, PrivateKey.generate(), OFFICE, print);
    DeviceStatistics before;
    try (Device device = client.device("wg0")) {
      before = DeviceStatistics.of(device, Instant.EPOCH);
    }
    Examples.watch(client, print).close();
    out.reset();
    Examples.rates(client, before, print);
    assertThat(printed()).containsExactly("0 bytes per second");
  }

  @Test
  void replay(@TempDir Path directory) throws IOException {
    Path recording = directory.resolve("wg0.nl");
    kernel.port = 51820;
    try (RecordingTransport recorder = RecordingTransport.to(recording, kernel);
        WireGuard recorded = WireGuard.open(recorder)) {
      recorded.device("wg0").close();
    }
    Examples.replay(recording, print);
    assertThat(printed()).containsExactly("51820");
  }

  @Test
  void theReadmeShowsThem() throws IOException {
    String source = Files.readString(Path.of("src/test/java/org/wg4j/examples/Examples.java"));
    List<String> examples = new ArrayList<>();
    Matcher example =
        Pattern.compile("// begin (\\w+)\n(.*?) *// end \\1\n", Pattern.DOTALL).matcher(source);
    while (example.find()) {
      examples.add(example.group(2).replaceAll("(?m)^    ", ""));
    }
    List<String> shown = new ArrayList<>();
    Matcher block =
        Pattern.compile("```java\n(.*?)```\n", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("README.md")));
    while (block.find()) {
      shown.add(block.group(1));
    }
    assertThat(shown).hasSize(6).isEqualTo(examples);
  }
}
