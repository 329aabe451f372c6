package io.longhaul.engine.text.template;

/** A body with variables of its own: the template, a macro, a recursive loop, a loop's filter. */
final class Function {
  private final int depth;
  private int slots;

  /**
   * @param parent the function around it, null for the template
   */
  Function(Function parent) {
    this.depth = parent == null ? 0 : parent.depth + 1;
  }

  int newSlot() {
    return slots++;
  }

  int slots() {
    return slots;
  }

  /** How many functions outwards {@code outer} is. */
  int hopsTo(Function outer) {
    return depth - outer.depth;
  }
}
