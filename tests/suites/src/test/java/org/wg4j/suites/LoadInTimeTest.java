// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestReporter;

/** Floods of handshake messages, counted to the last one: {@code tests/lab/uml/load.sh}. */
@Tag("lab")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoadInTimeTest {
  private VirtualTime run;

  @BeforeAll
  void runTheScript() {
    run = new VirtualTime("load.sh");
  }

  @Row(
      value = "DS-2",
      what = "cookies for 511 and for 512 messages that wait; for one 0.95 s and 1.2 s later")
  @Test
  void isUnderLoadFrom512MessagesOn(TestReporter reporter) {
    run.assertPart("is_under_load_from_512_messages_on", reporter);
  }

  @Row(
      value = "DS-2",
      what =
          "initiations that lead to nothing, of which none waits long: cookies from the 514th in two "
              + "seconds on, and for as long as a thousand a second come",
      better = "A flood that is too slow to fill the queue is under load too.")
  @Test
  void isUnderLoadFrom513StrangersOn(TestReporter reporter) {
    run.assertPart("is_under_load_from_513_strangers_on", reporter);
  }

  @Row(value = "DS-2", what = "a handshake completed between 512 initiations that lead to nothing")
  @Test
  void peersAreNoStrangers(TestReporter reporter) {
    run.assertPart("peers_are_no_strangers", reporter);
  }

  @Row(
      value = "DS-2",
      what = "600 initiations with a valid cookie, under load: it ends as if none came")
  @Test
  void whoHasACookieIsNoStranger(TestReporter reporter) {
    run.assertPart("who_has_a_cookie_is_no_stranger", reporter);
  }

  @Row(
      value = {"DS-4", "TX-7"},
      what = "length, nonce and TOS of 512 cookie replies")
  @Test
  void isAnsweredBy64Bytes(TestReporter reporter) {
    run.assertPart("is_answered_by_64_bytes", reporter);
  }

  @Row(value = "DS-3", what = "cookies for 4300 messages that wait")
  @Test
  void dropsWhatIsMoreThan4096(TestReporter reporter) {
    run.assertPart("drops_what_is_more_than_4096", reporter);
  }

  @Row(value = "DS-4", what = "a response, at rest and under load")
  @Test
  void responsesGetCookiesToo(TestReporter reporter) {
    run.assertPart("responses_get_cookies_too", reporter);
  }

  @Row(value = "DS-1", what = "messages with one digit of mac1 changed, under load")
  @Test
  void aWrongMac1GetsNothingUnderLoad(TestReporter reporter) {
    run.assertPart("a_wrong_mac1_gets_nothing_under_load", reporter);
  }

  @Row(
      value = "DS-2",
      what =
          "messages to another device and to one of another namespace, during the load of the "
              + "first",
      better = "A flood turns on no cookies for other devices and namespaces.")
  @Test
  void loadIsOfOneDevice(TestReporter reporter) {
    run.assertPart("load_is_of_one_device", reporter);
  }

  @Row(
      value = {"DS-4", "DS-6"},
      what =
          "a handshake under load, end to end; for how long the initiator signs with its "
              + "cookie")
  @Test
  void aCookieGetsOneThrough(TestReporter reporter) {
    run.assertPart("a_cookie_gets_one_through", reporter);
  }

  @Row(
      value = "DS-4",
      what = "twenty peers of one IPv4 address, all with valid cookies, under load")
  @Test
  void oneAddressHasOneAllowance(TestReporter reporter) {
    run.assertPart("one_address_has_one_allowance", reporter);
  }

  @Row(
      value = "DS-4",
      what = "twenty peers of two IPv6 addresses of one /64, all with valid cookies, under load")
  @Test
  void oneIpv6NetworkHasOneAllowance(TestReporter reporter) {
    run.assertPart("one_ipv6_network_has_one_allowance", reporter);
  }
}
