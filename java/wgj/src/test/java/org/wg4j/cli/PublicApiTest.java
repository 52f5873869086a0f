// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The public API is what is written in each library's {@code api.txt}. Whoever changes it does so
 * on purpose: {@code mvn test -pl java/wgj -am -Dtest=PublicApiTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dapi.update=true} writes the files anew, and the change
 * shows in their diff.
 */
class PublicApiTest {
  private static final String HEAD =
      """
      # SPDX-License-Identifier: Apache-2.0
      # All that programs can refer to in module MODULE. Written and checked by PublicApiTest.
      """;

  @ParameterizedTest
  @EnumSource(
      value = Published.class,
      names = {"NETLINK4J", "WG4J"})
  void apiIsAsRecorded(Published published) throws IOException {
    Path file = published.directory.resolve("api.txt");
    String now = HEAD.replace("MODULE", published.module) + describe(published.publicTypes());
    if (Boolean.getBoolean("api.update")) {
      Files.writeString(file, now);
    }
    assertThat(now)
        .as("the public API differs from %s; if on purpose, see the comment of PublicApiTest", file)
        .isEqualTo(Files.readString(file));
  }

  private static String describe(List<Class<?>> types) {
    StringBuilder text = new StringBuilder();
    for (Class<?> type : types) {
      text.append('\n').append(heading(type)).append('\n');
      members(type).sorted().forEach(line -> text.append("  ").append(line).append('\n'));
    }
    return text.toString();
  }

  private static String heading(Class<?> type) {
    String kind =
        type.isRecord()
            ? "record"
            : type.isEnum() ? "enum" : type.isInterface() ? "interface" : "class";
    int implied = type.isInterface() ? Modifier.ABSTRACT : 0;
    implied |= type.isEnum() || type.isRecord() ? Modifier.FINAL : 0;
    implied |= type.getEnclosingClass() != null ? Modifier.STATIC : 0;
    int modifiers = type.getModifiers() & ~implied & ~Modifier.INTERFACE;
    StringBuilder text = new StringBuilder(Modifier.toString(modifiers));
    if (type.isSealed()) {
      text.append(" sealed");
    }
    text.append(' ').append(kind).append(' ').append(type.getName());
    text.append(list("<", type.getTypeParameters(), ">"));
    if (type.isRecord()) {
      text.append(
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::toString)
              .collect(Collectors.joining(", ", "(", ")")));
    }
    Type parent = type.getGenericSuperclass();
    if (parent != null && parent != Object.class && !type.isRecord() && !type.isEnum()) {
      text.append(" extends ").append(parent.getTypeName());
    }
    text.append(
        list(type.isInterface() ? " extends " : " implements ", type.getGenericInterfaces(), ""));
    if (type.isSealed()) {
      text.append(list(" permits ", type.getPermittedSubclasses(), ""));
    }
    return text.toString();
  }

  private static String list(String before, Type[] types, String after) {
    return types.length == 0
        ? ""
        : Arrays.stream(types)
            .map(Type::getTypeName)
            .collect(Collectors.joining(", ", before, after));
  }

  private static Stream<String> members(Class<?> type) {
    List<String> lines = new ArrayList<>();
    for (Field field : type.getDeclaredFields()) {
      if (isVisible(field)) {
        lines.add(inside(type, field.toGenericString()) + constant(field));
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isVisible(constructor)) {
        lines.add(inside(type, constructor.toGenericString()));
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      // What java.lang.Object promises of these, each class keeps.
      boolean usual =
          method.getName().equals("toString") && method.getParameterCount() == 0
              || method.getName().equals("hashCode") && method.getParameterCount() == 0
              || method.getName().equals("equals");
      if (isVisible(method) && !usual) {
        lines.add(inside(type, method.toGenericString()));
      }
    }
    return lines.stream();
  }

  /** Without the name of the class that it is in. */
  private static String inside(Class<?> type, String member) {
    return member.replace(" " + type.getName() + ".", " ").replace('$', '.');
  }

  private static boolean isVisible(Member member) {
    return !member.isSynthetic()
        && (Modifier.isPublic(member.getModifiers())
            || Modifier.isProtected(member.getModifiers())
                && !Modifier.isFinal(member.getDeclaringClass().getModifiers()));
  }

  /** The value of a constant: compilers copy it into the programs that use it. */
  private static String constant(Field field) {
    boolean copied = field.getType().isPrimitive() || field.getType() == String.class;
    if (!copied
        || !Modifier.isStatic(field.getModifiers())
        || !Modifier.isFinal(field.getModifiers())) {
      return "";
    }
    try {
      return " = " + field.get(null);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
