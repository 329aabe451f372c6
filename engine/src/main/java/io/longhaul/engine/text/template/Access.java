package io.longhaul.engine.text.template;

/** Attributes, items and slices. */
final class Access {
  private Access() {}

  /** {@code owner.name}. */
  static final class Attribute extends Expression {
    private final Expression owner;
    private final String name;

    Attribute(int line, Expression owner, String name) {
      super(line, owner);
      this.owner = owner;
      this.name = name;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      return Attributes.attribute(owner.value(run, frame), name);
    }
  }

  /** {@code owner[key]}. */
  static final class Item extends Expression {
    private final Expression owner;
    private final Expression key;

    Item(int line, Expression owner, Expression key) {
      super(line, owner, key);
      this.owner = owner;
      this.key = key;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      Object value = owner.value(run, frame);
      return Attributes.item(value, key.value(run, frame), run.budget());
    }
  }

  /** {@code owner[start:stop:step]}, each of the three null if missing. */
  static final class Slice extends Expression {
    private final Expression owner;
    private final Expression[] bounds;

    Slice(int line, Expression owner, Expression[] bounds) {
      super(line, concat(new Node[] {owner}, bounds));
      this.owner = owner;
      this.bounds = bounds;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      Object value = owner.value(run, frame);
      return Attributes.slice(
          value, bound(0, run, frame), bound(1, run, frame), bound(2, run, frame), run.budget());
    }

    private Object bound(int i, Rendering run, Activation frame) {
      return bounds[i] == null ? null : bounds[i].value(run, frame);
    }
  }
}
