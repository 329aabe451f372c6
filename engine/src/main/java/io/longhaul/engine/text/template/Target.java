package io.longhaul.engine.text.template;

import java.util.List;

/** What is assigned to. */
abstract sealed class Target extends Node {
  Target(int line, Node... children) {
    super(line, children);
  }

  abstract void bind(Symbols symbols);

  abstract void assign(Rendering run, Activation frame, Object value);

  /** Fails if an attribute is to be set on anything but a namespace; done before the value. */
  void check(Activation frame) {
    for (Node child : children()) {
      ((Target) child).check(frame);
    }
  }

  /** The same target, to be bound in another function. */
  abstract Target copy();

  /** A variable. */
  static final class Variable extends Target {
    final String name;
    private int slot;

    Variable(int line, String name) {
      super(line);
      this.name = name;
    }

    int slot() {
      return slot;
    }

    @Override
    void bind(Symbols symbols) {
      slot = symbols.find(name).slot;
    }

    @Override
    void assign(Rendering run, Activation frame, Object value) {
      frame.set(slot, value);
    }

    @Override
    Target copy() {
      return new Variable(line, name);
    }
  }

  /** {@code namespace.attribute}. */
  static final class Attribute extends Target {
    final String name;
    private final String attribute;
    private int hops;
    private int slot;

    Attribute(int line, String name, String attribute) {
      super(line);
      this.name = name;
      this.attribute = attribute;
    }

    @Override
    void bind(Symbols symbols) {
      Symbols.Variable variable = symbols.find(name);
      hops = symbols.function().hopsTo(variable.function);
      slot = variable.slot;
    }

    @Override
    void check(Activation frame) {
      if (!(frame.get(hops, slot) instanceof Namespace)) {
        throw new TemplateError("cannot assign attribute on non-namespace object");
      }
    }

    @Override
    void assign(Rendering run, Activation frame, Object value) {
      check(frame);
      run.budget().items(1);
      ((Namespace) frame.get(hops, slot)).set(attribute, value);
    }

    @Override
    Target copy() {
      return new Attribute(line, name, attribute);
    }
  }

  /** Several targets that take a value apart. */
  static final class Tuple extends Target {
    private final Target[] items;

    Tuple(int line, Target[] items) {
      super(line, items);
      this.items = items;
    }

    @Override
    void bind(Symbols symbols) {
      for (Target item : items) {
        item.bind(symbols);
      }
    }

    @Override
    void assign(Rendering run, Activation frame, Object value) {
      if (!Iteration.isIterable(value)) {
        throw new TemplateError("cannot unpack non-iterable " + Types.name(value) + " object");
      }
      List<Object> values = Iteration.toList(value, run.budget());
      if (values.size() > items.length) {
        throw new TemplateError("too many values to unpack (expected " + items.length + ")");
      } else if (values.size() < items.length) {
        throw new TemplateError(
            "not enough values to unpack (expected "
                + items.length
                + ", got "
                + values.size()
                + ")");
      }
      for (int i = 0; i < items.length; i++) {
        items[i].assign(run, frame, values.get(i));
      }
    }

    @Override
    Target copy() {
      Target[] copies = new Target[items.length];
      for (int i = 0; i < items.length; i++) {
        copies[i] = items[i].copy();
      }
      return new Tuple(line, copies);
    }
  }
}
