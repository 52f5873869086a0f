// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.wg4j.AllowedIp;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.Endpoint;
import org.wg4j.Peer;
import org.wg4j.PresharedKey;
import org.wg4j.PrivateKey;
import org.wg4j.WireGuard;

/**
 * Does what people do often and scripts in loops, so that a JVM that watches can write an archive
 * of the classes this takes; {@code WGJ_ARCHIVE=build wgj} runs it. Lists the machine's interfaces
 * but reads none, so that the memory of a JVM that writes a file has nobody's keys in it; what
 * comes of reading them is played on devices that do not exist. Changes nothing.
 */
public final class Rehearsal {

  private static final String[] PACKAGES = {"org/wg4j/", "org/netlink4j/"};

  private Rehearsal() {}

  /** Arguments are ignored. */
  public static void main(String[] arguments) throws IOException {
    loadOurClasses(System.getProperty("java.class.path"));
    ByteArrayOutputStream key = new ByteArrayOutputStream();
    play(Main.DEVICES, new byte[0], key, "genkey");
    play(Main.DEVICES, key.toByteArray(), OutputStream.nullOutputStream(), "pubkey");
    play(Main.DEVICES, "genpsk");
    play(Main.DEVICES, "show", "interfaces");
    play(Main.DEVICES, "show", "no-such-device");
    Session.ClientSource stage = Stage::new;
    play(stage);
    play(stage, "show", "all", "dump");
    play(stage, "show", "wg0", "latest-handshakes");
    play(stage, "showconf", "wg0");
    String peer = PrivateKey.generate().publicKey().toString();
    play(stage, "set", "wg0", "peer", peer, "endpoint", "192.0.2.1:1", "allowed-ips", "10.0.0.0/8");
  }

  private static void play(Session.ClientSource devices, String... arguments) {
    play(devices, new byte[0], OutputStream.nullOutputStream(), arguments);
  }

  /** What fails here, for instance for want of rights, fails in the same classes later. */
  private static void play(
      Session.ClientSource devices, byte[] in, OutputStream out, String... arguments) {
    Output nowhere = new Output(OutputStream.nullOutputStream());
    try (Session session =
        Main.session(new ByteArrayInputStream(in), new Output(out), nowhere, devices)) {
      Main.run(session, arguments);
    }
  }

  /** Two devices that are as devices are, and take every change. */
  private static final class Stage implements WireGuard {

    @Override
    public List<String> deviceNames() {
      return List.of("wg0", "wg1");
    }

    @Override
    public Device device(String name) {
      PrivateKey key = PrivateKey.generate();
      List<Peer> peers = List.of(peer("192.0.2.1:51820", 25), peer("[fe80::1%1]:51820", 0));
      return new Device(
          name, 1, Optional.of(key), Optional.of(key.publicKey()), 51820, 51820, peers);
    }

    private static Peer peer(String endpoint, int keepalive) {
      try (PrivateKey key = PrivateKey.generate()) {
        return new Peer(
            key.publicKey(),
            Optional.of(PresharedKey.generate()),
            Optional.of(Endpoint.parse(endpoint)),
            List.of(AllowedIp.parse("10.0.0.0/8"), AllowedIp.parse("fd00::/64")),
            Optional.of(Instant.now().minusSeconds(100_000_000)),
            1_000_000,
            100_000,
            keepalive,
            1);
      }
    }

    @Override
    public Device device(int index) {
      return device("wg" + index);
    }

    @Override
    public List<Device> devices() {
      return List.of(device("wg0"), device("wg1"));
    }

    @Override
    public void configure(String name, DeviceConfig change) {}

    @Override
    public void configure(int index, DeviceConfig change) {}

    @Override
    public void close() {}
  }

  /**
   * Loads all of our classes: there need not be a peer on this machine for `show' to meet one
   * later. A class whose library is optional, and not there, stays out.
   */
  private static void loadOurClasses(String classPath) throws IOException {
    for (String path : classPath.split(File.pathSeparator)) {
      try (JarFile jar = new JarFile(path)) {
        for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements(); ) {
          String name = all.nextElement().getName();
          if (isOurs(name)) {
            load(name.substring(0, name.length() - ".class".length()).replace('/', '.'));
          }
        }
      }
    }
  }

  private static boolean isOurs(String entry) {
    for (String prefix : PACKAGES) {
      if (entry.startsWith(prefix) && entry.endsWith(".class")) {
        return !entry.endsWith("-info.class") && !entry.contains("/Jna");
      }
    }
    return false;
  }

  private static void load(String name) {
    try {
      Class.forName(name, false, Rehearsal.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      System.err.println("not archived: " + name + ": " + e);
    }
  }
}
