// SPDX-License-Identifier: Apache-2.0
package org.wg4j.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.netlink4j.recording.ReplayTransport;
import org.wg4j.AllowedIp;
import org.wg4j.ApplyMode;
import org.wg4j.ConfigDocument;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.Device;
import org.wg4j.DeviceEvent;
import org.wg4j.DeviceSpec;
import org.wg4j.DeviceStatistics;
import org.wg4j.DeviceWatch;
import org.wg4j.Endpoint;
import org.wg4j.PeerSpec;
import org.wg4j.Plan;
import org.wg4j.PrivateKey;
import org.wg4j.ProgressListener;
import org.wg4j.PublicKey;
import org.wg4j.SystemResolver;
import org.wg4j.WireGuard;

/**
 * The examples of README.md, here so that they are compiled, run by ExamplesTest, and can use the
 * public API only.
 */
public final class Examples {
  private Examples() {}

  /** Brings a device to what it should be. */
  public static void reconcile(
      WireGuard wireGuard, PrivateKey key, PublicKey office, PrintStream out) throws IOException {
    // begin reconcile
    DeviceSpec wish =
        DeviceSpec.builder()
            .privateKey(key)
            .listenPort(51820)
            .addPeer(
                PeerSpec.builder(office)
                    .endpoint(Endpoint.parse("192.0.2.1:51820"))
                    .addAllowedIp(AllowedIp.parse("10.77.0.0/16"))
                    .persistentKeepalive(25)
                    .build())
            .build();
    Plan plan = wireGuard.diff("wg0", wish);
    out.print(plan);
    wireGuard.apply("wg0", plan, ProgressListener.NONE);
    // end reconcile
  }

  /** Brings a device to what a file says. */
  public static void applyFile(WireGuard wireGuard, Path path, PrintStream out) throws IOException {
    // begin file
    try (ConfigFile file = ConfigFile.read(path, ConfigFile.Dialect.WG_QUICK)) {
      wireGuard.apply("wg0", file.toSpec(new SystemResolver()), ApplyMode.SYNC);
    } catch (ConfigException e) {
      out.println(e.located(path.toString()));
    }
    // end file
  }

  /** Adds a peer to a file whose comments stay. */
  public static void edit(Path path, PublicKey guest) throws IOException, ConfigException {
    // begin edit
    try (ConfigDocument document = ConfigDocument.read(path)) {
      PeerSpec peer = PeerSpec.builder(guest).addAllowedIp(AllowedIp.parse("10.77.0.9/32")).build();
      document.addPeer(peer, List.of("Name = guest"));
      document.write(path);
    }
    // end edit
  }

  /** Starts to tell who comes, goes and roams. */
  public static DeviceWatch watch(WireGuard wireGuard, PrintStream out) throws IOException {
    // begin watch
    DeviceWatch watch =
        wireGuard.watch(
            Duration.ofSeconds(5),
            events -> {
              for (DeviceEvent event : events) {
                if (event instanceof DeviceEvent.HandshakeCompleted handshake) {
                  out.println(handshake.peer() + " has a new session");
                } else if (event instanceof DeviceEvent.EndpointChanged roamed) {
                  out.println(roamed.peer() + " is at " + roamed.to());
                }
              }
            });
    // end watch
    return watch;
  }

  /** Prints how much goes through a device. */
  public static void rates(WireGuard wireGuard, DeviceStatistics before, PrintStream out)
      throws IOException {
    // begin rates
    try (Device device = wireGuard.device("wg0")) {
      DeviceStatistics now = DeviceStatistics.of(device, Instant.now());
      out.printf("%.0f bytes per second%n", now.since(before).total().receivedPerSecond());
    }
    // end rates
  }

  /** Runs against a recording. */
  public static void replay(Path recording, PrintStream out) throws IOException {
    // begin replay
    ReplayTransport replay = ReplayTransport.read(recording);
    try (WireGuard wireGuard = WireGuard.open(replay);
        Device device = wireGuard.device("wg0")) {
      out.println(device.listenPort());
    }
    replay.verifyFinished();
    // end replay
  }
}
