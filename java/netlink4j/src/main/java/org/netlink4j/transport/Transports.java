// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import org.netlink4j.TransportUnavailableException;

/**
 * The ways to the kernel's netlink sockets.
 *
 * <ul>
 *   <li><b>jni</b>: the library {@code libnetlink4j.so}, found by the system property {@code
 *       netlink4j.library.path} (the file or its directory; when it is set no other place is looked
 *       at), else beside the jar, in {@code lib} or {@code native} beside the jar's directory, in
 *       {@code build/native} of the source tree, in {@code /usr/local/lib} and {@code /usr/lib}
 *       (also their {@code wg4j} directory), and on {@code java.library.path}. Beside it may lie
 *       builds for several machines, {@code libnetlink4j-x86_64-glibc.so} and the like, of which
 *       the right one is taken. Starts fast.
 *   <li><b>jna</b>: the C library through JNA, which must be on the class path, or on the module
 *       path and there with {@code --add-modules com.sun.jna}. Nothing to compile.
 * </ul>
 *
 * <p>All methods are thread-safe, and load what they need once.
 */
public final class Transports {
  /** The system property that chooses: {@code jni}, {@code jna}, or {@code auto}, the default. */
  public static final String DOOR_PROPERTY = "netlink4j.door";

  private static Transport jni;
  private static Transport jna;

  private Transports() {}

  /**
   * The transport that the system property {@value #DOOR_PROPERTY} asks for; with {@code auto} the
   * JNI library when it can be loaded, else JNA.
   *
   * @throws TransportUnavailableException when it cannot be had; the message lists what was tried
   */
  public static Transport selected() throws TransportUnavailableException {
    String door = System.getProperty(DOOR_PROPERTY, "auto");
    return switch (door) {
      case "jni" -> jni();
      case "jna" -> jna();
      case "auto", "" -> automatic();
      default ->
          throw new TransportUnavailableException(
              "choose a door: " + DOOR_PROPERTY + " is \"" + door + "\", not jni, jna or auto",
              null);
    };
  }

  /** The transport through libnetlink4j.so. */
  public static synchronized Transport jni() throws TransportUnavailableException {
    if (jni == null) {
      jni = new DoorTransport(LibraryLoader.load());
    }
    return jni;
  }

  /** The transport through JNA. */
  public static synchronized Transport jna() throws TransportUnavailableException {
    if (jna == null) {
      try {
        jna = new DoorTransport(new JnaDoor());
      } catch (LinkageError e) {
        throw new TransportUnavailableException(
            "use JNA (is jna.jar on the class path, or on the module path with --add-modules"
                + " com.sun.jna?): "
                + e,
            e);
      }
    }
    return jna;
  }

  private static Transport automatic() throws TransportUnavailableException {
    try {
      return jni();
    } catch (TransportUnavailableException noLibrary) {
      try {
        return jna();
      } catch (TransportUnavailableException noJna) {
        TransportUnavailableException both =
            new TransportUnavailableException(
                "reach netlink sockets: " + noLibrary.operation() + "; " + noJna.operation(),
                noJna.getCause());
        both.addSuppressed(noLibrary);
        throw both;
      }
    }
  }
}
