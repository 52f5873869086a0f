// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One change of a {@link Plan}. Its text says what changes, from what and to what, without any
 * secret.
 */
public sealed interface PlanStep {

  /**
   * The device gets another identity, or none. All sessions end with the old one.
   *
   * @param to empty to have none
   */
  record SetPrivateKey(Optional<PrivateKey> to) implements PlanStep {
    @Override
    public String toString() {
      return to.isPresent() ? "set the private key (hidden)" : "remove the private key";
    }
  }

  /**
   * The device listens on another UDP port.
   *
   * @param from port until now, 0 if there was none
   * @param to new port, 1 to 65535
   */
  record SetListenPort(int from, int to) implements PlanStep {
    @Override
    public String toString() {
      return "set the listening port to " + to + (from == 0 ? "" : " (was " + from + ")");
    }
  }

  /**
   * Outgoing packets get another mark.
   *
   * @param from mark until now, unsigned; 0 for off
   * @param to new mark, unsigned; 0 for off
   */
  record SetFwmark(int from, int to) implements PlanStep {
    @Override
    public String toString() {
      return "set the fwmark to " + text(to) + " (was " + text(from) + ")";
    }

    private static String text(int mark) {
      return mark == 0 ? "off" : "0x" + Integer.toHexString(mark);
    }
  }

  /**
   * All peers go away, with their sessions. Only in plans of {@link ApplyMode#REPLACE}.
   *
   * @param count how many there were
   */
  record RemoveAllPeers(int count) implements PlanStep {
    @Override
    public String toString() {
      return "remove all peers (" + count + ")";
    }
  }

  /** A change of one peer. */
  sealed interface OfPeer extends PlanStep {
    /** Which peer. */
    PublicKey peer();
  }

  /**
   * There is a new peer. Its allowed IPs come in a step of their own.
   *
   * @param peer who it is
   * @param presharedKey empty if it has none
   * @param endpoint empty if it has none yet
   * @param persistentKeepalive seconds, 1 to 65535; 0 for off
   */
  record AddPeer(
      PublicKey peer,
      Optional<PresharedKey> presharedKey,
      Optional<Endpoint> endpoint,
      int persistentKeepalive)
      implements OfPeer {
    @Override
    public String toString() {
      return "add peer "
          + peer
          + endpoint.map(where -> ", endpoint " + where).orElse("")
          + (presharedKey.isPresent() ? ", preshared key (hidden)" : "")
          + (persistentKeepalive == 0 ? "" : ", persistent keepalive " + persistentKeepalive);
    }
  }

  /**
   * A peer goes away, with its session.
   *
   * @param peer who it was
   */
  record RemovePeer(PublicKey peer) implements OfPeer {
    @Override
    public String toString() {
      return "remove peer " + peer;
    }
  }

  /**
   * A peer gets another pre-shared key, or none. Its session stays.
   *
   * @param peer who it is
   * @param to empty to have none
   */
  record SetPresharedKey(PublicKey peer, Optional<PresharedKey> to) implements OfPeer {
    @Override
    public String toString() {
      String what = to.isPresent() ? "set the preshared key (hidden)" : "remove the preshared key";
      return "peer " + peer + ": " + what;
    }
  }

  /**
   * A peer is somewhere else. Its session stays.
   *
   * @param peer who it is
   * @param from where it was, empty if that was not known
   * @param to where it is
   */
  record SetEndpoint(PublicKey peer, Optional<Endpoint> from, Endpoint to) implements OfPeer {
    @Override
    public String toString() {
      String was = from.map(where -> " (was " + where + ")").orElse("");
      return "peer " + peer + ": set the endpoint to " + to + was;
    }
  }

  /**
   * A peer gets another interval of keepalives.
   *
   * @param peer who it is
   * @param from seconds until now, 0 for off
   * @param to seconds, 1 to 65535; 0 for off
   */
  record SetPersistentKeepalive(PublicKey peer, int from, int to) implements OfPeer {
    @Override
    public String toString() {
      return "peer " + peer + ": set the keepalive to " + text(to) + " (was " + text(from) + ")";
    }

    private static String text(int seconds) {
      return seconds == 0 ? "off" : Integer.toString(seconds);
    }
  }

  /**
   * A peer gets prefixes. One that another peer has moves, and belongs to one of the two at every
   * moment.
   *
   * @param peer who gets them
   * @param prefixes in the order in which they are added
   * @param takenFrom those of them that another peer has, and which peer
   */
  record AddAllowedIps(
      PublicKey peer, List<AllowedIp> prefixes, Map<AllowedIp, PublicKey> takenFrom)
      implements OfPeer {

    /** Copies the collections. */
    public AddAllowedIps {
      prefixes = List.copyOf(prefixes);
      takenFrom = Map.copyOf(takenFrom);
    }

    @Override
    public String toString() {
      StringBuilder out = new StringBuilder("peer ").append(peer).append(": add allowed IPs ");
      String separator = "";
      for (AllowedIp prefix : prefixes) {
        out.append(separator).append(prefix);
        separator = ", ";
        PublicKey from = takenFrom.get(prefix);
        if (from != null) {
          out.append(" (from peer ").append(from).append(')');
        }
      }
      return out.toString();
    }
  }

  /**
   * A peer loses prefixes that then are nobody's.
   *
   * @param peer who has them
   * @param prefixes in the order in which they are removed
   */
  record RemoveAllowedIps(PublicKey peer, List<AllowedIp> prefixes) implements OfPeer {

    /** Copies the list. */
    public RemoveAllowedIps {
      prefixes = List.copyOf(prefixes);
    }

    @Override
    public String toString() {
      return prefixes.stream()
          .map(AllowedIp::toString)
          .collect(Collectors.joining(", ", "peer " + peer + ": remove allowed IPs ", ""));
    }
  }
}
