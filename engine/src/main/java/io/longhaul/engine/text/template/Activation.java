package io.longhaul.engine.text.template;

import java.util.Arrays;

/**
 * The variables of one call of a {@link Function}: the template itself, a macro, or a recursive
 * loop. The same as a Python frame of the code that Jinja2 generates.
 */
final class Activation {
  private final Object[] slots;
  private final Activation parent;

  /**
   * @param parent that of the function around it, null for the template
   */
  Activation(Function function, Activation parent) {
    this.slots = new Object[function.slots()];
    this.parent = parent;
    Arrays.fill(slots, Undefined.MISSING);
  }

  Object get(int hops, int slot) {
    Activation owner = this;
    for (int i = 0; i < hops; i++) {
      owner = owner.parent;
    }
    return owner.slots[slot];
  }

  void set(int slot, Object value) {
    slots[slot] = value;
  }
}
