// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs wgj's commands, one after the other, each in a network namespace and with standard output
 * and standard error in files: an emulated guest takes many seconds to start a JVM for each.
 *
 * <p>A line of the first pipe is a command, its words separated by tabs; what it ended with is
 * written to the second as a line.
 */
public final class QuickServer {

  private interface C extends Library {
    C LIBRARY = Native.load("c", C.class);
    int CREATE = 01101; // O_WRONLY | O_CREAT | O_TRUNC
    int NETWORK = 0x40000000; // CLONE_NEWNET

    int open(String path, int flags, int mode) throws LastErrorException;

    int dup2(int from, int to) throws LastErrorException;

    int close(int descriptor) throws LastErrorException;

    int setns(int descriptor, int kind) throws LastErrorException;
  }

  private QuickServer() {}

  /**
   * Serves until the first pipe ends.
   *
   * @param arguments pipe of commands, pipe of answers, namespace, files for standard output and
   *     standard error
   * @throws Exception if one of them cannot be used
   */
  public static void main(String[] arguments) throws Exception {
    try (BufferedReader commands = Files.newBufferedReader(Path.of(arguments[0]));
        OutputStream answers = new FileOutputStream(arguments[1])) {
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        String[] words = line.split("\t", -1);
        AtomicInteger code = new AtomicInteger(-1);
        // Its own thread: a namespace lives as long as a thread is in it.
        Thread visitor =
            new Thread(
                () -> {
                  enter(arguments[2]);
                  redirect(arguments[3], 1);
                  redirect(arguments[4], 2);
                  code.set(run(words));
                });
        visitor.start();
        visitor.join();
        answers.write((code + "\n").getBytes(StandardCharsets.US_ASCII));
      }
    }
  }

  private static void enter(String namespace) {
    int descriptor = C.LIBRARY.open(namespace, 0, 0);
    C.LIBRARY.setns(descriptor, C.NETWORK);
    C.LIBRARY.close(descriptor);
  }

  /** Hooks and other programs inherit the descriptors themselves. */
  private static void redirect(String file, int standard) {
    int descriptor = C.LIBRARY.open(file, C.CREATE, 0600);
    C.LIBRARY.dup2(descriptor, standard);
    C.LIBRARY.close(descriptor);
  }

  private static int run(String[] words) {
    Output out = new Output(new FileOutputStream(FileDescriptor.out));
    Output err = new Output(new FileOutputStream(FileDescriptor.err));
    try (Session session =
        Main.session(new FileInputStream(FileDescriptor.in), out, err, Main.DEVICES)) {
      return Main.run(session, words);
    }
  }
}
