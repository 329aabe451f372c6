package io.longhaul.engine.text.template;

/**
 * What one rendering may spend before it is stopped.
 *
 * @param steps evaluations of expressions and statements; bulk work counts one per item or 64
 *     characters
 * @param memory bytes of strings and containers made, whether still in use or not: an upper bound
 *     of what can be alive
 * @param text characters of a single string, the prompt included
 * @param depth nesting of evaluations, macro calls and printed values
 */
record Limits(long steps, long memory, int text, int depth) {
  private static final long MIB = 1L << 20;

  /**
   * Generous for templates that exist: a conversation of a million tokens (4 MB) takes few of the
   * steps. The memory is a quarter of the heap, so that a hostile template cannot exhaust it.
   */
  static Limits standard() {
    long heap = Runtime.getRuntime().maxMemory();
    return new Limits(50_000_000, Math.max(64 * MIB, heap / 4), 1 << 26, 1000);
  }
}
