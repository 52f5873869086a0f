// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KernelRecordsTest {
  @Test
  void rendersRecordsAsDmesgDoes() {
    String records =
        "6,339,5140900,-;NET: Registered protocol family 10\n SUBSYSTEM=net\n DEVICE=n1\n\0"
            + "4,340,65000001,c;tab\\x09newline\\x0aend \\xc3\\xbc \\x5cx\n\0";
    assertThat(KernelRecords.lines(records))
        .containsExactly(
            "[    5.140900] NET: Registered protocol family 10",
            "[   65.000001] tab\tnewline",
            "[   65.000001] end ü \\x");
  }

  @Test
  void survivesWhatIsNoRecord() {
    assertThat(KernelRecords.lines("")).isEmpty();
    assertThat(KernelRecords.lines("no semicolon\0\0")).isEmpty();
    assertThat(KernelRecords.lines("x;y\0")).containsExactly("[    0.000000] y");
    assertThat(KernelRecords.lines("4,1,x,-;\\x\0")).containsExactly("[    0.000000] \\x");
  }
}
