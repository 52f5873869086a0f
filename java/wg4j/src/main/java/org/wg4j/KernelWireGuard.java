// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.MessageBuilder;
import org.netlink4j.NetNamespace;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkSocket;
import org.netlink4j.NetlinkSubscription;
import org.netlink4j.NoSuchDeviceException;
import org.netlink4j.generic.GenericFamily;
import org.netlink4j.generic.GenericNetlink;
import org.netlink4j.route.Link;
import org.netlink4j.route.LinkSpec;
import org.netlink4j.route.RouteNetlink;
import org.netlink4j.transport.Transport;

/** WireGuard of the kernel, over Generic Netlink. */
final class KernelWireGuard implements WireGuard {

  /**
   * Largest SET message. The nest of peers may be 65535 bytes, but a send buffer that the
   * administrator shrank must take the message too.
   */
  static final int MAX_MESSAGE = 32 * 1024;

  /** Opens sockets in the client's namespace. */
  interface Sockets {
    NetlinkSocket open(int protocol) throws IOException;

    /** Hears of links; empty if nobody tells. */
    default Optional<NetlinkSubscription> links() throws IOException {
      return Optional.empty();
    }
  }

  private final Sockets sockets;
  private final GenericNetlink generic;
  private final int maxMessage;
  private volatile GenericFamily family;
  private RouteNetlink route;
  private boolean closed;

  KernelWireGuard(Sockets sockets, int maxMessage) throws IOException {
    this.sockets = sockets;
    this.generic = GenericNetlink.over(sockets.open(Netlink.GENERIC));
    this.maxMessage = maxMessage;
  }

  /**
   * Opens sockets.
   *
   * @param namespace null for that of this process
   * @param transport null for the way to the kernel that is usual here
   */
  static WireGuard open(NetNamespace namespace, Transport transport) throws IOException {
    return new KernelWireGuard(new ChosenSockets(namespace, transport), MAX_MESSAGE);
  }

  private record ChosenSockets(NetNamespace namespace, Transport transport) implements Sockets {
    @Override
    public NetlinkSocket open(int protocol) throws IOException {
      // A busy administrator must not make reading fail: wg(8) repeats for ever, too.
      NetlinkSocket.Builder builder = NetlinkSocket.builder(protocol).dumpRetries(-1);
      if (namespace != null) {
        builder.namespace(namespace);
      }
      if (transport != null) {
        builder.transport(transport);
      }
      return builder.open();
    }

    @Override
    public Optional<NetlinkSubscription> links() throws IOException {
      NetlinkSubscription.Builder builder =
          NetlinkSubscription.builder(Netlink.ROUTE).groups(RouteNetlink.GROUP_LINK);
      if (namespace != null) {
        builder.namespace(namespace);
      }
      if (transport != null) {
        builder.transport(transport);
      }
      return Optional.of(builder.open());
    }
  }

  /** Something to do with the family. */
  private interface Action<T> {
    T with(GenericFamily family) throws IOException;
  }

  /**
   * Does something with the family, which is looked up once: and once more when the kernel says
   * that there is none of that number, because the module was unloaded and loaded again.
   */
  private <T> T withFamily(Action<T> action) throws IOException {
    GenericFamily known = family;
    if (known != null) {
      try {
        return action.with(known);
      } catch (NetlinkException e) {
        if (!e.is(Errno.ENOENT)) {
          throw e;
        }
      }
    }
    GenericFamily found = generic.family(Uapi.WG_GENL_NAME);
    family = found;
    return action.with(found);
  }

  @Override
  public List<String> deviceNames() throws IOException {
    List<String> names = new ArrayList<>();
    for (Link link : route().links(Uapi.WG_GENL_NAME)) {
      names.add(link.name());
    }
    return names;
  }

  private synchronized RouteNetlink route() throws IOException {
    if (closed) {
      throw new NetlinkException("reach links (the client is closed)", Errno.EBADF.number());
    }
    if (route == null) {
      route = RouteNetlink.over(sockets.open(Netlink.ROUTE));
    }
    return route;
  }

