// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Does what people do often and scripts in loops, so that a JVM that watches can write an archive
 * of the classes this takes; {@code WGJ_ARCHIVE=build wgj} runs it. Reads the machine's WireGuard
 * interfaces, changes nothing, and prints nothing.
 */
public final class Rehearsal {

  private static final String[] PACKAGES = {"org/wg4j/", "org/netlink4j/"};

  private Rehearsal() {}

  /** Arguments are ignored. */
  public static void main(String[] arguments) throws IOException {
    loadOurClasses(System.getProperty("java.class.path"));
    ByteArrayOutputStream key = new ByteArrayOutputStream();
    play(new byte[0], key, "genkey");
    play(key.toByteArray(), OutputStream.nullOutputStream(), "pubkey");
    play(new byte[0], OutputStream.nullOutputStream(), "genpsk");
    for (String form : new String[] {"", " all dump", " interfaces"}) {
      play(new byte[0], OutputStream.nullOutputStream(), ("show" + form).split(" "));
    }
  }

  /** What fails here, for instance for want of rights, fails in the same classes later. */
  private static void play(byte[] in, OutputStream out, String... arguments) {
    Output nowhere = new Output(OutputStream.nullOutputStream());
    try (Session session = Main.session(new ByteArrayInputStream(in), new Output(out), nowhere)) {
      Main.run(session, arguments);
    }
  }

  /**
   * Loads all of our classes: there need not be a peer on this machine for `show' to meet one
   * later. A class whose library is optional, and not there, stays out.
   */
  private static void loadOurClasses(String classPath) throws IOException {
    for (String path : classPath.split(File.pathSeparator)) {
      try (JarFile jar = new JarFile(path)) {
        for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements(); ) {
          String name = all.nextElement().getName();
          if (isOurs(name)) {
            load(name.substring(0, name.length() - ".class".length()).replace('/', '.'));
          }
        }
      }
    }
  }

  private static boolean isOurs(String entry) {
    for (String prefix : PACKAGES) {
      if (entry.startsWith(prefix) && entry.endsWith(".class")) {
        return !entry.endsWith("-info.class") && !entry.contains("/Jna");
      }
    }
    return false;
  }

  private static void load(String name) {
    try {
      Class.forName(name, false, Rehearsal.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      System.err.println("not archived: " + name + ": " + e);
    }
  }
}
