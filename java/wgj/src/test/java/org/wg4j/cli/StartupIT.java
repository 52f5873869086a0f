// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The installed program on each JDK of this machine: what it loads to start, which is what starting
 * takes, and that an archive of classes that does not fit is no harm. Nothing here looks at a
 * clock.
 */
class StartupIT {

  private static final List<String> COMMANDS = List.of("genkey", "pubkey", "show");

  /** Classes of a command beyond those of an empty program; the first lambda alone takes 60. */
  private static final Map<String, Integer> ALLOWANCE =
      Map.of("genkey", 75, "pubkey", 70, "show", 420);

  /** Classes that may come from elsewhere than the archive, of 500 to 1100. */
  private static final int STRAYS = 5;

  private static final String KEY = "mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=\n";
  private static final String PUBLIC = "MIQ438eGoFLgWYUOOEbdund2OphsUPC5lZettpg6BDU=\n";

  /** Installed once: archives are bound to their place. */
  @TempDir static Path root;

  private static Path wgj;
  private static Path startup;

  @TempDir Path scratch;

  @BeforeAll
  static void install() throws Exception {
    Installation.need();
    Installation.script(Map.of(), "install", root + "/usr", "", "programs");
    wgj = root.resolve("usr/bin/wgj");
    startup = root.resolve("usr/lib/wg4j/lib/startup");
    // The installation's own is that of the first.
    assertThat(entries()).hasSize(2).contains("java");
    for (Path jdk : jdks()) {
      build(jdk);
    }
    copy(root.resolve("usr/lib/wg4j/lib"), root.resolve("kept"));
  }

