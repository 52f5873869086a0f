// SPDX-License-Identifier: Apache-2.0
package org.wg4j.testcontainers;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.ContainerNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.output.OutputFrame;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;
import org.wg4j.WireGuard;
import org.wg4j.lab.GuestSystem;
import org.wg4j.lab.RemoteGuest;
import org.wg4j.lab.Result;
import org.wg4j.lab.WireGuardModule;

/**
 * A machine with a kernel of its own, and WireGuard in it, inside a Docker container. The host
 * needs neither root nor a module nor hardware virtualisation, and the container no capability: the
 * guest is emulated.
 *
 * <pre>{@code
 * try (Network network = Network.newNetwork();
 *     WireGuardKernelContainer machine =
 *         new WireGuardKernelContainer().withNetwork(network).withNetworkAliases("left")) {
 *   machine.start();
 *   machine.sh("ip link add wg0 type wireguard").check();
 *   try (WireGuard wireGuard = machine.wireGuard()) {
 *     wireGuard.configure("wg0", ...);
 *   }
 * }
 * }</pre>
 *
 * <p><b>Network.</b> The guest's {@code eth0} is a NAT behind the container's address on its Docker
 * networks: it reaches what the container reaches, also by the network aliases of other containers,
 * and the UDP ports of {@link #withUdpPorts} of the container are the guest's. So a peer's endpoint
 * is the other container's alias, or its {@link #address}, and one of those ports.
 *
 * <p><b>Life.</b> When this JVM is gone, however that comes, so is the connection to the guest's
 * agent; that ends the guest, and Docker removes the container then. No reaper is needed.
 *
 * <p>The image is made by {@code tests/lab/image/container-image.sh}; none is published.
 *
 * <p>What is configured before the start is not thread-safe, as in {@link GenericContainer}; the
 * rest is.
 */
public final class WireGuardKernelContainer extends GenericContainer<WireGuardKernelContainer> {
  /** Debian 12's kernel. */
  public static final DockerImageName DEFAULT_IMAGE =
      DockerImageName.parse("wg4j/machine:bookworm");

  private static final String AGENT_SOCKET = "/run/wg4j-agent";
  private static final Duration BOOT_LIMIT = Duration.ofMinutes(10);
  private static final int CONSOLE_TAIL = 120;

  /** What QEMU's user mode network gives its guest: an address, a router and a name server. */
  private static final String NETWORK =
      """
      ip link set eth0 up
      ip address add 10.0.2.15/24 dev eth0
      ip route add default via 10.0.2.2
      echo 'nameserver 10.0.2.3' >/etc/resolv.conf
      """;

  private final Deque<String> console = new ArrayDeque<>();
  private WireGuardModule module = WireGuardModule.OURS;
  private volatile RemoteGuest guest;

  /** A machine of {@link #DEFAULT_IMAGE}. */
  public WireGuardKernelContainer() {
    this(DEFAULT_IMAGE);
  }

  /**
   * A machine of another image.
   *
   * @param image what {@code container-image.sh} made for another Debian release
   */
  public WireGuardKernelContainer(DockerImageName image) {
    super(image);
    withUdpPorts(51820);
    withCreateContainerCmdModifier(
        create -> create.getHostConfig().withAutoRemove(true).withCapDrop(Capability.ALL));
    withLogConsumer(this::keep);
    // QEMU says so before the guest's first instruction, and waits.
    waitingFor(Wait.forLogMessage(".*waiting for connection.*", 1));
  }

  /** Which WireGuard it loads when it has booted; by default the project's own. */
  public WireGuardKernelContainer withModule(WireGuardModule chosen) {
    module = chosen;
    return this;
  }

  /** The guest's RAM in MiB, at least 256, which its changes to files also live in; default 512. */
  public WireGuardKernelContainer withMemoryMiB(int size) {
    if (size < 256) {
      throw new IllegalArgumentException("a guest needs at least 256 MiB: " + size);
    }
    return withEnv("WG4J_MEMORY", Integer.toString(size));
  }

  /** The guest's processors, 1 to 16; default 1. */
  public WireGuardKernelContainer withCpus(int count) {
    if (count < 1 || count > 16) {
      throw new IllegalArgumentException("not a number of processors: " + count);
    }
    return withEnv("WG4J_CPUS", Integer.toString(count));
  }

