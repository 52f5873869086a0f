// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.Objects;
import java.util.Optional;

/**
 * What a change says about one field: nothing, a new value, or that the value goes away. "Nothing"
 * and "goes away" are different, which an Optional cannot say.
 *
 * @param <T> type of the field
 */
public sealed interface Change<T> {

  /** Leave the field as it is. */
  record Keep<T>() implements Change<T> {
    private static final Keep<?> INSTANCE = new Keep<>();
  }

  /**
   * Give the field a value.
   *
   * @param to the new value
   */
  record Set<T>(T to) implements Change<T> {
    /** There must be one. */
    public Set {
      Objects.requireNonNull(to);
    }
  }

  /** Take the field's value away. */
  record Clear<T>() implements Change<T> {
    private static final Clear<?> INSTANCE = new Clear<>();
  }

  /** Leave the field as it is. */
  @SuppressWarnings("unchecked")
  static <T> Change<T> keep() {
    return (Change<T>) Keep.INSTANCE;
  }

  /** Give the field a value. */
  static <T> Change<T> set(T value) {
    return new Set<>(value);
  }

  /** Take the field's value away. */
  @SuppressWarnings("unchecked")
  static <T> Change<T> clear() {
    return (Change<T>) Clear.INSTANCE;
  }

  /** Whether the field stays as it is. */
  default boolean isKeep() {
    return this instanceof Keep;
  }

  /** Whether the field's value goes away. */
  default boolean isClear() {
    return this instanceof Clear;
  }

  /** The new value, if there is one. */
  default Optional<T> value() {
    return this instanceof Set<T> set ? Optional.of(set.to()) : Optional.empty();
  }
}
