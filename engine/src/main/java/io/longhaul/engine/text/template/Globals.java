package io.longhaul.engine.text.template;

import java.util.Map;

/** The functions that every template can call, unless a variable has the name. */
record Globals(String name) implements Callable {
  static Object find(String name) {
    return switch (name) {
      case "range", "dict", "namespace", "cycler", "joiner", "raise_exception", "strftime_now" ->
          new Globals(name);
      default -> Undefined.MISSING;
    };
  }

  @Override
  public Object call(Rendering run, Arguments arguments) {
    Budget budget = run.budget();
    return switch (name) {
      case "range" -> range(arguments);
      case "dict" -> dict(arguments, budget);
      case "namespace" -> new Namespace(dict(arguments, budget));
      case "cycler" -> new Cycler(arguments.positionalOnly(name, 0, Integer.MAX_VALUE));
      case "joiner" -> {
        Object separator = arguments.bind(name, 0, "sep")[0];
        yield new Joiner(Undefined.isMissing(separator) ? Text.template(", ") : separator);
      }
      case "strftime_now" -> {
        Text format = Types.text(arguments.bind(name, 1, "format")[0], "format");
        budget.scan(format.value.length());
        yield Strftime.format(format, run.clock(), budget);
      }
      default -> {
        Object message = arguments.bind(name, 1, "message")[0];
        throw new TemplateError(Repr.str(message, budget).value);
      }
    };
  }

  private Range range(Arguments arguments) {
    var given = arguments.positionalOnly(name, 1, 3);
    long first = number(given.get(0));
    if (given.size() == 1) {
      return Range.of(0, first, 1);
    }
    return Range.of(first, number(given.get(1)), given.size() < 3 ? 1 : number(given.get(2)));
  }

  private static long number(Object value) {
    return value instanceof Long number ? number : Types.index(value, "range() arguments");
  }

  private static Dict dict(Arguments arguments, Budget budget) {
    Dict dict = new Dict();
    var given = arguments.positional();
    if (given.size() > 1) {
      throw new TemplateError("dict expected at most 1 argument, got " + given.size());
    }
    if (!given.isEmpty()) {
      addAll(dict, given.get(0), budget);
    }
    for (Map.Entry<String, Object> entry : arguments.named().entrySet()) {
      dict.put(Text.template(entry.getKey()), entry.getValue());
    }
    budget.items(dict.size());
    return dict;
  }

  private static void addAll(Dict dict, Object source, Budget budget) {
    if (source instanceof Dict other) {
      budget.items(other.size());
      dict.putAll(other);
      return;
    }
    for (Object item : Iteration.toList(source, budget)) {
      var pair = Iteration.toList(item, budget);
      if (pair.size() != 2) {
        throw new TemplateError("dictionary update sequence element has length " + pair.size());
      }
      dict.put(pair.get(0), pair.get(1));
    }
  }
}
