package io.longhaul.engine.text.template;

/** A Python iterator: gives its items one by one, once. */
abstract class Generator {
  /** What {@link #next} returns after the last item. */
  static final Object END = new Object();

  private boolean ended;

  static boolean isEnd(Object item) {
    return Types.same(item, END);
  }

  /** The next item, or {@link #END}; not called again after the end. */
  abstract Object advance();

  final Object next() {
    if (ended) {
      return END;
    }
    Object item = advance();
    ended = Generator.isEnd(item);
    return item;
  }
}
