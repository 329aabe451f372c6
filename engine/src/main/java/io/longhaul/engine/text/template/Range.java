package io.longhaul.engine.text.template;

/** Python's {@code range}: {@code start}, {@code start + step}, … up to {@code size} items. */
record Range(long start, long stop, long step, int size) {
  /** The sandbox of Jinja2 blocks longer ranges. */
  static final int MAX_SIZE = 100_000;

  static Range of(long start, long stop, long step) {
    if (step == 0) {
      throw new TemplateError("range() arg 3 must not be zero");
    }
    double exact = Math.ceil(((double) stop - (double) start) / step);
    if (exact > MAX_SIZE) {
      throw new TemplateError(
          "Range too big. The sandbox blocks ranges larger than " + MAX_SIZE + ".");
    }
    return new Range(start, stop, step, exact <= 0 ? 0 : (int) exact);
  }

  long get(int index) {
    return start + index * step;
  }
}
