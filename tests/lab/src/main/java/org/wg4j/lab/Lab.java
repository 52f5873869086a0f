// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test class that needs machines: it is tagged {@code lab}, and {@link LabExtension} hands
 * {@link Machine}s and {@link VirtualNetwork}s to its methods and watches the kernels.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag("lab")
@ExtendWith(LabExtension.class)
public @interface Lab {}
