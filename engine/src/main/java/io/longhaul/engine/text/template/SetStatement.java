package io.longhaul.engine.text.template;

/** {@code {% set target = value %}}. */
final class SetStatement extends Statement {
  final Target target;
  final Expression value;

  SetStatement(int line, Target target, Expression value) {
    super(line, target, value);
    this.target = target;
    this.value = value;
  }

  @Override
  protected Signal execute(Rendering run, Activation frame) {
    target.check(frame);
    target.assign(run, frame, value.value(run, frame));
    return Signal.NEXT;
  }
}
