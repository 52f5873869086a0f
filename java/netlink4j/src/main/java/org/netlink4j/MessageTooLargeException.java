// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

/**
 * What is being built does not fit: an attribute of more than 65,535 bytes, or a message longer
 * than its {@linkplain MessageBuilder#maxSize(int) limit}. The builder is left in the middle;
 * {@link MessageBuilder#rollback} returns it to a good state.
 */
public final class MessageTooLargeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MessageTooLargeException(String message) {
    super(message);
  }
}
