// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.netlink4j.NetNamespace;
import org.netlink4j.route.Link;
import org.netlink4j.route.RouteNetlink;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.WireGuard;

/**
 * Interfaces of programs in user space that are in another network namespace. Their sockets are
 * files, and files know nothing of network namespaces: those of this host's directory count whose
 * name is an interface's there, other than one of the kernel's WireGuard. A namespace that is given
 * by a process is taken with that process's files, so a container's sockets are found as well.
 */
final class FarSockets implements WireGuard {

  private final WireGuard sockets;
  private final NetNamespace namespace;

  FarSockets(WireGuard sockets, NetNamespace namespace) {
    this.sockets = sockets;
    this.namespace = namespace;
  }

  /** These, and the kernel's interfaces in that namespace, as one. */
  static WireGuard withKernel(NetNamespace namespace) {
    Optional<Path> theirs = directoryOfProcess(namespace.path()).filter(Files::isDirectory);
    WireGuard sockets = theirs.map(WireGuard::userspace).orElseGet(WireGuard::userspace);
    return new CombinedWireGuard(
        new FarSockets(sockets, namespace), () -> WireGuard.open(namespace));
  }

  /** Where the process of /proc/PID/ns/net sees /run/wireguard; its /var/run is a link to /run. */
  private static Optional<Path> directoryOfProcess(Path namespace) {
    boolean ofProcess = namespace.startsWith("/proc") && namespace.endsWith("ns/net");
    return ofProcess
        ? Optional.of(namespace.resolve("../../root/run/wireguard").normalize())
        : Optional.empty();
  }

  @Override
  public List<String> deviceNames() throws IOException {
    List<String> here = new ArrayList<>(sockets.deviceNames());
    if (!here.isEmpty()) {
      try (RouteNetlink netlink = RouteNetlink.open(namespace)) {
        List<Link> links = netlink.links();
        here.removeIf(name -> links.stream().noneMatch(link -> isTheirs(link, name)));
      }
    }
    return here;
  }

  private static boolean isTheirs(Link link, String name) {
    return link.name().equals(name) && !link.kind().equals(Optional.of("wireguard"));
  }

  @Override
  public Device device(String name) throws IOException {
    return sockets.device(name);
  }

  @Override
  public Device device(int index) throws IOException {
    return sockets.device(index);
  }

  @Override
  public List<Device> devices() throws IOException {
    List<Device> devices = new ArrayList<>();
    for (String name : deviceNames()) {
      devices.add(device(name));
    }
    return devices;
  }

  @Override
  public void configure(String name, DeviceConfig change) throws IOException {
    sockets.configure(name, change);
  }

  @Override
  public void configure(int index, DeviceConfig change) throws IOException {
    sockets.configure(index, change);
  }

  @Override
  public void close() {
    sockets.close();
  }
}
