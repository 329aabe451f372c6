package io.longhaul.engine.file;

import java.util.Locale;

/** Whether the weights of chosen experts are asked for before they are needed. */
public enum Prefetch {
  /** When the model's files are larger than the memory that is available at load. */
  AUTO,
  ON,
  OFF;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
