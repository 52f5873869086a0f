// SPDX-License-Identifier: Apache-2.0
package org.wg4j.demo;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.wg4j.lab.Result;

/** The first half of the demonstration: one kernel, two network namespaces, a tunnel between. */
final class TwoNamespaces {
  /** The steps of {@link #run}. */
  static final int STEPS = 10;

  private static final String DIR = "/run/wg4j-demo";
  private static final String LEFT = "wg4j-left";
  private static final String RIGHT = "wg4j-right";
  private static final Pattern RECEIVER =
      Pattern.compile("([0-9.]+ [KMG]?Bytes) +([0-9.]+ [KMG]?bits/sec).* receiver");

  private final Ground ground;
  private final Steps steps;

  TwoNamespaces(Ground ground, Steps steps) {
    this.ground = ground;
    this.steps = steps;
  }

  void run() {
    steps.step("load our module", this::load);
    steps.step("two network namespaces, joined by a pair of virtual cables", this::namespaces);
    steps.step("wgj genkey, wgj pubkey: two identities, two configuration files", this::configure);
    steps.step("wgj up, on both sides", this::up);
    steps.step("ping through the tunnel, IPv4 and IPv6", this::ping);
    steps.step("iperf3 through the tunnel", this::iperf);
    steps.step("wgj show, and stock wg show", this::show);
    steps.step("a Java program adds a peer, lists all, removes it", this::api);
    steps.step("wgj down, on both sides", this::down);
    steps.step("unload the module", this::unload);
  }

  /** Takes away what a run that failed left behind; for a ground that outlives it. */
  void cleanUp() {
    ground.sh(
        "for ns in %s %s; do ip netns pids $ns | xargs -r kill -9; ip netns delete $ns; done; rm -rf %s"
            .formatted(LEFT, RIGHT, DIR));
    ground.sh(awaitUnused() + "; rmmod wireguard");
  }

  private String load() {
    ground.loadOurs();
    String kernel = ground.sh("uname -r").check().stdout().strip();
    String version = ground.sh("cat /sys/module/wireguard/srcversion").stdout().strip();
    return "our module (srcversion " + version + ") is in Linux " + kernel;
  }

  private String namespaces() {
    ground
        .sh(
            """
            set -e
            umask 077
            rm -rf %1$s
            mkdir -p %1$s/left %1$s/right
            for ns in %2$s %3$s; do
              ip netns add $ns
              ip -n $ns link set lo up
            done
            ip link add cable netns %2$s type veth peer name cable netns %3$s
            ip -n %2$s addr add 192.0.2.1/24 dev cable
            ip -n %3$s addr add 192.0.2.2/24 dev cable
            ip -n %2$s link set cable up
            ip -n %3$s link set cable up
            """
                .formatted(DIR, LEFT, RIGHT))
        .check();
    return "";
  }

  /** The keys are made where they are used and go from file to file, never through an argument. */
  private String configure() {
    ground
        .sh(
            """
            set -e
            umask 077
            cd %1$s
            for side in left right; do
              %2$s genkey >$side/key
              %2$s pubkey <$side/key >$side/pub
            done
            %2$s genpsk >psk
            {
              echo '[Interface]'
              echo "PrivateKey = $(cat left/key)"
              echo 'Address = 10.77.0.1/24, fd77::1/64'
              echo 'ListenPort = 51820'
              echo
              echo '[Peer]'
              echo "PublicKey = $(cat right/pub)"
              echo "PresharedKey = $(cat psk)"
              echo 'AllowedIPs = 10.77.0.2/32, fd77::2/128'
              echo 'Endpoint = 192.0.2.2:51821'
            } >left/wg0.conf
            {
              echo '[Interface]'
              echo "PrivateKey = $(cat right/key)"
              echo 'Address = 10.77.0.2/24, fd77::2/64'
              echo 'ListenPort = 51821'
              echo
              echo '[Peer]'
              echo "PublicKey = $(cat left/pub)"
              echo "PresharedKey = $(cat psk)"
              echo 'AllowedIPs = 10.77.0.1/32, fd77::1/128'
            } >right/wg0.conf
            rm psk
            """
                .formatted(DIR, ground.wgj()))
        .check();
    String shown =
        ground
            .sh(
                "sed -E 's/^(PrivateKey|PresharedKey) = .*/\\1 = (hidden)/' "
                    + DIR
                    + "/left/wg0.conf")
            .check()
            .stdout();
    steps.show("left/wg0.conf", shown);
    return "";
  }

