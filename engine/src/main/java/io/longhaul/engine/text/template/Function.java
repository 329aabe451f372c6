package io.longhaul.engine.text.template;

/** A body with variables of its own: the template, a macro, a recursive loop, a loop's filter. */
final class Function {
  private final int depth;
  private final Function parent;
  private int slots;
  private long copies;

  /**
   * @param parent the function around it, null for the template
   */
  Function(Function parent) {
    this.parent = parent;
    this.depth = parent == null ? 0 : parent.depth + 1;
  }

  /** Counts work of binding, for the whole template. */
  void countCopies(long n, long most) {
    Function root = this;
    while (root.parent != null) {
      root = root.parent;
    }
    root.copies += n;
    if (root.copies > most) {
      throw new TemplateError("too many variables in too many branches");
    }
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
