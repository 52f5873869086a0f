// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Which name servers this host asks while a tunnel is up. There is no system call for that: it is
 * told to resolvconf(8), or, where there is none, to systemd-resolved by resolvectl(1). The only
 * class of this library that starts programs.
 *
 * <p>Name servers are the host's, whatever network namespace an interface is in. Immutable;
 * thread-safe.
 */
public final class DeviceDns {

  private static final Path INTERFACE_ORDER = Path.of("/etc/resolvconf/interface-order");
  private static final String DEFAULT_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
  private static final int MOST_OUTPUT = 4096;

  private final List<Path> directories;
  private final String prefix;

  /**
   * Programs in these directories.
   *
   * @param prefix what a name must begin with to come before other sources in resolvconf's order
   */
  DeviceDns(List<Path> directories, String prefix) {
    this.directories = List.copyOf(directories);
    this.prefix = prefix;
  }

  /** With the programs that PATH leads to. */
  public static DeviceDns system() {
    String path = System.getenv("PATH");
    List<Path> directories = new ArrayList<>();
    for (String directory : (path == null ? DEFAULT_PATH : path).split(":")) {
      if (!directory.isEmpty()) {
        directories.add(Path.of(directory));
      }
    }
    // resolvconf(8) of Debian sorts its sources by name, and "tun." comes early.
    return new DeviceDns(directories, Files.exists(INTERFACE_ORDER) ? "tun." : "");
  }

  /**
   * Lets the host ask these name servers and no others, until {@link #unset}.
   *
   * @param device name of the interface through which they are reached
   * @param nameServers at least one
   * @param searchDomains are tried behind names without a dot
   * @throws IllegalArgumentException if the name is no interface's, there is no name server, or a
   *     domain has a character in it that no domain has
   * @throws IOException if there is no program for this, or it failed
   */
  public void set(String device, List<IpAddress> nameServers, List<String> searchDomains)
      throws IOException {
    checkName(device);
    if (nameServers.isEmpty()) {
      throw new IllegalArgumentException("no name server");
    }
    searchDomains.forEach(DeviceDns::checkDomain);
    Optional<Path> resolvconf = find("resolvconf");
    if (resolvconf.isPresent()) {
      StringBuilder text = new StringBuilder();
      nameServers.forEach(server -> text.append("nameserver ").append(server).append('\n'));
      if (!searchDomains.isEmpty()) {
        text.append("search ").append(String.join(" ", searchDomains)).append('\n');
      }
      run(text.toString(), resolvconf.get(), "-a", prefix + device, "-m", "0", "-x");
      return;
    }
    Path resolvectl = find("resolvectl").orElseThrow(DeviceDns::missing);
    List<String> servers = new ArrayList<>(List.of("dns", device));
    nameServers.forEach(server -> servers.add(server.toString()));
    run("", resolvectl, servers.toArray(new String[0]));
    List<String> domains = new ArrayList<>(List.of("domain", device));
    domains.addAll(searchDomains);
    // All names are this interface's business.
    domains.add("~.");
    run("", resolvectl, domains.toArray(new String[0]));
  }

  /**
   * Lets the host ask whom it asked before {@link #set}.
   *
   * @param device name of the interface, which may be gone
   * @throws IllegalArgumentException if the name is no interface's
   * @throws IOException if there is no program for this, or it failed
   */
  public void unset(String device) throws IOException {
    checkName(device);
    Optional<Path> resolvconf = find("resolvconf");
    if (resolvconf.isPresent()) {
      run("", resolvconf.get(), "-d", prefix + device, "-f");
    } else {
      run("", find("resolvectl").orElseThrow(DeviceDns::missing), "revert", device);
    }
  }

  private static IOException missing() {
    return new IOException(
        "neither resolvconf nor resolvectl found: install openresolv, resolvconf or"
            + " systemd-resolved");
  }

  /** What could be taken for an option is no name. */
  private static void checkName(String device) {
    if (device.isEmpty()
        || device.length() >= Uapi.IFNAMSIZ
        || device.charAt(0) == '-'
        || !device.chars().allMatch(c -> isLetterOrDigit(c) || "_=+.-".indexOf(c) >= 0)) {
      throw new IllegalArgumentException("not the name of an interface: " + device);
    }
  }

  private static void checkDomain(String domain) {
    if (domain.isEmpty()
        || domain.charAt(0) == '-'
        || !domain.chars().allMatch(c -> isLetterOrDigit(c) || "_.-".indexOf(c) >= 0)) {
      throw new IllegalArgumentException("not a domain: " + domain);
    }
  }

  private static boolean isLetterOrDigit(int c) {
    return c < 128 && Character.isLetterOrDigit(c);
  }

  private Optional<Path> find(String program) {
    return directories.stream()
        .map(directory -> directory.resolve(program))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  private static void run(String input, Path program, String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of(program.toString()));
    words.addAll(Arrays.asList(arguments));
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said;
    try (OutputStream out = process.getOutputStream()) {
      out.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException brokenPipe) {
      // The program ended without reading everything; its exit code says what that means.
    }
    try (InputStream in = process.getInputStream()) {
      said = new String(in.readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8).strip();
      in.transferTo(OutputStream.nullOutputStream());
    }
    int code;
    try {
      code = process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + program.getFileName(), e);
    }
    if (code != 0) {
      throw new IOException(
          String.join(" ", words) + ": exit code " + code + (said.isEmpty() ? "" : ": " + said));
    }
  }
}
