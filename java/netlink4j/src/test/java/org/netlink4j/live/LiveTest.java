// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.StringReader;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.netlink4j.AsyncNetlinkSocket;
import org.netlink4j.Errno;
import org.netlink4j.EventsLostException;
import org.netlink4j.FamilyNotFoundException;
import org.netlink4j.NetNamespace;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.NetlinkSocket;
import org.netlink4j.NetlinkSubscription;
import org.netlink4j.NoSuchDeviceException;
import org.netlink4j.generic.GenericFamily;
import org.netlink4j.generic.GenericNetlink;
import org.netlink4j.recording.RecordingTransport;
import org.netlink4j.recording.ReplayTransport;
import org.netlink4j.route.InterfaceAddress;
import org.netlink4j.route.IpFamily;
import org.netlink4j.route.IpPrefix;
import org.netlink4j.route.Link;
import org.netlink4j.route.LinkSpec;
import org.netlink4j.route.Route;
import org.netlink4j.route.RouteConversation;
import org.netlink4j.route.RouteNetlink;
import org.netlink4j.route.Rule;
import org.netlink4j.transport.Transport;

/** The kernel of this machine, through one door, in namespaces of the test's own. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
abstract class LiveTest {
  private static final Path OWN_NAMESPACE = Path.of("/proc/self/ns/net");

  private TestNamespace namespace;
  private NetlinkSocket socket;
  private RouteNetlink route;

  abstract Transport transport() throws NetlinkException;

  @BeforeEach
  void makeNamespace() throws Exception {
    namespace = new TestNamespace();
    socket = socketIn(namespace);
    route = RouteNetlink.over(socket);
  }

  @AfterEach
  void deleteNamespace() throws Exception {
    if (socket != null) {
      socket.close();
    }
    if (namespace != null) {
      namespace.close();
    }
  }

  private NetlinkSocket socketIn(TestNamespace where) throws NetlinkException {
    return NetlinkSocket.builder(Netlink.ROUTE)
        .namespace(where.handle())
        .transport(transport())
        .open();
  }

  private NetlinkSubscription events(int... groups) throws NetlinkException {
    return NetlinkSubscription.builder(Netlink.ROUTE)
        .namespace(namespace.handle())
        .transport(transport())
        .groups(groups)
        .open();
  }

  private GenericNetlink generic() throws NetlinkException {
    return GenericNetlink.over(
        NetlinkSocket.builder(Netlink.GENERIC)
            .namespace(namespace.handle())
            .transport(transport())
            .open());
  }

  /** A veth pair a-b, both up; the index of a. */
  private int pair() throws NetlinkException {
    route.addLink(LinkSpec.veth("a", "b"));
    route.setUp("a");
    route.setUp("b");
    return route.link("a").index();
  }

  private static NetlinkException failure(ThrowingRunnable action) {
    return catchThrowableOfType(NetlinkException.class, action::run);
  }

  private interface ThrowingRunnable {
    void run() throws Exception;
  }

  // Sockets and namespaces

  @Test
  void noThreadOfTheJvmMoves() throws Exception {
    Path home = Files.readSymbolicLink(OWN_NAMESPACE);
    assertThat(route.links()).extracting(Link::name).containsExactly("lo");
    for (int i = 0; i < 20; i++) {
      socketIn(namespace).close();
    }
    route.addLink(LinkSpec.veth("only-here", "b"));
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      for (Path task : tasks.toList()) {
        try {
          assertThat(Files.readSymbolicLink(task.resolve("ns/net"))).isEqualTo(home);
        } catch (NoSuchFileException e) {
          // A thread that has ended since.
        }
      }
    }
    try (RouteNetlink here =
        RouteNetlink.over(NetlinkSocket.builder(Netlink.ROUTE).transport(transport()).open())) {
      assertThat(here.findLink("only-here")).isEmpty();
    }
  }

  @Test
  void namespacesByPathProcessAndDescriptor() throws Exception {
    pair();
    Path path = namespace.handle().path();
    Transport.NamespaceHandle closed;
    try (Transport.NamespaceHandle open = transport().openNamespace(namespace.handle())) {
      closed = open;
      for (NetNamespace same :
          List.of(NetNamespace.path(path), NetNamespace.descriptor(open.descriptor()))) {
        try (NetlinkSocket there =
            NetlinkSocket.builder(Netlink.ROUTE).transport(transport()).namespace(same).open()) {
          assertThat(RouteNetlink.over(there).link("a").kind()).contains("veth");
        }
      }
    }
    assertThatThrownBy(closed::descriptor).isInstanceOf(IllegalStateException.class);
    closed.close();
    NetNamespace home = NetNamespace.pid(ProcessHandle.current().pid());
    try (NetlinkSocket here =
        NetlinkSocket.builder(Netlink.ROUTE).transport(transport()).namespace(home).open()) {
      assertThat(RouteNetlink.over(here).findLink("a")).isEmpty();
    }
  }

  /** Of a process that lives elsewhere: cat there, which has answered, so it is there. */
  @Test
  void namespaceOfAnotherProcess() throws Exception {
    pair();
    Process cat = new ProcessBuilder("ip", "netns", "exec", namespace.name(), "cat").start();
    try {
      cat.getOutputStream().write('x');
      cat.getOutputStream().flush();
      assertThat(cat.getInputStream().read()).isEqualTo('x');
      try (NetlinkSocket there =
          NetlinkSocket.builder(Netlink.ROUTE)
              .transport(transport())
              .namespace(NetNamespace.pid(cat.pid()))
              .open()) {
        assertThat(RouteNetlink.over(there).findLink("a")).isPresent();
      }
    } finally {
      cat.destroy();
    }
    NetNamespace gone = NetNamespace.pid(cat.onExit().get(5, TimeUnit.MINUTES).pid());
    assertThat(failure(() -> transport().open(0, Optional.of(gone))).is(Errno.ENOENT)).isTrue();
  }

  @Test
  void badNamespacesAreRefused() throws Exception {
    Transport transport = transport();
    NetlinkException missing =
        failure(() -> transport.open(0, Optional.of(NetNamespace.named("no-such-namespace"))));
    assertThat(missing.is(Errno.ENOENT)).isTrue();
    assertThat(missing).hasMessageContaining("/run/netns/no-such-namespace");
    assertThat(
            failure(
                    () ->
                        transport.open(0, Optional.of(NetNamespace.path(Path.of("/etc/hostname")))))
                .is(Errno.EINVAL))
        .isTrue();
    assertThat(failure(() -> transport.open(999, Optional.empty())).errno()).isPositive();
    for (String name : List.of("", ".", "..", "a/b", "a\0b")) {
      assertThatIllegalArgumentException().isThrownBy(() -> NetNamespace.named(name));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> NetNamespace.pid(0));
    assertThatIllegalArgumentException().isThrownBy(() -> NetNamespace.descriptor(-1));
  }

  @Test
  void socketOutlivesItsNamespacesName() throws Exception {
    pair();
    namespace.close();
    assertThat(route.link("a").name()).isEqualTo("a");
  }

  @Test
  void interruptedThreadStillOpensAndStaysInterrupted() throws Exception {
    Thread.currentThread().interrupt();
    try (NetlinkSocket other = socketIn(namespace)) {
      assertThat(RouteNetlink.over(other).links()).hasSize(1);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void closingWakesWhoWaits() throws Exception {
    for (int i = 0; i < 20; i++) {
      NetlinkSubscription events = events(RouteNetlink.GROUP_LINK);
      ExecutorService pool = Executors.newFixedThreadPool(3);
      try {
        CountDownLatch running = new CountDownLatch(3);
        List<Future<NetlinkException>> waiting = new ArrayList<>();
        for (int j = 0; j < 3; j++) {
          waiting.add(
              pool.submit(
                  () -> {
                    running.countDown();
                    return failure(() -> events.next(Duration.ofHours(1)));
                  }));
        }
        running.await();
        events.close();
        events.close();
        for (Future<NetlinkException> one : waiting) {
          assertThat(one.get(5, TimeUnit.MINUTES).is(Errno.EBADF)).isTrue();
        }
      } finally {
        pool.shutdownNow();
      }
    }
  }

  /** A descriptor's number is soon someone else's: no exchange may go on with it. */
  @Test
  void closingAmidstExchanges() throws Exception {
    for (int i = 0; i < 20; i++) {
      NetlinkSocket busy = socketIn(namespace);
      RouteNetlink links = RouteNetlink.over(busy);
      ExecutorService pool = Executors.newFixedThreadPool(4);
      try {
        CountDownLatch running = new CountDownLatch(4);
        List<Future<NetlinkException>> work = new ArrayList<>();
        for (int j = 0; j < 4; j++) {
          boolean dump = j % 2 == 0;
          work.add(
              pool.submit(
                  () ->
                      failure(
                          () -> {
                            while (true) {
                              assertThat(dump ? links.links().get(0) : links.link("lo"))
                                  .extracting(Link::name)
                                  .isEqualTo("lo");
                              running.countDown();
                            }
                          })));
        }
        running.await();
        busy.close();
        for (Future<NetlinkException> one : work) {
          assertThat(one.get(5, TimeUnit.MINUTES).is(Errno.EBADF)).isTrue();
        }
      } finally {
        pool.shutdownNow();
      }
    }
  }

  @Test
  void everyWaitEndsInTime() throws Exception {
    try (NetlinkSubscription events = events(RouteNetlink.GROUP_LINK)) {
      ExecutorService pool = Executors.newFixedThreadPool(2);
      try {
        Future<Optional<NetlinkMessage>> longWait =
            pool.submit(() -> events.next(Duration.ofHours(1)));
        // Behind the other's wait or before it: it ends.
        assertThat(events.next(Duration.ofMillis(50))).isEmpty();
        assertThat(events.next(Duration.ZERO)).isEmpty();
        route.addLink(LinkSpec.builder("bridge0", "bridge").build());
        assertThat(longWait.get(5, TimeUnit.MINUTES)).isPresent();
      } finally {
        pool.shutdownNow();
      }
    }
  }

  @Test
  void closedSocketIsRefused() throws Exception {
    socket.close();
    socket.close();
    assertThat(failure(() -> route.links()).is(Errno.EBADF)).isTrue();
    assertThat(failure(() -> route.setUp("lo")).is(Errno.EBADF)).isTrue();
  }

  @Test
  void noDescriptorLeaks() throws Exception {
    long before = descriptors();
    for (int i = 0; i < 200; i++) {
      try (NetlinkSocket one = socketIn(namespace)) {
        failure(() -> RouteNetlink.over(one).link("nobody"));
      }
      failure(() -> transport().open(999, Optional.empty()));
      failure(() -> transport().open(0, Optional.of(NetNamespace.path(Path.of("/etc/hostname")))));
      failure(() -> route.moveLink("nobody", namespace.handle()));
      failure(
          () ->
              route.addLink(LinkSpec.builder("x", "nokind").namespace(namespace.handle()).build()));
    }
    // The JVM opens a few of its own.
    assertThat(descriptors()).isLessThan(before + 50);
  }

  private static long descriptors() throws Exception {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  /** Each open socket of ours has one of these; the JVM itself has none. */
  private static long eventFds() throws Exception {
    long count = 0;
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path one : all.toList()) {
        try {
          if (Files.readSymbolicLink(one).toString().equals("anon_inode:[eventfd]")) {
            count++;
          }
        } catch (NoSuchFileException e) {
          // That by which the directory itself was read.
        }
      }
    }
    return count;
  }

  /** Cancelled, closed and interrupted at any time, asynchronous use leaves no descriptor. */
  @Test
  void noDescriptorLeaksFromAsynchronousUse() throws Exception {
    pair();
    long before = eventFds();
    Random random = new Random(1);
    List<CompletableFuture<?>> futures = new ArrayList<>();
    List<Thread> deliveries = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 100; i++) {
      try (AsyncNetlinkSocket async = AsyncNetlinkSocket.over(socketIn(namespace))) {
        for (int j = 0; j < 5; j++) {
          CompletableFuture<?> links = async.call(s -> RouteNetlink.over(s).links());
          CompletableFuture<?> none = async.call(s -> RouteNetlink.over(s).link("nobody"));
          futures.addAll(List.of(links, none));
          if (random.nextBoolean()) {
            links.cancel(true);
          }
        }
        if (random.nextBoolean()) {
          CompletableFuture.allOf(futures.toArray(new CompletableFuture<?>[0]))
              .handle((done, failure) -> null)
              .get(5, TimeUnit.MINUTES);
        }
      }
      int wanted = random.nextInt(3);
      Flow.Publisher<NetlinkMessage> publisher =
          NetlinkSubscription.builder(Netlink.ROUTE)
              .namespace(namespace.handle())
              .transport(transport())
              .groups(RouteNetlink.GROUP_LINK)
              .publisher();
      CompletableFuture<Void> seen = new CompletableFuture<>();
      publisher.subscribe(
          new Flow.Subscriber<>() {
            private Flow.Subscription subscription;

            @Override
            public void onSubscribe(Flow.Subscription given) {
              subscription = given;
              given.request(5);
              if (wanted == 0) {
                given.cancel();
                seen.complete(null);
              }
            }

            @Override
            public void onNext(NetlinkMessage event) {
              deliveries.add(Thread.currentThread());
              Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> {});
              // Its being interrupted is no reason to keep the socket.
              Thread.currentThread().interrupt();
              seen.complete(null);
              if (wanted == 1) {
                subscription.cancel();
              } else {
                throw new IllegalStateException("for the test");
              }
            }

            @Override
            public void onError(Throwable failure) {
              seen.completeExceptionally(failure);
            }

            @Override
            public void onComplete() {}
          });
      route.setMtu("a", 1300 + i);
      seen.get(5, TimeUnit.MINUTES);
    }
    for (Thread delivery : deliveries) {
      delivery.join();
    }
    assertThat(eventFds()).isEqualTo(before);
  }

  /** What the kernel said, said again without it. */
  @Test
  void recordedConversationIsReplayed() throws Exception {
    pair();
    StringWriter text = new StringWriter();
    List<String> live = new ArrayList<>();
    try (RecordingTransport recorder = RecordingTransport.to(text, transport())) {
      useEverything(recorder, live);
    }
    for (int i = 0; i < 2; i++) {
      List<String> again = new ArrayList<>();
      ReplayTransport replay = ReplayTransport.read(new StringReader(text.toString()), "live.nl");
      useEverything(replay, again);
      replay.verifyFinished();
      assertThat(again).isEqualTo(live);
    }
    assertThat(live).hasSize(7).anyMatch(line -> line.contains("mtu less than device minimum"));
  }

  /** The kernel of this machine takes all of that, too; and what it says can be recorded anew. */
  @Test
  void routeConversation() throws Exception {
    StringWriter text = new StringWriter();
    List<String> log;
    try (RecordingTransport recorder = RecordingTransport.to(text, transport())) {
      log = RouteConversation.run(recorder, namespace.handle());
    }
    assertThat(log).endsWith("links left: 1").doesNotContain("not refused");
    ReplayTransport replay = ReplayTransport.read(new StringReader(text.toString()), "live.nl");
    assertThat(RouteConversation.run(replay, namespace.handle())).isEqualTo(log);
    replay.verifyFinished();
    if (Boolean.getBoolean("netlink4j.route.record")) {
      String head = "# SPDX-License-Identifier: Apache-2.0\n";
      String here = namespace.handle().path().toString();
      String there = RouteConversation.NAMESPACE.path().toString();
      Files.writeString(RouteConversation.RECORDING, head + text.toString().replace(here, there));
      String lines = String.join("\n", log) + "\n";
      Files.writeString(RouteConversation.LOG, head + lines.replace(here, there));
    }
  }

  /** A thread that waits for events while another makes them and then closes the socket. */
  private List<String> eventsUntilClosed(Transport transport) throws Exception {
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try (RouteNetlink routes =
        RouteNetlink.over(
            NetlinkSocket.builder(Netlink.ROUTE)
                .namespace(namespace.handle())
                .transport(transport)
                .open())) {
      NetlinkSubscription events =
          NetlinkSubscription.builder(Netlink.ROUTE)
              .namespace(namespace.handle())
              .transport(transport)
              .groups(RouteNetlink.GROUP_LINK)
              .open();
      List<String> seen = new ArrayList<>();
      CountDownLatch both = new CountDownLatch(2);
      Future<NetlinkException> waiting =
          pool.submit(
              () ->
                  failure(
                      () -> {
                        while (true) {
                          Link link = Link.read(events.next(Duration.ofHours(1)).orElseThrow());
                          seen.add(link.name());
                          both.countDown();
                        }
                      }));
      routes.addLink(LinkSpec.builder("one", "bridge").build());
      routes.addLink(LinkSpec.builder("two", "bridge").build());
      both.await();
      events.close();
      assertThat(waiting.get(5, TimeUnit.MINUTES).is(Errno.EBADF)).isTrue();
      return seen;
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void recordedWaitIsEndedByClosing() throws Exception {
    StringWriter text = new StringWriter();
    List<String> live;
    try (RecordingTransport recorder = RecordingTransport.to(text, transport())) {
      live = eventsUntilClosed(recorder);
    }
    assertThat(live).startsWith("one", "two");
    assertThat(text.toString()).contains("\nclosed 2\n");
    ReplayTransport replay = ReplayTransport.read(new StringReader(text.toString()), "live.nl");
    assertThat(eventsUntilClosed(replay)).isEqualTo(live);
    replay.verifyFinished();
  }

  private void useEverything(Transport transport, List<String> log) throws Exception {
    try (NetlinkSubscription events =
            NetlinkSubscription.builder(Netlink.ROUTE)
                .namespace(namespace.handle())
                .transport(transport)
                .groups(RouteNetlink.GROUP_LINK)
                .open();
        RouteNetlink routes =
            RouteNetlink.over(
                NetlinkSocket.builder(Netlink.ROUTE)
                    .namespace(namespace.handle())
                    .transport(transport)
                    .open());
        GenericNetlink generic =
            GenericNetlink.over(
                NetlinkSocket.builder(Netlink.GENERIC).transport(transport).open())) {
      log.add(routes.links().toString());
      log.add(failure(() -> routes.setMtu("a", 10)).getMessage());
      routes.addLink(LinkSpec.builder("recorded", "bridge").up(true).build());
      log.add(Link.read(events.next(Duration.ofMinutes(5)).orElseThrow()).toString());
      routes.addLink(LinkSpec.builder("far", "bridge").namespace(namespace.handle()).build());
      routes.deleteLink("recorded");
      routes.deleteLink("far");
      log.add(routes.routes(IpFamily.IPV6).toString());
      log.add(routes.rules(IpFamily.IPV4).toString());
      log.add(generic.family("nlctrl").toString());
      log.add(failure(() -> generic.family("no-such-family")).getMessage());
    }
  }

  @Test
  void threadsShareASocket() throws Exception {
    int index = pair();
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Void>> work = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        int mtu = 1300 + i;
        work.add(
            () -> {
              for (int j = 0; j < 100; j++) {
                switch (j % 4) {
                  case 0 -> assertThat(route.link(index).name()).isEqualTo("a");
                  case 1 -> assertThat(route.links()).hasSize(3);
                  case 2 -> route.setMtu(index, mtu);
                  default ->
                      assertThat(failure(() -> route.link("nobody")))
                          .isInstanceOf(NoSuchDeviceException.class);
                }
              }
              return null;
            });
      }
      for (Future<Void> one : pool.invokeAll(work)) {
        one.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  // Generic Netlink

  @Test
  void familiesAreResolved() throws Exception {
    try (GenericNetlink generic = generic()) {
      GenericFamily control = generic.family("nlctrl");
      assertThat(control.id()).isEqualTo(16);
      assertThat(control.name()).isEqualTo("nlctrl");
      assertThat(control.groups()).containsKey("notify");
      assertThat(control.operations())
          .anySatisfy(
              op -> {
                assertThat(op.command()).isEqualTo(3);
                assertThat(op.flags() & GenericFamily.Operation.CAN_DUMP).isNotZero();
              });
      assertThat(generic.families()).contains(control);
      for (String missing : List.of("no-such-family", "", "a-name-that-is-too-long-for-it")) {
        assertThatThrownBy(() -> generic.family(missing))
            .isInstanceOfSatisfying(
                FamilyNotFoundException.class, e -> assertThat(e.family()).isEqualTo(missing));
      }
    }
  }

  @Test
  void genericErrorsHaveTheKernelsWords() throws Exception {
    try (GenericNetlink generic = generic()) {
      GenericFamily control = generic.family("nlctrl");
      NetlinkException unknown = failure(() -> generic.request(generic.message(control, 200)));
      assertThat(unknown.is(Errno.EOPNOTSUPP)).isTrue();
      NetlinkException bad =
          failure(() -> generic.request(generic.message(control, 3).bytes(1, new byte[1])));
      assertThat(bad.extAck().orElseThrow().message()).isPresent();
      assertThat(bad.extAck().orElseThrow().offset()).hasValue(20);
      assertThat(bad.extAck().orElseThrow().attribute()).containsExactly(1);
      assertThat(bad).hasMessageContaining("family nlctrl command 3");
    }
  }

  // Links

  @Test
  void linkLifeCycle() throws Exception {
    route.addLink(
        LinkSpec.builder("a", "veth")
            .mtu(1400)
            .peer(LinkSpec.builder("b", "veth").mtu(1300).build())
            .build());
    Link a = route.link("a");
    Link b = route.link("b");
    assertThat(a.kind()).contains("veth");
    assertThat(a.mtu()).isEqualTo(1400);
    assertThat(b.mtu()).isEqualTo(1300);
    assertThat(a.isUp()).isFalse();
    assertThat(a.parent()).hasValue(b.index());
    assertThat(a.hardwareAddress()).hasSize(6);
    assertThat(a.hardwareType()).isEqualTo(1);
    assertThat(a.statistics().orElseThrow().rxPackets()).isZero();
    assertThat(route.link(a.index())).hasToString(a.toString());

    route.setUp("a");
    route.setUp(b.index());
    assertThat(route.link("a").isUp()).isTrue();
    assertThat(namespace.ip("link", "show", "a")).contains("UP", "mtu 1400");
    route.setMtu("a", 1350);
    route.setMtu(b.index(), 1351);
    assertThat(namespace.ip("link", "show", "a")).contains("mtu 1350");
    assertThat(namespace.ip("link", "show", "b")).contains("mtu 1351");
    route.setDown("a");
    route.setDown(b.index());
    assertThat(route.link("a").isUp()).isFalse();
    route.rename("a", "renamed");
    assertThat(route.findLink("a")).isEmpty();
    assertThat(route.link("renamed").index()).isEqualTo(a.index());
    String longName = "an-alternative-name-of-a-link";
    namespace.ip("link", "property", "add", "dev", "renamed", "altname", longName);
    assertThat(route.link(longName).index()).isEqualTo(a.index());
    route.deleteLink("renamed");
    assertThat(route.findLink("b")).isEmpty();
    assertThat(route.links()).hasSize(1);
  }

  @Test
  void linksByKind() throws Exception {
    pair();
    route.addLink(LinkSpec.builder("bridge0", "bridge").build());
    assertThat(route.links("veth")).extracting(Link::name).containsExactlyInAnyOrder("a", "b");
    assertThat(route.links("bridge")).extracting(Link::name).containsExactly("bridge0");
    assertThat(route.links("no-such-kind")).isEmpty();
    assertThat(route.links()).hasSize(4);
    assertThat(route.link("bridge0").kindData()).isNotEmpty();
    assertThat(route.link("lo").kind()).isEmpty();
    assertThat(route.link("lo").kindData()).isEmpty();
  }

  @Test
  void kindDataIsSent() throws Exception {
    int forwardDelay = 1;
    route.addLink(
        LinkSpec.builder("bridge0", "bridge")
            .hardwareAddress(new byte[] {2, 0, 0, 0, 0, 1})
            .txQueueLength(77)
            .kindData(data -> data.u32(forwardDelay, 900))
            .build());
    assertThat(namespace.ip("-d", "link", "show", "bridge0"))
        .contains("forward_delay 900", "02:00:00:00:00:01", "qlen 77");
    assertThat(route.link("bridge0").kindData().get(forwardDelay).u32()).isEqualTo(900);
    assertThat(route.link("bridge0").txQueueLength()).isEqualTo(77);
  }

  @Test
  void linksCrossNamespaces() throws Exception {
    try (TestNamespace second = new TestNamespace();
        RouteNetlink there = RouteNetlink.over(socketIn(second))) {
      route.addLink(
          LinkSpec.builder("near", "veth")
              .peer(LinkSpec.builder("far", "veth").namespace(second.handle()).build())
              .build());
      assertThat(route.findLink("far")).isEmpty();
      assertThat(there.link("far").parentNamespaceId()).isPresent();
      route.addLink(
          LinkSpec.builder("bridge0", "bridge").namespace(second.handle()).up(true).build());
      assertThat(there.links("bridge")).hasSize(1).allMatch(Link::isUp);
      route.moveLink("near", second.handle());
      assertThat(route.findLink("near")).isEmpty();
      there.moveLink(there.link("near").index(), namespace.handle());
      assertThat(route.findLink("near")).isPresent();
      assertThat(failure(() -> route.moveLink("near", NetNamespace.named("nowhere"))))
          .hasMessageContaining("ENOENT");
    }
  }

  @Test
  void linkErrors() throws Exception {
    pair();
    assertThat(failure(() -> route.link("nobody")))
        .isInstanceOf(NoSuchDeviceException.class)
        .hasMessageStartingWith("get link nobody: ENODEV");
    assertThat(failure(() -> route.link(12345))).isInstanceOf(NoSuchDeviceException.class);
    assertThat(failure(() -> route.deleteLink("nobody"))).isInstanceOf(NoSuchDeviceException.class);
    assertThat(failure(() -> route.setUp("nobody"))).isInstanceOf(NoSuchDeviceException.class);
    assertThat(failure(() -> route.addLink(LinkSpec.veth("a", "c"))).is(Errno.EEXIST)).isTrue();
    assertThat(failure(() -> route.addLink(LinkSpec.builder("x", "nokind").build())))
        .hasMessageContaining("EOPNOTSUPP")
        .hasMessageContaining("Unknown device type");
    assertThat(failure(() -> route.addLink(LinkSpec.builder("a/b", "bridge").build())).errno())
        .isEqualTo(Errno.EINVAL.number());
    assertThat(failure(() -> route.setMtu("a", 10)))
        .hasMessageContaining("EINVAL")
        .hasMessageContaining("mtu less than device minimum");
    assertThat(failure(() -> route.deleteLink("lo")).is(Errno.EOPNOTSUPP)).isTrue();
    assertThat(route.links()).hasSize(3);
  }

  // Addresses

  @Test
  void addresses() throws Exception {
    int a = pair();
    InterfaceAddress v4 = InterfaceAddress.of(a, IpPrefix.parse("192.0.2.1/24"));
    InterfaceAddress v6 =
        InterfaceAddress.of(a, IpPrefix.parse("2001:db8::1/64"))
            .withFlags(InterfaceAddress.IFA_F_NODAD);
    route.addAddress(v4);
    route.addAddress(v6);
    assertThat(namespace.ip("addr", "show", "dev", "a"))
        .contains("inet 192.0.2.1/24 scope global a", "inet6 2001:db8::1/64 scope global nodad");
    assertThat(route.addresses(a))
        .extracting(InterfaceAddress::address)
        .contains(v4.address(), v6.address());
    InterfaceAddress found =
        route.addresses(a).stream().filter(x -> x.address().equals(v4.address())).findFirst().get();
    assertThat(found.label()).contains("a");
    assertThat(found.peer()).isEmpty();
    assertThat(found.linkIndex()).isEqualTo(a);
    assertThat(found.scope()).isEqualTo(InterfaceAddress.SCOPE_UNIVERSE);
    assertThat(found.flags() & InterfaceAddress.IFA_F_PERMANENT).isNotZero();
    assertThat(failure(() -> route.addAddress(v4)).is(Errno.EEXIST)).isTrue();
    route.replaceAddress(v4);
    route.deleteAddress(v4);
    assertThat(failure(() -> route.deleteAddress(v4)).is(Errno.EADDRNOTAVAIL)).isTrue();
    route.deleteAddress(v6);
    assertThat(namespace.ip("addr", "show", "dev", "a")).doesNotContain("2001:db8", "192.0.2");
    assertThat(failure(() -> route.addAddress(InterfaceAddress.of(4242, v4.address()))))
        .isInstanceOf(NoSuchDeviceException.class);
  }

  @Test
  void pointToPointAndFlags() throws Exception {
    int a = pair();
    InetAddress other = IpPrefix.parseAddress("192.0.2.9");
    route.addAddress(
        new InterfaceAddress(
            a,
            IpPrefix.parse("192.0.2.1/32"),
            Optional.of(other),
            InterfaceAddress.SCOPE_LINK,
            InterfaceAddress.IFA_F_NOPREFIXROUTE,
            Optional.of("a:label")));
    assertThat(namespace.ip("addr", "show", "dev", "a"))
        .contains("inet 192.0.2.1 peer 192.0.2.9/32 scope link noprefixroute a:label");
    InterfaceAddress found =
        route.addresses().stream()
            .filter(x -> x.label().equals(Optional.of("a:label")))
            .findFirst()
            .orElseThrow();
    assertThat(found.peer()).contains(other);
    assertThat(found.address().address()).isEqualTo(IpPrefix.parseAddress("192.0.2.1"));
    route.deleteAddress(found);
  }

  // Routes

  @Test
  void routes() throws Exception {
    int a = pair();
    route.addAddress(InterfaceAddress.of(a, IpPrefix.parse("192.0.2.1/24")));
    route.addAddress(
        InterfaceAddress.of(a, IpPrefix.parse("2001:db8::1/64"))
            .withFlags(InterfaceAddress.IFA_F_NODAD));
    Route v4 =
        Route.to(IpPrefix.parse("198.51.100.0/24"))
            .gateway(IpPrefix.parseAddress("192.0.2.2"))
            .metric(50)
            .mtu(1300)
            .build();
    Route v6 =
        Route.to(IpPrefix.parse("2001:db8:1::/48"))
            .gateway(IpPrefix.parseAddress("2001:db8::2"))
            .metric(51)
            .mtu(1290)
            .build();
    Route deflt = Route.to(IpPrefix.any(IpFamily.IPV4)).linkIndex(a).table(51820).build();
    Route deflt6 = Route.to(IpPrefix.any(IpFamily.IPV6)).linkIndex(a).table(51820).build();
    for (Route one : List.of(v4, v6, deflt, deflt6)) {
      route.addRoute(one);
      assertThat(failure(() -> route.addRoute(one)).is(Errno.EEXIST)).isTrue();
    }
    assertThat(namespace.ip("route", "show"))
        .contains("198.51.100.0/24 via 192.0.2.2 dev a metric 50 mtu 1300");
    assertThat(namespace.ip("-6", "route", "show"))
        .contains("2001:db8:1::/48 via 2001:db8::2 dev a metric 51 mtu 1290");
    assertThat(namespace.ip("route", "show", "table", "51820"))
        .isEqualTo("default dev a scope link");
    assertThat(namespace.ip("-6", "route", "show", "table", "51820"))
        .startsWith("default dev a metric 1024");

    List<Route> table = route.routes(IpFamily.IPV4, 51820);
    assertThat(table).hasSize(1);
    assertThat(table.get(0).isDefault()).isTrue();
    assertThat(table.get(0).destination()).isEqualTo(IpPrefix.any(IpFamily.IPV4));
    assertThat(table.get(0).linkIndex()).hasValue(a);
    assertThat(route.routes(IpFamily.IPV6, 51820)).hasSize(1);
    assertThat(route.routes(IpFamily.IPV4, 77)).isEmpty();
    assertThat(route.routes(IpFamily.IPV6, 77)).isEmpty();
    Route found =
        route.routes(IpFamily.IPV4).stream()
            .filter(r -> r.destination().equals(v4.destination()))
            .findFirst()
            .orElseThrow();
    assertThat(found.gateway()).isEqualTo(v4.gateway());
    assertThat(found.metric()).hasValue(50);
    assertThat(found.mtu()).hasValue(1300);
    assertThat(found.table()).isEqualTo(Route.TABLE_MAIN);
    assertThat(found.protocol()).hasValue(Route.PROTOCOL_BOOT);
    assertThat(found.type()).hasValue(Route.TYPE_UNICAST);
    assertThat(route.routes(IpFamily.IPV6))
        .anySatisfy(
            r -> {
              assertThat(r.destination()).isEqualTo(v6.destination());
              assertThat(r.mtu()).hasValue(1290);
            });

    Route hop = route.lookup(IpPrefix.parseAddress("198.51.100.7"));
    assertThat(hop.gateway()).isEqualTo(v4.gateway());
    assertThat(hop.linkIndex()).hasValue(a);
    assertThat(hop.source()).contains(IpPrefix.parseAddress("192.0.2.1"));
    assertThat(route.lookup(IpPrefix.parseAddress("2001:db8:1::7")).gateway())
        .isEqualTo(v6.gateway());
    assertThat(failure(() -> route.lookup(IpPrefix.parseAddress("203.0.113.1"))))
        .hasMessageContaining("ENETUNREACH");

    route.replaceRoute(
        Route.to(v4.destination())
            .gateway(IpPrefix.parseAddress("192.0.2.3"))
            .metric(50)
            .source(IpPrefix.parseAddress("192.0.2.1"))
            .build());
    assertThat(namespace.ip("route", "show"))
        .contains("198.51.100.0/24 via 192.0.2.3 dev a src 192.0.2.1 metric 50");
    route.deleteRoute(Route.to(v4.destination()).build());
    assertThat(failure(() -> route.deleteRoute(v4)).is(Errno.ESRCH)).isTrue();
    route.deleteRoute(v6);
    route.deleteRoute(table.get(0));
    route.deleteRoute(deflt6);
    assertThat(route.routes(IpFamily.IPV4, 51820)).isEmpty();
    assertThat(route.routes(IpFamily.IPV6, 51820)).isEmpty();
  }

  @Test
  void routesOfOtherTypes() throws Exception {
    route.setUp("lo");
    route.addRoute(Route.to(IpPrefix.parse("203.0.113.0/24")).type(Route.TYPE_BLACKHOLE).build());
    route.addRoute(
        Route.to(IpPrefix.parse("2001:db8:f::/48"))
            .type(Route.TYPE_UNREACHABLE)
            .table(0xfffffff0L)
            .build());
    assertThat(namespace.ip("route", "show")).contains("blackhole 203.0.113.0/24");
    assertThat(namespace.ip("-6", "route", "show", "table", "4294967280"))
        .contains("unreachable 2001:db8:f::/48");
    assertThat(route.routes(IpFamily.IPV6, 0xfffffff0L)).hasSize(1);
    assertThat(failure(() -> route.lookup(IpPrefix.parseAddress("203.0.113.1"))).errno())
        .isPositive();
  }

  @Test
  void longDumps() throws Exception {
    int a = pair();
    int count = 3000;
    Set<IpPrefix> wanted = new HashSet<>();
    for (int i = 0; i < count; i++) {
      IpPrefix to = IpPrefix.parse("10." + i / 256 + "." + i % 256 + ".0/24");
      wanted.add(to);
      route.addRoute(Route.to(to).linkIndex(a).table(7).build());
    }
    List<Route> found = route.routes(IpFamily.IPV4, 7);
    assertThat(found).hasSize(count);
    assertThat(found).extracting(Route::destination).containsExactlyInAnyOrderElementsOf(wanted);
  }

  @Test
  void dumpsDuringChangesAreWhole() throws Exception {
    pair();
    for (int i = 0; i < 100; i++) {
      route.addLink(LinkSpec.builder("stay" + i, "bridge").build());
    }
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try (NetlinkSocket other = socketIn(namespace)) {
      Future<Integer> changes =
          pool.submit(
              () -> {
                RouteNetlink changing = RouteNetlink.over(other);
                int n = 0;
                for (; !stop.get(); n++) {
                  changing.addLink(LinkSpec.builder("come" + n % 7, "bridge").build());
                  changing.deleteLink("come" + n % 7);
                }
                return n;
              });
      for (int i = 0; i < 100; i++) {
        List<String> names = route.links().stream().map(Link::name).toList();
        assertThat(names).doesNotHaveDuplicates();
        assertThat(names.stream().filter(n -> n.startsWith("stay"))).hasSize(100);
      }
      stop.set(true);
      assertThat(changes.get()).isPositive();
    } finally {
      stop.set(true);
      pool.shutdown();
      assertThat(pool.awaitTermination(5, TimeUnit.MINUTES)).isTrue();
    }
  }

  // Rules

  @Test
  void rules() throws Exception {
    for (IpFamily family : IpFamily.values()) {
      String flag = family == IpFamily.IPV4 ? "-4" : "-6";
      Rule notMarked = Rule.builder(family).mark(51820).inverted(true).table(51820).build();
      Rule suppress = Rule.builder(family).suppressPrefixLength(0).build();
      IpPrefix from = IpPrefix.parse(family == IpFamily.IPV4 ? "192.0.2.0/24" : "2001:db8::/32");
      Rule rich =
          Rule.builder(family)
              .priority(77)
              .from(from)
              .to(from)
              .mark(0xf0000000L)
              .mask(0xff000000L)
              .inputInterface("lo")
              .outputInterface("out0")
              .table(0xffff0000L)
              .protocol(4)
              .build();
      for (Rule rule : List.of(notMarked, suppress, rich)) {
        route.addRule(rule);
      }
      assertThat(failure(() -> route.addRule(rich)).is(Errno.EEXIST)).isTrue();
      String shown = namespace.ip(flag, "rule", "show");
      assertThat(shown)
          .contains(
              "not from all fwmark 0xca6c lookup 51820",
              "from all lookup main suppress_prefixlength 0",
              "77:\tfrom " + from + " to " + from + " fwmark 0xf0000000/0xff000000 iif lo oif out0")
          .contains("lookup 4294901760");
      List<Rule> found = route.rules(family);
      assertThat(found).contains(rich);
      assertThat(found)
          .anySatisfy(
              rule -> {
                assertThat(rule.inverted()).isTrue();
                assertThat(rule.mark()).hasValue(51820);
                assertThat(rule.mask()).hasValue(0xffffffffL);
                assertThat(rule.table()).isEqualTo(51820);
                assertThat(rule.suppressPrefixLength()).isEmpty();
                assertThat(rule.priority()).isNotEmpty();
              })
          .anySatisfy(rule -> assertThat(rule.suppressPrefixLength()).hasValue(0));
      route.deleteRule(notMarked);
      route.deleteRule(suppress);
      route.deleteRule(found.stream().filter(rich::equals).findFirst().orElseThrow());
      assertThat(failure(() -> route.deleteRule(rich)).is(Errno.ENOENT)).isTrue();
      assertThat(namespace.ip(flag, "rule", "show")).doesNotContain("51820", "suppress", "77:");
    }
  }

  @Test
  void lookupFollowsRules() throws Exception {
    int a = pair();
    route.addAddress(InterfaceAddress.of(a, IpPrefix.parse("192.0.2.1/24")));
    route.addRoute(Route.to(IpPrefix.any(IpFamily.IPV4)).linkIndex(a).table(51820).build());
    route.addRule(Rule.builder(IpFamily.IPV4).mark(5).inverted(true).table(51820).build());
    InetAddress far = IpPrefix.parseAddress("203.0.113.1");
    assertThat(route.lookup(far).table()).isEqualTo(51820);
    assertThat(failure(() -> route.lookup(far, OptionalLong.of(5))).is(Errno.ENETUNREACH)).isTrue();
  }

  // Events

  @Test
  void eventsArrive() throws Exception {
    try (NetlinkSubscription events =
        events(
            RouteNetlink.GROUP_LINK,
            RouteNetlink.GROUP_IPV4_ADDRESS,
            RouteNetlink.GROUP_IPV4_RULE)) {
      assertThat(events.next(Duration.ZERO)).isEmpty();
      route.addLink(LinkSpec.builder("bridge0", "bridge").build());
      NetlinkMessage made = awaitType(events, RouteNetlink.RTM_NEWLINK);
      Link link = Link.read(made);
      assertThat(link.name()).isEqualTo("bridge0");
      InterfaceAddress address = InterfaceAddress.of(link.index(), IpPrefix.parse("192.0.2.1/24"));
      route.addAddress(address);
      assertThat(InterfaceAddress.read(awaitType(events, RouteNetlink.RTM_NEWADDR)).address())
          .isEqualTo(address.address());
      route.deleteAddress(address);
      awaitType(events, RouteNetlink.RTM_DELADDR);
      route.addRule(Rule.builder(IpFamily.IPV4).priority(9).table(9).build());
      assertThat(Rule.read(awaitType(events, RouteNetlink.RTM_NEWRULE)).table()).isEqualTo(9);
      events.leave(RouteNetlink.GROUP_IPV4_RULE);
      route.deleteRule(Rule.builder(IpFamily.IPV4).priority(9).table(9).build());
      route.deleteLink("bridge0");
      assertThat(Link.read(awaitType(events, RouteNetlink.RTM_DELLINK)).name())
          .isEqualTo("bridge0");
      events.join(RouteNetlink.GROUP_IPV4_RULE);
      assertThat(failure(() -> events.join(1 << 20)).is(Errno.EINVAL)).isTrue();
    }
  }

  private static NetlinkMessage awaitType(NetlinkSubscription events, int type)
      throws NetlinkException {
    while (true) {
      NetlinkMessage event = events.next(Duration.ofMinutes(5)).orElseThrow();
      assertThat(event.type()).isNotEqualTo(RouteNetlink.RTM_DELRULE);
      if (event.type() == type) {
        return event;
      }
    }
  }

  @Test
  void lostEventsAreReported() throws Exception {
    try (NetlinkSubscription events =
        NetlinkSubscription.builder(Netlink.ROUTE)
            .namespace(namespace.handle())
            .transport(transport())
            .receiveBufferSize(1)
            .groups(RouteNetlink.GROUP_IPV4_RULE)
            .open()) {
      for (int i = 0; i < 100; i++) {
        route.addRule(Rule.builder(IpFamily.IPV4).priority(100 + i).table(9).build());
      }
      boolean lost = false;
      int seen = 0;
      while (true) {
        try {
          if (events.next(Duration.ZERO).isEmpty()) {
            break;
          }
          seen++;
        } catch (EventsLostException e) {
          assertThat(e.is(Errno.ENOBUFS)).isTrue();
          lost = true;
        }
      }
      assertThat(lost).isTrue();
      assertThat(seen).isLessThan(100);
      route.addRule(Rule.builder(IpFamily.IPV4).priority(99).table(9).build());
      assertThat(Rule.read(events.next(Duration.ofMinutes(5)).orElseThrow()).priority())
          .hasValue(99);
    }
  }
}
