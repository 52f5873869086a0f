// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An extended acknowledgement: what the kernel says about a request beyond an error number.
 *
 * @param message the kernel's text
 * @param offset where in the request, in bytes from its header, the offending attribute starts
 * @param missingType the type of a required attribute that the request lacks
 * @param missingNest where in the request the nest that lacks it starts
 * @param attribute the types of the attributes that lead to the offending one, or to the nest that
 *     lacks one, the outermost first; none when the kernel named no place, or one outside of
 *     attributes
 */
public record ExtAck(
    Optional<String> message,
    OptionalInt offset,
    OptionalInt missingType,
    OptionalInt missingNest,
    List<Integer> attribute) {
  /** The kernel said nothing. */
  public static final ExtAck NONE =
      new ExtAck(Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());

  private static final int NLMSGERR_ATTR_MSG = 1;
  private static final int NLMSGERR_ATTR_OFFS = 2;
  private static final int NLMSGERR_ATTR_MISS_TYPE = 5;
  private static final int NLMSGERR_ATTR_MISS_NEST = 6;

  /** All components are required; absent ones are empty, and the list is copied. */
  public ExtAck {
    Objects.requireNonNull(message);
    Objects.requireNonNull(offset);
    Objects.requireNonNull(missingType);
    Objects.requireNonNull(missingNest);
    attribute = List.copyOf(attribute);
  }

  /** One whose place in the request is known by its offset alone. */
  public ExtAck(
      Optional<String> message,
      OptionalInt offset,
      OptionalInt missingType,
      OptionalInt missingNest) {
    this(message, offset, missingType, missingNest, List.of());
  }

  /**
   * Reads the attributes of an acknowledgement. Whatever is wrong with them is ignored: the error
   * that they comment on must not be hidden by a second one.
   *
   * @param request what was acknowledged
   */
  static ExtAck parse(ByteBuffer attributes, MessageBuilder request) {
    try {
      Attributes all = Attributes.parse(attributes);
      Optional<Attribute> message = all.find(NLMSGERR_ATTR_MSG);
      OptionalInt offset = number(all, NLMSGERR_ATTR_OFFS);
      OptionalInt missingNest = number(all, NLMSGERR_ATTR_MISS_NEST);
      return new ExtAck(
          message.isPresent() ? Optional.of(message.get().string()) : Optional.empty(),
          offset,
          number(all, NLMSGERR_ATTR_MISS_TYPE),
          missingNest,
          request.pathTo(offset.orElse(missingNest.orElse(0))));
    } catch (MalformedMessageException e) {
      return NONE;
    }
  }

  private static OptionalInt number(Attributes all, int type) throws MalformedMessageException {
    Optional<Attribute> attribute = all.find(type);
    return attribute.isPresent() ? OptionalInt.of(attribute.get().s32()) : OptionalInt.empty();
  }

  String explanation() {
    List<String> parts = new ArrayList<>();
    message.ifPresent(parts::add);
    StringBuilder path = new StringBuilder();
    for (int type : attribute) {
      path.append(path.length() == 0 ? "" : "/").append(type);
    }
    offset.ifPresent(
        at ->
            parts.add(
                (path.length() == 0 ? "at" : "attribute " + path + " at")
                    + (" byte " + at + " of the request")));
    missingType.ifPresent(
        type ->
            parts.add(
                "attribute "
                    + (offset.isPresent() || path.length() == 0 ? "" : path + "/")
                    + (type + " is missing")));
    return String.join(", ", parts);
  }
}
