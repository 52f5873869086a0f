// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

/** Fails, and does not skip, when libnetlink4j.so is not built: {@code make -C native}. */
class JniDoorTest extends DoorTest {
  @Override
  Door open() throws Exception {
    return LibraryLoader.load();
  }
}
