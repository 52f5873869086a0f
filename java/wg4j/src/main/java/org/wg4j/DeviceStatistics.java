// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The counters of a device at a moment, without its secrets. Two of them make rates.
 *
 * @param device name of the interface
 * @param at when they were read
 * @param peers by peer, in the kernel's order
 */
public record DeviceStatistics(String device, Instant at, Map<PublicKey, Traffic> peers) {

  /** Copies the map and keeps its order. */
  public DeviceStatistics {
    peers = Collections.unmodifiableMap(new LinkedHashMap<>(peers));
  }

  /**
   * What there is to know between two moments.
   *
   * @param interval between the two readings
   * @param total of all peers that are there at its end
   * @param peers by peer, those that are there at its end
   */
  public record Rates(Duration interval, Traffic.Rate total, Map<PublicKey, Traffic.Rate> peers) {

    /** Copies the map and keeps its order. */
    public Rates {
      peers = Collections.unmodifiableMap(new LinkedHashMap<>(peers));
    }
  }

  /**
   * The counters of a device.
   *
   * @param at when it was read
   */
  public static DeviceStatistics of(Device device, Instant at) {
    Map<PublicKey, Traffic> peers = new LinkedHashMap<>();
    for (Peer peer : device.peers()) {
      peers.put(peer.publicKey(), Traffic.of(peer));
    }
    return new DeviceStatistics(device.name(), at, peers);
  }

  /** All peers together, since each of them exists. */
  public Traffic total() {
    Traffic sum = Traffic.NONE;
    for (Traffic peer : peers.values()) {
      sum = sum.plus(peer);
    }
    return sum;
  }

  /**
   * Bytes per second since an earlier moment. Peers that were not there then count from zero.
   *
   * @throws IllegalArgumentException if the other is of another device, or not earlier
   */
  public Rates since(DeviceStatistics earlier) {
    if (!earlier.device.equals(device)) {
      throw new IllegalArgumentException("of " + earlier.device + ", not of " + device);
    }
    Duration interval = Duration.between(earlier.at, at);
    Map<PublicKey, Traffic.Rate> rates = new LinkedHashMap<>();
    Traffic sum = Traffic.NONE;
    for (Map.Entry<PublicKey, Traffic> peer : peers.entrySet()) {
      Traffic before = earlier.peers.getOrDefault(peer.getKey(), Traffic.NONE);
      Traffic moved = peer.getValue().since(before);
      rates.put(peer.getKey(), moved.per(interval));
      sum = sum.plus(moved);
    }
    return new Rates(interval, sum.per(interval), rates);
  }
}
