// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.wg4j.PublicKey;

/** What an interface's configuration file calls its peers, as {@link ConfigText} finds it. */
final class PeerNames {

  static final PeerNames NONE = new PeerNames(Map.of());

  private final Map<PublicKey, String> names;

  private PeerNames(Map<PublicKey, String> names) {
    this.names = names;
  }

  /** From the file of that interface; none if it cannot be read, which is no error. */
  static PeerNames of(Session session, String name) {
    if (!ConfigName.isInterfaceName(name)) {
      return NONE;
    }
    String file = session.host().configDirectory().resolve(name + ".conf").toString();
    try (ConfigSource source = ConfigSource.open(session, file)) {
      return of(ConfigText.of(source.text()));
    } catch (IOException e) {
      return NONE;
    }
  }

  static PeerNames of(ConfigText text) {
    Map<PublicKey, String> names = new HashMap<>();
    for (ConfigText.Section peer : text.peers()) {
      List<ConfigText.Statement> keys = peer.all("PublicKey");
      if (peer.name().isPresent() && !keys.isEmpty()) {
        String key = keys.get(keys.size() - 1).value().replaceAll("\\s", "");
        try {
          names.put(PublicKey.parse(key), peer.name().get());
        } catch (IllegalArgumentException notAKey) {
          // The peer is not on any interface then.
          continue;
        }
      }
    }
    return new PeerNames(names);
  }

  /** These names, and those others of peers that have none here. */
  PeerNames orElse(PeerNames others) {
    Map<PublicKey, String> all = new HashMap<>(others.names);
    all.putAll(names);
    return new PeerNames(all);
  }

  Optional<String> of(PublicKey peer) {
    return Optional.ofNullable(names.get(peer));
  }

  /** The peer's name and key, or its key alone. */
  String label(PublicKey peer) {
    return of(peer).map(name -> name + " (" + peer + ")").orElseGet(peer::toString);
  }
}
