// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may read what is written, and that it is there as a whole. */
class SecretFileTest {

  private static final byte[] TEXT = "new".getBytes(StandardCharsets.UTF_8);

  @TempDir Path directory;

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void create() throws IOException {
    Path file = directory.resolve("f");
    SecretFile.create(file, TEXT);
    assertThat(file).hasContent("new");
    assertThat(mode(file)).isEqualTo("rw-------");
    assertThatThrownBy(() -> SecretFile.create(file, new byte[1]))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("new");
    // A link that leads nowhere is no place for a key either.
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("target"));
    assertThatThrownBy(() -> SecretFile.create(link, TEXT)).isInstanceOf(IOException.class);
    assertThat(directory.resolve("target")).doesNotExist();
  }

  @Test
  void replaceAndEdit() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    SecretFile.edit(file, TEXT);
    assertThat(file).hasContent("new");
    assertThat(mode(file)).isEqualTo("rw-r-----");
    SecretFile.replace(file, "newer".getBytes(StandardCharsets.UTF_8));
    assertThat(file).hasContent("newer");
    assertThat(mode(file)).isEqualTo("rw-------");
    assertThat(Files.list(directory)).containsExactly(file);
  }

  @Test
  void whatFailsLeavesTheOldFile() throws IOException {
    Path file = Files.createDirectory(directory.resolve("f"));
    Files.writeString(file.resolve("inside"), "x");
    assertThatThrownBy(() -> SecretFile.replace(file, TEXT)).isInstanceOf(IOException.class);
    assertThat(file.resolve("inside")).hasContent("x");
    assertThat(Files.list(directory)).containsExactly(file);
  }
}
