// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.netlink4j.Netlink;
import org.wg4j.WireGuard;

/** What is published: the three modules, as they lie on the class path of this test. */
enum Published {
  NETLINK4J("org.netlink4j", Netlink.class, Path.of("../netlink4j")),
  WG4J("org.wg4j", WireGuard.class, Path.of("../wg4j")),
  WGJ("org.wg4j.cli", Main.class, Path.of(""));

  /** The module's name. */
  final String module;

  /** Its directory in the source tree. */
  final Path directory;

  private final Class<?> member;

  Published(String module, Class<?> member, Path directory) {
    this.module = module;
    this.member = member;
    this.directory = directory;
  }

  /** Where a class comes from: a jar or a directory. */
  static Path home(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  Path home() {
    return home(member);
  }

  /** The module as the module path would have it. */
  ModuleReference reference() {
    return ModuleFinder.of(home()).find(module).orElseThrow();
  }

  /** The public types of the packages that it exports, in order. */
  List<Class<?>> publicTypes() {
    ModuleReference reference = reference();
    try (ModuleReader reader = reference.open()) {
      return reader
          .list()
          .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
          .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
          .<Class<?>>map(Published::load)
          .filter(
              type ->
                  reference.descriptor().exports().stream()
                      .anyMatch(e -> e.source().equals(type.getPackageName())))
          .filter(Published::isPublic)
          .sorted((a, b) -> a.getName().compareTo(b.getName()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isPublic(Class<?> type) {
    for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
      boolean anonymousOrLocal = each.isAnonymousClass() || each.isLocalClass();
      if (anonymousOrLocal || !Modifier.isPublic(each.getModifiers())) {
        return false;
      }
    }
    return true;
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, Published.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}
