// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.util.Locale;
import java.util.Optional;
import org.wg4j.AllowedIp;
import org.wg4j.Device;
import org.wg4j.Peer;

/**
 * A device as JSON, in the shape of wg-json of wireguard-tools: a member for the interface, in it
 * one for each peer by its key; what is not set or zero is left out, but for {@code allowedIps}.
 * Beyond that, {@code name} is what the configuration file calls a peer.
 */
final class DeviceJson {

  /** The fields of {@code show INTERFACE FIELD}, and ALL of them. */
  private enum Field {
    ALL,
    PUBLIC_KEY,
    PRIVATE_KEY,
    LISTEN_PORT,
    FWMARK,
    PEERS,
    PRESHARED_KEYS,
    ENDPOINTS,
    ALLOWED_IPS,
    LATEST_HANDSHAKES,
    TRANSFER,
    PERSISTENT_KEEPALIVE
  }

  private final Session session;
  private final Field field;
  private final boolean secrets;

  private DeviceJson(Session session, Field field, boolean secrets) {
    this.session = session;
    this.field = field;
    this.secrets = secrets;
  }

  /** As the form for people: secrets only where WG_HIDE_KEYS is {@code never}. */
  static DeviceJson forPeople(Session session) {
    boolean hide = !session.environment("WG_HIDE_KEYS").orElse("").equals("never");
    return new DeviceJson(session, Field.ALL, !hide);
  }

  /** As a form for scripts, which hides nothing; empty if there is no such field. */
  static Optional<DeviceJson> ofField(Session session, String name) {
    if (name.equals("dump")) {
      return Optional.of(new DeviceJson(session, Field.ALL, true));
    }
    for (Field field : Field.values()) {
      if (field != Field.ALL && word(field).equals(name)) {
        return Optional.of(new DeviceJson(session, field, true));
      }
    }
    return Optional.empty();
  }

  private static String word(Field field) {
    return field.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private boolean has(Field wanted) {
    return field == Field.ALL || field == wanted;
  }

  /** Writes the member for a device. */
  void write(Json json, Device device, PeerNames names) {
    json.name(device.name()).beginObject();
    if (secrets && has(Field.PRIVATE_KEY) && device.privateKey().isPresent()) {
      json.name("privateKey").value(device.privateKey().get());
    }
    if (has(Field.PUBLIC_KEY) && device.publicKey().isPresent()) {
      json.name("publicKey").value(device.publicKey().get());
    }
    if (has(Field.LISTEN_PORT) && device.listenPort() != 0) {
      json.name("listenPort").value(device.listenPort());
    }
    if (has(Field.FWMARK) && device.fwmark() != 0) {
      json.name("fwmark").value(Integer.toUnsignedLong(device.fwmark()));
    }
    if (field == Field.ALL || field.compareTo(Field.PEERS) >= 0) {
      json.name("peers").beginObject();
      for (Peer peer : device.peers()) {
        json.name(peer.publicKey()).beginObject();
        if (names.of(peer.publicKey()).isPresent()) {
          json.name("name").value(names.of(peer.publicKey()).get());
        }
        write(json, peer);
        json.endObject();
      }
      json.endObject();
    }
    json.endObject();
  }

  private void write(Json json, Peer peer) {
    if (secrets && has(Field.PRESHARED_KEYS) && peer.presharedKey().isPresent()) {
      json.name("presharedKey").value(peer.presharedKey().get());
    }
    if (has(Field.ENDPOINTS) && peer.endpoint().isPresent()) {
      json.name("endpoint").value(peer.endpoint().get().format(session::interfaceName));
    }
    if (has(Field.LATEST_HANDSHAKES) && peer.lastHandshake().isPresent()) {
      json.name("latestHandshake").value(peer.lastHandshake().get().getEpochSecond());
    }
    if (has(Field.TRANSFER) && peer.receivedBytes() != 0) {
      json.name("transferRx").unsigned(peer.receivedBytes());
    }
    if (has(Field.TRANSFER) && peer.sentBytes() != 0) {
      json.name("transferTx").unsigned(peer.sentBytes());
    }
    if (has(Field.PERSISTENT_KEEPALIVE) && peer.persistentKeepalive() != 0) {
      json.name("persistentKeepalive").value(peer.persistentKeepalive());
    }
    if (has(Field.ALLOWED_IPS)) {
      json.name("allowedIps").beginArray();
      for (AllowedIp prefix : peer.allowedIps()) {
        json.value(prefix.toString());
      }
      json.endArray();
    }
  }
}
