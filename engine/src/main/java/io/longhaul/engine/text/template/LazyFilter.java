package io.longhaul.engine.text.template;

/** A filter that works item by item; one may stand on another, which counts as nesting. */
abstract class LazyFilter extends Generator {
  private final Budget budget;

  LazyFilter(Budget budget) {
    this.budget = budget;
  }

  final Budget budget() {
    return budget;
  }

  /** The next item, or {@link Generator#END}. */
  abstract Object step();

  @Override
  final Object advance() {
    budget.enter();
    Object item = step();
    budget.leave();
    return item;
  }
}
