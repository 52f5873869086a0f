// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestReporter;

/** Every limit of the protocol in seconds, as seen on the wire: {@code tests/lab/uml/timers.sh}. */
@Tag("lab")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TimersInTimeTest {
  private VirtualTime run;

  @BeforeAll
  void runTheScript() {
    run = new VirtualTime("timers.sh");
  }

  @Row(
      value = "TM-4",
      what =
          "20 initiations, then what waits is dropped and counted, and nothing more is sent; "
              + "the next packet starts from the first try")
  @Row(value = "HS-7", what = "indices and ephemeral keys of forty initiations")
  @Row(value = "RT-11", what = "bytes sent for twenty initiations")
  @Test
  void givesUpAfterTwentyInitiations(TestReporter reporter) {
    run.assertPart("gives_up_after_twenty_initiations", reporter);
  }

  @Row(
      value = "HS-4",
      what =
          "gaps between initiations while data is sent all the time, and after a response was "
              + "sent")
  @Test
  void initiatesNoOftenerThanEveryFiveSeconds(TestReporter reporter) {
    run.assertPart("initiates_no_oftener_than_every_five_seconds", reporter);
  }

  @Row(
      value = {"TM-3", "TM-6"},
      what = "when, how many, how long, for one packet and for several")
  @Test
  void answersDataByAKeepaliveAfterTenSeconds(TestReporter reporter) {
    run.assertPart("answers_data_by_a_keepalive_after_ten_seconds", reporter);
  }

  @Row(
      value = {"TM-5", "TM-NEW"},
      what = "an initiation 15 s after data that nobody answered, and by which address it goes")
  @Test
  void shakesHandsAgainWhenNobodyAnswersForFifteenSeconds(TestReporter reporter) {
    run.assertPart("shakes_hands_again_when_nobody_answers_for_fifteen_seconds", reporter);
  }

  @Row(
      value = "TM-5",
      what =
          "source addresses of the first and the second initiation when routing prefers "
              + "another one meanwhile")
  @Test
  void forgetsItsSourceWithEachRetry(TestReporter reporter) {
    run.assertPart("forgets_its_source_with_each_retry", reporter);
  }

  @Row(
      value = "TM-PERSISTENT",
      what =
          "an interval of 25 s for four minutes: every gap, and that the session is renewed; "
              + "then none")
  @Test
  void keepsAlivePersistently(TestReporter reporter) {
    run.assertPart("keeps_alive_persistently", reporter);
  }

  @Row(
      value = "TM-7",
      what =
          "a minute of silence of a device that is down, with a session behind it and an "
              + "interval set")
  @Test
  void hasNoTimersWhenDown(TestReporter reporter) {
    run.assertPart("has_no_timers_when_down", reporter);
  }

  @Row(value = "TM-1", what = "data sent after 117 s and 121 s, by initiator and responder")
  @Test
  void theInitiatorRenewsWhenItSendsAfter120Seconds(TestReporter reporter) {
    run.assertPart("the_initiator_renews_when_it_sends_after_120_seconds", reporter);
  }

  @Row(value = "TM-2", what = "data received after 160 s and 166 s, by the initiator; once")
  @Test
  void theInitiatorRenewsWhenItReceivesAfter165Seconds(TestReporter reporter) {
    run.assertPart("the_initiator_renews_when_it_receives_after_165_seconds", reporter);
  }

  @Row(
      value = {"TX-10", "RX-7"},
      what =
          "data sealed before, delivered 175 s, 179.5 s and 180.5 s after the handshake; data "
              + "sent after 181 s")
  @Test
  void nothingIsSentOrBelievedAfter180Seconds(TestReporter reporter) {
    run.assertPart("nothing_is_sent_or_believed_after_180_seconds", reporter);
  }

  @Row(
      value = "TM-ZERO",
      what = "a response to the last initiation, 400 s and 620 s after giving up")
  @Test
  void keysAreZeroedAfter540Seconds(TestReporter reporter) {
    run.assertPart("keys_are_zeroed_after_540_seconds", reporter);
  }

  @Row(value = "HS-8", what = "responses to two initiations, delivered after the second")
  @Test
  void aResponseIsToTheInitiationThatWaits(TestReporter reporter) {
    run.assertPart("a_response_is_to_the_initiation_that_waits", reporter);
  }

  @Row(
      value = "HS-10",
      what = "time of the handshake on both sides, with the response lost and not")
  @Test
  void theResponderStampsTheTimeWithTheFirstData(TestReporter reporter) {
    run.assertPart("the_responder_stamps_the_time_with_the_first_data", reporter);
  }

  @Row(
      value = "HS-2",
      what = "an initiation replayed after down and up, and after the peer was removed and added")
  @Test
  void oldInitiationsAreRefusedAcrossDownAndUp(TestReporter reporter) {
    run.assertPart("old_initiations_are_refused_across_down_and_up", reporter);
  }
}
