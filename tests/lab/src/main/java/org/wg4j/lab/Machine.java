// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A guest: a kernel, as a rule Debian's own, in QEMU's plain emulation, on a Debian root whose
 * changes live in RAM. Thread-safe; several commands may run at a time.
 *
 * <p>Every wait has a limit. A command that passes its own is killed and the guest goes on; a guest
 * that does not even answer to that is killed, and its console log is kept.
 */
public final class Machine extends GuestSystem {
  /** How long a guest may take to answer what costs it nothing: past that it hangs. */
  private static final Duration KILL_LIMIT = Duration.ofMinutes(2);

  private static final Duration BOOT_LIMIT = Duration.ofMinutes(10);
  private static final Duration END_LIMIT = Duration.ofSeconds(30);
  private static final String GUEST_PROJECT = "/wg4j";
  private static final int CONSOLE_TAIL = 120;
  private static final AtomicInteger COUNTER = new AtomicInteger();

  /**
   * Brings a guest back to how it booted, as far as networking goes; modules stay. A namespace only
   * dies with the last process in it, so those end first.
   */
  private static final String RESET =
      """
      for ns in $(ip netns list | cut -d' ' -f1); do
        ip netns pids "$ns" | xargs -r kill -9
        ip netns delete "$ns"
      done
      ip -o link show | sed 's/^[0-9]*: \\([^:@]*\\).*/\\1/' | while read -r link; do
        case $link in
          lo) ;;
          eth[0-9]*) ip link set "$link" down mtu 1500; ip addr flush dev "$link" ;;
          *) ip link delete "$link" 2>/dev/null || true ;;
        esac
      done
      nft flush ruleset 2>/dev/null || true
      """;

  private final MachineSpec spec;
  private final Process qemu;
  private final List<NicPort> nics;
  private final Path sockets;
  private final Path consoleLog;
  private final Duration bootTime;
  private final Thread killer;
  private volatile String endReason;

  private Machine(
      MachineSpec spec,
      Process qemu,
      AgentLink link,
      List<NicPort> nics,
      Path sockets,
      Path consoleLog,
      long started,
      Thread killer,
      Duration answerLimit) {
    super(spec.name(), link, answerLimit);
    this.spec = spec;
    this.qemu = qemu;
    this.nics = List.copyOf(nics);
    this.sockets = sockets;
    this.consoleLog = consoleLog;
    this.bootTime = Duration.ofNanos(System.nanoTime() - started);
    this.killer = killer;
  }

  /**
   * Boots a machine and waits until it takes commands. The first boot of a Debian release makes its
   * image, which takes minutes.
   *
   * @throws MachineDiedException if the guest does not come up
   * @throws LabException if it cannot even be started
   */
  public static Machine boot(MachineSpec spec) {
    return boot(spec, KILL_LIMIT);
  }

