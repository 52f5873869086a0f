// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkSocket;
import org.netlink4j.generic.GenericNetlink;
import org.netlink4j.recording.ReplayTransport;

/** As users would test {@link Carriers}: without rights, and without a machine that has these. */
class CarriersTest {
  static final Path RECORDING = Path.of("src/test/resources/org/netlink4j/examples/carriers.nl");

  // README begin
  @Test
  void carriersOfARecordedMachine() throws Exception {
    ReplayTransport replay = ReplayTransport.read(RECORDING);
    try (GenericNetlink generic =
        GenericNetlink.over(NetlinkSocket.builder(Netlink.GENERIC).transport(replay).open())) {
      assertThat(Carriers.of(generic))
          .isEqualTo(Map.of("lo", true, "near", true, "far", true, "alone", false, "down", false));
    }
    replay.verifyFinished();
  }
  // README end
}
