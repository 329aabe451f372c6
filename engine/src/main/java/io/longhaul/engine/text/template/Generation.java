package io.longhaul.engine.text.template;

/**
 * {@code {% generation %} body {% endgeneration %}}, which marks what a model writes when it is
 * trained. The body is one of a call block, whose variables are its own.
 */
final class Generation extends Statement implements Scoped {
  final MacroBody body;

  Generation(int line, MacroBody body) {
    super(line, body.children());
    this.body = body;
  }

  @Override
  protected Signal execute(Rendering run, Activation frame) {
    Object result = new Macro(null, body, frame).call(run, Arguments.NONE);
    run.out().append((Text) result);
    return Signal.NEXT;
  }
}
