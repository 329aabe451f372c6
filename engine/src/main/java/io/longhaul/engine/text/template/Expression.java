package io.longhaul.engine.text.template;

/** A node that has a value. */
abstract non-sealed class Expression extends Node {
  Expression(int line, Node... children) {
    super(line, children);
  }

  /** The value; callers use {@link #value}. */
  protected abstract Object evaluate(Rendering run, Activation frame);

  final Object value(Rendering run, Activation frame) {
    run.budget().enter();
    Object value = evaluate(run, frame);
    run.budget().leave();
    return value;
  }
}
