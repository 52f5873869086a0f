// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.NetNamespace;
import org.netlink4j.NetlinkException;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.Endpoint;
import org.wg4j.EndpointResolver;
import org.wg4j.ResolveException;
import org.wg4j.WireGuard;

/** Runs the program in this process, on streams, devices and a host that the test sets up. */
final class Cli {

  /** What a run left behind. */
  record Result(int code, String out, String err) {}

  static final Instant NOW = Instant.ofEpochSecond(1_795_474_063);

  final Devices devices = new Devices();
  final Map<String, String> environment = new HashMap<>();
  final FakeHost host = new FakeHost();
  String program = "wg";

  Result run(String... arguments) {
    return runWith("", arguments);
  }

  Result runWith(String input, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code;
    try (Session session = session(input, out, err)) {
      code = Main.run(session, arguments);
    }
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  Session session(String input, ByteArrayOutputStream out, ByteArrayOutputStream err) {
    return new Session(
        program,
        new ByteArrayInputStream(input.getBytes(StandardCharsets.ISO_8859_1)),
        new Output(out),
        new Output(err),
        environment,
        InstantSource.fixed(NOW),
        () -> devices,
        host);
  }

  /** A host with a terminal and file modes of the test's choice. */
  static final class FakeHost extends Host {
    boolean terminal;
    boolean worldAccessible;
    boolean errorTerminal;
    java.nio.file.Path configDirectory = java.nio.file.Path.of("/nonexistent");

    /** What names of hosts mean, as endpoints. */
    final Map<String, String> addresses = new HashMap<>();

    /** What is done instead of waiting; the program is interrupted when there is nothing left. */
    final Deque<Runnable> pauses = new ArrayDeque<>();

    /** How long the program wanted to wait. */
    final List<Long> waits = new ArrayList<>();

    /** What must be done when the program ends. */
    final List<Runnable> atExit = new ArrayList<>();

    List<String> commandLine = List.of();
    NetNamespace opened;
    WireGuard other;
    int rows = 24;
    long ticks = 1;

    @Override
    boolean isErrorTerminal() {
      return errorTerminal;
    }

    @Override
    EndpointResolver resolver() {
      return name -> {
        String found = addresses.get(name.host());
        if (found == null) {
          throw new ResolveException(
              ResolveException.Reason.UNKNOWN_HOST, "Name or service not known");
        }
        return Endpoint.parse(found + ":" + name.port());
      };
    }

    @Override
    long ticks() {
      return ticks;
    }

    @Override
    boolean pause(long nanos) {
      waits.add(nanos);
      ticks += nanos;
      Runnable meanwhile = pauses.poll();
      if (meanwhile != null) {
        meanwhile.run();
      }
      return meanwhile != null;
    }

    @Override
    Runnable onExit(Runnable what) {
      atExit.add(what);
      return () -> atExit.remove(what);
    }

    @Override
    OptionalInt terminalRows() {
      return OptionalInt.of(rows);
    }

    @Override
    List<String> commandLine() {
      return commandLine;
    }

    @Override
    Optional<String> interfaceName(NetNamespace namespace, int index) {
      return Optional.of("far" + index);
    }

    @Override
    WireGuard wireGuard(NetNamespace namespace) {
      opened = namespace;
      return other;
    }

    @Override
    boolean isTerminal() {
      return terminal;
    }

    @Override
    boolean isWorldAccessibleFile() {
      return worldAccessible;
    }

    @Override
    java.nio.file.Path configDirectory() {
      return configDirectory;
    }

    @Override
    java.nio.file.Path resolvconfOrder() {
      return configDirectory.resolve("interface-order");
    }

    @Override
    Optional<String> interfaceName(int index) {
      return index == 1 ? Optional.of("lo") : Optional.empty();
    }
  }

  /** What happens after a change. */
  interface Reaction {
    void run() throws IOException;
  }

  /** Devices that are said to be there, and what was asked of them. */
  static final class Devices implements WireGuard {
    final Map<String, Device> all = new LinkedHashMap<>();
    final Map<String, Errno> broken = new HashMap<>();
    final List<DeviceConfig> changes = new ArrayList<>();
    Errno refusal;
    Reaction onConfigure = () -> {};
    Consumer<Device> onRead = device -> {};

    private static NetlinkException failure(Errno errno) {
      return NetlinkException.of("test", errno.number(), ExtAck.NONE);
    }

    @Override
    public List<String> deviceNames() {
      return List.copyOf(all.keySet());
    }

    @Override
    public Device device(String name) throws IOException {
      if (broken.containsKey(name)) {
        throw failure(broken.get(name));
      }
      if (!all.containsKey(name)) {
        throw failure(Errno.ENODEV);
      }
      Device device = all.get(name);
      // The program closes what it reads, which wipes the keys: give it its own.
      Device copy =
          new Device(
              device.name(),
              device.index(),
              device.privateKey().map(key -> org.wg4j.PrivateKey.of(key.toBytes())),
              device.publicKey(),
              device.listenPort(),
              device.fwmark(),
              device.peers().stream()
                  .map(
                      peer ->
                          new org.wg4j.Peer(
                              peer.publicKey(),
                              peer.presharedKey()
                                  .map(key -> org.wg4j.PresharedKey.of(key.toBytes())),
                              peer.endpoint(),
                              peer.allowedIps(),
                              peer.lastHandshake(),
                              peer.receivedBytes(),
                              peer.sentBytes(),
                              peer.persistentKeepalive(),
                              peer.protocolVersion()))
                  .toList());
      onRead.accept(copy);
      return copy;
    }

    @Override
    public Device device(int index) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Device> devices() {
      return List.copyOf(all.values());
    }

    @Override
    public void configure(String name, DeviceConfig change) throws IOException {
      if (refusal != null) {
        throw failure(refusal);
      }
      if (!all.containsKey(name)) {
        throw failure(Errno.ENODEV);
      }
      changes.add(change);
      onConfigure.run();
    }

    @Override
    public void configure(int index, DeviceConfig change) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
