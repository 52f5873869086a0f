// SPDX-License-Identifier: Apache-2.0

/**
 * Generic Netlink and rtnetlink for Java.
 *
 * <p>Native code is called from this module: {@code --enable-native-access=org.netlink4j}, and
 * {@code com.sun.jna} too where JNA is the door. JNA is optional; on the module path, where nothing
 * else asks for it, {@code --add-modules com.sun.jna} brings it in.
 */
module org.netlink4j {
  requires static com.sun.jna;

  exports org.netlink4j;
  exports org.netlink4j.generic;
  exports org.netlink4j.recording;
  exports org.netlink4j.route;
  exports org.netlink4j.transport;
}
