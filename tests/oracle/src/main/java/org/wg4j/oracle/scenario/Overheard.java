// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import java.util.ArrayList;
import java.util.List;

/** What somebody on the path has seen of honest conversations. */
final class Overheard {
  private final List<byte[]> initiations = new ArrayList<>();
  private final List<byte[]> data = new ArrayList<>();
  private final List<byte[]> fromModule = new ArrayList<>();
  private final List<Integer> indices = new ArrayList<>();

  void initiation(byte[] datagram) {
    initiations.add(datagram.clone());
  }

  void data(byte[] datagram) {
    data.add(datagram.clone());
  }

  void fromModule(byte[] datagram) {
    fromModule.add(datagram.clone());
  }

  /** The module's index of a session that lives. */
  void index(int index) {
    indices.add(index);
  }

  /**
   * @return initiations that were accepted
   */
  List<byte[]> initiations() {
    return initiations;
  }

  /**
   * @return data messages that were accepted
   */
  List<byte[]> data() {
    return data;
  }

  /**
   * @return what the module sent
   */
  List<byte[]> fromModule() {
    return fromModule;
  }

  /**
   * @return indices of the module's that lead to a session
   */
  List<Integer> indices() {
    return indices;
  }
}
