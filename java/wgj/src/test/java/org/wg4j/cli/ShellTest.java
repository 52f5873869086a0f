// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShellTest {
  private final Shell shell = new Shell();

  /** A hook may write files that others must read: it gets the umask that the program got. */
  @Test
  void hooksInheritTheUmask(@TempDir Path directory) throws Exception {
    Path seen = directory.resolve("seen");
    assertThat(shell.hook("umask >\"$SEEN\"", Map.of("SEEN", seen.toString()))).isZero();
    assertThat(Files.readAllLines(seen)).isEqualTo(shell.lines(List.of("sh", "-c", "umask")));
  }

  /** Hooks may count on wg(8), which comes with wg-quick. */
  @Test
  void hooksHaveWg(@TempDir Path directory) throws Exception {
    Path wg = Files.writeString(directory.resolve("wg"), "#!/bin/sh\nexit 9\n");
    assertThat(wg.toFile().setExecutable(true)).isTrue();
    Shell without =
        new Shell(directory.toString()) {
          @Override
          boolean has(String program) {
            return !program.equals("wg") && super.has(program);
          }
        };
    // At the end of PATH: whatever else is in it wins.
    assertThat(without.hook("PATH=${PATH##*:}; wg show", Map.of())).isEqualTo(9);
    Shell with =
        new Shell(directory.toString()) {
          @Override
          boolean has(String program) {
            return true;
          }
        };
    Map<String, String> variables = Map.of("ADDED", directory.toString());
    assertThat(with.hook("[[ $PATH != *$ADDED* ]]", variables)).isZero();
  }

  @Test
  void hooksStopAtTheFirstFailure(@TempDir Path directory) throws Exception {
    Path seen = directory.resolve("seen");
    Map<String, String> variables = Map.of("SEEN", seen.toString());
    assertThat(shell.hook("false | true; : >\"$SEEN\"", variables)).isEqualTo(1);
    assertThat(shell.hook("exit 3", variables)).isEqualTo(3);
    assertThat(seen).doesNotExist();
  }
}
