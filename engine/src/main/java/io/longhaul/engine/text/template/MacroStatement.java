package io.longhaul.engine.text.template;

/** {@code {% macro name(parameters) %} body {% endmacro %}}. */
final class MacroStatement extends Statement {
  final String name;
  final MacroBody body;
  private int slot;

  MacroStatement(int line, String name, MacroBody body) {
    super(line, body.children());
    this.name = name;
    this.body = body;
  }

  void bind(Symbols symbols) {
    slot = symbols.find(name).slot;
  }

  @Override
  protected Signal execute(Rendering run, Activation frame) {
    frame.set(slot, new Macro(name, body, frame));
    return Signal.NEXT;
  }
}
