package io.longhaul.engine.text.template;

/** {@code {% call(parameters) macro(arguments) %} body {% endcall %}}. */
final class CallBlock extends Statement {
  final Calls.Call call;
  final MacroBody body;

  CallBlock(int line, Calls.Call call, MacroBody body) {
    super(line, concat(new Node[] {call}, body.children()));
    this.call = call;
    this.body = body;
  }

  @Override
  protected Signal execute(Rendering run, Activation frame) {
    Object result = call.evaluate(run, frame, new Macro(null, body, frame));
    run.out().append(Repr.str(result, run.budget()));
    return Signal.NEXT;
  }
}