  /** All as it was installed, to the last modification time. */
  @BeforeEach
  void restore() throws IOException {
    Path lib = startup.getParent();
    for (String entry : entries()) {
      Files.delete(startup.resolve(entry));
    }
    copy(root.resolve("kept"), lib);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path source : all.toList()) {
        Path target = to.resolve(from.relativize(source).toString());
        if (!Files.isDirectory(target) || Files.isSymbolicLink(target)) {
          Files.copy(
              source,
              target,
              StandardCopyOption.COPY_ATTRIBUTES,
              StandardCopyOption.REPLACE_EXISTING,
              LinkOption.NOFOLLOW_LINKS);
        }
      }
    }
  }

  /** JUnit would ask why a link leads out of its directory. */
  @AfterAll
  static void removeLinks() throws IOException {
    if (startup != null) {
      Files.deleteIfExists(startup.resolve("java"));
      Files.deleteIfExists(root.resolve("kept/startup/java"));
    }
  }

  /** What `build' makes, without making it again. */
  private static Path archive(Path jdk) throws IOException {
    String prefix = Installation.version(jdk) + "-";
    return startup.resolve(
        entries().stream().filter(entry -> entry.startsWith(prefix)).findFirst().orElseThrow());
  }

  static List<Path> jdks() throws IOException {
    return Installation.jdks();
  }

  private static Map<String, String> on(Path jdk, String... more) {
    Map<String, String> environment = new HashMap<>();
    environment.put("JAVA_HOME", jdk == null ? "" : jdk.toString());
    environment.put("WGJ_JAVA_OPTS", String.join(" ", more));
    return environment;
  }

  private static Path build(Path jdk) throws Exception {
    Map<String, String> environment = on(jdk);
    environment.put("WGJ_ARCHIVE", "build");
    Cli.Result result = Programs.good(environment, wgj.toString());
    assertThat(result.err()).isEmpty();
    Path archive = Path.of(result.out().strip());
    assertThat(archive).isRegularFile().hasParent(startup);
    assertThat(Files.readSymbolicLink(startup.resolve("java"))).isEqualTo(jdk);
    return archive;
  }

  private static List<String> entries() throws IOException {
    try (Stream<Path> entries = Files.list(startup)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  /** Each class that a command loads, with where it came from. */
  private List<String> loaded(Path jdk, List<String> command) throws Exception {
    Path log = scratch.resolve("classes");
    List<String> words = new ArrayList<>(command);
    Map<String, String> environment = on(jdk, "-Xlog:class+load=info:file=" + log);
    Cli.Result result = Programs.run(environment, KEY, words);
    assertThat(result.code()).as("%s", result).isZero();
    List<String> lines =
        Files.readAllLines(log).stream().filter(line -> line.contains(" source: ")).toList();
    assertThat(lines).hasSizeGreaterThan(300);
    return lines;
  }

  private List<String> loaded(Path jdk, String command) throws Exception {
    return loaded(jdk, List.of(wgj.toString(), command));
  }

  private static List<String> strays(List<String> loaded) {
    return loaded.stream().filter(line -> !line.contains("source: shared objects file")).toList();
  }

  /** What a program loads that does nothing, from a jar, on that JDK. */
  private int floor(Path jdk) throws Exception {
    Path source = scratch.resolve("Nothing.java");
    Files.writeString(
        source,
        "public class Nothing { public static void main(String[] a) { System.out.println(1); } }");
    Path bin = Installation.jdks().get(0).resolve("bin");
    Programs.good(
        Map.of(), bin + "/javac", "--release", "17", "-d", scratch.toString(), source.toString());
    Path jar = scratch.resolve("nothing.jar");
    Programs.good(
        Map.of(), bin + "/jar", "cf", jar.toString(), "-C", scratch.toString(), "Nothing.class");
    Path log = scratch.resolve("floor");
    Programs.good(
        Map.of(),
        jdk.resolve("bin/java").toString(),
        "-Xlog:class+load=info:file=" + log,
        "-cp",
        jar.toString(),
        "Nothing");
    return (int)
        Files.readAllLines(log).stream().filter(line -> line.contains(" source: ")).count();
  }

  /** Before archives: how much there is to load. After: that the archive has it. */
  @ParameterizedTest
  @MethodSource("jdks")
  void fewClassesAndThoseFromTheArchive(Path jdk) throws Exception {
    for (String entry : entries()) {
      Files.delete(startup.resolve(entry));
    }
    int floor = floor(jdk);
    for (String command : COMMANDS) {
      List<String> loaded = loaded(jdk, command);
      assertThat(loaded.size() - floor).as(command).isLessThan(ALLOWANCE.get(command));
      // The archive below must make a difference, or this test sees nothing.
      assertThat(strays(loaded)).hasSizeGreaterThan(STRAYS);
      assertThat(loaded)
          .noneMatch(line -> line.contains("picocli") || line.contains("com.sun.jna"));
    }
    restore();
    for (String command : COMMANDS) {
      List<String> strays = strays(loaded(jdk, command));
      assertThat(strays).as(command).hasSizeLessThanOrEqualTo(STRAYS);
      assertThat(strays).noneMatch(line -> line.matches(".*\\] org\\.(wg4j|netlink4j)\\..*"));
    }
  }

  private void worksQuietly(Path jdk) throws Exception {
    Cli.Result key = Programs.good(on(jdk), wgj.toString(), "genkey");
    assertThat(key.out()).matches("[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\n");
    assertThat(key.err()).isEmpty();
    assertThat(Programs.run(on(jdk), KEY, List.of(wgj.toString(), "pubkey")))
        .isEqualTo(new Cli.Result(0, PUBLIC, ""));
    assertThat(Programs.run(on(jdk), "x", List.of(wgj.toString(), "pubkey")))
        .isEqualTo(new Cli.Result(1, "", "wgj: Key is not the correct length or format\n"));
    Cli.Result show = Programs.good(on(jdk), wgj.toString(), "show", "interfaces");
    assertThat(show.err()).isEmpty();
    Cli.Result wrong = Programs.run(on(jdk), wgj.toString(), "nonsense");
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.err()).startsWith("Invalid subcommand: `nonsense'\n");
  }

  /** What an archive can be, other than right. */
  enum Archive {
    MISSING,
    FITTING,
    OLDER_THAN_THE_PROGRAM,
    OLDER_THAN_A_LIBRARY,
    OF_OTHER_JARS,
    OF_ANOTHER_TIME,
    EMPTY,
    NONSENSE,
    DIRECTORY,
    OF_ANOTHER_JVM
  }

  static Stream<Arguments> archives() throws IOException {
    List<Arguments> all = new ArrayList<>();
    for (Path jdk : Installation.jdks()) {
      for (Archive archive : Archive.values()) {
        all.add(Arguments.of(jdk, archive));
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("archives")
  void anArchiveThatDoesNotFitIsNoHarm(Path jdk, Archive what) throws Exception {
    Path archive = archive(jdk);
    boolean replaced = true;
    switch (what) {
      case MISSING -> Files.delete(archive);
      case FITTING -> replaced = false;
      case OLDER_THAN_THE_PROGRAM -> date("wgj.jar", archive, 10_000);
      case OLDER_THAN_A_LIBRARY -> date("netlink4j.jar", archive, 10_000);
      // Java 25 would run the old classes: it looks at the sizes of jars, not at their times.
      case OF_OTHER_JARS -> Files.writeString(startup.resolveSibling("id"), "0123456789abcdef\n");
      // The launcher cannot see this one. Java 17 does; 25 does not mind.
      case OF_ANOTHER_TIME -> {
        date("netlink4j.jar", archive, -600_000);
        replaced = archive.toString().endsWith(".jsa");
      }
      case EMPTY -> Files.write(archive, new byte[0]);
      case NONSENSE -> Files.writeString(archive, "no archive\n".repeat(100_000));
      case DIRECTORY -> {
        Files.delete(archive);
        Files.createDirectory(archive);
      }
      case OF_ANOTHER_JVM -> {
        List<Path> others = new ArrayList<>(Installation.jdks());
        others.remove(jdk);
        if (!others.isEmpty()) {
          Files.copy(archive(others.get(0)), archive, StandardCopyOption.REPLACE_EXISTING);
        }
        replaced = !others.isEmpty();
      }
    }
    worksQuietly(jdk);
    if (replaced) {
      // It was not used, or all of this says nothing.
      assertThat(strays(loaded(jdk, "genkey"))).hasSizeGreaterThan(STRAYS);
    }
  }

  /** Makes a jar so many milliseconds younger than the archive. */
  private static void date(String jar, Path archive, int younger) throws IOException {
    long made = Files.getLastModifiedTime(archive).toMillis();
    Files.setLastModifiedTime(startup.resolveSibling(jar), FileTime.fromMillis(made + younger));
  }

  /** The name of an archive says which jars it was made of. */
  @Test
  void archivesAreNamedAfterTheJars() throws Exception {
    MessageDigest hash = MessageDigest.getInstance("SHA-256");
    try (Stream<Path> files = Files.list(startup.resolveSibling("id").getParent())) {
      for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).sorted().toList()) {
        hash.update(Files.readAllBytes(jar));
      }
    }
    String id = HexFormat.of().formatHex(hash.digest()).substring(0, 16);
    assertThat(startup.resolveSibling("id")).hasContent(id);
    Path jdk = Installation.jdks().get(0);
    assertThat(build(jdk).getFileName().toString())
        .startsWith(Installation.version(jdk) + "-" + id + ".");
    // After an update of the jars, what was made of others goes.
    Files.writeString(startup.resolveSibling("id"), "0123456789abcdef\n");
    Path archive = build(jdk);
    assertThat(entries()).containsExactly(archive.getFileName().toString(), "java");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void nothingIsUnpacked(Path jdk) throws Exception {
    Path empty = Files.createDirectory(scratch.resolve("tmp"));
    Cli.Result result =
        Programs.good(
            on(jdk, "-Djava.io.tmpdir=" + empty, "-Duser.home=" + empty, "-Dnetlink4j.door=jni"),
            wgj.toString(),
            "show");
    assertThat(result.err()).isEmpty();
    assertThat(empty).isEmptyDirectory();
  }

  /** Building again replaces; another JDK's archive stays; nothing else is left. */
  @Test
  void archivesOfSeveralJvmsStandSideBySide() throws Exception {
    List<String> expected = new ArrayList<>(List.of("java"));
    for (Path jdk : Installation.jdks()) {
      build(jdk);
      Path archive = build(jdk);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(archive)))
          .isEqualTo("rw-r--r--");
      expected.remove(archive.getFileName().toString());
      expected.add(archive.getFileName().toString());
    }
    assertThat(entries()).containsAll(expected);
  }

  // Which JVM

  private Path fakeJdk(String version, String script) throws IOException {
    Path jdk = scratch.resolve("jdk-" + version);
    Path java = jdk.resolve("bin/java");
    Files.createDirectories(java.getParent());
    Files.writeString(jdk.resolve("release"), "X=1\nJAVA_VERSION=\"" + version + "\"\nY=\"\n");
    Files.writeString(java, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    return jdk;
  }

  private List<String> flags(String version) throws Exception {
    Path jdk = fakeJdk(version, "printf '%s\\n' \"$@\"");
    return Programs.good(on(jdk, "-Dmine=1"), wgj.toString(), "show", "a b").out().lines().toList();
  }

  /** A flag that a JVM does not know is the end of it. */
  @ParameterizedTest
  @CsvSource({
    "17, G1, no, no",
    "17.0.1, G1, no, no",
    "18, Serial, no, no",
    "21.0.4, Serial, no, no",
    "22, Serial, yes, no",
    "24.0.1, Serial, yes, no",
    "25, Serial, yes, yes",
    "25.0.1, Serial, yes, yes",
    "26-ea, Serial, yes, yes",
    "31.0.1, Serial, yes, yes"
  })
  void eachJvmGetsFlagsThatItKnows(String version, String collector, String allow, String aot)
      throws Exception {
    List<String> flags = flags(version);
    assertThat(flags).contains("-XX:+Use" + collector + "GC");
    assertThat(flags.contains("--enable-native-access=ALL-UNNAMED")).isEqualTo(allow.equals("yes"));
    assertThat(flags.contains("-Xlog:aot*=off:stderr")).isEqualTo(aot.equals("yes"));
    assertThat(flags).containsSubsequence("-Xlog:disable", "-Xlog:all=warning:stderr", "-Dmine=1");
    assertThat(flags).endsWith("org.wg4j.cli.Main", "show", "a b");
    assertThat(flags).noneMatch(flag -> flag.contains("Archive") || flag.contains("AOT"));
  }

  @ParameterizedTest
  @CsvSource({"25.0.9, -XX:AOTCache=, aot", "17.0.9, -XX:SharedArchiveFile=, jsa"})
  void anArchiveIsUsedByItsVersionAlone(String version, String flag, String suffix)
      throws Exception {
    String id = Files.readString(startup.resolveSibling("id")).strip();
    Path archive = startup.resolve(version + "-" + id + "." + suffix);
    Files.writeString(archive, "x");
    assertThat(flags(version)).contains(flag + archive);
    assertThat(flags(version + "1")).noneMatch(other -> other.startsWith(flag));
  }

  @ParameterizedTest
  @CsvSource({"1.8.0_462", "9", "9.0.4", "11.0.2", "16", "16-ea"})
  void anOldJvmIsNamed(String version) throws Exception {
    Path jdk = fakeJdk(version, "echo started");
    Cli.Result result = Programs.run(on(jdk), wgj.toString(), "genkey");
    assertThat(result)
        .isEqualTo(
            new Cli.Result(
                1,
                "",
                "wgj: %s is Java %s: wgj needs 17 or newer (JAVA_HOME chooses another)\n"
                    .formatted(jdk, version)));
  }

  /** A file `release' that nobody can make sense of is no reason not to try. */
  @Test
  void aJvmThatDoesNotSayWhatItIsIsTried() throws Exception {
    Path jdk = fakeJdk("x", "echo \"$@\"");
    for (String release :
        List.of("", "JAVA_VERSION=\"17/../../x\"\n", "JAVA_VERSION=\"x\"\n", "garbage\n")) {
      Files.writeString(jdk.resolve("release"), release);
      assertThat(Programs.good(on(jdk), wgj.toString(), "show").out())
          .contains("org.wg4j.cli.Main show")
          .doesNotContain("Archive", "AOT", "--enable");
    }
  }

  @Test
  void withoutJavaHomeTheInstalledOneIsTaken() throws Exception {
    Path jdk = fakeJdk("17.0.77", "echo this one");
    Files.deleteIfExists(startup.resolve("java"));
    Files.createSymbolicLink(startup.resolve("java"), jdk);
    assertThat(Programs.good(on(null), wgj.toString(), "show").out()).isEqualTo("this one\n");
    // Gone: then whichever is in PATH.
    Files.delete(jdk.resolve("bin/java"));
    assertThat(Programs.good(on(null), wgj.toString(), "--version").out()).startsWith("wgj v");
    Map<String, String> nothing = on(null);
    Path tools = Files.createDirectory(scratch.resolve("tools"));
    Files.createSymbolicLink(tools.resolve("readlink"), Path.of("/usr/bin/readlink"));
    nothing.put("PATH", tools.toString());
    Cli.Result result = Programs.run(nothing, wgj.toString(), "show");
    assertThat(result)
        .isEqualTo(
            new Cli.Result(1, "", "wgj: no java found: install a Java runtime, 17 or newer\n"));
    Map<String, String> wrong = on(scratch.resolve("nowhere"));
    assertThat(Programs.run(wrong, wgj.toString(), "show").err())
        .startsWith("wgj: no java found in JAVA_HOME, " + scratch + "/nowhere: install");
  }

  @Test
  void anArchiveThatCannotBeMadeIsSaid() throws Exception {
    Path jdk = fakeJdk("25.0.99", "echo no room; exit 3");
    List<String> before = entries();
    Map<String, String> environment = on(jdk);
    environment.put("WGJ_ARCHIVE", "build");
    Cli.Result result = Programs.run(environment, wgj.toString());
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("Java 25.0.99 of " + jdk, "starts slower", "no room");
    assertThat(entries()).isEqualTo(before);
    environment.put("WGJ_ARCHIVE", "1");
    assertThat(Programs.run(environment, wgj.toString()).err()).contains("WGJ_ARCHIVE is not");
  }

  @Test
  void aLinkGivesTheProgramItsName() throws Exception {
    Path link = scratch.resolve("elsewhere/wg");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, link.getParent().relativize(wgj));
    Cli.Result result =
        Programs.run(
            on(null), "x", List.of("sh", "-c", "cd " + scratch + " && elsewhere/wg pubkey"));
    assertThat(result.err()).isEqualTo("wg: Key is not the correct length or format\n");
    assertThat(Programs.run(on(null), "sh", "-c", "cd " + root + "/usr/bin && ./wgj version").out())
        .startsWith("wgj v");
  }
}
