// SPDX-License-Identifier: Apache-2.0
/** {@code make demo} and {@code make bench}: a tunnel to look at, and one to measure. */
package org.wg4j.demo;
