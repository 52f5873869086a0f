// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.netlink4j.Errno;
import org.netlink4j.NetlinkException;

/**
 * Takes the steps of a plan, some hundred at a time, so that memory does not grow with the plan.
 */
final class PlanRunner {

  /** Steps per change of the device. A change is as many messages as it needs. */
  static final int BATCH = 1024;

  private final WireGuard client;
  private final String name;
  private final List<PlanStep> steps;
  private final ProgressListener listener;

  /** Whether prefixes can be taken away from a peer that stays; assumed until it is refused. */
  private boolean takesAway = true;

  PlanRunner(WireGuard client, String name, Plan plan, ProgressListener listener) {
    this.client = client;
    this.name = name;
    this.steps = plan.steps();
    this.listener = listener;
  }

  void run() throws IOException {
    int next = 0;
    while (next < steps.size()) {
      boolean removing = isRemoval(steps.get(next));
      int end = next;
      // Steps that a kernel may refuse have changes of their own, so that nothing is done twice.
      while (end < steps.size() && end - next < BATCH && isRemoval(steps.get(end)) == removing) {
        end++;
      }
      List<PlanStep> batch = steps.subList(next, end);
      if (removing) {
        takeAway(batch);
      } else {
        client.configure(name, change(batch));
      }
      next = end;
      listener.progress(next, steps.size());
    }
  }

  private static boolean isRemoval(PlanStep step) {
    return step instanceof PlanStep.RemoveAllowedIps;
  }

  private void takeAway(List<PlanStep> removals) throws IOException {
    if (takesAway) {
      try {
        client.configure(name, change(removals));
        return;
      } catch (NetlinkException e) {
        if (!e.is(Errno.EINVAL)) {
          throw e;
        }
        takesAway = false;
      }
    }
    moveAway(removals);
  }

  /** Linux before 6.16: prefixes go away with a peer, so they get one that nobody ever talks to. */
  private void moveAway(List<PlanStep> removals) throws IOException {
    PublicKey nobody = PublicKey.of(Entropy.bytes(Key.LENGTH));
    PeerConfig.Builder collector = PeerConfig.builder(nobody);
    for (PlanStep step : removals) {
      collector.addAllowedIps(((PlanStep.RemoveAllowedIps) step).prefixes());
    }
    PeerConfig removal = PeerConfig.removal(nobody);
    try {
      client.configure(
          name, DeviceConfig.builder().addPeer(collector.build()).addPeer(removal).build());
    } catch (IOException e) {
      try {
        client.configure(name, DeviceConfig.builder().addPeer(removal).build());
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  private static DeviceConfig change(List<PlanStep> batch) {
    DeviceConfig.Builder device = DeviceConfig.builder();
    List<PeerConfig> peers = new ArrayList<>();
    int at = 0;
    while (at < batch.size()) {
      PlanStep step = batch.get(at);
      if (step instanceof PlanStep.OfPeer first) {
        int end = at + 1;
        // What belongs to one peer and comes together is one change of it.
        while (end < batch.size()
            && batch.get(end) instanceof PlanStep.OfPeer other
            && other.peer().equals(first.peer())) {
          end++;
        }
        peers.add(peer(first.peer(), batch.subList(at, end)));
        at = end;
      } else {
        set(device, step);
        at++;
      }
    }
    return device.addPeers(peers).build();
  }

  private static void set(DeviceConfig.Builder device, PlanStep step) {
    if (step instanceof PlanStep.SetPrivateKey key) {
      key.to().ifPresentOrElse(device::privateKey, device::clearPrivateKey);
    } else if (step instanceof PlanStep.SetListenPort port) {
      device.listenPort(port.to());
    } else if (step instanceof PlanStep.SetFwmark mark) {
      device.fwmark(mark.to());
    } else if (step instanceof PlanStep.RemoveAllPeers) {
      device.replacePeers();
    }
  }

  private static PeerConfig peer(PublicKey who, List<PlanStep> steps) {
    PeerConfig.Builder peer = PeerConfig.builder(who);
    boolean isNew = false;
    for (PlanStep step : steps) {
      if (step instanceof PlanStep.AddPeer add) {
        isNew = true;
        add.presharedKey().ifPresent(peer::presharedKey);
        add.endpoint().ifPresent(peer::endpoint);
        setKeepalive(peer, add.persistentKeepalive());
      } else if (step instanceof PlanStep.SetPresharedKey key) {
        key.to().ifPresentOrElse(peer::presharedKey, peer::clearPresharedKey);
      } else if (step instanceof PlanStep.SetEndpoint endpoint) {
        peer.endpoint(endpoint.to());
      } else if (step instanceof PlanStep.SetPersistentKeepalive keepalive) {
        setKeepalive(peer, keepalive.to());
      } else if (step instanceof PlanStep.AddAllowedIps prefixes) {
        peer.addAllowedIps(prefixes.prefixes());
      } else if (step instanceof PlanStep.RemoveAllowedIps prefixes) {
        prefixes.prefixes().forEach(peer::removeAllowedIp);
      } else if (step instanceof PlanStep.RemovePeer) {
        peer.remove();
      }
    }
    return (isNew ? peer : peer.updateOnly()).build();
  }

  private static void setKeepalive(PeerConfig.Builder peer, int seconds) {
    if (seconds == 0) {
      peer.clearPersistentKeepalive();
    } else {
      peer.persistentKeepalive(seconds);
    }
  }
}
