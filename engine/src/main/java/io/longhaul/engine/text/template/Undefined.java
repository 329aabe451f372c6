package io.longhaul.engine.text.template;

/**
 * Jinja's default {@code Undefined}: prints as nothing, iterates over nothing, is false; every
 * other use is an error that says what was missing.
 */
final class Undefined {
  /** Marks a variable or an argument that has no value yet. Never visible to a template. */
  static final Object MISSING = new Object();

  private final String hint;
  private final Object owner;
  private final Object name;

  private Undefined(String hint, Object owner, Object name) {
    this.hint = hint;
    this.owner = owner;
    this.name = name;
  }

  /** Whether an optional argument was not given. */
  static boolean isMissing(Object argument) {
    return Types.same(argument, MISSING);
  }

  static Undefined variable(String name) {
    return new Undefined(null, MISSING, name);
  }

  static Undefined because(String hint) {
    return new Undefined(hint, MISSING, "");
  }

  /** {@code owner} has no attribute or item {@code name}. */
  static Undefined member(Object owner, Object name) {
    return new Undefined(null, owner, name);
  }

  /** An attribute that the sandbox hides: calling it, or going on from it, is an error. */
  static Undefined unsafe(Object owner, String name) {
    return because(
        "access to attribute '" + name + "' of '" + Types.name(owner) + "' object is unsafe.");
  }

  TemplateError error() {
    if (hint != null) {
      return new TemplateError(hint);
    }
    if (isMissing(owner)) {
      return new TemplateError("'" + name + "' is undefined");
    }
    String type = owner == null ? "None" : Types.name(owner) + " object";
    return name instanceof String || name instanceof Text
        ? new TemplateError("'" + type + "' has no attribute '" + name + "'")
        : new TemplateError(type + " has no element " + Types.shortRepr(name));
  }
}
