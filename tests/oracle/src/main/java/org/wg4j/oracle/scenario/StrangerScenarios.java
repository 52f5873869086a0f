// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import static org.wg4j.oracle.scenario.Conversation.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.wg4j.oracle.peer.Engine;
import org.wg4j.oracle.peer.Event;
import org.wg4j.oracle.peer.ExpectationFailedException;
import org.wg4j.oracle.peer.HandshakeOptions;
import org.wg4j.oracle.peer.OraclePeer;
import org.wg4j.oracle.peer.Session;
import org.wg4j.oracle.wire.CookieReply;

/** Strangers are not heard: no answer, and nothing remembered of them. */
final class StrangerScenarios {
  /** So long after a dump nothing may be due by itself; a session's own end is further away. */
  private static final Duration UNDISTURBED = Duration.ofSeconds(300);

  /** Longer than the timers of traffic that has ended: keepalive and new handshake. */
  private static final Duration SETTLING = Duration.ofMinutes(3);

  /** More than any implementation lets wait before it thinks itself under load. */
  private static final int LOAD = 4096;

  private static final int LOAD_ROUNDS = 64;

  /** Between two handshake messages: 512 in two seconds are a load. */
  private static final Duration UNSUSPICIOUS = Duration.ofMillis(5);

  /** What a device under load may change for strangers who know its public key. */
  private static final Predicate<String> MAY_CHANGE_UNDER_LOAD =
      line ->
          line.matches(
              "[^.]*\\.(overloaded_at|judge\\.secret|judge\\.secret_born|sent|statistics_tx): .*");

  static final List<Scenario> ALL =
      List.of(
          new Scenario(
              "strangers-change-nothing",
              "a flood of all that strangers can send draws no answer and leaves all state as it was",
              Set.of(Need.STATE),
              StrangerScenarios::unheard),
          new Scenario(
              "strangers-under-load",
              "a flooded module answers strangers by cookies alone, and remembers only its load",
              Set.of(Need.STATE, Need.FLOOD),
              StrangerScenarios::underLoad));

  private StrangerScenarios() {}

  private static Path file(Conversation conversation) {
    return conversation.settings().stateFile().orElseThrow();
  }

  private static long sinceBoot() throws IOException {
    String seconds = Files.readString(Path.of("/proc/uptime")).split(" ")[0];
    return (long) (Double.parseDouble(seconds) * 1e9);
  }

  /** Waits until nothing changes by itself any more, and returns what there is then. */
  private static ModuleState awaitQuiet(Conversation conversation) throws IOException {
    long deadline = System.nanoTime() + SETTLING.toNanos();
    List<String> restless = List.of();
    while (System.nanoTime() < deadline) {
      ModuleState first = ModuleState.read(file(conversation));
      conversation.peer().await(event -> false, conversation.settings().linger());
      ModuleState second = ModuleState.read(file(conversation));
      restless = first.differences(second);
      if (restless.isEmpty() && second.sleepsUntil(sinceBoot() + UNDISTURBED.toNanos())) {
        conversation.step("quiet: two dumps of " + second.values().size() + " lines are equal");
        return second;
      }
    }
    throw new ExpectationFailedException("does not come to rest: " + restless);
  }

  /** A present, a previous and an unconfirmed session, and what was said in them. */
  private static Overheard overheard(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Overheard overheard = new Overheard();
    Session session = null;
    for (int i = 0; i < 3; i++) {
      Engine.Initiated initiated = peer.initiate(HandshakeOptions.HONEST);
      Event.Response response =
          peer.expect(
              Event.Response.class,
              event -> event.message().receiver() == initiated.index(),
              "response",
              conversation.timeout());
      overheard.initiation(initiated.datagram());
      overheard.fromModule(response.arrival().datagram());
      overheard.index(response.message().sender());
      if (i < 2) {
        session = response.session();
        var request = conversation.echo4(64);
        overheard.data(peer.send(session, request));
        overheard.fromModule(conversation.expectReply(request).arrival().datagram());
      }
    }
    // The last word is ours, so that the module waits for nothing.
    byte[] keepalive = session.seal(new byte[0]).encode();
    peer.send(keepalive);
    overheard.data(keepalive);
    return overheard;
  }

  private static void unheard(Conversation conversation) throws IOException {
    Overheard overheard = overheard(conversation);
    ModuleState before = awaitQuiet(conversation);
    try (Strangers strangers = new Strangers(conversation, overheard)) {
      long begun = System.nanoTime();
      Runnable slowly =
          () -> {
            awaitRead(conversation);
            awaitUntil(begun + strangers.handshakes() * UNSUSPICIOUS.toNanos());
          };
      strangers.flood(conversation.settings().packets(), slowly);
      awaitRead(conversation);
      conversation.step(strangers.summary());
      List<byte[]> answers = strangers.answers(conversation.settings().linger());
      check(answers.isEmpty(), "answered strangers " + answers.size() + " times");
      requireUnchanged(before, ModuleState.read(file(conversation)), line -> false);
      conversation.step("no answer, nothing changed");
      scan(conversation, strangers);
      requireUnchanged(before, ModuleState.read(file(conversation)), line -> false);
      check(strangers.closedPortIsRefused(conversation.timeout()), "silence cannot be told here");
      conversation.step("a scan hears nothing from the port, and a refusal from a closed one");
    }
    conversation.requireSilence("strangers");
    // The same dump tells when somebody is heard.
    conversation.ping(conversation.peer().handshake(conversation.timeout()).session());
    List<String> changes = before.differences(ModuleState.read(file(conversation)));
    check(
        changes.stream().anyMatch(line -> line.contains("replay"))
            && changes.stream().anyMatch(line -> line.contains(".statistics_rx"))
            && changes.stream().anyMatch(line -> line.contains("newest_timestamp")),
        "an honest handshake and packet change only " + changes);
    conversation.step("an honest packet changed " + changes.size() + " lines");
  }

