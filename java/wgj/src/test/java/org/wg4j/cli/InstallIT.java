// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code make install} and {@code make uninstall}, into directories of the test. */
class InstallIT {

  private static final Map<String, String> NO_KERNEL = Map.of("KERNEL", "0.0.0-none");

  @TempDir Path root;

  @BeforeAll
  static void built() {
    Installation.need();
  }

  /** All that is there: kind, mode, and content or target. */
  private Map<String, String> tree() throws IOException {
    Map<String, String> tree = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.toList()) {
        String mode =
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
        String content = "directory";
        if (Files.isSymbolicLink(path)) {
          content = "-> " + Files.readSymbolicLink(path);
        } else if (Files.isRegularFile(path)) {
          content = "file " + Arrays.hashCode(Files.readAllBytes(path));
        }
        tree.put("/" + root.relativize(path), mode + " " + content);
      }
    }
    return tree;
  }

  private void file(String path, String content) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private void install(String prefix) throws Exception {
    Cli.Result result = Installation.script(Map.of(), "install", prefix, "" + root, "programs");
    assertThat(result.err()).isEmpty();
    // The archive is bound to the place where the program lies in the end.
    assertThat(result.out()).contains("WGJ_ARCHIVE=build " + prefix + "/lib/wg4j/bin/wgj");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/usr", "/usr/local", "/opt/wg4j"})
  void everyPartHasItsPlace(String prefix) throws Exception {
    install(prefix);
    Map<String, String> tree = tree();
    assertThat(tree.keySet())
        .contains(
            prefix + "/lib/wg4j/lib/wgj.jar",
            prefix + "/lib/wg4j/lib/wg4j.jar",
            prefix + "/lib/wg4j/lib/netlink4j.jar",
            prefix + "/lib/wg4j/lib/libnetlink4j.so",
            prefix + "/share/man/man8/wgj.8",
            prefix + "/share/bash-completion/completions/wgj",
            prefix + "/share/zsh/site-functions/_wgj",
            prefix + "/share/fish/vendor_completions.d/wgj.fish",
            prefix + "/lib/systemd/system/wgj@.service",
            prefix + "/lib/systemd/system/wgj.target")
        .doesNotContain(prefix + "/lib/wg4j/lib/startup");
    for (String link : new String[] {"/bin/wgj", "/lib/wg4j/hooks/wg"}) {
      assertThat(tree.get(prefix + link)).endsWith("-> " + prefix + "/lib/wg4j/bin/wgj");
    }
    assertThat(tree.get(prefix + "/lib/wg4j/bin/wgj")).startsWith("rwxr-xr-x file");
    assertThat(tree.get(prefix + "/share/man/man8/wgj.8")).startsWith("rw-r--r-- file");
    assertThat(Files.readString(root.resolve("./" + prefix + "/lib/systemd/system/wgj@.service")))
        .contains("ExecStart=" + prefix + "/bin/wgj up %i\n")
        .doesNotContain("@PREFIX@");
  }

  @Test
  void uninstallingTakesAwayExactlyThat() throws Exception {
    file("usr/local/bin/other", "x");
    file("usr/local/share/man/man8/wg.8", "x");
    file("usr/local/lib/systemd/system/other.service", "x");
    file("lib/modules/0.0.0-none/modules.dep", "x");
    Map<String, String> before = tree();
    install("/usr/local");
    assertThat(tree()).isNotEqualTo(before);
    // What the launcher and a module's installation would have put there.
    file("usr/local/lib/wg4j/lib/startup/17.0.15.jsa", "x");
    file("lib/modules/0.0.0-none/updates/wireguard.ko", "x");
    Installation.script(NO_KERNEL, "uninstall", "/usr/local", "" + root);
    assertThat(tree()).isEqualTo(before);
    // There is nothing left to do, and no harm in trying.
    Installation.script(NO_KERNEL, "uninstall", "/usr/local", "" + root);
    assertThat(tree()).isEqualTo(before);
  }

  @Test
  void whatOthersPutBesideItStays() throws Exception {
    install("/usr");
    file("usr/share/zsh/site-functions/_other", "x");
    Installation.script(NO_KERNEL, "uninstall", "/usr", root + "/");
    assertThat(tree().keySet())
        .containsExactly(
            "/",
            "/usr",
            "/usr/share",
            "/usr/share/zsh",
            "/usr/share/zsh/site-functions",
            "/usr/share/zsh/site-functions/_other");
  }

  /** What an older version had and a newer one has not must not stay for ever. */
  @Test
  void installingAgainReplaces() throws Exception {
    Map<String, String> before = tree();
    install("/usr");
    Map<String, String> once = tree();
    file("usr/share/man/man8/wgj-old.8", "x");
    Path record = root.resolve("usr/lib/wg4j/installed");
    Files.writeString(record, Files.readString(record) + "/usr/share/man/man8/wgj-old.8\n");
    install("/usr");
    assertThat(tree()).isEqualTo(once);
    Installation.script(NO_KERNEL, "uninstall", "/usr", "" + root);
    assertThat(tree()).isEqualTo(before);
  }

  /** Half an installation can be taken away, too: what is written is noted first. */
  @Test
  void whatCannotBeFinishedCanBeUndone() throws Exception {
    file("usr/share/man", "a file where a directory must be");
    Map<String, String> before = tree();
    Cli.Result result =
        Programs.run(
            Map.of(), Installation.script() + "", "install", "/usr", "" + root, "programs");
    assertThat(result.code()).isNotZero();
    assertThat(tree()).isNotEqualTo(before);
    Installation.script(NO_KERNEL, "uninstall", "/usr", "" + root);
    assertThat(tree()).isEqualTo(before);
  }

  @Test
  void withoutHeadersTheModuleIsLeftOut() throws Exception {
    Cli.Result result =
        Programs.run(NO_KERNEL, Installation.script() + "", "install", "/usr", "" + root);
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.err())
        .contains("no headers of kernel 0.0.0-none", "NOT installed", "make install-programs");
    assertThat(tree()).containsKey("/usr/bin/wgj").doesNotContainKey("/lib");
  }

  @ParameterizedTest
  @CsvSource({
    "install, usr/local, programs, an absolute path",
    "install, /a b, programs, without blanks",
    "remove, /usr, programs, Usage:",
    "install, /usr, everything, Usage:"
  })
  void wrongUseDoesNothing(String action, String prefix, String part, String words)
      throws Exception {
    Map<String, String> before = tree();
    Cli.Result result =
        Programs.run(Map.of(), Installation.script() + "", action, prefix, "" + root, part);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains(words);
    assertThat(tree()).isEqualTo(before);
  }

  // Units

  private Path units() throws Exception {
    Installation.script(Map.of(), "install", root + "/usr", "", "programs");
    return root.resolve("usr/lib/systemd/system");
  }

  @Test
  void systemdAcceptsTheUnits() throws Exception {
    Programs.need("systemd-analyze");
    Path units = units();
    Cli.Result result =
        Programs.good(
            Map.of("SYSTEMD_UNIT_PATH", units + ":"),
            "systemd-analyze",
            "verify",
            "--man=no",
            units.resolve("wgj@wg0.service").toString(),
            units.resolve("wgj.target").toString());
    assertThat(result.out() + result.err()).isEmpty();
  }

  /** With a wgj that says what it is asked; what apply does then is tested elsewhere. */
  @Test
  void reloadingAppliesTheFile() throws Exception {
    Path units = units();
    Path wgj = root.resolve("usr/bin/wgj");
    Files.delete(wgj);
    file("usr/bin/wgj", "#!/bin/sh\nfor word; do echo \"$word\"; done\n");
    Files.setPosixFilePermissions(wgj, PosixFilePermissions.fromString("rwxr-xr-x"));
    String line =
        Files.readAllLines(units.resolve("wgj@.service"), StandardCharsets.UTF_8).stream()
            .filter(each -> each.startsWith("ExecReload="))
            .findFirst()
            .orElseThrow();
    String[] words = line.substring("ExecReload=".length()).replace("%i", "wg0").split(" ");
    assertThat(Programs.run(Map.of(), words))
        .isEqualTo(new Cli.Result(0, "apply\nwg0\n/etc/wireguard/wg0.conf\n", ""));
  }
}
