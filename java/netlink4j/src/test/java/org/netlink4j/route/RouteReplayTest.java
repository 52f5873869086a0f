// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.netlink4j.recording.ReplayTransport;

/**
 * What a kernel 6.18 said, without it: each request is byte for byte what it was, and each answer
 * is read as it was. Recorded by the live tests with {@code -Dnetlink4j.route.record=true}; whoever
 * does so anew reads the difference.
 */
class RouteReplayTest {
  @Test
  void everythingIsSaidAndReadAsRecorded() throws Exception {
    ReplayTransport replay = ReplayTransport.read(RouteConversation.RECORDING);
    List<String> log = RouteConversation.run(replay, RouteConversation.NAMESPACE);
    replay.verifyFinished();
    List<String> recorded =
        Files.readAllLines(RouteConversation.LOG).stream()
            .filter(line -> !line.startsWith("#"))
            .toList();
    assertThat(log).isEqualTo(recorded);
  }
}
