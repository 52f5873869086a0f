// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.netlink4j.NetNamespace;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkSocket;
import org.netlink4j.transport.Transport;

/**
 * Everything that RouteNetlink can do, in a fresh namespace, with what the kernel made of it as
 * text. The live tests run it, and {@link RouteReplayTest} what they recorded.
 */
public final class RouteConversation {
  /** Where what was recorded lies, and what the program made of it. */
  public static final Path RECORDING =
      Path.of("src/test/resources/org/netlink4j/route/conversation.nl");

  public static final Path LOG = Path.of("src/test/resources/org/netlink4j/route/conversation.txt");

  /** The namespace of the recording. */
  public static final NetNamespace NAMESPACE = NetNamespace.named("recorded");

  private final RouteNetlink route;
  private final NetNamespace namespace;
  private final List<String> log = new ArrayList<>();

  private RouteConversation(RouteNetlink route, NetNamespace namespace) {
    this.route = route;
    this.namespace = namespace;
  }

  /** Runs it; the namespace has nothing but its loopback. */
  public static List<String> run(Transport transport, NetNamespace namespace)
      throws NetlinkException {
    try (NetlinkSocket socket =
        NetlinkSocket.builder(Netlink.ROUTE).transport(transport).namespace(namespace).open()) {
      RouteConversation conversation = new RouteConversation(RouteNetlink.over(socket), namespace);
      conversation.links();
      conversation.addresses();
      conversation.routes();
      conversation.rules();
      conversation.deleteLinks();
      return conversation.log;
    }
  }

  private interface Attempt {
    void run() throws NetlinkException;
  }

  private void refused(Attempt attempt) {
    attempt("not refused", attempt);
  }

