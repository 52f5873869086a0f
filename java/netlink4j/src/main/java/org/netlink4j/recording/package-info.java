// SPDX-License-Identifier: Apache-2.0

/**
 * Conversations with the kernel, recorded to readable files and replayed in tests that need neither
 * rights nor a kernel with the same devices in it.
 *
 * <pre>{@code
 * // Once, on a machine that has what the test is about:
 * try (RecordingTransport recorder = RecordingTransport.to(file, Transports.selected());
 *     NetlinkSocket socket = NetlinkSocket.builder(Netlink.ROUTE).transport(recorder).open()) {
 *   program(RouteNetlink.over(socket));
 * }
 *
 * // In every test run since:
 * ReplayTransport replay = ReplayTransport.read(file);
 * try (NetlinkSocket socket = NetlinkSocket.builder(Netlink.ROUTE).transport(replay).open()) {
 *   program(RouteNetlink.over(socket));
 * }
 * replay.verifyFinished();
 * }</pre>
 *
 * <h2>The file</h2>
 *
 * <p>Lines of ASCII; {@code #} starts a comment, blank lines mean nothing. The first line is {@code
 * netlink4j-recording 1 little-endian} (or {@code big-endian}: netlink has the byte order of its
 * machine). Sockets are numbered from 1 in the order in which they were opened; {@code failed}
 * precedes an error number. The steps are
 *
 * <ul>
 *   <li>{@code open 1 protocol 16 in /run/netns/blue}: a socket, its protocol and namespace (left
 *       out for that of the process); {@code open failed 93 protocol 99}
 *   <li>{@code namespace 7 of /run/netns/blue}: a namespace's file was opened as descriptor 7;
 *       {@code namespace failed 2 of /run/netns/red}
 *   <li>{@code option 1 level 270 name 11 value 1}, {@code option 1 level 270 name 12 value 1
 *       failed 92}: a socket option was set
 *   <li>{@code send 1}, {@code send 1 failed 105}: a datagram to the kernel
 *   <li>{@code receive 1}, {@code receive 1 from 4711}: a datagram from the kernel, or from another
 *       port; {@code receive 1 failed 105}
 *   <li>{@code timeout 1}: nothing came in the time that the program gave
 *   <li>{@code closed 1}: the program closed the socket on which it waited
 * </ul>
 *
 * <p>After {@code send} and after a {@code receive} that did not fail comes the datagram in
 * hexadecimal, on lines that start with a blank. Sequence numbers and the socket's own port, which
 * differ from run to run, are replaced: the first request has the number 1, and the port is {@code
 * 0x4e4c0000} plus the socket's number.
 */
package org.netlink4j.recording;
