// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.lang.reflect.Method;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.wg4j.lab.LabExtension;
import org.wg4j.suites.ConformanceTable.Outcome;

/**
 * Notes what a run makes of the tests that name a {@link Row}; JUnit finds it by its service file.
 */
public final class ConformanceListener implements TestExecutionListener {
  private final Map<String, Set<String>> kernels = new TreeMap<>();
  private final Set<String> passed = new HashSet<>();
  private final Set<String> failed = new HashSet<>();
  private TestPlan plan;

  /** Creates it; JUnit does. */
  public ConformanceListener() {}

  @Override
  public void testPlanExecutionStarted(TestPlan started) {
    plan = started;
  }

  @Override
  public void reportingEntryPublished(TestIdentifier identifier, ReportEntry entry) {
    String machine = entry.getKeyValuePairs().get(LabExtension.MACHINE);
    if (machine != null) {
      testOf(identifier)
          .ifPresent(test -> kernels.computeIfAbsent(test, key -> new TreeSet<>()).add(machine));
    }
  }

  @Override
  public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
    boolean good = result.getStatus() == Status.SUCCESSFUL;
    Optional<String> test = testOf(identifier);
    if (test.isPresent()) {
      if (!good) {
        failed.add(test.get());
      } else if (identifier.isTest()) {
        passed.add(test.get());
      }
    } else if (!good && identifier.getSource().orElse(null) instanceof ClassSource source) {
      // What failed for the class as a whole kept its tests from running.
      for (Method method : source.getJavaClass().getDeclaredMethods()) {
        if (method.getAnnotationsByType(Row.class).length > 0) {
          failed.add(ConformanceTable.nameOf(source.getJavaClass(), method.getName()));
        }
      }
    }
  }

  @Override
  public void testPlanExecutionFinished(TestPlan finished) {
    Map<String, Outcome> outcomes = new TreeMap<>();
    Set<String> ran = new TreeSet<>(passed);
    ran.addAll(failed);
    for (String test : ran) {
      String on = String.join(", ", kernels.getOrDefault(test, Set.of()));
      outcomes.put(test, new Outcome(on, failed.contains(test) ? "FAILED" : "pass"));
    }
    if (!outcomes.isEmpty()) {
      ConformanceResults.add(outcomes);
    }
  }

  /** The annotated method that a test is, or is an invocation or a dynamic test of. */
  private Optional<String> testOf(TestIdentifier identifier) {
    for (Optional<TestIdentifier> at = Optional.of(identifier);
        at.isPresent();
        at = plan.getParent(at.get())) {
      if (at.get().getSource().orElse(null) instanceof MethodSource source) {
        return source.getJavaMethod().getAnnotationsByType(Row.class).length > 0
            ? Optional.of(ConformanceTable.nameOf(source.getJavaClass(), source.getMethodName()))
            : Optional.empty();
      }
    }
    return Optional.empty();
  }
}
