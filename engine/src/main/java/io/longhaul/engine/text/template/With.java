package io.longhaul.engine.text.template;

/** {@code {% with name = value %} body {% endwith %}}. */
final class With extends Statement {
  final Target[] targets;
  final Expression[] values;
  final Statement[] body;
  private Scope scope;

  With(int line, Target[] targets, Expression[] values, Statement[] body) {
    super(line, concat(concat(targets, values), body));
    this.targets = targets;
    this.values = values;
    this.body = body;
  }

  void bind(Scope found) {
    this.scope = found;
  }

  @Override
  protected Signal execute(Rendering run, Activation frame) {
    scope.enter(run, frame);
    for (int i = 0; i < targets.length; i++) {
      targets[i].assign(run, frame, values[i].value(run, frame));
    }
    Signal signal = run(body, run, frame);
    scope.leave(frame);
    return signal;
  }
}
