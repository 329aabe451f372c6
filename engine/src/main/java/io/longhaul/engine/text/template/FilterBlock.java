package io.longhaul.engine.text.template;

/** {@code {% filter name %} body {% endfilter %}}. */
final class FilterBlock extends Statement {
  final Expression filter;
  final Statement[] body;
  private Scope scope;

  FilterBlock(int line, Expression filter, Statement[] body) {
    super(line, concat(body, filter));
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
    Object value = run.filter(filter, captured, frame);
    run.out().append(Repr.str(value, run.budget()));
    scope.leave(frame);
    return Signal.NEXT;
  }
}
