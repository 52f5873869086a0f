// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
}
