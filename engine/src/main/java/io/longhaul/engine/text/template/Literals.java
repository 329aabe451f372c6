package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/** Constants, and displays of lists, tuples and dicts. */
final class Literals {
  private Literals() {}

  /** A constant. */
  static final class Constant extends Expression {
    final Object value;

    Constant(int line, Object value) {
      super(line);
      this.value = value;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      return value;
    }
  }

  /** {@code [a, b]} or {@code (a, b)}. */
  static final class Sequence extends Expression {
    final boolean tuple;
    final Expression[] items;

    Sequence(int line, Expression[] items, boolean tuple) {
      super(line, items);
      this.items = items;
      this.tuple = tuple;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      run.budget().items(items.length);
      List<Object> values = new ArrayList<>(items.length);
      for (Expression item : items) {
        values.add(item.value(run, frame));
      }
      return new ListValue(values, tuple, false);
    }
  }

  /** {@code {a: b}}. */
  static final class Mapping extends Expression {
    private final Expression[] keys;
    private final Expression[] values;

    Mapping(int line, Expression[] keys, Expression[] values) {
      super(line, concat(keys, values));
      this.keys = keys;
      this.values = values;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      run.budget().items(2L * keys.length);
      Dict dict = new Dict();
      for (int i = 0; i < keys.length; i++) {
        Object key = keys[i].value(run, frame);
        dict.put(key, values[i].value(run, frame));
      }
      return dict;
    }
  }

  /** What a filter block has captured, for its filter. */
  static final class Captured extends Expression {
    Captured(int line) {
      super(line);
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      return run.captured();
    }
  }
}
