// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Lets a test pass although a kernel complained, where the complaint is what the test is about: on
 * a method, or on a class for all its methods.
 */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface AllowKernelLog {
  /** Regular expressions; a line of the kernel log in which one is found is no complaint. */
  String[] value();
}
