// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What a watch remembers of a device: the device with its keys wiped, and its peers by key. */
final class DeviceSnapshot {

  private final Device device;
  private final Map<PublicKey, Peer> peers = new LinkedHashMap<>();

  /** Wipes the device's keys. */
  DeviceSnapshot(Device device) {
    device.close();
    this.device = device;
    device.peers().forEach(peer -> peers.put(peer.publicKey(), peer));
  }

  /** All that happened when the device came. */
  List<DeviceEvent> coming() {
    List<DeviceEvent> events = new ArrayList<>();
    events.add(new DeviceEvent.DeviceAdded(device.name()));
    for (PublicKey peer : peers.keySet()) {
      events.add(new DeviceEvent.PeerAdded(device.name(), peer));
    }
    return events;
  }

  /** All that happened when the device went. */
  List<DeviceEvent> going() {
    List<DeviceEvent> events = new ArrayList<>();
    for (PublicKey peer : peers.keySet()) {
      events.add(new DeviceEvent.PeerRemoved(device.name(), peer));
    }
    events.add(new DeviceEvent.DeviceRemoved(device.name()));
    return events;
  }

  /** Whether it is not the same device with other properties, but another one of that name. */
  boolean isReplacedBy(DeviceSnapshot later) {
    return device.index() != later.device.index();
  }

  /** What changed until a later look at the same device. */
  List<DeviceEvent> changesTo(DeviceSnapshot later) {
    String name = device.name();
    Device now = later.device;
    List<DeviceEvent> events = new ArrayList<>();
    if (!device.publicKey().equals(now.publicKey())
        || device.listenPort() != now.listenPort()
        || device.fwmark() != now.fwmark()) {
      events.add(
          new DeviceEvent.DeviceChanged(name, now.publicKey(), now.listenPort(), now.fwmark()));
    }
    for (PublicKey peer : peers.keySet()) {
      if (!later.peers.containsKey(peer)) {
        events.add(new DeviceEvent.PeerRemoved(name, peer));
      }
    }
    for (Peer peer : later.peers.values()) {
      Peer before = peers.get(peer.publicKey());
      if (before == null) {
        events.add(new DeviceEvent.PeerAdded(name, peer.publicKey()));
      } else {
        addChanges(events, before, peer);
      }
    }
    return events;
  }

  private void addChanges(List<DeviceEvent> events, Peer before, Peer now) {
    String name = device.name();
    PublicKey key = now.publicKey();
    if (before.persistentKeepalive() != now.persistentKeepalive()
        || !Set.copyOf(before.allowedIps()).equals(Set.copyOf(now.allowedIps()))) {
      events.add(
          new DeviceEvent.PeerChanged(name, key, now.allowedIps(), now.persistentKeepalive()));
    }
    if (!before.endpoint().equals(now.endpoint())) {
      events.add(new DeviceEvent.EndpointChanged(name, key, before.endpoint(), now.endpoint()));
    }
    if (now.lastHandshake().isPresent()
        && !Objects.equals(before.lastHandshake(), now.lastHandshake())) {
      events.add(new DeviceEvent.HandshakeCompleted(name, key, now.lastHandshake().get()));
    }
    Traffic moved = Traffic.of(now).since(Traffic.of(before));
    if (!moved.equals(Traffic.NONE)) {
      events.add(
          new DeviceEvent.BytesTransferred(name, key, moved.receivedBytes(), moved.sentBytes()));
    }
  }
}
