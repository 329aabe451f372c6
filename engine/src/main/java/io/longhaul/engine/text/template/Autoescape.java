package io.longhaul.engine.text.template;

/** {@code {% autoescape false %} body {% endautoescape %}}: a scope, nothing else. */
final class Autoescape extends Statement implements Scoped {
  final Statement[] body;
  private Scope scope;

  Autoescape(int line, Statement[] body) {
    super(line, body);
    this.body = body;
  }

  void bind(Scope found) {
    this.scope = found;
  }

  @Override
  protected Signal execute(Rendering run, Activation frame) {
    scope.enter(run, frame);
    Signal signal = run(body, run, frame);
    scope.leave(frame);
    return signal;
  }
}
