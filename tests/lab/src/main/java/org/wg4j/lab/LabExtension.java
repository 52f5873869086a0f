// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands machines and networks to tests, and fails a test during which a kernel complained.
 *
 * <ul>
 *   <li>A {@link Machine} parameter with {@link Guest} is shared by all classes of the run, booted
 *       when first wanted, and booted anew if a test killed it.
 *   <li>A {@link VirtualNetwork} parameter is new for each test (in {@code @BeforeAll}: for the
 *       class) and closed after it.
 *   <li>Before each class every machine is {@link Machine#reset() reset}.
 *   <li>After each test, and after each class, the kernel log of every machine is judged by {@link
 *       KernelLogJudge} from where the last judgement ended, so that no line goes unread.
 * </ul>
 *
 * <p>With {@code -Dwg4j.lab.kernel=kasan} (or {@code kcsan}) machines that would boot Debian's
 * kernel and load our module boot that {@link GuestKernel} instead, and with {@code kasan} each
 * class ends with a look for leaks. With {@code -Dwg4j.lab.release=trixie} (or another release of
 * Debian) machines that ask for no release boot that one, with its kernel.
 *
 * <p>Tests that share machines must not run in parallel.
 */
public final class LabExtension
    implements BeforeAllCallback, AfterEachCallback, AfterAllCallback, ParameterResolver {
  /**
   * Key of the report entry that a test publishes for each machine it is given: the kernel's
   * release, and whose WireGuard it runs.
   */
  public static final String MACHINE = "wg4j.machine";

  private static final Namespace NAMESPACE = Namespace.create(LabExtension.class);

  /** Creates it; JUnit does. */
  public LabExtension() {}

  @Override
  public void beforeAll(ExtensionContext context) {
    pool(context).resetAll();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    pool(context).judge(judge(context));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    pool(context).judge(judge(context));
    pool(context).assertNothingLeaked();
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == VirtualNetwork.class
        || type == Machine.class && parameter.isAnnotated(Guest.class);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    if (parameter.getParameter().getType() == VirtualNetwork.class) {
      return network(parameter, context);
    }
    Guest guest = parameter.findAnnotation(Guest.class).orElseThrow();
    Machine machine = pool(context).machine(guest);
    context.publishReportEntry(MACHINE, machine.kernelRelease() + " " + nameOf(guest.module()));
    return machine;
  }

  private static String nameOf(WireGuardModule module) {
    return module.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static VirtualNetwork network(ParameterContext parameter, ExtensionContext context) {
    VirtualNetwork network = VirtualNetwork.create();
    // The store closes it at the end of the test, or of the class for a class's own method.
    Object key = List.of(parameter.getDeclaringExecutable(), parameter.getIndex());
    context.getStore(NAMESPACE).put(key, network);
    return network;
  }

  private static MachinePool pool(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(
            MachinePool.class, key -> new MachinePool(kernel()), MachinePool.class);
  }

  private static GuestKernel kernel() {
    String name = System.getProperty("wg4j.lab.kernel", GuestKernel.DEBIAN.kind());
    return GuestKernel.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static KernelLogJudge judge(ExtensionContext context) {
    KernelLogJudge judge = KernelLogJudge.strict();
    List<AllowKernelLog> permissions = new ArrayList<>();
    for (Optional<ExtensionContext> at = Optional.of(context);
        at.isPresent();
        at = at.get().getParent()) {
      at.get()
          .getElement()
          .map(element -> element.getAnnotation(AllowKernelLog.class))
          .ifPresent(permissions::add);
    }
    for (AllowKernelLog permission : permissions) {
      for (String regex : permission.value()) {
        judge = judge.allowing(regex);
      }
    }
    return judge;
  }
}
