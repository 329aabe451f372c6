package io.longhaul.engine.text.template;

/** {@code namespace(...)}: the one thing that a template can change. */
record Namespace(Dict attributes) {
  Namespace {
    for (Object name : attributes.keys()) {
      check(name);
    }
  }

  void set(String name, Object value) {
    check(name);
    attributes.put(Text.template(name), value);
  }

  private static void check(Object name) {
    if (name.toString().startsWith("_")) {
      throw new TemplateError(
          "Chat templates cannot store underscore-prefixed attributes on a namespace, but got '"
              + name
              + "'. Please rename the attribute.");
    }
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  @Override
  public String toString() {
    return "namespace";
  }
}
