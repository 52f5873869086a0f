// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.live;

import org.netlink4j.NetlinkException;
import org.netlink4j.transport.Transport;
import org.netlink4j.transport.Transports;

class LiveJnaTest extends LiveTest {
  @Override
  Transport transport() throws NetlinkException {
    return Transports.jna();
  }
}
