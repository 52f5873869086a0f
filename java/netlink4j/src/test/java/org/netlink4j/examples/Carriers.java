// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.examples;

import java.util.Map;
import java.util.TreeMap;
import org.netlink4j.NetlinkException;
import org.netlink4j.generic.GenericFamily;
import org.netlink4j.generic.GenericMessage;
import org.netlink4j.generic.GenericNetlink;

/** Which interfaces have a carrier: a dump of the Generic Netlink family "ethtool". */
public final class Carriers {
  private Carriers() {}

  // README begin
  private static final int ETHTOOL_MSG_LINKSTATE_GET = 6; // from <linux/ethtool_netlink.h>
  private static final int ETHTOOL_A_LINKSTATE_HEADER = 1;
  private static final int ETHTOOL_A_LINKSTATE_LINK = 2;
  private static final int ETHTOOL_A_HEADER_DEV_NAME = 2;

  static Map<String, Boolean> of(GenericNetlink generic) throws NetlinkException {
    GenericFamily ethtool = generic.family("ethtool"); // or FamilyNotFoundException
    Map<String, Boolean> carriers = new TreeMap<>();
    for (GenericMessage link :
        generic.dump(
            generic
                .message(ethtool, ETHTOOL_MSG_LINKSTATE_GET)
                .nest(ETHTOOL_A_LINKSTATE_HEADER, header -> {}))) {
      carriers.put(
          link.attributes()
              .get(ETHTOOL_A_LINKSTATE_HEADER)
              .nested()
              .get(ETHTOOL_A_HEADER_DEV_NAME)
              .string(),
          link.attributes().get(ETHTOOL_A_LINKSTATE_LINK).u8() == 1);
    }
    return carriers;
  }
  // README end
}
