package io.longhaul.engine.text.template;

/** Counts down the {@link Limits} of one rendering. */
final class Budget {
  private static final int OBJECT_BYTES = 48;
  private static final int ITEM_BYTES = 32;

  private final Limits limits;
  private long steps;
  private long memory;
  private int depth;

  Budget(Limits limits) {
    this.limits = limits;
    this.steps = limits.steps();
    this.memory = limits.memory();
  }

  /** Pays for {@code n} evaluations or visited items. */
  void steps(long n) {
    steps -= n;
    if (steps < 0) {
      throw new TemplateError("stopped after " + limits.steps() + " steps: an endless template?");
    }
  }

  /** Pays for a pass over {@code chars} characters that keeps nothing. */
  void scan(long chars) {
    steps(1 + chars / 64);
  }

  /** Pays for a string of {@code chars} characters. Call it before making a large one. */
  void text(long chars) {
    scan(chars);
    memory(2 * chars + OBJECT_BYTES);
  }

  /** Pays for characters appended to a builder that will hold {@code total}. */
  void append(long chars, long total) {
    if (total > limits.text()) {
      throw new TemplateError("stopped: a text longer than " + limits.text() + " characters");
    }
    memory(2 * chars);
    steps -= chars / 64;
  }

  /** Pays for a list or dict of {@code n} items. */
  void items(long n) {
    steps(n);
    memory(ITEM_BYTES * n + OBJECT_BYTES);
  }

  private void memory(long bytes) {
    memory -= bytes;
    if (memory < 0) {
      throw new TemplateError("stopped after making " + limits.memory() + " bytes of values");
    }
  }

  /**
   * Enters a nested evaluation. {@link #leave} is not called on the way out of an error: an error
   * always ends the whole rendering.
   */
  void enter() {
    if (--steps < 0) {
      steps(0);
    }
    if (++depth > limits.depth()) {
      throw new TemplateError("nested more than " + limits.depth() + " deep: endless recursion?");
    }
  }

  void leave() {
    depth--;
  }
}
