package io.longhaul.engine.text.template;

/** A variable that is read. */
final class Name extends Expression {
  final String name;
  private int hops;
  private int slot;

  Name(int line, String name) {
    super(line);
    this.name = name;
  }

  void bind(Symbols symbols) {
    Symbols.Variable variable = symbols.find(name);
    if (variable == null) {
      // Jinja2 fails on these as well: names in the filter of a set block are not looked up.
      throw new TemplateError("'" + name + "' cannot be used here", line);
    }
    hops = symbols.function().hopsTo(variable.function);
    slot = variable.slot;
  }

  @Override
  protected Object evaluate(Rendering run, Activation frame) {
    Object value = frame.get(hops, slot);
    return Undefined.isMissing(value) ? Undefined.variable(name) : value;
  }
}
