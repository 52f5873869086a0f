// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A program that brings an interface to very many peers and to a slightly different state, reading
 * and comparing on the way, and prints what it did. {@link ManyPeersTest} runs it in little memory.
 */
final class ManyPeers {

  private final FakeKernel kernel = new FakeKernel("wg0", 7);
  private final int count;

  private ManyPeers(int count) {
    this.count = count;
    kernel.recording = false;
    kernel.dumpLimit = 32 * 1024;
  }

  public static void main(String[] arguments) throws IOException {
    new ManyPeers(Integer.parseInt(arguments[0])).run();
  }

  private static byte[] numbered(int number, int length, int first) {
    byte[] bytes = new byte[length];
    bytes[0] = (byte) first;
    bytes[length - 3] = (byte) (number >>> 16);
    bytes[length - 2] = (byte) (number >>> 8);
    bytes[length - 1] = (byte) number;
    return bytes;
  }

  /** Peer {@code i} has address {@code i}, but each hundredth has that of its successor. */
  private DeviceSpec spec(boolean changed) {
    List<PeerSpec> peers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      boolean moves = changed && i % 100 < 2;
      int number = moves ? i ^ 1 : i;
      peers.add(
          PeerSpec.builder(PublicKey.of(numbered(i, 32, 1)))
              .endpoint(Endpoint.of(IpAddress.of(numbered(i, 4, 192)), 51820))
              .addAllowedIp(new AllowedIp(IpAddress.of(numbered(number, 4, 10)), 32))
              .build());
    }
    return DeviceSpec.builder().addPeers(peers).build();
  }

  private void run() throws IOException {
    try (WireGuard client = kernel.client(KernelWireGuard.MAX_MESSAGE)) {
      bring(client, spec(false));
      bring(client, spec(true));
    }
  }

  private void bring(WireGuard client, DeviceSpec wish) throws IOException {
    Counter reading = new Counter();
    Counter comparing = new Counter();
    Counter applying = new Counter();
    int steps = change(client, wish, reading, comparing, applying);
    int left;
    try (Device device = client.device("wg0", reading)) {
      left = Plan.diff(device, wish).steps().size();
    }
    System.out.println(
        "steps %d, left %d, peers %d, read %d, compared %d, applied %d"
            .formatted(
                steps, left, kernel.peers.size(), reading.last, comparing.last, applying.last));
  }

  private static int change(
      WireGuard client, DeviceSpec wish, Counter reading, Counter comparing, Counter applying)
      throws IOException {
    Plan plan;
    try (Device device = client.device("wg0", reading)) {
      plan = Plan.of(device, wish, ApplyMode.SYNC, comparing);
    }
    client.apply("wg0", plan, applying);
    return plan.steps().size();
  }

  private static final class Counter implements ProgressListener {
    private long last;

    @Override
    public void progress(long done, long total) {
      last = done;
    }
  }
}
