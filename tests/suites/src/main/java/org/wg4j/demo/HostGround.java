// SPDX-License-Identifier: Apache-2.0
package org.wg4j.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.wg4j.lab.KernelLogJudge;
import org.wg4j.lab.Result;

/** The machine that this program runs on. scripts/demo.sh has checked that this is possible. */
final class HostGround implements Ground {
  private static final long LIMIT_MINUTES = 20;

  private final Path project;
  private final Path module;
  private final int logBefore;

  HostGround(Path project, Path module) {
    this.project = project;
    this.module = module;
    this.logBefore = kernelLog().size();
  }

  @Override
  public Result sh(String script) {
    List<String> argv = List.of("/bin/sh", "-c", script);
    try {
      Process process =
          new ProcessBuilder(argv).redirectInput(Path.of("/dev/null").toFile()).start();
      CompletableFuture<String> stdout = CompletableFuture.supplyAsync(() -> text(process, false));
      CompletableFuture<String> stderr = CompletableFuture.supplyAsync(() -> text(process, true));
      if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError("not done in " + LIMIT_MINUTES + " minutes: " + script);
      }
      return new Result(argv, process.exitValue(), stdout.join(), stderr.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static String text(Process process, boolean errors) {
    try (var in = errors ? process.getErrorStream() : process.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void loadOurs() {
    if (Files.exists(Path.of("/sys/module/wireguard"))) {
      throw new AssertionError("a wireguard module is loaded already");
    }
    sh("for m in $(modinfo -F depends '%s' | tr , ' '); do modprobe \"$m\" || exit 1; done; insmod '%s'"
            .formatted(module, module))
        .check();
  }

  @Override
  public String project() {
    return project.toString();
  }

  @Override
  public List<String> complaints() {
    List<String> log = kernelLog();
    return KernelLogJudge.strict()
        .complaints(log.subList(Math.min(logBefore, log.size()), log.size()));
  }

  private List<String> kernelLog() {
    return sh("dmesg").lines();
  }
}
