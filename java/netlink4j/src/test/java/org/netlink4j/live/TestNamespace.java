// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.live;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.netlink4j.NetNamespace;

/**
 * A network namespace for a test, made and looked at with ip(8), which knows nothing of our code.
 * The test is skipped, with the reason, where namespaces cannot be made.
 */
public final class TestNamespace implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String name =
      "netlink4j-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();

  public TestNamespace() {
    Result made;
    try {
      made = run(List.of("ip", "netns", "add", name));
    } catch (IOException e) {
      made = new Result(-1, e.toString());
    }
    assumeTrue(made.exit == 0, "needs root and ip(8) to make network namespaces: " + made.output);
  }

  public NetNamespace handle() {
    return NetNamespace.named(name);
  }

  public String name() {
    return name;
  }

  /** Runs {@code ip -n NAMESPACE ARGUMENTS}, which must succeed, and returns what it prints. */
  public String ip(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(arguments));
    Result result = run(command);
    if (result.exit != 0) {
      throw new AssertionError(command + ": " + result.output);
    }
    return result.output;
  }

  @Override
  public void close() throws IOException {
    run(List.of("ip", "netns", "delete", name));
  }

  private record Result(int exit, String output) {}

  private static Result run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    // Its output has ended, so it has too.
    return new Result(process.onExit().join().exitValue(), output);
  }
}
