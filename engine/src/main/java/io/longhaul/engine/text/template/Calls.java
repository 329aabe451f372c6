package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Calls of functions, filters and tests. */
final class Calls {
  private Calls() {}

  /** The arguments as written. */
  static final class ArgumentList {
    static final ArgumentList NONE =
        new ArgumentList(new Expression[0], new String[0], new Expression[0], null, null);

    private final Expression[] positional;
    private final String[] names;
    private final Expression[] named;
    private final Expression list;
    private final Expression map;

    /**
     * @param list what stands behind {@code *}, or null
     * @param map what stands behind {@code **}, or null
     */
    ArgumentList(
        Expression[] positional,
        String[] names,
        Expression[] named,
        Expression list,
        Expression map) {
      this.positional = positional;
      this.names = names;
      this.named = named;
      this.list = list;
      this.map = map;
    }

    /** Those of the given node and then these, as children. */
    Node[] after(Expression node) {
      Node[] all = Node.concat(new Node[] {node}, positional);
      return Node.concat(Node.concat(all, named), list, map);
    }

    Arguments evaluate(Rendering run, Activation frame) {
      if (positional.length == 0 && named.length == 0 && list == null && map == null) {
        return Arguments.NONE;
      }
      Budget budget = run.budget();
      budget.items(positional.length + (long) named.length);
      List<Object> values = new ArrayList<>(positional.length);
      for (Expression argument : positional) {
        values.add(argument.value(run, frame));
      }
      Map<String, Object> byName = named.length == 0 ? Map.of() : new LinkedHashMap<>();
      for (int i = 0; i < named.length; i++) {
        byName.put(names[i], named[i].value(run, frame));
      }
      if (list != null) {
        values.addAll(Iteration.toList(list.value(run, frame), budget));
        budget.items(values.size());
      }
      if (map != null) {
        byName = new LinkedHashMap<>(byName);
        addAll(byName, map.value(run, frame), budget);
      }
      return new Arguments(values, byName);
    }

    private static void addAll(Map<String, Object> byName, Object map, Budget budget) {
      if (!(map instanceof Dict dict)) {
        throw new TemplateError("argument after ** must be a mapping, not " + Types.name(map));
      }
      budget.items(dict.size());
      for (Dict.Entry entry : dict.entries()) {
        String name = Types.text(entry.key(), "keywords").value;
        if (byName.containsKey(name)) {
          throw new TemplateError("got multiple values for keyword argument '" + name + "'");
        }
        byName.put(name, entry.value());
      }
    }
  }

  /** {@code callee(arguments)}. */
  static final class Call extends Expression {
    private final Expression callee;
    private final ArgumentList arguments;

    Call(int line, Expression callee, ArgumentList arguments) {
      super(line, arguments.after(callee));
      this.callee = callee;
      this.arguments = arguments;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      Object function = callee.value(run, frame);
      return call(run, function, arguments.evaluate(run, frame));
    }

    /** With the body of a call block as the argument {@code caller}. */
    Object evaluate(Rendering run, Activation frame, Macro caller) {
      Object function = callee.value(run, frame);
      return call(run, function, arguments.evaluate(run, frame).with("caller", caller));
    }

    private static Object call(Rendering run, Object function, Arguments given) {
      if (function instanceof Callable callable) {
        return callable.call(run, given);
      } else if (function instanceof Undefined undefined) {
        throw undefined.error();
      }
      throw new TemplateError("'" + Types.name(function) + "' object is not callable");
    }
  }

  /** {@code input | name(arguments)}. */
  static final class FilterCall extends Expression {
    final String name;
    private final Expression input;
    private final ArgumentList arguments;

    FilterCall(int line, Expression input, String name, ArgumentList arguments) {
      super(line, arguments.after(input));
      this.input = input;
      this.name = name;
      this.arguments = arguments;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      Object value = input.value(run, frame);
      return Filters.apply(name, run, value, arguments.evaluate(run, frame));
    }
  }

  /** {@code input is name(arguments)}. */
  static final class TestCall extends Expression {
    final String name;
    private final Expression input;
    private final ArgumentList arguments;

    TestCall(int line, Expression input, String name, ArgumentList arguments) {
      super(line, arguments.after(input));
      this.input = input;
      this.name = name;
      this.arguments = arguments;
    }

    @Override
    protected Object evaluate(Rendering run, Activation frame) {
      Object value = input.value(run, frame);
      return Tests.holds(name, run, value, arguments.evaluate(run, frame));
    }
  }
}
