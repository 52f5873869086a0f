// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.netlink4j.Errno;
import org.netlink4j.FamilyNotFoundException;
import org.netlink4j.NetlinkException;
import org.wg4j.ConfigDocument;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.PeerConfig;
import org.wg4j.PeerSpec;
import org.wg4j.PresharedKey;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;

/**
 * {@code new-peer}: keys and an address for somebody who is to join an interface, and both sides'
 * configuration.
 */
final class NewPeerCommand {

  private final Session session;
  private final Options options;
  private final ConfigName where;
  private final ConfigSource source;
  private final NewPeer peer;

  private NewPeerCommand(
      Session session, Options options, ConfigName where, ConfigSource source, NewPeer peer) {
    this.session = session;
    this.options = options;
    this.where = where;
    this.source = source;
    this.peer = peer;
  }

  static int run(Session session, String[] arguments) throws Failure {
    Options options =
        Options.parse(session, "new-peer", arguments, NewPeerOptions.FLAGS, NewPeerOptions.VALUED);
    if (options.positional().size() != 1) {
      throw Options.wrong(session, "new-peer", "which interface?");
    }
    ConfigName where = ConfigName.find(session, options.positional().get(0));
    try (ConfigSource source = ConfigSource.require(session, "new-peer", where.file().toString());
        ConfigFile config = source.parse(session, "new-peer")) {
      Optional<Device> device = device(session, where.name());
      NewPeer peer;
      try {
        peer = new NewPeerOptions(session, options, where, source, config, device).decide();
      } finally {
        device.ifPresent(Device::close);
      }
      new NewPeerCommand(session, options, where, source, peer).run();
    }
    return 0;
  }

