// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/** Writes files that hold keys. */
final class SecretFile {

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private SecretFile() {}

  /**
   * Makes a file that its owner alone may read.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is one of that name
   */
  static void create(Path file, byte[] text) throws IOException {
    Set<StandardOpenOption> fresh = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    FileChannel channel = FileChannel.open(file, fresh, OWNER_ONLY);
    boolean whole = false;
    try (channel) {
      write(channel, text);
      whole = true;
    } finally {
      if (!whole) {
        Files.deleteIfExists(file);
      }
    }
  }

  /**
   * Puts a file in another one's place that its owner alone may read. Readers see the old content
   * or the new one, also after a power cut.
   */
  static void replace(Path file, byte[] text) throws IOException {
    swap(file, text, Optional.empty());
  }

  /** As {@link #replace}, but owner, group and mode stay what they are. */
  static void edit(Path file, byte[] text) throws IOException {
    swap(file, text, Optional.of(Files.readAttributes(file, PosixFileAttributes.class)));
  }

  private static void swap(Path file, byte[] text, Optional<PosixFileAttributes> access)
      throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Path fresh = Files.createTempFile(directory, file.getFileName() + ".", ".tmp", OWNER_ONLY);
    try {
      if (access.isPresent()) {
        give(fresh, access.get());
      }
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        write(channel, text);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private static void give(Path file, PosixFileAttributes access) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    PosixFileAttributes now = view.readAttributes();
    // Only root may give a file away, and only root has to.
    if (!now.owner().equals(access.owner())) {
      view.setOwner(access.owner());
    }
    if (!now.group().equals(access.group())) {
      view.setGroup(access.group());
    }
    view.setPermissions(access.permissions());
  }

  private static void write(FileChannel channel, byte[] text) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(text);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    channel.force(true);
  }
}
