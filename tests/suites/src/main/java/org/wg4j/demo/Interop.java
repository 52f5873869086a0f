// SPDX-License-Identifier: Apache-2.0
package org.wg4j.demo;

import java.time.Duration;
import java.util.List;
import org.wg4j.lab.Frame;
import org.wg4j.lab.FrameTap;
import org.wg4j.lab.Machine;
import org.wg4j.lab.VirtualNetwork;

/**
 * The second half: our module in one machine, the kernel's own in another, a network between. Each
 * is the initiator once: only the one that knows the other's endpoint can be, and the frames on the
 * network show that it was.
 */
final class Interop {
  /** The steps of {@link #run}. */
  static final int STEPS = 4;

  private static final int PORT = 51820;
  private static final byte HANDSHAKE_INITIATION = 1;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final MachineGround ours;
  private final MachineGround stock;
  private final VirtualNetwork network;
  private final Steps steps;

  Interop(MachineGround ours, MachineGround stock, VirtualNetwork network, Steps steps) {
    this.ours = ours;
    this.stock = stock;
    this.network = network;
    this.steps = steps;
  }

  void run() {
    steps.step("our module in one machine, the in-tree module in the other", this::prepare);
    steps.step("our module opens the conversation", () -> talk(ours, "ours", stock, "in-tree"));
    steps.step(
        "the in-tree module opens the conversation", () -> talk(stock, "in-tree", ours, "ours"));
    steps.step("unload both modules", this::unload);
  }

  private String prepare() {
    ours.loadOurs();
    stock.machine().loadInTreeWireGuard();
    network.plug(ours.machine().nic(0));
    network.plug(stock.machine().nic(0));
    plug(ours, "192.0.2.1/24");
    plug(stock, "192.0.2.2/24");
    String intree = stock.sh("modinfo -F filename wireguard").check().stdout().strip();
    steps.note("in-tree: " + intree);
    String versions = "cat /sys/module/wireguard/srcversion";
    if (ours.sh(versions).stdout().equals(stock.sh(versions).stdout())) {
      throw new AssertionError("both machines run the same module");
    }
    return "";
  }

  private static void plug(MachineGround ground, String address) {
    ground
        .sh(
            "umask 077; mkdir -p /etc/wireguard; ip addr add "
                + address
                + " dev eth0; ip link set eth0 up")
        .check();
  }

  private String talk(
      MachineGround first, String firstName, MachineGround second, String secondName) {
    boolean oursFirst = first == ours;
    String oursPublic = identity(ours, ours.wgj());
    String stockPublic = identity(stock, "wg");
    write(
        ours,
        "10.78.0.1/24, fd78::1/64",
        stockPublic,
        "10.78.0.2/32, fd78::2/128",
        oursFirst ? "192.0.2.2" : "");
    write(
        stock,
        "10.78.0.2/24, fd78::2/64",
        oursPublic,
        "10.78.0.1/32, fd78::1/128",
        oursFirst ? "" : "192.0.2.1");
    try (FrameTap tap = network.tap()) {
      // Foreign to the end: the other machine is configured by the stock tools.
      ours.sh(ours.wgj() + " up wg0").check();
      stock.sh("wg-quick up wg0").check();
      for (String address :
          oursFirst ? List.of("10.78.0.2", "fd78::2") : List.of("10.78.0.1", "fd78::1")) {
        steps.show(
            firstName + " to " + secondName,
            first.sh("ping -n -c 3 -i 0.3 -W 30 " + address).check().stdout());
      }
      Frame opening = tap.await(Interop::isInitiation, LIMIT);
      String expected = first.machine().nic(0).name();
      if (!opening.from().equals(expected)) {
        throw new AssertionError(
            "the initiation came from " + opening.from() + ", not " + expected);
      }
      for (MachineGround ground : List.of(ours, stock)) {
        String[] handshake =
            ground.sh("wg show wg0 latest-handshakes").check().stdout().strip().split("\t");
        if (handshake.length != 2 || handshake[1].equals("0")) {
          throw new AssertionError(ground.machine().name() + " knows of no handshake");
        }
      }
    }
    ours.sh(ours.wgj() + " down wg0").check();
    stock.sh("wg-quick down wg0").check();
    return firstName
        + " as initiator, "
        + secondName
        + " as responder: handshake and pings, IPv4 and IPv6";
  }

  /** Makes a key pair in the machine and gives the public half. */
  private static String identity(MachineGround ground, String tool) {
    return ground
        .sh(
            "set -e; umask 077; cd /etc/wireguard; %1$s genkey >key; %1$s pubkey <key"
                .formatted(tool))
        .check()
        .stdout()
        .strip();
  }

  private static void write(
      MachineGround ground, String addresses, String peer, String allowedIps, String endpoint) {
    ground
        .sh(
            """
            set -e
            umask 077
            {
              echo '[Interface]'
              echo "PrivateKey = $(cat /etc/wireguard/key)"
              echo 'Address = %s'
              echo 'ListenPort = %d'
              echo '[Peer]'
              echo 'PublicKey = %s'
              echo 'AllowedIPs = %s'
              %s
            } >/etc/wireguard/wg0.conf
            """
                .formatted(
                    addresses,
                    PORT,
                    peer,
                    allowedIps,
                    endpoint.isEmpty() ? "" : "echo 'Endpoint = " + endpoint + ":" + PORT + "'"))
        .check();
  }

  private static boolean isInitiation(Frame frame) {
    return frame
        .udp()
        .filter(udp -> udp.destinationPort() == PORT)
        .map(udp -> udp.payload().length > 0 && udp.payload()[0] == HANDSHAKE_INITIATION)
        .orElse(false);
  }

  private String unload() {
    for (MachineGround ground : List.of(ours, stock)) {
      Machine machine = ground.machine();
      machine.unloadModule("wireguard");
      List<String> complaints = ground.complaints();
      if (!complaints.isEmpty()) {
        throw new AssertionError(
            machine.name() + ": the kernel complains:\n" + String.join("\n", complaints));
      }
    }
    return "neither kernel has a complaint";
  }
}
