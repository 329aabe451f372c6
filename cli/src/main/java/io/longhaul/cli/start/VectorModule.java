package io.longhaul.cli.start;

import java.lang.reflect.InvocationTargetException;

/** Sees to it that the Vector API can be used, however the JVM was started. */
public final class VectorModule {
  private static final String MODULE = "jdk.incubator.vector";

  private VectorModule() {}

  /**
   * Loads the module {@code jdk.incubator.vector} unless its classes are there already. To be
   * called before the first class that mentions the Vector API is loaded.
   *
   * <p>This is what the JDK does with {@code jdk.management.agent} when a tool attaches; the
   * exported package it needs is named by {@code Add-Exports} in the manifest of longhaul.jar.
   *
   * @throws IllegalStateException if the JDK in use has no such module, or gives no access to it
   */
  public static void ensureLoaded() {
    if (isPresent()) {
      return;
    }
    try {
      Class.forName("jdk.internal.module.Modules")
          .getMethod("loadModule", String.class)
          .invoke(null, MODULE);
    } catch (ReflectiveOperationException e) {
      Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
      throw new IllegalStateException(
          "cannot load the module %s of this Java (%s): %s; use JDK 25, or pass --add-modules %s"
              .formatted(MODULE, System.getProperty("java.home"), cause, MODULE),
          e);
    }
  }

  private static boolean isPresent() {
    try {
      Class.forName(MODULE + ".Vector", false, null);
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
