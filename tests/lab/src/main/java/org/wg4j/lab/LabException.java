// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

/** What went wrong with the lab itself: a machine, its image or its connection, not with a test. */
public class LabException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message for whoever reads the test report. */
  public LabException(String message) {
    super(message);
  }

  /** Creates an exception with a message and what caused it. */
  public LabException(String message, Throwable cause) {
    super(message, cause);
  }
}
