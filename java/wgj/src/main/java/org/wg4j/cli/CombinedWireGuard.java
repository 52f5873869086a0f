// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.WireGuard;

/**
 * Interfaces of programs in user space and of the kernel, as one: a socket in /var/run/wireguard
 * wins over the kernel. The kernel's client is opened when something is not on a socket.
 */
final class CombinedWireGuard implements WireGuard {

  private final WireGuard userspace;
  private final Session.ClientSource kernelSource;
  private WireGuard kernel;

  CombinedWireGuard(WireGuard userspace, Session.ClientSource kernelSource) {
    this.userspace = userspace;
    this.kernelSource = kernelSource;
  }

  static WireGuard open() {
    return new CombinedWireGuard(WireGuard.userspace(), WireGuard::open);
  }

  private WireGuard kernel() throws IOException {
    if (kernel == null) {
      kernel = kernelSource.open();
    }
    return kernel;
  }

  private WireGuard owner(String name) throws IOException {
    return userspace.deviceNames().contains(name) ? userspace : kernel();
  }

  @Override
  public List<String> deviceNames() throws IOException {
    List<String> names = new ArrayList<>(kernel().deviceNames());
    for (String name : userspace.deviceNames()) {
      if (!names.contains(name)) {
        names.add(name);
      }
    }
    return names;
  }

  @Override
  public Device device(String name) throws IOException {
    return owner(name).device(name);
  }

  @Override
  public Device device(int index) throws IOException {
    return kernel().device(index);
  }

  @Override
  public List<Device> devices() throws IOException {
    List<Device> devices = new ArrayList<>(kernel().devices());
    devices.addAll(userspace.devices());
    return devices;
  }

  @Override
  public void configure(String name, DeviceConfig change) throws IOException {
    owner(name).configure(name, change);
  }

  @Override
  public void configure(int index, DeviceConfig change) throws IOException {
    kernel().configure(index, change);
  }

  @Override
  public void createDevice(String name) throws IOException {
    kernel().createDevice(name);
  }

  @Override
  public void deleteDevice(String name) throws IOException {
    kernel().deleteDevice(name);
  }

  @Override
  public void close() {
    userspace.close();
    if (kernel != null) {
      kernel.close();
    }
  }
}
