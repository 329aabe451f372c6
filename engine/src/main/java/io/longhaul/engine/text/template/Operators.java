package io.longhaul.engine.text.template;

/** Expressions with operators. */
final class Operators {
  private Operators() {}

  /** {@code + - * / // % **}. */
  static final class Binary extends Expression {
    private final String operator;
    private final Expression left;
    private final Expression right;

    Binary(int line, String operator, Expression left, Expression right) {
      super(line, left, right);
      this.operator = operator;
      this.left = left;
      this.right = right;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      Object a = left.value(run, frame);
      return Arithmetic.apply(operator, a, right.value(run, frame), run.budget());
    }
  }

  /** {@code and}, {@code or}: one of the operands. */
  static final class Logical extends Expression {
    private final boolean and;
    private final Expression left;
    private final Expression right;

    Logical(int line, boolean and, Expression left, Expression right) {
      super(line, left, right);
      this.and = and;
      this.left = left;
      this.right = right;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      Object value = left.value(run, frame);
      return Types.truth(value) == and ? right.value(run, frame) : value;
    }
  }

  /** {@code not}. */
  static final class Not extends Expression {
    private final Expression operand;

    Not(int line, Expression operand) {
      super(line, operand);
      this.operand = operand;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      return !Types.truth(operand.value(run, frame));
    }
  }

  /** Unary {@code +} and {@code -}. */
  static final class Sign extends Expression {
    private final boolean negative;
    private final Expression operand;

    Sign(int line, boolean negative, Expression operand) {
      super(line, operand);
      this.negative = negative;
      this.operand = operand;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      return Arithmetic.sign(negative, operand.value(run, frame));
    }
  }

  /** {@code ~}: the operands as strings, one after the other. */
  static final class Concat extends Expression {
    private final Expression[] operands;

    Concat(int line, Expression[] operands) {
      super(line, operands);
      this.operands = operands;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      TextBuilder out = new TextBuilder(run.budget());
      for (Expression operand : operands) {
        out.append(Repr.str(operand.value(run, frame), run.budget()));
      }
      return out.toText();
    }
  }

  /** A chain of comparisons: each must hold. */
  static final class Compare extends Expression {
    private final Expression first;
    private final String[] operators;
    private final Expression[] others;

    Compare(int line, Expression first, String[] operators, Expression[] others) {
      super(line, concat(new Node[] {first}, others));
      this.first = first;
      this.operators = operators;
      this.others = others;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      Object left = first.value(run, frame);
      for (int i = 0; i < others.length; i++) {
        Object right = others[i].value(run, frame);
        if (!holds(operators[i], left, right, run.budget())) {
          return false;
        }
        left = right;
      }
      return true;
    }

    static boolean holds(String operator, Object left, Object right, Budget budget) {
      return switch (operator) {
        case "==" -> Comparison.equal(left, right, budget);
        case "!=" -> !Comparison.equal(left, right, budget);
        case "in" -> Comparison.contains(right, left, budget);
        case "not in" -> !Comparison.contains(right, left, budget);
        default -> Comparison.ordered(left, operator, right, budget);
      };
    }
  }

  /** {@code a if test else b}. */
  static final class Conditional extends Expression {
    final Expression test;
    private final Expression then;
    private final Expression otherwise;

    /**
     * @param otherwise null where there is no else
     */
    Conditional(int line, Expression test, Expression then, Expression otherwise) {
      super(line, test, then, otherwise);
      this.test = test;
      this.then = then;
      this.otherwise = otherwise;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      if (Types.truth(test.value(run, frame))) {
        return then.value(run, frame);
      } else if (otherwise != null) {
        return otherwise.value(run, frame);
      }
      return Undefined.because(
          "the inline if-expression on line "
              + line
              + " evaluated to false and no else section was defined.");
    }
  }
}
