// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.wg4j.ConfigFile;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.Endpoint;
import org.wg4j.EndpointResolver;
import org.wg4j.HostPort;
import org.wg4j.IpAddress;
import org.wg4j.Peer;
import org.wg4j.PeerConfig;
import org.wg4j.PublicKey;

/**
 * {@code resolve}: looks up again where peers are whose handshake is old, because the address
 * behind their name may have changed. Names are in the configuration file only.
 */
final class ResolveCommand {

  /**
   * A session in use is never older: REKEY_AFTER_TIME, KEEPALIVE_TIMEOUT and REKEY_TIMEOUT of the
   * protocol, 120 + 10 + 5 seconds.
   */
  static final long STALE_SECONDS = 135;

  private final Session session;
  private final boolean dryRun;
  private final boolean always;
  private final EndpointResolver resolver;
  private final Json json;
  private boolean failed;

  private ResolveCommand(Session session, Options options) {
    this.session = session;
    this.dryRun = options.has("--dry-run");
    this.always = options.has("--all");
    // Asks each name once: whoever runs this runs it again.
    this.resolver = session.host().resolver();
    this.json = options.has("--json") ? new Json(session.out()) : null;
  }

  static int run(Session session, String[] arguments) throws Failure {
    Options options =
        Options.parse(
            session, "resolve", arguments, List.of("--dry-run", "--all", "--json"), List.of());
    ResolveCommand resolve = new ResolveCommand(session, options);
    List<String> names = options.positional();
    if (names.isEmpty()) {
      names = resolve.configured();
    }
    if (resolve.json != null) {
      resolve.json.beginObject();
    }
    for (String name : names) {
      try {
        resolve.one(name);
      } catch (Failure e) {
        // The others are not to suffer from it.
        Main.report(session, e);
        resolve.failed = true;
      }
    }
    if (resolve.json != null) {
      resolve.json.endObject().endDocument();
    }
    return resolve.failed ? 1 : 0;
  }

  /** All interfaces that have a file. */
  private List<String> configured() throws Failure {
    List<String> names = new ArrayList<>();
    for (String name : session.deviceNames()) {
      if (Files.exists(session.host().configDirectory().resolve(name + ".conf"))) {
        names.add(name);
      }
    }
    return names;
  }

  /** An interface, or the one that a file is for. */
  private void one(String argument) throws Failure {
    ConfigName where = ConfigName.find(session, argument);
    String name = where.name();
    try (ConfigSource source = ConfigSource.require(session, "resolve", where.file().toString());
        ConfigFile config = source.parse(session, "resolve");
        Device device = session.client().device(name)) {
      peers(name, config, device, PeerNames.of(ConfigText.of(source.text())));
    } catch (IOException e) {
      throw new Failure("Unable to access interface " + name + ": " + Failure.words(e))
          .because(e, name);
    }
  }

  private void peers(String name, ConfigFile config, Device device, PeerNames names)
      throws Failure {
    Map<PublicKey, HostPort> wanted = new HashMap<>();
    for (ConfigFile.PeerSection section : config.peers()) {
      section.endpoint().ifPresent(endpoint -> wanted.put(section.publicKey(), endpoint));
    }
    List<PeerConfig> changes = new ArrayList<>();
    if (json != null) {
      json.name(name).beginObject().name("peers").beginObject();
    }
    for (Peer peer : device.peers()) {
      HostPort endpoint = wanted.get(peer.publicKey());
      if (endpoint != null && !isNumeric(endpoint)) {
        change(name, peer, endpoint, names).ifPresent(changes::add);
      }
    }
    if (json != null) {
      json.endObject().endObject();
    }
    if (!dryRun && !changes.isEmpty()) {
      apply(name, changes);
    }
  }

  private void apply(String name, List<PeerConfig> changes) throws Failure {
    try {
      session.client().configure(name, DeviceConfig.builder().addPeers(changes).build());
    } catch (IOException e) {
      throw new Failure("Unable to modify interface " + name + ": " + Failure.words(e))
          .because(e, name);
    }
  }

  private static boolean isNumeric(HostPort endpoint) {
    String host = endpoint.host();
    int percent = host.indexOf('%');
    return IpAddress.tryParse(percent < 0 ? host : host.substring(0, percent)).isPresent();
  }

  private boolean isStale(Peer peer) {
    Instant now = session.clock().instant();
    return peer.lastHandshake().isEmpty()
        || now.getEpochSecond() - peer.lastHandshake().get().getEpochSecond() > STALE_SECONDS;
  }

  /** The change that a peer needs, if any; says what comes of the look-up. */
  private Optional<PeerConfig> change(String name, Peer peer, HostPort endpoint, PeerNames names) {
    String label = name + ": " + names.label(peer.publicKey()) + ": ";
    if (!always && !isStale(peer)) {
      report(peer, names, endpoint, "fresh", Optional.empty(), "");
      return Optional.empty();
    }
    Endpoint found;
    try {
      found = resolver.resolve(endpoint);
    } catch (IOException e) {
      failed = true;
      String why = Failure.words(e);
      session.complain(label + endpoint + ": " + why);
      if (session.debug()) {
        session.complain(Hints.trace(e));
      }
      report(peer, names, endpoint, "failed", Optional.empty(), why);
      return Optional.empty();
    }
    boolean same = peer.endpoint().isPresent() && isSame(peer.endpoint().get(), found);
    report(peer, names, endpoint, same ? "same" : "changed", Optional.of(found), "");
    if (same) {
      return Optional.empty();
    }
    if (json == null) {
      String before = peer.endpoint().map(this::format).orElse("(none)");
      session
          .out()
          .println(
              label
                  + endpoint
                  + " was "
                  + before
                  + ", is "
                  + format(found)
                  + (dryRun ? " (not set)" : ""));
    }
    return Optional.of(PeerConfig.builder(peer.publicKey()).updateOnly().endpoint(found).build());
  }

  /** The flow is the kernel's own business. */
  private static boolean isSame(Endpoint a, Endpoint b) {
    return a.address().equals(b.address()) && a.port() == b.port() && a.scopeId() == b.scopeId();
  }

  private String format(Endpoint endpoint) {
    return endpoint.format(session::interfaceName);
  }

  private void report(
      Peer peer,
      PeerNames names,
      HostPort name,
      String result,
      Optional<Endpoint> found,
      String error) {
    if (json == null) {
      return;
    }
    json.name(peer.publicKey()).beginObject();
    if (names.of(peer.publicKey()).isPresent()) {
      json.name("name").value(names.of(peer.publicKey()).get());
    }
    json.name("host").value(name.toString()).name("result").value(result);
    if (peer.endpoint().isPresent()) {
      json.name("endpoint").value(format(peer.endpoint().get()));
    }
    if (found.isPresent()) {
      json.name("resolved").value(format(found.get()));
    }
    if (!error.isEmpty()) {
      json.name("error").value(error);
    }
    json.endObject();
  }
}
