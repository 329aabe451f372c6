package io.longhaul.engine.text.template;

import java.util.List;

/**
 * A Python list or tuple. Nothing that a template can call changes it.
 *
 * @param group whether it is a pair made by {@code groupby}, whose items also go by the names
 *     {@code grouper} and {@code list}
 */
record ListValue(List<Object> items, boolean tuple, boolean group) {
  static ListValue list(List<Object> items) {
    return new ListValue(items, false, false);
  }

  static ListValue tuple(List<Object> items) {
    return new ListValue(items, true, false);
  }

  int size() {
    return items.size();
  }

  Object get(int index) {
    return items.get(index);
  }

  // Identity, not value: Python's equality is Comparison.equal, which is bounded.
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  // Bounded, for the same reason: a nested value must not be printed by accident.
  @Override
  public String toString() {
    return (tuple ? "tuple of " : "list of ").concat(Integer.toString(size()));
  }
}
