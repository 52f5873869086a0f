// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes one plan.
 *
 * <p>Why the order is right: an address goes where the longest prefix says that contains it. Let
 * that be p now and q in the end. All additions come before all removals. If q is longer than p,
 * then q is added; any other prefix between them that is added for another peer lies around q and
 * comes later, and so does p itself if it changes hands, so q takes over from p directly. If q is
 * shorter, then p is removed, and so is whatever lies between them; those that belong to other
 * peers lie around p and go first, so q takes over directly again. If p is q, it changes hands in
 * one step or not at all, and nothing longer ever contains the address.
 */
final class Planner {

  private static final int REPORT_EVERY = 1024;

  /** A prefix that a peer gets or loses. */
  private record Claim(AllowedIp prefix, PublicKey peer) {}

  private static final Comparator<Claim> BY_ADDRESS =
      Comparator.comparing((Claim claim) -> claim.prefix().address())
          .thenComparingInt(claim -> claim.prefix().prefixLength());
  private static final Comparator<Claim> SHORTEST_FIRST =
      Comparator.comparingInt((Claim claim) -> claim.prefix().prefixLength())
          .thenComparing(Claim::peer)
          .thenComparing(claim -> claim.prefix().address());
  private static final Comparator<Claim> LONGEST_FIRST =
      Comparator.comparingInt((Claim claim) -> -claim.prefix().prefixLength())
          .thenComparing(Claim::peer)
          .thenComparing(claim -> claim.prefix().address());

  private final Device current;
  private final DeviceSpec desired;
  private final ApplyMode mode;
  private final ProgressListener listener;
  private final List<PlanStep> steps = new ArrayList<>();

  private final Map<PublicKey, Peer> before = new HashMap<>();
  private final Map<AllowedIp, PublicKey> ownersBefore = new HashMap<>();
  private final Map<PublicKey, PeerSpec> after = new LinkedHashMap<>();
  private final Map<AllowedIp, PublicKey> ownersAfter = new HashMap<>();
  private final long total;
  private long compared;

  Planner(Device current, DeviceSpec desired, ApplyMode mode, ProgressListener listener) {
    this.current = current;
    this.desired = desired;
    this.mode = mode;
    this.listener = listener;
    this.total = (long) current.peers().size() + desired.peers().size();
  }

  Plan plan() {
    Optional<PublicKey> self = planDevice();
    for (PeerSpec peer : desired.peers()) {
      // The kernel ignores a peer with the device's own key.
      if (!self.equals(Optional.of(peer.publicKey()))) {
        after.put(peer.publicKey(), peer);
        peer.allowedIps().forEach(prefix -> ownersAfter.put(prefix, peer.publicKey()));
      }
    }
    if (mode == ApplyMode.REPLACE) {
      if (!current.peers().isEmpty()) {
        steps.add(new PlanStep.RemoveAllPeers(current.peers().size()));
      }
    } else {
      for (Peer peer : current.peers()) {
        before.put(peer.publicKey(), peer);
        peer.allowedIps().forEach(prefix -> ownersBefore.put(prefix, peer.publicKey()));
      }
    }
    planAdditions();
    if (mode != ApplyMode.REPLACE) {
      planRemovals();
    }
    listener.progress(total, total);
    return new Plan(steps);
  }

  private void count() {
    if (++compared % REPORT_EVERY == 0 && compared < total) {
      listener.progress(compared, total);
    }
  }

  /** The device's own fields; the public key that it has afterwards. */
  private Optional<PublicKey> planDevice() {
    boolean adding = mode == ApplyMode.ADD;
    Optional<PublicKey> self = current.publicKey();
    if (!adding || desired.privateKey().isPresent()) {
      Optional<PrivateKey> key = desired.effectivePrivateKey();
      if (!key.equals(current.privateKey())) {
        steps.add(new PlanStep.SetPrivateKey(key));
        self = key.map(PrivateKey::publicKey);
      }
    }
    int port = desired.listenPort().orElse(0);
    if (port != 0 && port != current.listenPort()) {
      steps.add(new PlanStep.SetListenPort(current.listenPort(), port));
    }
    int mark = desired.fwmark().orElse(adding ? current.fwmark() : 0);
    if (mark != current.fwmark()) {
      steps.add(new PlanStep.SetFwmark(current.fwmark(), mark));
    }
    return self;
  }

  // Additions

  private void planAdditions() {
    List<Claim> added = new ArrayList<>();
    for (PeerSpec peer : after.values()) {
      for (AllowedIp prefix : peer.allowedIps()) {
        if (!peer.publicKey().equals(ownersBefore.get(prefix))) {
          added.add(new Claim(prefix, peer.publicKey()));
        }
      }
    }
    Set<Claim> late = new HashSet<>();
    forEachNested(added, (outer, inner) -> late.add(outer));
    for (PeerSpec peer : after.values()) {
      Peer existing = before.get(peer.publicKey());
      if (existing == null) {
        steps.add(
            new PlanStep.AddPeer(
                peer.publicKey(),
                peer.effectivePresharedKey(),
                peer.endpoint(),
                peer.persistentKeepalive().orElse(0)));
      } else {
        planFields(existing, peer);
      }
      List<AllowedIp> early = new ArrayList<>();
      for (AllowedIp prefix : peer.allowedIps()) {
        if (!peer.publicKey().equals(ownersBefore.get(prefix))
            && !late.contains(new Claim(prefix, peer.publicKey()))) {
          early.add(prefix);
        }
      }
      add(peer.publicKey(), early);
      count();
    }
    forEachRun(late, LONGEST_FIRST, this::add);
  }