  private void attempt(String otherwise, Attempt attempt) {
    try {
      attempt.run();
      log.add(otherwise);
    } catch (NetlinkException e) {
      log.add(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private void log(Link link) throws NetlinkException {
    String own =
        link.name().startsWith("fixed") ? " " + Arrays.toString(link.hardwareAddress()) : "";
    log.add(
        link
            + own
            + (" master " + link.master() + " parent " + link.parent())
            + (" namespace " + link.parentNamespaceId() + " type " + link.hardwareType())
            + (" queue " + link.txQueueLength() + " data " + link.kindData().size())
            + (" " + link.statistics().orElseThrow()));
  }

  private void links() throws NetlinkException {
    route.addLink(
        LinkSpec.builder("fixed0", "veth")
            .mtu(1400)
            .txQueueLength(77)
            .hardwareAddress(new byte[] {2, 0, 0, 0, 0, 1})
            .peer(
                LinkSpec.builder("fixed1", "veth")
                    .hardwareAddress(new byte[] {2, 0, 0, 0, 0, 2})
                    .mtu(1300)
                    .build())
            .build());
    route.addLink(LinkSpec.builder("bridge0", "bridge").kindData(d -> d.u32(1, 900)).build());
    route.addLink(LinkSpec.builder("there", "bridge").namespace(namespace).up(true).build());
    int parent = route.link("fixed0").index();
    LinkSpec onTop =
        LinkSpec.builder("fixed2", "macvlan")
            .parent(parent)
            .hardwareAddress(new byte[] {2, 0, 0, 0, 0, 3})
            .kindData(d -> d.u32(1, 4))
            .build();
    // Not every kernel has this kind.
    attempt("has macvlan", () -> route.addLink(onTop));
    route.setUp("fixed0");
    route.setUp("fixed1");
    for (Link link : route.links()) {
      log(link);
    }
    log.add("veth: " + route.links("veth").size() + ", no kind: " + route.links("nokind").size());
    route.setDown("fixed0");
    log(route.link(parent));
    route.setUp(parent);
    route.setMtu("fixed0", 1410);
    route.setMtu(route.link("fixed1").index(), 1310);
    route.rename("bridge0", "bridge1");
    route.rename(route.link("there").index(), "there1");
    route.moveLink("bridge1", namespace);
    route.moveLink(route.link("there1").index(), namespace);
    route.setDown(route.link("there1").index());
    for (Link link : route.links()) {
      log(link);
    }
    log.add(route.findLink("bridge0").toString());
    refused(() -> route.link("nobody"));
    refused(() -> route.link("a-name-that-is-longer-than-sixteen"));
    refused(() -> route.link(12345));
    refused(() -> route.setMtu("fixed0", 10));
    refused(() -> route.addLink(LinkSpec.veth("fixed0", "b")));
    refused(() -> route.addLink(LinkSpec.builder("x", "nokind").build()));
    refused(() -> route.deleteLink("lo"));
  }

  private void addresses() throws NetlinkException {
    int link = route.link("fixed0").index();
    InterfaceAddress v4 = InterfaceAddress.of(link, IpPrefix.parse("192.0.2.1/24"));
    InterfaceAddress v6 =
        InterfaceAddress.of(link, IpPrefix.parse("2001:db8::1/64"))
            .withFlags(InterfaceAddress.IFA_F_NODAD);
    route.addAddress(v4);
    refused(() -> route.addAddress(v4));
    route.addAddress(v6);
    InterfaceAddress peered =
        new InterfaceAddress(
            link,
            IpPrefix.parse("198.51.100.1/32"),
            Optional.of(IpPrefix.parseAddress("198.51.100.2")),
            InterfaceAddress.SCOPE_LINK,
            InterfaceAddress.IFA_F_NOPREFIXROUTE,
            Optional.of("fixed0:1"));
    route.addAddress(peered);
    route.replaceAddress(v4);
    // Link-local addresses come when they like.
    for (InterfaceAddress address : route.addresses(link)) {
      if (!address.address().address().isLinkLocalAddress()) {
        log.add(address.toString());
      }
    }
    log.add("of all links: " + route.addresses().contains(peered));
    route.deleteAddress(peered);
    refused(() -> route.deleteAddress(peered));
    refused(() -> route.addresses(12345));
  }

  private void log(List<Route> routes) {
    for (Route one : routes) {
      log.add(one + " default " + one.isDefault() + " " + one.family());
    }
  }

  private void routes() throws NetlinkException {
    int link = route.link("fixed0").index();
    for (IpFamily family : IpFamily.values()) {
      boolean v4 = family == IpFamily.IPV4;
      Route.Builder full =
          Route.to(IpPrefix.parse(v4 ? "203.0.113.7/24" : "2001:db8:1::7/48"))
              .gateway(IpPrefix.parseAddress(v4 ? "192.0.2.2" : "2001:db8::2"))
              .source(IpPrefix.parseAddress(v4 ? "192.0.2.1" : "2001:db8::1"))
              .metric(50)
              .mtu(1299)
              .linkIndex(link)
              .protocol(4)
              .scope(Route.SCOPE_UNIVERSE)
              .table(0xfffffff0L);
      route.addRoute(full.build());
      refused(() -> route.addRoute(full.build()));
      route.replaceRoute(full.mtu(1298).build());
      route.addRoute(Route.to(IpPrefix.any(family)).linkIndex(link).table(7).build());
      route.addRoute(
          Route.to(IpPrefix.any(family)).type(Route.TYPE_BLACKHOLE).metric(9).table(7).build());
      log(route.routes(family, 0xfffffff0L));
      log(route.routes(family, 7));
      log(route.routes(family, 99));
      log.add("in all: " + route.routes(family).stream().filter(r -> r.table() == 7).count());
      Route hop = route.lookup(IpPrefix.parseAddress(v4 ? "192.0.2.9" : "2001:db8::9"));
      log(List.of(hop));
      refused(() -> route.lookup(IpPrefix.parseAddress(v4 ? "233.252.0.1" : "2001:db8:9::1")));
      route.deleteRoute(full.build());
      refused(() -> route.deleteRoute(full.build()));
    }
  }

  private void rules() throws NetlinkException {
    for (IpFamily family : IpFamily.values()) {
      boolean v4 = family == IpFamily.IPV4;
      Rule rich =
          Rule.builder(family)
              .priority(77)
              .table(100_000)
              .mark(0xfffffff1L)
              .mask(0xff)
              .from(IpPrefix.parse(v4 ? "192.0.2.0/24" : "2001:db8::/32"))
              .to(IpPrefix.parse(v4 ? "198.51.100.0/24" : "2001:db8:1::/48"))
              .inputInterface("fixed0")
              .outputInterface("fixed1")
              .protocol(4)
              .build();
      Rule inverted = Rule.builder(family).priority(78).inverted(true).mark(5).table(5).build();
      Rule suppress = Rule.builder(family).priority(79).suppressPrefixLength(0).build();
      Rule refusing = Rule.builder(family).priority(80).action(7).table(0).build();
      for (Rule rule : List.of(rich, inverted, suppress, refusing)) {
        route.addRule(rule);
      }
      refused(() -> route.addRule(rich));
      for (Rule rule : route.rules(family)) {
        log.add(rule.toString());
      }
      for (Rule rule : List.of(rich, inverted, suppress, refusing)) {
        route.deleteRule(rule);
      }
      refused(() -> route.deleteRule(inverted));
      log.add("rules left: " + route.rules(family).size());
    }
  }

  private void deleteLinks() throws NetlinkException {
    route.deleteLink("bridge1");
    route.deleteLink(route.link("there1").index());
    route.deleteLink("fixed0");
    log.add("links left: " + route.links().size());
  }
}
