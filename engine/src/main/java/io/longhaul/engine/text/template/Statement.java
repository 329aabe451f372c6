package io.longhaul.engine.text.template;

/** A node that writes to the prompt or sets variables. */
abstract non-sealed class Statement extends Node {
  /** What the enclosing loop has to do next. */
  enum Signal {
    NEXT,
    BREAK,
    CONTINUE
  }

  Statement(int line, Node... children) {
    super(line, children);
  }

  /** Does it; callers use {@link #run}. */
  protected abstract Signal execute(Rendering run, Activation frame);

  /** Executes statements up to a break or continue. */
  static Signal run(Statement[] body, Rendering run, Activation frame) {
    for (Statement statement : body) {
      run.budget().enter();
      Signal signal;
      try {
        signal = statement.execute(run, frame);
      } catch (TemplateError e) {
        throw e.at(statement.line);
      }
      run.budget().leave();
      if (signal != Signal.NEXT) {
        return signal;
      }
    }
    return Signal.NEXT;
  }

  /** What statements write, instead of writing it to the prompt. */
  static Text capture(Statement[] body, Rendering run, Activation frame) {
    TextBuilder outer = run.out();
    TextBuilder inner = new TextBuilder(run.budget());
    run.redirect(inner);
    run(body, run, frame);
    run.redirect(outer);
    return inner.toText();
  }
}
