package io.longhaul.engine.text.template;

/** {@code {% if %}} with its elifs and its else. */
final class If extends Statement {
  final Expression test;
  final Statement[] body;
  final If[] elifs;
  final Statement[] otherwise;

  If(int line, Expression test, Statement[] body, If[] elifs, Statement[] otherwise) {
    super(line, concat(concat(concat(new Node[] {test}, body), elifs), otherwise));
    this.test = test;
    this.body = body;
    this.elifs = elifs;
    this.otherwise = otherwise;
  }

  @Override
  protected Signal execute(Rendering run, Activation frame) {
    if (Types.truth(test.value(run, frame))) {
      return run(body, run, frame);
    }
    for (If elif : elifs) {
      if (elif.holds(run, frame)) {
        return run(elif.body, run, frame);
      }
    }
    return run(otherwise, run, frame);
  }

  private boolean holds(Rendering run, Activation frame) {
    try {
      return Types.truth(test.value(run, frame));
    } catch (TemplateError e) {
      throw e.at(line);
    }
  }
}