  private static void requireUnchanged(
      ModuleState before, ModuleState after, Predicate<String> allowed) {
    List<String> changes = before.differences(after).stream().filter(allowed.negate()).toList();
    check(changes.isEmpty(), "strangers changed " + String.join("; ", changes));
  }

  private static void awaitUntil(long then) {
    long left;
    while ((left = then - System.nanoTime()) > 0) {
      LockSupport.parkNanos(left);
    }
  }

  /** Until no handshake message waits, so that the device does not come under load. */
  private static void awaitRead(Conversation conversation) {
    try {
      long deadline = System.nanoTime() + conversation.timeout().toNanos();
      while (ModuleState.read(file(conversation)).waiting() > 0) {
        check(System.nanoTime() < deadline, "handshake messages wait for ever");
      }
    } catch (IOException e) {
      throw new ExpectationFailedException(e.toString());
    }
  }

  /** What scanners ask. */
  private static void scan(Conversation conversation, Strangers strangers) throws IOException {
    List<byte[]> probes =
        List.of(
            new byte[0],
            new byte[1],
            "\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
            "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
            "OPTIONS sip:a SIP/2.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
            // DNS: version.bind. NTP: a client's request. SNMP: a get. TFTP: a read. RPC: a null
            // call.
            hex("0006010000010000000000000776657273696f6e0462696e640000100003"),
            hex("e30004fa0001000000010000" + "00".repeat(28) + "c54f234b71b152f3"),
            hex("302602010104067075626c6963a1190204dc63c29a020100020100300b300906052b060102010500"),
            hex("00012f657463006f6374657400"),
            hex("72fe1d130000000000000002000186a00001977c0000000000000000000000000000000000000000"),
            // DTLS: a client's hello. QUIC: a version that is none.
            hex("16feff000000000000000000360100002a000000000000002afefd" + "00".repeat(33)),
            hex("c0babababa08" + "11".repeat(8) + "08" + "22".repeat(8) + "00".repeat(1170)));
    for (int round = 0; round < 3; round++) {
      probes.forEach(strangers::probe);
    }
    check(strangers.answers(conversation.settings().linger()).isEmpty(), "answered a port scan");
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private static void underLoad(Conversation conversation) throws IOException {
    OraclePeer peer = conversation.peer();
    Overheard overheard = overheard(conversation);
    ModuleState before = awaitQuiet(conversation);
    byte[] replay = overheard.initiations().get(0);
    Optional<Event> cookie = Optional.empty();
    try (Strangers strangers = new Strangers(conversation, overheard)) {
      for (int round = 0; round < LOAD_ROUNDS && cookie.isEmpty(); round++) {
        for (int i = 0; i < LOAD; i++) {
          peer.send(replay);
        }
        cookie = peer.await(StrangerScenarios::isCookie, Duration.ofMillis(100));
      }
      check(cookie.isPresent(), "no cookie reply: the module did not come under load");
      conversation.step("under load");
      Runnable load =
          () -> {
            for (int i = 0; i < LOAD / 4; i++) {
              peer.send(replay);
            }
          };
      strangers.flood(conversation.settings().packets(), load);
      awaitRead(conversation);
      conversation.step(strangers.summary());
      List<byte[]> answers = strangers.answers(conversation.settings().linger());
      for (byte[] answer : answers) {
        check(
            answer.length == CookieReply.LENGTH && answer[0] == CookieReply.TYPE,
            "answered a stranger under load by more than a cookie");
        check(strangers.mayBeAnswered(answer), "a cookie for nobody who knew the public key");
      }
      check(!answers.isEmpty(), "no stranger got a cookie");
      conversation.step(answers.size() + " cookies, each to a right mac1");
    }
    for (Event event : peer.drain(conversation.settings().linger())) {
      check(isCookie(event), "answered a replay: " + OraclePeer.describe(List.of(event)));
    }
    ModuleState after = ModuleState.read(file(conversation));
    requireUnchanged(before, after, MAY_CHANGE_UNDER_LOAD);
    check(
        before.differences(after).stream().anyMatch(line -> line.contains(".overloaded_at")),
        "the load was not noticed");
    conversation.step(
        "only the load, the secret of cookies and the count of what was sent have changed");
  }

  private static boolean isCookie(Event event) {
    return event.arrival().datagram()[0] == CookieReply.TYPE
        && event.arrival().datagram().length == CookieReply.LENGTH;
  }
}
