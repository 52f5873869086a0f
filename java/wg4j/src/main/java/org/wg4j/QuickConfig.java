// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.List;
import java.util.OptionalInt;

/**
 * What a configuration file says beyond WireGuard itself: the keys of wg-quick(8).
 *
 * @param addresses of the interface
 * @param nameServers from DNS, those that are addresses
 * @param searchDomains from DNS, those that are not
 * @param mtu empty to choose automatically
 * @param table where routes go
 * @param preUp shell commands
 * @param postUp shell commands
 * @param preDown shell commands
 * @param postDown shell commands
 * @param saveConfig whether taking the interface down writes its state into the file
 */
public record QuickConfig(
    List<Address> addresses,
    List<IpAddress> nameServers,
    List<String> searchDomains,
    OptionalInt mtu,
    Table table,
    List<String> preUp,
    List<String> postUp,
    List<String> preDown,
    List<String> postDown,
    boolean saveConfig) {

  /** Copies the lists. */
  public QuickConfig {
    addresses = List.copyOf(addresses);
    nameServers = List.copyOf(nameServers);
    searchDomains = List.copyOf(searchDomains);
    preUp = List.copyOf(preUp);
    postUp = List.copyOf(postUp);
    preDown = List.copyOf(preDown);
    postDown = List.copyOf(postDown);
  }

  /** A configuration without any of these keys. */
  static final QuickConfig EMPTY =
      new QuickConfig(
          List.of(),
          List.of(),
          List.of(),
          OptionalInt.empty(),
          Table.AUTO,
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          false);

  /**
   * An address of the interface. Unlike an {@link AllowedIp} it keeps its host bits.
   *
   * @param address the address
   * @param prefixLength of its network; empty if it was not written, which means all bits
   */
  public record Address(IpAddress address, OptionalInt prefixLength) {

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if the prefix length does not fit the address's family
     */
    public Address {
      int length = prefixLength.orElse(0);
      if (length < 0 || length > address.bits()) {
        throw new IllegalArgumentException(
            "a prefix of this family has 0 to " + address.bits() + " bits, not " + length);
      }
    }

    /** Length of the network's prefix. */
    public int length() {
      return prefixLength.orElse(address.bits());
    }

    /** {@code ADDRESS/LENGTH}, or {@code ADDRESS} if no length was written. */
    @Override
    public String toString() {
      return prefixLength.isPresent() ? address + "/" + prefixLength.getAsInt() : "" + address;
    }
  }

  /**
   * Where routes go.
   *
   * @param text as written
   * @param number of the table, unsigned; 0 for {@code auto} and {@code off}
   */
  public record Table(String text, int number) {
    /** Main table, and a table of its own with policy rules for default routes. */
    public static final Table AUTO = new Table("auto", 0);

    /** No routes. */
    public static final Table OFF = new Table("off", 0);

    /** Whether {@link #AUTO} applies. */
    public boolean isAuto() {
      return number == 0 && text.equals("auto");
    }

    /** Whether {@link #OFF} applies. */
    public boolean isOff() {
      return number == 0 && text.equals("off");
    }
  }
}