  private String up() {
    for (String side : List.of("left", "right")) {
      Result result = in(side, ground.wgj() + " up " + DIR + "/" + side + "/wg0.conf").check();
      steps.show(side, result.stderr() + result.stdout());
    }
    return "both ends were brought up by wgj up from .conf files";
  }

  private String ping() {
    for (String address : List.of("10.77.0.2", "fd77::2")) {
      Result result = in("left", "ping -n -c 3 -i 0.3 -W 30 " + address).check();
      steps.show("left to " + address, result.stdout());
      if (!result.stdout().contains("3 received")) {
        throw new AssertionError("not every ping was answered:\n" + result.stdout());
      }
    }
    return "every ping was answered, over IPv4 and over IPv6";
  }

  private String iperf() {
    // The server is there when its socket is; it serves one client and ends.
    in(
            "right",
            "iperf3 -s -1 -D && timeout 60 sh -c 'until ss -Hltn | grep -q :5201; do sleep 0.1; done'")
        .check();
    Result result = in("left", "iperf3 -c 10.77.0.2 -t 5").check();
    steps.show("left to right, TCP, 5 s", result.stdout());
    Matcher matcher = RECEIVER.matcher(result.stdout());
    if (!matcher.find()) {
      throw new AssertionError("iperf3 names no receiver:\n" + result.stdout());
    }
    return "iperf3 carried " + matcher.group(1) + " at " + matcher.group(2);
  }

  private String show() {
    String ours = in("left", ground.wgj() + " show").check().stdout();
    String stock = in("left", "wg show").check().stdout();
    steps.show("wgj show", ours);
    steps.show("wg show (wireguard-tools)", stock);
    // Between the two a second passes, and perhaps a keepalive.
    if (!withoutTime(ours).equals(withoutTime(stock))) {
      throw new AssertionError("the two differ");
    }
    if (!ours.contains("latest handshake:") || !ours.contains("endpoint: 192.0.2.2:51821")) {
      throw new AssertionError("there is no handshake with the right side");
    }
    return "wgj show and stock wg show say the same";
  }

  /** The example of README.md, as it stands there. */
  private String api() {
    String project = ground.project();
    String classpath =
        "%1$s/tests/suites/target/classes:%1$s/java/wgj/target/lib/*".formatted(project);
    // In the namespace of nobody: the program reaches into the other one by itself.
    Result result =
        ground
            .sh(
                "java -Dnetlink4j.library.path=%s/build/native -cp '%s' org.wg4j.demo.ApiExample %s"
                    .formatted(project, classpath, LEFT))
            .check();
    steps.show("org.wg4j.demo.ApiExample", result.stdout());
    if (result.lines().size() != 2 || !result.stdout().contains("10.77.0.3/32")) {
      throw new AssertionError("two peers were expected");
    }
    return "a Java program changed and read the interface from outside its namespace";
  }

  private static String withoutTime(String text) {
    return text.replaceAll("latest handshake: .*", "latest handshake:")
        .replaceAll("transfer: .*", "transfer:");
  }

  private String down() {
    for (String side : List.of("left", "right")) {
      in(side, ground.wgj() + " down " + DIR + "/" + side + "/wg0.conf").check();
      Result links = in(side, "ip -o link show type wireguard").check();
      if (!links.stdout().isBlank()) {
        throw new AssertionError("still there on the " + side + ": " + links.stdout());
      }
    }
    ground
        .sh("ip netns delete %s && ip netns delete %s && rm -r %s".formatted(LEFT, RIGHT, DIR))
        .check();
    return "wgj down took both interfaces away";
  }

  private String unload() {
    ground.sh(awaitUnused() + " && rmmod wireguard && ! test -d /sys/module/wireguard").check();
    List<String> complaints = ground.complaints();
    if (!complaints.isEmpty()) {
      throw new AssertionError("the kernel complains:\n" + String.join("\n", complaints));
    }
    return "the module was unloaded and the kernel has no complaint";
  }

  /** A namespace goes away in the background, and its devices hold the module until then. */
  private static String awaitUnused() {
    return "timeout 60 sh -c 'until [ \"$(cat /sys/module/wireguard/refcnt)\" = 0 ]; do sleep 0.1; done'";
  }

  private Result in(String side, String command) {
    return ground.sh(
        "ip netns exec %s sh -c '%s'"
            .formatted(side.equals("left") ? LEFT : RIGHT, command.replace("'", "'\\''")));
  }
}