  private void planFields(Peer existing, PeerSpec wish) {
    boolean adding = mode == ApplyMode.ADD;
    PublicKey peer = wish.publicKey();
    Optional<PresharedKey> key = wish.effectivePresharedKey();
    boolean keepKey = adding && wish.presharedKey().isEmpty();
    if (!keepKey && !key.equals(existing.presharedKey())) {
      steps.add(new PlanStep.SetPresharedKey(peer, key));
    }
    if (wish.endpoint().isPresent()
        && !existing.endpoint().map(at -> samePlace(at, wish.endpoint().get())).orElse(false)) {
      steps.add(new PlanStep.SetEndpoint(peer, existing.endpoint(), wish.endpoint().get()));
    }
    int keepalive = wish.persistentKeepalive().orElse(adding ? existing.persistentKeepalive() : 0);
    if (keepalive != existing.persistentKeepalive()) {
      steps.add(
          new PlanStep.SetPersistentKeepalive(peer, existing.persistentKeepalive(), keepalive));
    }
  }

  /** The flow label is the kernel's business. */
  private static boolean samePlace(Endpoint a, Endpoint b) {
    return a.port() == b.port() && a.scopeId() == b.scopeId() && a.address().equals(b.address());
  }

  private void add(PublicKey peer, List<AllowedIp> prefixes) {
    if (prefixes.isEmpty()) {
      return;
    }
    Map<AllowedIp, PublicKey> takenFrom = new HashMap<>();
    for (AllowedIp prefix : prefixes) {
      PublicKey owner = ownersBefore.get(prefix);
      if (owner != null) {
        takenFrom.put(prefix, owner);
      }
    }
    steps.add(new PlanStep.AddAllowedIps(peer, prefixes, takenFrom));
  }

  // Removals

  private boolean stays(PublicKey peer) {
    return mode == ApplyMode.ADD || after.containsKey(peer);
  }

  /** Whether a peer that stays keeps a prefix, unless somebody else gets it. */
  private boolean keepsAll(PublicKey peer) {
    return mode == ApplyMode.ADD && !after.containsKey(peer);
  }

  private void planRemovals() {
    List<Claim> removed = new ArrayList<>();
    for (Peer peer : current.peers()) {
      if (!keepsAll(peer.publicKey())) {
        for (AllowedIp prefix : peer.allowedIps()) {
          if (!ownersAfter.containsKey(prefix)) {
            removed.add(new Claim(prefix, peer.publicKey()));
          }
        }
      }
    }
    Set<Claim> late = new HashSet<>();
    forEachNested(removed, (outer, inner) -> late.add(inner));
    // A peer can lose all its prefixes at once by being removed, if none of them must wait.
    Set<PublicKey> waiting = new HashSet<>();
    late.forEach(claim -> waiting.add(claim.peer()));
    for (Peer peer : current.peers()) {
      if (!stays(peer.publicKey()) && !waiting.contains(peer.publicKey())) {
        steps.add(new PlanStep.RemovePeer(peer.publicKey()));
      } else if (!keepsAll(peer.publicKey())) {
        List<AllowedIp> early = new ArrayList<>();
        for (AllowedIp prefix : peer.allowedIps()) {
          if (!ownersAfter.containsKey(prefix)
              && !late.contains(new Claim(prefix, peer.publicKey()))) {
            early.add(prefix);
          }
        }
        remove(peer.publicKey(), early);
      }
      count();
    }
    forEachRun(late, SHORTEST_FIRST, this::remove);
    for (Peer peer : current.peers()) {
      if (!stays(peer.publicKey()) && waiting.contains(peer.publicKey())) {
        steps.add(new PlanStep.RemovePeer(peer.publicKey()));
      }
    }
  }

  private void remove(PublicKey peer, List<AllowedIp> prefixes) {
    if (!prefixes.isEmpty()) {
      steps.add(new PlanStep.RemoveAllowedIps(peer, prefixes));
    }
  }

  // Both

  private interface NestedClaims {
    void accept(Claim outer, Claim inner);
  }

  /** Finds all pairs of prefixes of different peers of which one lies in the other. */
  private static void forEachNested(List<Claim> claims, NestedClaims action) {
    claims.sort(BY_ADDRESS);
    List<Claim> around = new ArrayList<>();
    for (Claim claim : claims) {
      while (!around.isEmpty() && !last(around).prefix().contains(claim.prefix().address())) {
        around.remove(around.size() - 1);
      }
      for (Claim outer : around) {
        if (!outer.peer().equals(claim.peer())) {
          action.accept(outer, claim);
        }
      }
      around.add(claim);
    }
  }

  private static Claim last(List<Claim> claims) {
    return claims.get(claims.size() - 1);
  }

  private interface Run {
    void accept(PublicKey peer, List<AllowedIp> prefixes);
  }

  /** In that order, those of one peer that follow one another together. */
  private static void forEachRun(Collection<Claim> claims, Comparator<Claim> order, Run action) {
    List<Claim> sorted = new ArrayList<>(claims);
    sorted.sort(order);
    List<AllowedIp> run = new ArrayList<>();
    for (int i = 0; i < sorted.size(); i++) {
      Claim claim = sorted.get(i);
      run.add(claim.prefix());
      if (i + 1 == sorted.size() || !sorted.get(i + 1).peer().equals(claim.peer())) {
        action.accept(claim.peer(), run);
        run = new ArrayList<>();
      }
    }
  }
}