  /** The interface, if it is up and this user may look at it: files can be made without. */
  private static Optional<Device> device(Session session, String name) {
    try {
      return Optional.of(session.client().device(name));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Failure die(String what) {
    return new Failure(session.program() + " new-peer: " + what);
  }

  private void run() throws Failure {
    try (PrivateKey key = PrivateKey.generate();
        Secret psk = new Secret(options.has("--psk"));
        NewPeer.Text theirs = peer.theirs(key, psk.key());
        NewPeer.Text ours = peer.ours(key.publicKey(), psk.key())) {
      Optional<Path> output = options.value("--output").map(Path::of);
      boolean live = save(key.publicKey(), psk.key(), theirs, output);
      if (output.isEmpty() && session.host().isWorldAccessibleFile()) {
        session.complain("Warning: writing to world accessible file.");
      }
      if (options.has("--json")) {
        json(key, psk.key(), output, live);
      } else {
        print(theirs, ours, output.isPresent());
      }
    }
  }

  /** A pre-shared key, or none. */
  private static final class Secret implements AutoCloseable {
    private final Optional<PresharedKey> key;

    Secret(boolean wanted) {
      key = wanted ? Optional.of(PresharedKey.generate()) : Optional.empty();
    }

    Optional<PresharedKey> key() {
      return key;
    }

    @Override
    public void close() {
      key.ifPresent(PresharedKey::destroy);
    }
  }

  /**
   * Writes the files, and adds the peer to the interface if it is up. What was done is undone if
   * the rest fails.
   *
   * @return whether the interface has the peer now
   */
  private boolean save(
      PublicKey key, Optional<PresharedKey> psk, NewPeer.Text theirs, Optional<Path> output)
      throws Failure {
    boolean live = false;
    boolean created = false;
    boolean done = false;
    try {
      live = options.has("--apply") && addToDevice(key, psk);
      if (output.isPresent()) {
        write(output.get(), theirs);
        created = true;
      }
      if (options.has("--apply")) {
        append(key, psk);
      }
      done = true;
      return live;
    } finally {
      if (!done) {
        undo(live ? Optional.of(key) : Optional.empty(), created ? output : Optional.empty());
      }
    }
  }

  private boolean addToDevice(PublicKey key, Optional<PresharedKey> psk) throws Failure {
    PeerConfig.Builder change =
        PeerConfig.builder(key).replaceAllowedIps().addAllowedIps(peer.addresses());
    psk.ifPresent(change::presharedKey);
    try {
      session
          .client()
          .configure(where.name(), DeviceConfig.builder().addPeer(change.build()).build());
      return true;
    } catch (FamilyNotFoundException notUp) {
      return false;
    } catch (IOException e) {
      if (e instanceof NetlinkException netlink && netlink.is(Errno.ENODEV)) {
        return false;
      }
      throw new Failure("Unable to modify interface: " + Failure.words(e)).because(e, where.name());
    }
  }

  private void write(Path file, NewPeer.Text text) throws Failure {
    byte[] bytes = text.toByteArray();
    try {
      SecretFile.create(file, bytes);
    } catch (FileAlreadyExistsException e) {
      throw die("--output: `" + file + "' exists already, and is not overwritten");
    } catch (NoSuchFileException e) {
      throw die("--output: there is no folder for `" + file + "'");
    } catch (IOException e) {
      throw die("--output: cannot write `" + file + "': " + Failure.words(e))
          .because(e, file.toString());
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** Adds the section to this side's file, whose other lines stay as they are. */
  private void append(PublicKey key, Optional<PresharedKey> psk) throws Failure {
    List<String> comments = peer.name().map(name -> List.of("Name = " + name)).orElse(List.of());
    PeerSpec spec = new PeerSpec(key, psk, Optional.empty(), OptionalInt.empty(), peer.addresses());
    byte[] whole = new byte[0];
    byte[] now = new byte[0];
    try (ConfigDocument document = ConfigDocument.parse(source.text())) {
      document.addPeer(spec, comments);
      whole = document.toBytes();
      now = Files.readAllBytes(where.file());
      if (!Arrays.equals(now, source.text())) {
        throw die(where.file() + " was changed meanwhile: try again");
      }
      SecretFile.edit(where.file(), whole);
    } catch (ConfigException e) {
      throw new AssertionError("was read before", e);
    } catch (IOException e) {
      throw die("cannot write " + where.file() + ": " + Failure.words(e))
          .because(e, where.file().toString());
    } finally {
      Arrays.fill(whole, (byte) 0);
      Arrays.fill(now, (byte) 0);
    }
  }

  private void undo(Optional<PublicKey> added, Optional<Path> created) {
    try {
      if (created.isPresent()) {
        Files.deleteIfExists(created.get());
      }
      if (added.isPresent()) {
        PeerConfig removal = PeerConfig.removal(added.get());
        session.client().configure(where.name(), DeviceConfig.builder().addPeer(removal).build());
      }
    } catch (IOException e) {
      session.complain("Cannot undo what was done: " + Failure.words(e));
    }
  }

  // What is said about it

  private void print(NewPeer.Text theirs, NewPeer.Text ours, boolean written) {
    if (!written) {
      print(theirs, "");
    }
    if (!options.has("--apply")) {
      // As comments beside the other file, so that the whole is still the new peer's.
      String prefix = written ? "" : "# ";
      session.out().print(written ? "" : "\n# For " + where.file() + " of this host:\n");
      print(ours, prefix);
    }
  }

  private void print(NewPeer.Text text, String prefix) {
    Output out = session.out();
    byte[] bytes = text.toByteArray();
    boolean begins = true;
    for (byte b : bytes) {
      out.print(begins ? prefix : "");
      out.write(b);
      begins = b == '\n';
    }
    Arrays.fill(bytes, (byte) 0);
  }

  private void json(
      PrivateKey key, Optional<PresharedKey> psk, Optional<Path> output, boolean live) {
    Json json = new Json(session.out());
    json.beginObject().name("interface").value(where.name());
    if (peer.name().isPresent()) {
      json.name("name").value(peer.name().get());
    }
    json.name("publicKey").value(key.publicKey());
    if (output.isPresent()) {
      json.name("output").value(output.get().toString());
    } else {
      json.name("privateKey").value(key);
    }
    // What the text would show: in the peer's file, or in the section for this side.
    if (psk.isPresent() && (output.isEmpty() || !options.has("--apply"))) {
      json.name("presharedKey").value(psk.get());
    }
    strings(json, "addresses", peer.addresses());
    strings(json, "dns", peer.dns());
    if (peer.mtu() != 0) {
      json.name("mtu").value(peer.mtu());
    }
    json.name("peer").beginObject().name("publicKey").value(peer.hostKey());
    if (peer.endpoint().isPresent()) {
      json.name("endpoint").value(peer.endpoint().get().toString());
    }
    if (peer.keepalive() != 0) {
      json.name("persistentKeepalive").value(peer.keepalive());
    }
    strings(json, "allowedIps", peer.allowedIps());
    json.endObject();
    json.name("applied").value(options.has("--apply"));
    json.name("live").value(live);
    json.endObject().endDocument();
  }

  private static void strings(Json json, String name, List<?> items) {
    json.name(name).beginArray();
    items.forEach(item -> json.value(item.toString()));
    json.endArray();
  }
}