  /**
   * The UDP ports, 1 to 65535, at which the guest is reached at the container's address; default
   * 51820. A WireGuard interface that listens at one of them also sends from it.
   */
  public WireGuardKernelContainer withUdpPorts(int... ports) {
    return withEnv(
        "WG4J_UDP_PORTS",
        IntStream.of(ports)
            .peek(WireGuardKernelContainer::requirePort)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(" ")));
  }

  private static void requirePort(int port) {
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("not a port: " + port);
    }
  }

  private void keep(OutputFrame frame) {
    synchronized (console) {
      frame.getUtf8String().lines().forEach(console::add);
      while (console.size() > CONSOLE_TAIL) {
        console.remove();
      }
    }
  }

  @Override
  protected void containerIsStarted(InspectContainerResponse container) {
    ExecChannel channel =
        new ExecChannel(dockerClient, getContainerId(), "socat", "-", "UNIX:" + AGENT_SOCKET);
    guest = RemoteGuest.attach(name(), channel, new Engine(), BOOT_LIMIT);
    guest.sh(NETWORK).check();
    switch (module) {
      case OURS -> guest.loadPresentModule("/wg4j/wireguard.ko");
      case IN_TREE -> guest.loadInTreeWireGuard();
      case NONE -> {}
    }
  }

  private String name() {
    return getNetworkAliases().isEmpty()
        ? getContainerId().substring(0, 12)
        : String.join("/", getNetworkAliases());
  }

  private final class Engine implements RemoteGuest.Host {
    @Override
    public String console() {
      synchronized (console) {
        return String.join("\n", console);
      }
    }

    @Override
    public void kill() {
      WireGuardKernelContainer.this.kill();
    }
  }

  @Override
  protected void containerIsStopping(InspectContainerResponse container) {
    RemoteGuest running = guest;
    if (running != null) {
      running.close();
    }
  }

  /**
   * The machine: commands with results, commands in the background, files, modules, the kernel's
   * log.
   *
   * @throws IllegalStateException if the container was not started
   */
  public GuestSystem machine() {
    RemoteGuest running = guest;
    if (running == null) {
      throw new IllegalStateException("the container was not started");
    }
    return running;
  }

  /** Runs a program in the machine: {@link GuestSystem#run(String...)}. */
  public Result run(String... argv) {
    return machine().run(argv);
  }

  /** Runs a shell script in the machine: {@link GuestSystem#sh}. */
  public Result sh(String script) {
    return machine().sh(script);
  }

  /** The machine's netlink sockets. */
  public ForwardedTransport transport() {
    return new ForwardedTransport(machine());
  }

  /** The machine's WireGuard, to be closed by the caller. */
  public WireGuard wireGuard() throws IOException {
    return WireGuard.open(transport());
  }

  /**
   * The container's IPv4 address on a network, which is where peers reach the machine.
   *
   * @throws IllegalStateException if it is not connected to it
   */
  public String address(Network network) {
    Map<String, ContainerNetwork> networks =
        getCurrentContainerInfo().getNetworkSettings().getNetworks();
    return networks.values().stream()
        .filter(endpoint -> network.getId().equals(endpoint.getNetworkID()))
        .map(ContainerNetwork::getIpAddress)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("not connected to " + network.getId()));
  }

  /** Cuts the link to a network; the machine goes on and is still reached by this object. */
  public void disconnect(Network network) {
    dockerClient
        .disconnectFromNetworkCmd()
        .withContainerId(getContainerId())
        .withNetworkId(network.getId())
        .exec();
  }

  /**
   * Connects to a network, again or anew, under the container's aliases.
   *
   * @return the {@link #address} on it, which is often another one than before
   */
  public String connect(Network network) {
    dockerClient
        .connectToNetworkCmd()
        .withContainerId(getContainerId())
        .withNetworkId(network.getId())
        .withContainerNetwork(new ContainerNetwork().withAliases(getNetworkAliases()))
        .exec();
    return address(network);
  }

  /** Freezes the machine: nothing in it happens. Its clock will have jumped when it goes on. */
  public void pause() {
    dockerClient.pauseContainerCmd(getContainerId()).exec();
  }

  /** Lets a paused machine go on. */
  public void unpause() {
    dockerClient.unpauseContainerCmd(getContainerId()).exec();
  }

  /** Ends the machine as a loss of power would. The container is removed. */
  public void kill() {
    dockerClient.killContainerCmd(getContainerId()).exec();
  }
}
