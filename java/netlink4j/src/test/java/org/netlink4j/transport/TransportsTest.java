// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.netlink4j.TransportUnavailableException;

class TransportsTest {
  private String library;

  @BeforeEach
  void remember() {
    library = System.getProperty(LibraryLoader.PATH_PROPERTY);
  }

  @AfterEach
  void restore() {
    System.clearProperty(Transports.DOOR_PROPERTY);
    if (library == null) {
      System.clearProperty(LibraryLoader.PATH_PROPERTY);
    } else {
      System.setProperty(LibraryLoader.PATH_PROPERTY, library);
    }
  }

  @Test
  void doorByProperty() throws Exception {
    System.setProperty(Transports.DOOR_PROPERTY, "jna");
    assertThat(Transports.selected().name()).isEqualTo("jna");
    System.setProperty(Transports.DOOR_PROPERTY, "jni");
    assertThat(Transports.selected().name()).isEqualTo("jni");
    System.setProperty(Transports.DOOR_PROPERTY, "auto");
    assertThat(Transports.selected().name()).isEqualTo("jni");
    System.setProperty(Transports.DOOR_PROPERTY, "trap");
    assertThatThrownBy(Transports::selected)
        .isInstanceOf(TransportUnavailableException.class)
        .hasMessageContaining("\"trap\"");
  }

  @Test
  void missingLibraryNamesTheOnlyPlaceThatCounts(@TempDir Path directory) {
    System.setProperty(LibraryLoader.PATH_PROPERTY, directory.toString());
    assertThatThrownBy(LibraryLoader::load)
        .isInstanceOf(TransportUnavailableException.class)
        .hasMessageContaining(directory.resolve("libnetlink4j.so") + ": not there")
        .hasMessageContaining("nowhere else");
  }

  @Test
  void brokenLibraryNamesItsFault(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("some.so"), "not a library");
    System.setProperty(LibraryLoader.PATH_PROPERTY, file.toString());
    assertThatThrownBy(LibraryLoader::load)
        .isInstanceOf(TransportUnavailableException.class)
        .hasMessageContaining(file.toString())
        .hasCauseInstanceOf(UnsatisfiedLinkError.class);
  }

  @Test
  void sourceTreeIsFoundWithoutAProperty() throws Exception {
    System.clearProperty(LibraryLoader.PATH_PROPERTY);
    assertThat(LibraryLoader.load().name()).isEqualTo("jni");
  }

  private static Path built() {
    return Path.of(System.getProperty(LibraryLoader.PATH_PROPERTY)).resolve("libnetlink4j.so");
  }

  private static Path variantIn(Path directory) {
    return directory.resolve(LibraryLoader.variant(System.getProperty("os.arch"), false));
  }

  /** Only the right one of builds for several machines is one; also beside a broken plain one. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void variantForThisMachineAndLibrary(boolean plainToo, @TempDir Path directory) throws Exception {
    for (String machine : new String[] {"x86_64", "aarch64"}) {
      for (String library : new String[] {"glibc", "musl"}) {
        Path file = directory.resolve("libnetlink4j-" + machine + "-" + library + ".so");
        Files.writeString(file, "for another machine");
      }
    }
    if (plainToo) {
      Files.writeString(directory.resolve("libnetlink4j.so"), "for another machine, too");
    }
    Path own = variantIn(directory);
    Files.copy(built(), own, StandardCopyOption.REPLACE_EXISTING);
    System.setProperty(LibraryLoader.PATH_PROPERTY, directory.toString());
    assertThat(LibraryLoader.load().name()).isEqualTo("jni");
    assertThat(Files.readString(Path.of("/proc/self/maps"))).contains(own.toString());
  }

  @Test
  void everyFileThatWasTriedIsNamed(@TempDir Path directory) throws Exception {
    Path plain = Files.writeString(directory.resolve("libnetlink4j.so"), "broken");
    Path variant = Files.writeString(variantIn(directory), "broken too");
    System.setProperty(LibraryLoader.PATH_PROPERTY, directory.toString());
    assertThatThrownBy(LibraryLoader::load)
        .isInstanceOf(TransportUnavailableException.class)
        .hasMessageContaining(plain + ": ")
        .hasMessageContaining(variant + ": ");
  }

  @Test
  void namesOfVariants() {
    assertThat(LibraryLoader.variant("amd64", false)).isEqualTo("libnetlink4j-x86_64-glibc.so");
    assertThat(LibraryLoader.variant("amd64", true)).isEqualTo("libnetlink4j-x86_64-musl.so");
    assertThat(LibraryLoader.variant("aarch64", true)).isEqualTo("libnetlink4j-aarch64-musl.so");
    assertThat(LibraryLoader.variant("riscv64", false)).isEqualTo("libnetlink4j-riscv64-glibc.so");
  }

  @Test
  void muslIsSeenInTheMaps() {
    String ours = "7f5e0a000000-7f5e0a02d000 r-xp 0001 fe:00 41   /lib/ld-musl-aarch64.so.1";
    String other = "7f5e0a000000-7f5e0a02d000 r-xp 0001 fe:00 41   /usr/lib/libc.so.6";
    assertThat(LibraryLoader.isMusl(Stream.of(other, ours))).isTrue();
    assertThat(LibraryLoader.isMusl(Stream.of(other, other))).isFalse();
  }
}
