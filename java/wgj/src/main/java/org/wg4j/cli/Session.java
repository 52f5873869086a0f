// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.netlink4j.NetNamespace;
import org.wg4j.WireGuard;

/** What a command sees of the world. Tests make their own. */
final class Session implements AutoCloseable {

  /** Opens a client when it is needed first. */
  interface ClientSource {
    WireGuard open() throws IOException;
  }

  private final String program;
  private final InputStream in;
  private final Output out;
  private final Output err;
  private final Map<String, String> environment;
  private final InstantSource clock;
  private final ClientSource clients;
  private final Host host;
  private WireGuard client;
  private NetNamespace namespace;
  private boolean debug;
  private boolean hints;

  Session(
      String program,
      InputStream in,
      Output out,
      Output err,
      Map<String, String> environment,
      InstantSource clock,
      ClientSource clients,
      Host host) {
    this.program = program;
    this.in = in;
    this.out = out;
    this.err = err;
    this.environment = environment;
    this.clock = clock;
    this.clients = clients;
    this.host = host;
  }

  /** The name that messages begin with. */
  String program() {
    return program;
  }

  InputStream in() {
    return in;
  }

  Output out() {
    return out;
  }

  /** Standard error; unlike {@link #out()} flushed line by line through {@link #complain}. */
  Output err() {
    return err;
  }

  Optional<String> environment(String name) {
    return Optional.ofNullable(environment.get(name));
  }

  InstantSource clock() {
    return clock;
  }

  Host host() {
    return host;
  }

  WireGuard client() throws IOException {
    if (client == null) {
      client = namespace == null ? clients.open() : host.wireGuard(namespace);
    }
    return client;
  }

  /** The interfaces that {@link #client()} knows. */
  List<String> deviceNames() throws Failure {
    try {
      return client().deviceNames();
    } catch (IOException e) {
      throw new Failure("Unable to list interfaces: " + Failure.words(e)).because(e, "");
    }
  }

  /** The network namespace that the user named; empty for this process's own. */
  Optional<NetNamespace> namespace() {
    return Optional.ofNullable(namespace);
  }

  /** Chooses where {@link #client()} works; to be called before it. */
  void namespace(NetNamespace where) {
    namespace = where;
  }

  /** The name of an interface in the namespace where {@link #client()} works. */
  Optional<String> interfaceName(int index) {
    return namespace == null ? host.interfaceName(index) : host.interfaceName(namespace, index);
  }

  /** Whether the user wants to see where an error comes from. */
  boolean debug() {
    return debug || environment.containsKey("WGJ_DEBUG");
  }

  void debug(boolean wanted) {
    debug = wanted;
  }

  /**
   * Whether errors say what to do about them: a command that wg(8) has prints its words and no
   * more, unless a person reads them or asked for hints.
   */
  boolean hints() {
    switch (environment("WGJ_HINTS").orElse("auto")) {
      case "always":
        return true;
      case "never":
        return false;
      default:
        return hints || host.isErrorTerminal();
    }
  }

  /** Turns hints on, for commands that wg(8) does not have. */
  void hints(boolean wanted) {
    hints = wanted;
  }

  /**
   * Writes a line to standard error, after what was printed before. The thread that ends the JVM
   * may have something to say, too.
   */
  synchronized void complain(String line) {
    out.flush();
    err.println(line).flush();
  }

  @Override
  public void close() {
    if (client != null) {
      client.close();
    }
  }
}
