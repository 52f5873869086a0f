// SPDX-License-Identifier: Apache-2.0
/**
 * The command line {@code wgj}: wg(8) and wg-quick(8) in one program.
 *
 * <p>What scripts can see of wg(8)'s and wg-quick(8)'s own commands (output, exit codes, error
 * texts) is theirs. Starting fast matters more here than in the libraries: no logger, no regular
 * expressions and no picocli unless help is asked for.
 */
package org.wg4j.cli;
