// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

class JnaDoorTest extends DoorTest {
  @Override
  Door open() {
    return new JnaDoor();
  }
}
