// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.crypto.X25519Key;
import org.wg4j.oracle.peer.ExpectationFailedException;
import org.wg4j.oracle.scenario.FaultyHost.Fault;

/**
 * The oracle against itself over UDP: scenarios pass with a sound other side and, which matters
 * more, fail with a faulty one. No privileges needed.
 */
class ScenariosTest {
  /** Scenarios that a plain responder in user space can serve. */
  private static final List<String> SERVED =
      List.of(
          "initiate-no-psk",
          "initiate-psk",
          "wrong-psk-fails",
          "handshake-index",
          "session-rotation",
          "padding",
          "reorder-within-window-accepted",
          "window-edges",
          "roaming",
          "keepalive-after-data",
          "wrong-mac1-silent",
          "unknown-static-silent",
          "stale-timestamp-ignored",
          "replayed-initiation-ignored",
          "mutated-initiation-ignored",
          "low-order-ignored",
          "replayed-data-dropped",
          "mutated-data-dropped",
          "malformed-silent",
          "inner-garbage-dropped",
          "every-length-of-initiations",
          "every-length-of-data",
          "spliced-initiations-ignored",
          "unknown-key-share-refused",
          "sessions-are-unique");

  private static final Map<Fault, List<String>> NOTICED =
      new TreeMap<>(
          Map.of(
              Fault.REPLIES_TO_REJECTED,
              List.of(
                  "handshake-index",
                  "reorder-within-window-accepted",
                  "wrong-mac1-silent",
                  "unknown-static-silent",
                  "stale-timestamp-ignored",
                  "replayed-initiation-ignored",
                  "mutated-initiation-ignored",
                  "low-order-ignored",
                  "replayed-data-dropped",
                  "mutated-data-dropped",
                  "malformed-silent",
                  "window-edges",
                  "inner-garbage-dropped",
                  "every-length-of-data",
                  "spliced-initiations-ignored",
                  "unknown-key-share-refused"),
              Fault.ACCEPTS_REPLAYS,
              List.of("replayed-data-dropped", "reorder-within-window-accepted", "window-edges"),
              Fault.DROPS_REORDERED,
              List.of("reorder-within-window-accepted"),
              Fault.DOES_NOT_PAD,
              List.of("padding"),
              Fault.PADS_WITH_ONES,
              List.of("padding"),
              Fault.STAYS_WITH_FIRST_ENDPOINT,
              List.of("roaming"),
              Fault.SENDS_UNCONFIRMED,
              List.of("session-rotation"),
              Fault.SENDS_NO_KEEPALIVE,
              List.of("keepalive-after-data"),
              Fault.CHANGES_DATA,
              List.of("initiate-no-psk", "initiate-psk"),
              Fault.ACCEPTS_ANY_TRAILER,
              List.of("malformed-silent", "every-length-of-initiations")));

  @TempDir Path directory;

  private void run(String name, Fault fault, int timeoutSeconds) throws Exception {
    Scenario scenario = Scenarios.named(name);
    boolean withPsk = scenario.needs().contains(Need.PSK);
    byte[] psk = withPsk ? Primitives.random(32) : new byte[32];
    byte[] privateKey = Primitives.random(32);
    Map<String, String> values = new TreeMap<>();
    values.put("private-key-file", write("own", privateKey));
    values.put("timeout", "" + timeoutSeconds);
    if (withPsk) {
      values.put("psk-file", write("psk", psk));
    }
    try (X25519Key oracle = X25519Key.of(privateKey);
        X25519Key other = X25519Key.generate()) {
      values.put("peer-public-key", Base64.getEncoder().encodeToString(other.publicKey()));
      values.put("endpoint", "127.0.0.1:1");
      Settings template = Settings.parse(values);
      try (FaultyHost host =
          new FaultyHost(fault, other, oracle.publicKey(), psk, template.inner4())) {
        values.put("endpoint", "127.0.0.1:" + host.address().getPort());
        try (Conversation conversation =
            new Conversation(Settings.parse(values), withPsk, line -> {})) {
          scenario.script().run(conversation);
        }
      }
    }
  }

  private String write(String name, byte[] key) throws Exception {
    Path file = directory.resolve(name + System.nanoTime());
    Files.write(file, Base64.getEncoder().encode(key));
    return file.toString();
  }

  @TestFactory
  Stream<DynamicTest> soundOtherSide() {
    return SERVED.stream().map(name -> dynamicTest(name, () -> run(name, Fault.NONE, 60)));
  }

  @TestFactory
  List<DynamicTest> faultsAreNoticed() {
    List<DynamicTest> tests = new ArrayList<>();
    NOTICED.forEach(
        (fault, names) ->
            names.forEach(
                name ->
                    tests.add(
                        dynamicTest(
                            fault + " by " + name,
                            () ->
                                assertThatThrownBy(() -> run(name, fault, 3))
                                    .isInstanceOf(ExpectationFailedException.class)
                                    .message()
                                    .matches(complaint(fault))))));
    return tests;
  }

  /** A scenario must fail because of the fault, not because something else went missing. */
  private static String complaint(Fault fault) {
    return switch (fault) {
      case REPLIES_TO_REJECTED, ACCEPTS_REPLAYS, ACCEPTS_ANY_TRAILER -> "answered .*";
      case DROPS_REORDERED -> "no reply to echo request .*";
      case DOES_NOT_PAD -> "a packet of 28 bytes was padded to 28";
      case PADS_WITH_ONES -> "padding is not zeros";
      case STAYS_WITH_FIRST_ENDPOINT -> "answer to the old port";
      case SENDS_UNCONFIRMED -> "the module sent in a session that we had not confirmed";
      case SENDS_NO_KEEPALIVE -> "no keepalive after data .*";
      case CHANGES_DATA -> "echo reply with other data";
      case NONE -> throw new IllegalArgumentException("no fault");
    };
  }

  @Test
  void namesAreUniqueAndDescribed() {
    assertThat(Scenarios.ALL).extracting(Scenario::name).doesNotHaveDuplicates();
    assertThat(Scenarios.ALL).allSatisfy(one -> assertThat(one.proves()).isNotBlank());
    assertThatThrownBy(() -> Scenarios.named("no-such")).hasMessageContaining("no-such");
  }

  @Test
  void settingsAreChecked() {
    Map<String, String> good =
        Map.of(
            "endpoint",
            "[::1]:5",
            "private-key-file",
            "/k",
            "peer-public-key",
            Base64.getEncoder().encodeToString(new byte[32]));
    assertThat(Settings.parse(good).endpoint().getPort()).isEqualTo(5);
    for (Map<String, String> bad :
        List.of(
            Map.of("surprise", "1"),
            Map.of("endpoint", "127.0.0.1"),
            Map.of("endpoint", "localhost:1"),
            Map.of("endpoint", "127.0.0.1:70000"),
            Map.of("peer-public-key", "AAAA"),
            Map.of("peer-public-key", "*"),
            Map.of("timeout", "soon"))) {
      Map<String, String> values = new TreeMap<>(good);
      values.putAll(bad);
      assertThatThrownBy(() -> Settings.parse(values)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aBadKeyFileIsNotQuoted() throws Exception {
    Path file = directory.resolve("bad");
    Files.writeString(file, "not*a*key");
    assertThatThrownBy(() -> Settings.readKey(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("not*a");
  }
}
