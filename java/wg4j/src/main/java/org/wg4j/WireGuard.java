// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.NetNamespace;
import org.netlink4j.NetlinkException;
import org.netlink4j.transport.Transport;

/**
 * Reads and changes WireGuard interfaces.
 *
 * <p>Failures of the kernel arrive as {@link org.netlink4j.NetlinkException} with its errno: ENODEV
 * if there is no such interface, EOPNOTSUPP if it is not WireGuard's, EPERM without CAP_NET_ADMIN,
 * EADDRINUSE if a port is taken; {@link org.netlink4j.FamilyNotFoundException} if the kernel has no
 * WireGuard.
 *
 * <p>Implementations are thread-safe. Those of this library do one exchange at a time.
 */
public interface WireGuard extends AutoCloseable {

  /**
   * A client for the kernel's WireGuard in the network namespace of this process.
   *
   * @throws IOException if no netlink socket can be opened
   */
  static WireGuard open() throws IOException {
    return KernelWireGuard.open(null, null);
  }

  /**
   * A client for the kernel's WireGuard in another network namespace. No thread of this process
   * moves there.
   *
   * @throws IOException if the namespace does not exist, may not be entered, or no socket can be
   *     opened
   */
  static WireGuard open(NetNamespace namespace) throws IOException {
    return KernelWireGuard.open(namespace, null);
  }

  /**
   * A client that reaches the kernel, or what stands for it in a test, in a way of the caller's
   * choice: with {@link org.netlink4j.recording.RecordingTransport} and {@link
   * org.netlink4j.recording.ReplayTransport} a program is tested without root.
   *
   * @param transport used for all sockets of the client; stays the caller's to close
   * @throws IOException if no netlink socket can be opened
   */
  static WireGuard open(Transport transport) throws IOException {
    return KernelWireGuard.open(null, Objects.requireNonNull(transport));
  }

  /**
   * A client for interfaces that programs in user space implement and offer on sockets in {@code
   * /var/run/wireguard}.
   */
  static WireGuard userspace() {
    return userspace(UserspaceWireGuard.DEFAULT_DIRECTORY);
  }

  /**
   * A client for interfaces that programs in user space implement and offer on sockets in another
   * directory, for example that of a container's file system.
   *
   * @param directory where {@code NAME.sock} is the interface NAME; need not exist
   */
  static WireGuard userspace(Path directory) {
    return new UserspaceWireGuard(directory);
  }

  /**
   * The names of all WireGuard interfaces, in the kernel's order; empty if there is none or no
   * WireGuard at all.
   */
  List<String> deviceNames() throws IOException;

  /**
   * Reads an interface. The result holds its secrets; close it to wipe them.
   *
   * @throws IOException if it does not exist or cannot be read
   */
  Device device(String name) throws IOException;

  /**
   * Reads an interface.
   *
   * @param index its index in the network namespace
   * @throws IOException if it does not exist or cannot be read
   */
  Device device(int index) throws IOException;

  /**
   * Reads all WireGuard interfaces. One that goes away meanwhile is left out.
   *
   * @throws IOException if one cannot be read
   */
  List<Device> devices() throws IOException;

  /**
   * Changes an interface.
   *
   * <p>A change that needs more than one message is not atomic, and neither is a single message on
   * Linux up to 6.18: what comes before the offending part of a refused change stays applied.
   *
   * @throws IOException if it does not exist or the kernel refuses the change
   */
  void configure(String name, DeviceConfig change) throws IOException;

  /**
   * Changes an interface.
   *
   * @param index its index in the network namespace
   * @throws IOException if it does not exist or the kernel refuses the change
   */
  void configure(int index, DeviceConfig change) throws IOException;

  /**
   * Reads an interface that may have very many peers.
   *
   * @param listener is told how many peers were read
   * @throws IOException if it does not exist or cannot be read
   */
  default Device device(String name, ProgressListener listener) throws IOException {
    Device device = device(name);
    listener.progress(device.peers().size(), device.peers().size());
    return device;
  }

  /**
   * Finds out what is to be done to make an interface what it should be; changes nothing.
   *
   * @throws IOException if it does not exist or cannot be read
   */
  default Plan diff(String name, DeviceSpec desired) throws IOException {
    try (Device current = device(name)) {
      return Plan.diff(current, desired);
    }
  }

  /**
   * Makes an interface what it should be, and does no more than is necessary for that.
   *
   * @return what was done
   * @throws IOException if it does not exist, cannot be read, or the kernel refuses a change; then
   *     the steps before that change are done
   */
  default Plan apply(String name, DeviceSpec desired, ApplyMode mode) throws IOException {
    Plan plan;
    try (Device current = device(name)) {
      plan = Plan.of(current, desired, mode);
    }
    apply(name, plan, ProgressListener.NONE);
    return plan;
  }

  /**
   * Takes the steps of a plan. An empty plan asks the kernel nothing.
   *
   * @param listener is told how many steps were taken
   * @throws IOException if it does not exist or the kernel refuses a change; then the steps that
   *     the listener was told of are done, and perhaps some more
   */
  default void apply(String name, Plan plan, ProgressListener listener) throws IOException {
    new PlanRunner(this, name, plan, listener).run();
  }

  /**
   * Watches all interfaces of this client from now on, until the watch is closed.
   *
   * @param interval longest time between two looks, more than zero
   * @param listener is told what changed, in the watch's thread
   * @throws IOException if the interfaces cannot be read now
   */
  default DeviceWatch watch(Duration interval, DeviceListener listener) throws IOException {
    return DeviceWatch.start(this, interval, listener, new DeviceWatch.Timer());
  }

  /**
   * Makes a WireGuard interface, which is down and has no configuration.
   *
   * @throws IOException if there is an interface of that name (EEXIST), the kernel has no WireGuard
   *     or this client cannot make interfaces (EOPNOTSUPP)
   */
  default void createDevice(String name) throws IOException {
    throw NetlinkException.of("create device " + name, Errno.EOPNOTSUPP.number(), ExtAck.NONE);
  }

  /**
   * Removes a WireGuard interface with its configuration, addresses and routes.
   *
   * @throws IOException if there is no such interface (ENODEV), it is not WireGuard's or this
   *     client cannot remove interfaces (EOPNOTSUPP)
   */
  default void deleteDevice(String name) throws IOException {
    throw NetlinkException.of("delete device " + name, Errno.EOPNOTSUPP.number(), ExtAck.NONE);
  }

  /** Closes the client's sockets. */
  @Override
  void close();
}
