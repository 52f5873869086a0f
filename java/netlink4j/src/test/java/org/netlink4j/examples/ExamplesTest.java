// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.netlink4j.AsyncNetlinkSocket;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkSocket;
import org.netlink4j.NetlinkSubscription;
import org.netlink4j.generic.GenericNetlink;
import org.netlink4j.live.TestNamespace;
import org.netlink4j.recording.RecordingTransport;
import org.netlink4j.route.LinkSpec;
import org.netlink4j.route.RouteNetlink;
import org.netlink4j.transport.Transport;
import org.netlink4j.transport.Transports;

/** The examples run, and README.md shows them as they are. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ExamplesTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private TestNamespace namespace;
  private RouteNetlink route;

  @BeforeEach
  void makeNamespace() throws NetlinkException {
    namespace = new TestNamespace();
    route = RouteNetlink.open(namespace.handle());
  }

  @AfterEach
  void deleteNamespace() throws IOException {
    if (route != null) {
      route.close();
    }
    if (namespace != null) {
      namespace.close();
    }
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void listInterfaces() throws Exception {
    BridgeInNamespace.main(new String[] {namespace.name()});
    ListInterfaces.list(route, out);
    assertThat(printed().lines()).anyMatch("lo down "::equals);
    assertThat(printed().lines()).anyMatch(line -> line.startsWith("bridge0 up 192.0.2.1/24"));
    assertThat(namespace.ip("route", "show")).contains("198.51.100.0/24 dev bridge0");
    assertThatThrownBy(() -> BridgeInNamespace.main(new String[] {namespace.name()}))
        .hasMessageContaining("EEXIST");
    // And this process's own.
    ListInterfaces.main(new String[0]);
  }

  @Test
  void watchLinks() throws Exception {
    PipedInputStream lines = new PipedInputStream();
    WatchLinks.LinkPrinter printer =
        new WatchLinks.LinkPrinter(
            new PrintStream(new PipedOutputStream(lines), true, StandardCharsets.UTF_8));
    NetlinkSubscription.builder(Netlink.ROUTE)
        .namespace(namespace.handle())
        .groups(RouteNetlink.GROUP_LINK)
        .publisher()
        .subscribe(printer);
    route.addLink(LinkSpec.builder("seen", "bridge").mtu(1333).build());
    route.deleteLink("seen");
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(lines, StandardCharsets.UTF_8));
    assertThat(reader.readLine()).matches("now: link \\d+ seen \\(bridge\\) mtu 1333 down");
    String line = reader.readLine();
    while (!line.startsWith("gone: ")) {
      line = reader.readLine();
    }
    assertThat(line).matches("gone: link \\d+ seen .*");
    WatchLinks.subscriptionOf(printer).cancel();
  }

  /**
   * {@code -Dnetlink4j.examples.record=true} writes the recording anew that the other test reads.
   */
  @Test
  void carriers() throws Exception {
    route.setUp("lo");
    route.addLink(LinkSpec.veth("near", "far"));
    route.setUp("near");
    route.setUp("far");
    route.addLink(LinkSpec.veth("alone", "down"));
    route.setUp("alone");
    StringWriter text = new StringWriter();
    try (RecordingTransport recorder = RecordingTransport.to(text, Transports.selected())) {
      assertThat(carriersThrough(recorder))
          .isEqualTo(Map.of("lo", true, "near", true, "far", true, "alone", false, "down", false));
    }
    if (Boolean.getBoolean("netlink4j.examples.record")) {
      // Where the namespace was is of no interest to the one who replays it.
      Files.writeString(
          CarriersTest.RECORDING,
          "# SPDX-License-Identifier: Apache-2.0\n"
              + text.toString().replaceAll(" in /run/netns/\\S+", ""));
    }
  }

  private Map<String, Boolean> carriersThrough(Transport transport) throws NetlinkException {
    try (GenericNetlink generic =
        GenericNetlink.over(
            NetlinkSocket.builder(Netlink.GENERIC)
                .namespace(namespace.handle())
                .transport(transport)
                .open())) {
      return Carriers.of(generic);
    }
  }

  @Test
  void concurrently() throws Exception {
    NetlinkSocket socket =
        NetlinkSocket.builder(Netlink.ROUTE).namespace(namespace.handle()).open();
    try (AsyncNetlinkSocket async = AsyncNetlinkSocket.over(socket)) {
      assertThat(Concurrently.summary(async).get(5, TimeUnit.MINUTES))
          .isEqualTo("1 links, 0 IPv6 routes");
    }
  }

  @Test
  void readmeShowsTheExamples() throws Exception {
    List<String> marked = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("src/test/java/org/netlink4j/examples"))) {
      for (Path source : all.filter(p -> !p.endsWith("ExamplesTest.java")).sorted().toList()) {
        marked.add(between(Files.readString(source), "  // README begin\n", "  // README end\n"));
      }
    }
    assertThat(marked).hasSizeGreaterThanOrEqualTo(5);
    List<String> shown = new ArrayList<>();
    String rest = Files.readString(Path.of("README.md"));
    for (int at = rest.indexOf("```java\n"); at >= 0; at = rest.indexOf("```java\n")) {
      shown.add(between(rest, "```java\n", "```\n").replaceAll("(?m)^(?=.)", "  "));
      rest = rest.substring(at + 8);
    }
    assertThat(shown).containsExactlyInAnyOrderElementsOf(marked);
  }

  private static String between(String text, String begin, String end) {
    int from = text.indexOf(begin);
    int to = text.indexOf(end, from + begin.length());
    assertThat(from).as(begin).isNotNegative();
    assertThat(to).as(end).isNotNegative();
    // A blank line has no blanks, however far in it is.
    return text.substring(from + begin.length(), to).replaceAll("(?m)^ +$", "");
  }
}
