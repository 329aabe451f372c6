package io.longhaul.cli;

/** Names of the catalog that commands fall back on. */
final class ModelNames {
  /** What a command runs when no model is named. */
  static final String DEFAULT = "smollm2-135m";

  private ModelNames() {}
}
