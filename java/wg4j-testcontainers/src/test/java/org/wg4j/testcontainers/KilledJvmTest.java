// SPDX-License-Identifier: Apache-2.0
package org.wg4j.testcontainers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Event;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.wg4j.lab.WireGuardModule;

/** Nothing is left of a JVM that could not clean up. */
@Tag("docker")
class KilledJvmTest {
  private static final String UP = "up: ";

  /** Starts a machine, says so, and waits to be killed. */
  public static void main(String[] args) throws InterruptedException {
    WireGuardKernelContainer machine =
        new WireGuardKernelContainer().withModule(WireGuardModule.NONE);
    machine.start();
    System.out.println(UP + machine.getContainerId());
    Thread.currentThread().join();
  }

  @Test
  void itsContainerIsRemoved() throws IOException, InterruptedException {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                KilledJvmTest.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      String container = container(jvm);
      DockerClient docker = DockerClientFactory.lazyClient();
      CountDownLatch removed = new CountDownLatch(1);
      try (ResultCallback.Adapter<Event> events =
          docker
              .eventsCmd()
              .withContainerFilter(container)
              .withEventFilter("destroy")
              .exec(
                  new ResultCallback.Adapter<>() {
                    @Override
                    public void onNext(Event event) {
                      removed.countDown();
                    }
                  })) {
        events.awaitStarted();
        assertThat(docker.inspectContainerCmd(container).exec().getState().getRunning()).isTrue();
        jvm.destroyForcibly().waitFor();
        assertThat(removed.await(2, TimeUnit.MINUTES)).isTrue();
      }
      assertThatThrownBy(() -> docker.inspectContainerCmd(container).exec())
          .isInstanceOf(NotFoundException.class);
    } finally {
      jvm.destroyForcibly().waitFor();
    }
  }

  private static String container(Process jvm) throws IOException {
    BufferedReader output = jvm.inputReader();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(UP)) {
        return line.substring(UP.length());
      }
    }
    throw new AssertionError("the JVM ended without a container");
  }
}