  /** Boots a machine that counts as hung when it does not answer for a time. */
  static Machine boot(MachineSpec spec, Duration answerLimit) {
    Project.BootFiles files = Project.BootFiles.of(spec);
    List<NicPort> nics = new ArrayList<>();
    Path sockets = null;
    Process qemu = null;
    AgentLink link = null;
    Thread killer = null;
    try {
      // Not in the project or a test's directory: a socket's path must fit in 107 bytes.
      sockets = Files.createTempDirectory("wg4j-lab-");
      Path logs = Files.createDirectories(Project.logs());
      String id =
          spec.name() + "-" + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
      Path console = logs.resolve(id + ".console");
      Path qemuLog = logs.resolve(id + ".qemu");
      Path agentSocket = sockets.resolve("agent");
      for (int i = 0; i < spec.nics(); i++) {
        nics.add(new NicPort(spec.name() + ":eth" + i, sockets.resolve("nic" + i)));
      }
      long started = System.nanoTime();
      try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        server.bind(UnixDomainSocketAddress.of(agentSocket));
        qemu =
            new ProcessBuilder(QemuCommand.of(spec, files, sockets, console))
                .redirectErrorStream(true)
                .redirectOutput(qemuLog.toFile())
                .start();
        qemu.getOutputStream().close();
        killer = new Thread(qemu::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(killer);
        link = new AgentLink(spec.name(), accept(server, qemu, qemuLog));
      }
      for (NicPort nic : nics) {
        // If QEMU ends instead of connecting, this ends the wait.
        qemu.onExit().thenRun(nic::close);
        nic.accept();
      }
      if (!link.awaitHello(started + BOOT_LIMIT.toNanos())) {
        qemu.destroyForcibly().waitFor();
        throw new MachineDiedException(
            spec.name(), "it did not come up", console, tail(console) + tail(qemuLog));
      }
      Files.deleteIfExists(qemuLog);
      return new Machine(spec, qemu, link, nics, sockets, console, started, killer, answerLimit);
    } catch (IOException e) {
      release(qemu, link, nics, sockets, killer);
      throw new LabException(spec.name() + " cannot be started", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      release(qemu, link, nics, sockets, killer);
      throw new LabException("interrupted while booting " + spec.name(), e);
    } catch (RuntimeException e) {
      release(qemu, link, nics, sockets, killer);
      throw e;
    }
  }

  /** Waits for QEMU to connect, or to end because it cannot start. */
  private static SocketChannel accept(ServerSocketChannel server, Process qemu, Path qemuLog)
      throws IOException {
    qemu.onExit()
        .thenRun(
            () -> {
              try {
                server.close();
              } catch (IOException e) {
                // It wakes the accept below all the same.
              }
            });
    try {
      return server.accept();
    } catch (IOException e) {
      throw new LabException("QEMU did not start:\n" + tail(qemuLog), e);
    }
  }

  /**
   * Loads the project's own module, built for this guest's kernel if its sources changed.
   *
   * @throws LabException if it does not build
   * @throws AssertionError if the kernel refuses it
   */
  public void loadWireGuard() {
    List<String> built =
        spec.kernel().isDebug()
            ? Project.script("debug/build-module.sh", spec.kernel().kind())
            : Project.script("image/build-module.sh", spec.release());
    loadModule(Path.of(built.get(built.size() - 1)));
  }

  /**
   * Builds a module for this guest's kernel, if its sources changed.
   *
   * @param source a directory of the host with a Kbuild file
   * @return the .ko file, on the host
   * @throws LabException if it does not build
   */
  public Path buildModule(Path source) {
    Path out = Project.root().resolve("build/kernel-tests").resolve(source.getFileName());
    List<String> built =
        Project.script(
            "image/build-module.sh",
            spec.release(),
            source.toAbsolutePath().toString(),
            out.resolve(kernelRelease()).toString());
    return Path.of(built.get(built.size() - 1));
  }

  /**
   * Where the guest sees a file or directory of the project (read-only).
   *
   * @throws IllegalArgumentException if it is outside the project
   */
  public String guestPath(Path host) {
    Path root = Project.root();
    Path absolute = host.toAbsolutePath().normalize();
    if (!absolute.startsWith(root)) {
      throw new IllegalArgumentException(host + " is not inside " + root);
    }
    return GUEST_PROJECT + "/" + root.relativize(absolute);
  }

  /** The network side of the guest's interface ethN, to plug into a {@link VirtualNetwork}. */
  public Port nic(int index) {
    return nics.get(index);
  }

  /** Its RAM, to be looked through from outside. */
  public GuestMemory memory() {
    requireAlive();
    return new GuestMemory(qemu.pid(), spec.memoryMiB());
  }

  /** What it was made from. */
  public MachineSpec spec() {
    return spec;
  }

  /** How long it took from starting QEMU to taking commands. */
  public Duration bootTime() {
    return bootTime;
  }

  @Override
  public boolean isAlive() {
    return qemu.isAlive() && !link.hasEnded();
  }

  /** Whether it is gone though nobody asked for that. */
  boolean hasDied() {
    return !isAlive() && !endWanted;
  }

  /** The file with everything it printed on its console, kept after its end. */
  public Path consoleLog() {
    return consoleLog;
  }

  /**
   * Fails if memory that our module asked for can no longer be reached; only a {@link
   * GuestKernel#KASAN} machine knows. It takes fifteen seconds: nothing younger than five counts as
   * lost, and only what is found by two scans is sure.
   */
  public void assertNothingLeaked() {
    String leaks =
        run(Command.sh(
                    """
                    set -e
                    sleep 6
                    echo scan >/sys/kernel/debug/kmemleak
                    sleep 6
                    echo scan >/sys/kernel/debug/kmemleak
                    cat /sys/kernel/debug/kmemleak\
                    """)
                .within(Duration.ofMinutes(10)))
            .check()
            .stdout();
    if (leaks.contains("[wireguard]")) {
      throw new AssertionError(name() + ": memory leaks:\n" + leaks);
    }
  }

  /**
   * Brings it back to how it booted, for the next test class: commands still running are killed,
   * and network namespaces, interfaces other than lo and ethN, addresses and firewall rules are
   * removed; networks are unplugged. Modules stay loaded and files stay written.
   */
  public void reset() {
    nics.forEach(NicPort::unplug);
    killCommands();
    sh(RESET).check();
  }

  /** Shuts it down in order and waits for its end. */
  public void powerOff() {
    if (isAlive()) {
      endWanted = true;
      Execution request = link.request(Wire.REQUEST_POWER_OFF);
      request.awaitEnd(System.nanoTime() + answerLimit().toNanos());
      try {
        if (!qemu.waitFor(answerLimit().toSeconds(), TimeUnit.SECONDS)) {
          throw hung("it did not power off");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LabException("interrupted while powering off " + name(), e);
      }
    }
    close();
  }

  /** Kills it, if it still runs, and releases what it used. */
  @Override
  public void close() {
    endWanted = true;
    release(qemu, link, nics, sockets, killer);
  }

  @Override
  MachineDiedException hung(String why) {
    endReason = "hung: " + why;
    qemu.destroyForcibly();
    return died(why);
  }

  /** Waits for QEMU to write its last. */
  @Override
  MachineDiedException died(String why) {
    try {
      if (!qemu.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        qemu.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String reason = endReason == null ? why : endReason;
    return new MachineDiedException(name(), reason, consoleLog, tail(consoleLog));
  }

  private static String tail(Path file) {
    try {
      List<String> lines =
          new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
      return String.join(
          "\n", lines.subList(Math.max(0, lines.size() - CONSOLE_TAIL), lines.size()));
    } catch (IOException e) {
      return "(unreadable: " + e.getMessage() + ")";
    }
  }

  private static void release(
      Process qemu, AgentLink link, List<? extends NicPort> nics, Path sockets, Thread killer) {
    if (qemu != null) {
      qemu.destroyForcibly();
      try {
        qemu.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (link != null) {
      link.close();
    }
    nics.forEach(NicPort::close);
    if (killer != null) {
      try {
        Runtime.getRuntime().removeShutdownHook(killer);
      } catch (IllegalStateException e) {
        // The JVM is on its way out and runs the hook itself.
      }
    }
    if (sockets != null) {
      try (var files = Files.newDirectoryStream(sockets)) {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
        Files.deleteIfExists(sockets);
      } catch (IOException e) {
        // Left for the next cleaning of /tmp; the machine's end must not fail on it.
      }
    }
  }
}
