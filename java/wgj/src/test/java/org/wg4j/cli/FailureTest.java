// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailureTest {

  /** The JDK's own messages are the file's name, which says nothing. */
  @Test
  void filesFailInTheWordsOfTheSystem() {
    assertThat(Failure.words(new NoSuchFileException("f"))).isEqualTo("No such file or directory");
    assertThat(Failure.words(new AccessDeniedException("f"))).isEqualTo("Permission denied");
    assertThat(Failure.words(new FileAlreadyExistsException("f"))).isEqualTo("File exists");
    assertThat(Failure.words(new FileSystemException("f", null, "No space left on device")))
        .isEqualTo("No space left on device");
    assertThat(Failure.words(new IOException("x"))).isEqualTo("x");
  }
}
