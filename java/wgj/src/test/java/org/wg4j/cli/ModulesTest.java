// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.nayuki.qrcodegen.QrCode;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleDescriptor.Requires;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The three modules: what they offer, what they need, and that they work as modules. */
class ModulesTest {
  private static ModuleDescriptor descriptor(Published published) {
    return published.reference().descriptor();
  }

  /** Packages that everybody may use; none is exported to a few. */
  private static Set<String> exports(Published published) {
    assertThat(descriptor(published).exports()).noneMatch(Exports::isQualified);
    return descriptor(published).exports().stream()
        .map(Exports::source)
        .collect(Collectors.toSet());
  }

  private static Set<String> requires(Published published) {
    return descriptor(published).requires().stream()
        .map(required -> modifiers(required) + required.name())
        .filter(required -> !required.equals("mandated java.base"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String modifiers(Requires required) {
    return required.modifiers().stream()
        .map(modifier -> modifier.toString().toLowerCase() + " ")
        .collect(Collectors.joining());
  }

  @Test
  void netlink4jStandsAlone() {
    assertThat(requires(Published.NETLINK4J)).containsExactly("static com.sun.jna");
    // All of its packages are for users; what is not is package-private.
    assertThat(exports(Published.NETLINK4J))
        .containsExactlyInAnyOrder(
            "org.netlink4j",
            "org.netlink4j.generic",
            "org.netlink4j.recording",
            "org.netlink4j.route",
            "org.netlink4j.transport")
        .containsExactlyInAnyOrderElementsOf(descriptor(Published.NETLINK4J).packages());
  }

  @Test
  void wg4jExportsItsApiAndNothingElse() {
    assertThat(requires(Published.WG4J)).containsExactly("transitive org.netlink4j");
    assertThat(exports(Published.WG4J)).containsExactly("org.wg4j");
  }

  @Test
  void wgjIsAProgram() {
    assertThat(exports(Published.WGJ)).isEmpty();
    assertThat(requires(Published.WGJ)).contains("org.netlink4j", "org.wg4j");
    assertThat(descriptor(Published.WGJ).opens()).isEmpty();
  }

  private record Run(int exit, String output) {}

  /** Starts the program from the module path, with more options of the JVM. */
  private static Run start(List<String> options, String... arguments) throws Exception {
    String modulePath =
        Stream.concat(
                Stream.of(Published.values()).map(Published::home),
                Stream.of(Native.class, CommandLine.class, QrCode.class).map(Published::home))
            .map(Path::toString)
            .collect(Collectors.joining(":"));
    List<String> command =
        new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-p", modulePath));
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=org.netlink4j");
    }
    command.addAll(options);
    command.addAll(List.of("-m", Published.WGJ.module + "/" + Main.class.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return new Run(process.waitFor(), output);
  }

  @Test
  void programStartsFromTheModulePath() throws Exception {
    Run version = start(List.of(), "--version");
    assertThat(version.output()).startsWith("wgj ");
    assertThat(version.exit()).isZero();
  }

  /** A device that is not there is looked for through the kernel, whichever door leads to it. */
  @Test
  void bothDoorsOpenFromTheModulePath() throws Exception {
    String library = System.getProperty("netlink4j.library.path");
    List<String> jni = List.of("-Dnetlink4j.door=jni", "-Dnetlink4j.library.path=" + library);
    List<String> jna = new ArrayList<>(List.of("-Dnetlink4j.door=jna"));
    // Nothing asks for the optional module, so that door is shut.
    String shut = "Unable to access interface: Function not implemented";
    assertThat(start(jna, "show", "no-such-device").output()).isEqualTo(shut);
    jna.addAll(List.of("--add-modules", "com.sun.jna"));
    if (Runtime.version().feature() >= 22) {
      jna.add("--enable-native-access=com.sun.jna");
    }
    Run throughJni = start(jni, "show", "no-such-device");
    assertThat(throughJni.output()).startsWith("Unable to access interface").isNotEqualTo(shut);
    assertThat(start(jna, "show", "no-such-device")).isEqualTo(throughJni);
  }
}