  @Override
  public Device device(String name) throws IOException {
    return device(name, ProgressListener.NONE);
  }

  @Override
  public Device device(String name, ProgressListener listener) throws IOException {
    return withFamily(known -> read(known, "read device " + name, selectByName(name), listener));
  }

  @Override
  public Device device(int index) throws IOException {
    return withFamily(
        known -> read(known, "read device " + index, selectByIndex(index), ProgressListener.NONE));
  }

  private Device read(
      GenericFamily known,
      String operation,
      Consumer<MessageBuilder> selector,
      ProgressListener listener)
      throws IOException {
    MessageBuilder request = generic.message(known, Uapi.WG_CMD_GET_DEVICE).describe(operation);
    selector.accept(request);
    return generic.dump(request, () -> new DeviceReader(listener));
  }

  @Override
  public List<Device> devices() throws IOException {
    return readAll(this);
  }

  /** Reads all devices of a client, or none: then nobody is left with the keys of some. */
  static List<Device> readAll(WireGuard client) throws IOException {
    List<Device> devices = new ArrayList<>();
    boolean complete = false;
    try {
      for (String name : client.deviceNames()) {
        try {
          devices.add(client.device(name));
        } catch (NoSuchDeviceException gone) {
          // It was there when the list was made; the caller asks for those that are there now.
          continue;
        }
      }
      complete = true;
      return devices;
    } finally {
      if (!complete) {
        devices.forEach(Device::close);
      }
    }
  }

  @Override
  public void configure(String name, DeviceConfig change) throws IOException {
    withFamily(known -> write(known, "configure device " + name, selectByName(name), change));
  }

  @Override
  public void configure(int index, DeviceConfig change) throws IOException {
    withFamily(known -> write(known, "configure device " + index, selectByIndex(index), change));
  }

  private Void write(
      GenericFamily known, String operation, Consumer<MessageBuilder> selector, DeviceConfig change)
      throws IOException {
    new DeviceWriter(
            () -> {
              MessageBuilder message =
                  generic
                      .message(known, Uapi.WG_CMD_SET_DEVICE)
                      .maxSize(maxMessage)
                      .describe(operation);
              selector.accept(message);
              return message;
            },
            generic::request)
        .write(change);
    return null;
  }

  @Override
  public DeviceWatch watch(Duration interval, DeviceListener listener) throws IOException {
    Optional<NetlinkSubscription> links = sockets.links();
    return links.isPresent()
        ? DeviceWatch.start(this, interval, listener, new LinkWaker(links.get()))
        : WireGuard.super.watch(interval, listener);
  }

  @Override
  public void createDevice(String name) throws IOException {
    // The kernel takes no name for a wish to choose one.
    checkName(name);
    route().addLink(LinkSpec.builder(name, Uapi.WG_GENL_NAME).build());
  }

  @Override
  public void deleteDevice(String name) throws IOException {
    Link link = route().link(name);
    if (!link.kind().equals(Optional.of(Uapi.WG_GENL_NAME))) {
      throw NetlinkException.of(
          "delete device " + name + ", which is not of WireGuard",
          Errno.EOPNOTSUPP.number(),
          ExtAck.NONE);
    }
    // By number: the name may be somebody else's by now.
    route().deleteLink(link.index());
  }

  private static void checkName(String name) throws NetlinkException {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    if (length >= Uapi.IFNAMSIZ) {
      throw new NetlinkException("select device " + name, Errno.ENAMETOOLONG.number());
    }
    if (length == 0 || name.indexOf('\0') >= 0) {
      throw NetlinkException.of("select device", Errno.ENODEV.number(), ExtAck.NONE);
    }
  }

  private static Consumer<MessageBuilder> selectByName(String name) throws NetlinkException {
    checkName(name);
    return message -> message.string(Uapi.WGDEVICE_A_IFNAME, name);
  }

  private static Consumer<MessageBuilder> selectByIndex(int index) {
    return message -> message.u32(Uapi.WGDEVICE_A_IFINDEX, index);
  }

  @Override
  public synchronized void close() {
    closed = true;
    generic.close();
    if (route != null) {
      route.close();
    }
  }
}
