package io.longhaul.engine.text.template;

/** {@code {% set target | filter %} body {% endset %}}. */
final class SetBlock extends Statement {
  final Target target;
  final Expression filter;
  final Statement[] body;
  private Scope scope;

  /**
   * @param filter null for none
   */
  SetBlock(int line, Target target, Expression filter, Statement[] body) {
    super(line, concat(new Node[] {target, filter}, body));
    this.target = target;
    this.filter = filter;
    this.body = body;
  }

  void bind(Scope found) {
    this.scope = found;
  }

  @Override
  protected Signal execute(Rendering run, Activation frame) {
    scope.enter(run, frame);
    Text captured = capture(body, run, frame);
    Object value = filter == null ? captured : run.filter(filter, captured, frame);
    target.assign(run, frame, value);
    scope.leave(frame);
    return Signal.NEXT;
  }
}
