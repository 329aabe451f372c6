package io.longhaul.engine.text.template;

import java.util.List;

/** A method of a string, dict, list or number, ready to be called. */
record BoundMethod(Object owner, String name) implements Callable {
  @Override
  public Object call(Rendering run, Arguments arguments) {
    Budget budget = run.budget();
    if (owner instanceof Text text) {
      return StringMethods.call(text, name, arguments, budget);
    } else if (owner instanceof Dict dict) {
      return ofDict(dict, arguments, budget);
    } else if (owner instanceof LoopContext loop) {
      return loop.call(name, arguments);
    } else if (owner instanceof Cycler cycler) {
      arguments.positionalOnly(name, 0, 0);
      return cycler.call(name);
    } else if (owner instanceof ListValue || owner instanceof Range) {
      return ofSequence(arguments, budget);
    }
    arguments.positionalOnly(name, 0, 0);
    if (owner instanceof Double number) {
      return Double.isFinite(number) && number == Math.rint(number);
    }
    return (long) Arithmetic.big(owner).abs().bitLength();
  }

  private Object ofDict(Dict dict, Arguments arguments, Budget budget) {
    if (name.equals("get")) {
      List<Object> given = arguments.positionalOnly(name, 1, 2);
      Dict.Entry entry = dict.find(given.get(0));
      return entry != null ? entry.value() : given.size() > 1 ? given.get(1) : null;
    }
    arguments.positionalOnly(name, 0, 0);
    budget.items(dict.size());
    return switch (name) {
      case "keys" -> new DictView(dict, DictView.Kind.KEYS);
      case "values" -> new DictView(dict, DictView.Kind.VALUES);
      case "items" -> new DictView(dict, DictView.Kind.ITEMS);
      default -> {
        Dict copy = new Dict();
        copy.putAll(dict);
        yield copy;
      }
    };
  }

  private Object ofSequence(Arguments arguments, Budget budget) {
    if (name.equals("copy")) {
      arguments.positionalOnly(name, 0, 0);
      return owner;
    }
    List<Object> given = arguments.positionalOnly(name, 1, name.equals("index") ? 3 : 1);
    List<Object> items = Iteration.toList(owner, budget);
    int from = given.size() > 1 ? bound(given.get(1), items.size()) : 0;
    int to = given.size() > 2 ? bound(given.get(2), items.size()) : items.size();
    long count = 0;
    for (int i = from; i < to; i++) {
      budget.steps(1);
      if (Types.same(items.get(i), given.get(0))
          || Comparison.equal(items.get(i), given.get(0), budget)) {
        if (name.equals("index")) {
          return (long) i;
        }
        count++;
      }
    }
    if (name.equals("index")) {
      throw new TemplateError(Types.shortRepr(given.get(0)) + " is not in " + Types.name(owner));
    }
    return count;
  }

  private static int bound(Object value, int size) {
    int index = Types.index(value, "slice indices");
    return Math.clamp(index < 0 ? (long) index + size : index, 0, size);
  }
}
