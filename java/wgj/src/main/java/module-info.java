// SPDX-License-Identifier: Apache-2.0

/**
 * The command line of wg4j. It is a program and exports nothing.
 *
 * <p>{@code bin/wgj} runs it from the class path, which starts faster; {@code java -p target/lib -m
 * org.wg4j.cli/org.wg4j.cli.Main} does the same.
 */
module org.wg4j.cli {
  requires info.picocli;
  requires io.nayuki.qrcodegen;
  requires org.netlink4j;
  requires org.wg4j;
}
