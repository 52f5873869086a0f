// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Has the shells complete command lines, on a machine that the test makes up. */
class CompletionTest {

  private static final String ALICE = "mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=";
  private static final String BOB = "m+s2H/Tl3NAKGmiAX9ZGE/b2vJZzn9R7tHrhzkiL9lM=";

  private static final String FIELDS =
      "allowed-ips dump endpoints fwmark latest-handshakes listen-port peers persistent-keepalive"
          + " preshared-keys private-key public-key transfer";

  /** As a command of the future may look. */
  private static final String[][] MORE = {
    {"look", "[ --json ] [ --sort <key> ] { all | <interface> }", "Looks.", "--json --sort", "x"},
    {"diff", "<interface> <file> [ --in <directory> ]", "Says what's `other'.", "--in", "x"}
  };

  @TempDir Path home;

  @BeforeEach
  void machine() throws IOException {
    uevent("wg0", "DEVTYPE=wireguard\nINTERFACE=wg0\nIFINDEX=4\n");
    uevent("wgoffice", "DEVTYPE=wireguard\nINTERFACE=wgoffice\n");
    uevent("wg$(touch pwned)", "DEVTYPE=wireguard\n");
    uevent("eth0", "INTERFACE=eth0\nIFINDEX=2\n");
    uevent("wlan0", "DEVTYPE=wlan\nINTERFACE=wlan0\n");
    for (String file :
        List.of("etc/home.conf", "etc/office.conf", "etc/key", "netns/blue", "cwd/my.conf")) {
      Files.createDirectories(home.resolve(file).getParent());
      Files.createFile(home.resolve(file));
    }
    Files.createFile(home.resolve("cwd/key file"));
    Files.createDirectory(home.resolve("cwd/more"));
    Path program = home.resolve("bin/wgj");
    Files.createDirectories(program.getParent());
    Files.writeString(
        program,
        "#!/bin/sh\n[ \"$*\" = 'show wg0 peers' ] && printf '%s\\n' "
            + (ALICE + " " + BOB + "\n[ \"$*\" = 'show wg0 peers' ] || exit 1\n"));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void uevent(String name, String content) throws IOException {
    Path directory = Files.createDirectories(home.resolve("net").resolve(name));
    Files.writeString(directory.resolve("uevent"), content);
  }

  private Path document(Documents documents, String which) throws IOException {
    Path file = home.resolve("completion");
    Files.writeString(file, documents.all().get(which));
    return file;
  }

  private Map<String, String> path() {
    return Map.of("PATH", home.resolve("bin") + ":" + System.getenv("PATH"), "HOME", "" + home);
  }

  /** What bash would offer for a line, the cursor at its end. */
  private List<String> bash(Documents documents, String line) throws Exception {
    String script =
        """
        cd "$2/cwd"
        source <(sed "s|/sys/class/net|$2/net|; s|/etc/wireguard|$2/etc|; s|/run/netns|$2/netns|" "$1") || exit 1
        [[ $(complete -p wgj) = *'-F _wgj wgj' ]] || exit 1
        COMP_LINE=$3 COMP_POINT=${#3} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
        COMP_WORDS=($3) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _wgj wgj "${COMP_WORDS[COMP_CWORD]}" ''
        for reply in "${COMPREPLY[@]}"; do printf '%s\\n' "$reply"; done
        """;
    Cli.Result result =
        Programs.run(
            path(),
            "bash",
            "--norc",
            "-c",
            script,
            "bash",
            document(documents, "bash-completion/completions/wgj").toString(),
            home.toString(),
            line);
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(home.resolve("cwd/pwned")).doesNotExist();
    return result.out().lines().sorted().toList();
  }

  private static Documents ours() {
    return new Documents(Help.COMMANDS, Help.SYNOPSIS);
  }

  private static Documents more() {
    return new Documents(MORE, "[ --netns <name> ] [ --debug ] [ <command> ]");
  }

  private static List<String> words(String text) {
    return text == null ? List.of() : List.of(text.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "wgj gen|genkey genpsk",
        "wgj --|--debug --help --netns --version",
        "wgj show |all interfaces wg0 wgoffice",
        "wgj show wgo|wgoffice",
        "wgj show eth|",
        "wgj show interfaces |",
        "wgj show all |" + FIELDS,
        "wgj show wg0 |" + FIELDS,
        "wgj show wg0 p|peers persistent-keepalive preshared-keys private-key public-key",
        "wgj show wg0 dump |",
        "wgj  show   wg0   d|dump",
        "wgj set wg0 |fwmark listen-port peer private-key",
        "wgj set wg0 listen-port |",
        "wgj set wg0 listen-port 1 |fwmark listen-port peer private-key",
        "wgj set wg0 private-key |key file more my.conf",
        "wgj set wg0 private-key k|key file",
        "wgj set wg0 peer |" + BOB + " " + ALICE,
        "wgj set wg0 peer mC|" + ALICE,
        "wgj set wgoffice peer |",
        "wgj set wg0 peer "
            + (ALICE + " |allowed-ips endpoint peer persistent-keepalive preshared-key remove"),
        "wgj set wg0 peer " + ALICE + " endpoint [::1]:5 allowed-ips -10.0.0.0/8 rem|remove",
        "wgj set wg0 peer " + ALICE + " allowed-ips \"\" peer m+|" + BOB,
        "wgj addconf wg0 |key file more my.conf",
        "wgj up |home more my.conf office",
        "wgj show --s|--sort",
        "wgj resolve --|--all --debug --dry-run --json --netns",
        "wgj down |more my.conf wg0 wgoffice",
        "wgj help sh|show showconf",
        "wgj genkey |",
        "wgj nonsense |"
      })
  void bashOffersWhatFits(String line, String offered) throws Exception {
    List<String> expected = words(offered);
    if (offered != null && offered.contains("key file")) {
      expected = new ArrayList<>(words(offered.replace("key file", "").strip().replace("  ", " ")));
      expected.remove("");
      expected.add("key file");
    }
    assertThat(bash(ours(), line)).containsExactlyInAnyOrderElementsOf(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "wgj |diff look",
        "wgj -|--debug --help --netns --version",
        "wgj look -|--debug --json --netns --sort",
        "wgj look --sort |",
        "wgj look --sort age |all wg0 wgoffice",
        "wgj look --json --sort age w|wg0 wgoffice",
        "wgj --netns a look |all wg0 wgoffice",
        "wgj --debug d|diff",
        "wgj look wg0 --json |",
        "wgj diff --in |more",
        "wgj diff --in more wg0 m|more my.conf"
      })
  void bashTakesOptionsAnywhere(String line, String offered) throws Exception {
    List<String> found = bash(more(), line);
    if (line.equals("wgj diff --in ")) {
      assertThat(found).contains(offered);
    } else {
      assertThat(found).containsExactlyInAnyOrderElementsOf(words(offered));
    }
  }

  /** With = and : breaking words, bash replaces only what comes after the last of them. */
  @Test
  void bashIsGivenWhatComesAfterABreak() throws Exception {
    assertThat(bash(ours(), "wgj set wg0 peer " + ALICE)).containsExactly("");
    Files.createFile(home.resolve("cwd/a:b"));
    assertThat(bash(ours(), "wgj setconf wg0 a:")).containsExactly("b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<namespace>=@namespace", "<netns>=@namespace", "<peer>=@peer", "<public key>=@peer",
        "<interface>=@interface", "<name>=@name", "<command>=@command", "<file>=@file",
        "<key file>=@file", "<directory>=@file", "<file>.conf=@file.conf", "<ip>/<length>=@value",
        "<seconds>=@value"
      })
  void placeholdersAreCompletedByTheirNames(String pair) {
    int split = pair.indexOf('=');
    assertThat(Documents.completer(pair.substring(0, split))).isEqualTo(pair.substring(split + 1));
  }

  @Test
  void shellsCanReadThem() throws Exception {
    for (Documents documents : List.of(ours(), more())) {
      Path bash = document(documents, "bash-completion/completions/wgj");
      assertThat(Programs.good(Map.of(), "bash", "-n", bash.toString()).err()).isEmpty();
    }
  }

  private List<String> zsh(String... words) throws Exception {
    String script =
        """
        cd $2/cwd
        compadd() { shift; print -l -- "$@" }
        _describe() { print -l -- ${${(P)4}%%:*} }
        _files() { print -- "files $*" }
        file=$1
        words=("${(@)argv[3,-1]}") CURRENT=$(($# - 2))
        eval "$(sed "s|/sys/class/net|$2/net|; s|/etc/wireguard|$2/etc|; s|/run/netns|$2/netns|" $file)"
        """;
    List<String> command =
        new ArrayList<>(
            List.of(
                "zsh",
                "-f",
                "-c",
                script,
                "zsh",
                document(ours(), "zsh/site-functions/_wgj").toString(),
                home.toString()));
    command.addAll(List.of(words));
    Cli.Result result = Programs.run(path(), "", command);
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    return result.out().lines().sorted().toList();
  }

  @Test
  void zshOffersWhatFits() throws Exception {
    Programs.need("zsh");
    assertThat(zsh("wgj", "")).contains("show", "set", "genkey", "help");
    assertThat(zsh("wgj", "show", "")).contains("all", "interfaces", "wg0", "wgoffice");
    assertThat(zsh("wgj", "show", "")).doesNotContain("eth0", "wlan0");
    assertThat(String.join(" ", zsh("wgj", "show", "wg0", ""))).isEqualTo(FIELDS);
    assertThat(zsh("wgj", "set", "wg0", "peer", "")).containsExactly(BOB, ALICE);
    assertThat(zsh("wgj", "set", "wg0", "peer", ALICE, "preshared-key", ""))
        .containsExactly("files ");
    assertThat(zsh("wgj", "up", "")).containsExactly("files -g *.conf", "home", "office");
    assertThat(zsh("wgj", "-")).containsExactly("--debug", "--help", "--netns", "--version");
  }

  private List<String> fish(String line) throws Exception {
    Path file = document(ours(), "fish/vendor_completions.d/wgj.fish");
    String text = Files.readString(file);
    for (String[] place : new String[][] {{"/sys/class/net", "net"}, {"/etc/wireguard", "etc"}}) {
      text = text.replace(place[0], home.resolve(place[1]).toString());
    }
    Files.writeString(file, text);
    String script = "cd $argv[2]/cwd; source $argv[1]; complete -C $argv[3]";
    Cli.Result result =
        Programs.good(
            path(), "fish", "--no-config", "-c", script, file.toString(), home.toString(), line);
    assertThat(result.err()).isEmpty();
    return result.out().lines().map(offer -> offer.replaceAll("\t.*", "")).sorted().toList();
  }

  @Test
  void fishOffersWhatFits() throws Exception {
    Programs.need("fish");
    assertThat(fish("wgj ")).contains("show", "set", "genkey", "help");
    assertThat(fish("wgj show ")).contains("all", "interfaces", "wg0", "wgoffice");
    assertThat(fish("wgj show ")).doesNotContain("eth0", "wlan0");
    assertThat(String.join(" ", fish("wgj show wg0 "))).isEqualTo(FIELDS);
    assertThat(fish("wgj set wg0 peer ")).containsExactly(BOB, ALICE);
    assertThat(fish("wgj set wg0 peer " + ALICE + " rem")).containsExactly("remove");
    assertThat(fish("wgj up ")).contains("home", "office", "my.conf").doesNotContain("key");
    assertThat(fish("wgj --")).containsExactly("--debug", "--help", "--netns", "--version");
  }
}
