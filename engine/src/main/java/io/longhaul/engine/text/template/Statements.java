package io.longhaul.engine.text.template;

/** The simple statements. */
final class Statements {
  private Statements() {}

  /** The template's own text. */
  static final class Data extends Statement {
    private final Text text;

    Data(int line, String text) {
      super(line);
      this.text = Text.template(text);
    }

    @Override
    protected Signal execute(Rendering run, Activation frame) {
      run.out().append(text);
      return Signal.NEXT;
    }
  }

  /** {@code {{ value }}}. */
  static final class Output extends Statement {
    private final Expression value;

    Output(int line, Expression value) {
      super(line, value);
      this.value = value;
    }

    @Override
    protected Signal execute(Rendering run, Activation frame) {
      Object printed = value.value(run, frame);
      run.out().append(Repr.str(printed, run.budget()));
      return Signal.NEXT;
    }
  }

  /** {@code {% break %}} and {@code {% continue %}}. */
  static final class LoopControl extends Statement {
    private final Signal signal;

    LoopControl(int line, Signal signal) {
      super(line);
      this.signal = signal;
    }

    @Override
    protected Signal execute(Rendering run, Activation frame) {
      return signal;
    }
  }
}
