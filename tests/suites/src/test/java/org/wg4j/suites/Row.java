// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the rows of {@code rows.txt} that a test method shows to hold: what a user of kernel
 * WireGuard relies on. From these annotations, and what a run made of the tests, {@code
 * docs/conformance.md} is generated.
 */
@Documented
@Repeatable(Row.Rows.class)
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Row {
  /** Ids, such as {@code NL-3}. */
  String[] value();

  /** What is tested; if empty, the method's name says it. */
  String what() default "";

  /** One line, where our behaviour is better on purpose than the in-tree module's. */
  String better() default "";

  /** Holds several. */
  @Documented
  @Target(ElementType.METHOD)
  @Retention(RetentionPolicy.RUNTIME)
  @interface Rows {
    /** The annotations. */
    Row[] value();
  }
}
