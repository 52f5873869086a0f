// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.util.List;
import org.wg4j.AllowedIp;
import org.wg4j.Endpoint;
import org.wg4j.PlanStep;
import org.wg4j.PublicKey;

/**
 * The steps of a plan as JSON, in their order: what is done, to which peer, and the new value under
 * the name that {@link DeviceJson} has for it. Keys that are secrets are not in it.
 */
final class PlanJson {

  private final Session session;
  private final Json json;
  private final PeerNames names;

  PlanJson(Session session, Json json, PeerNames names) {
    this.session = session;
    this.json = json;
    this.names = names;
  }

  /** Writes the array of all steps. */
  void write(List<PlanStep> steps) {
    json.beginArray();
    for (PlanStep step : steps) {
      json.beginObject();
      if (step instanceof PlanStep.OfPeer ofPeer) {
        peerStep(ofPeer);
      } else {
        deviceStep(step);
      }
      json.endObject();
    }
    json.endArray();
  }

  private void deviceStep(PlanStep step) {
    if (step instanceof PlanStep.SetPrivateKey key) {
      kind(key.to().isPresent() ? "set-private-key" : "remove-private-key");
    } else if (step instanceof PlanStep.SetListenPort port) {
      kind("set-listen-port");
      numbers("listenPort", port.to(), port.from());
    } else if (step instanceof PlanStep.SetFwmark mark) {
      kind("set-fwmark");
      numbers("fwmark", Integer.toUnsignedLong(mark.to()), Integer.toUnsignedLong(mark.from()));
    } else if (step instanceof PlanStep.RemoveAllPeers all) {
      kind("remove-all-peers");
      json.name("count").value(all.count());
    } else {
      throw new AssertionError(step);
    }
  }

  private void peerStep(PlanStep.OfPeer step) {
    if (step instanceof PlanStep.AddPeer added) {
      kind("add-peer", added);
      added.endpoint().ifPresent(where -> endpoint("endpoint", where));
      if (added.presharedKey().isPresent()) {
        json.name("withPresharedKey").value(true);
      }
      if (added.persistentKeepalive() != 0) {
        json.name("persistentKeepalive").value(added.persistentKeepalive());
      }
    } else if (step instanceof PlanStep.RemovePeer) {
      kind("remove-peer", step);
    } else if (step instanceof PlanStep.SetPresharedKey key) {
      kind(key.to().isPresent() ? "set-preshared-key" : "remove-preshared-key", key);
    } else if (step instanceof PlanStep.SetEndpoint set) {
      kind("set-endpoint", set);
      endpoint("endpoint", set.to());
      set.from().ifPresent(where -> endpoint("was", where));
    } else if (step instanceof PlanStep.SetPersistentKeepalive seconds) {
      kind("set-persistent-keepalive", seconds);
      numbers("persistentKeepalive", seconds.to(), seconds.from());
    } else if (step instanceof PlanStep.AddAllowedIps added) {
      kind("add-allowed-ips", added);
      allowedIps(added.prefixes());
      if (!added.takenFrom().isEmpty()) {
        json.name("takenFrom").beginObject();
        for (AllowedIp prefix : added.prefixes()) {
          PublicKey before = added.takenFrom().get(prefix);
          if (before != null) {
            json.name(prefix.toString()).value(before);
          }
        }
        json.endObject();
      }
    } else if (step instanceof PlanStep.RemoveAllowedIps removed) {
      kind("remove-allowed-ips", removed);
      allowedIps(removed.prefixes());
    } else {
      throw new AssertionError(step);
    }
  }

  private void kind(String word) {
    json.name("step").value(word);
  }

  private void kind(String word, PlanStep.OfPeer step) {
    kind(word);
    json.name("peer").value(step.peer());
    names.of(step.peer()).ifPresent(name -> json.name("name").value(name));
  }

  private void numbers(String name, long now, long before) {
    json.name(name).value(now).name("was").value(before);
  }

  private void endpoint(String name, Endpoint where) {
    json.name(name).value(where.format(session::interfaceName));
  }

  private void allowedIps(List<AllowedIp> prefixes) {
    json.name("allowedIps").beginArray();
    prefixes.forEach(prefix -> json.value(prefix.toString()));
    json.endArray();
  }
}
