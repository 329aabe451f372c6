package io.longhaul.engine.text.template;

import java.util.List;
import java.util.Set;

/** Jinja's tests: {@code value is name(arguments)}. */
final class Tests {
  static final Set<String> NAMES =
      Set.of(
          "odd",
          "even",
          "divisibleby",
          "defined",
          "undefined",
          "filter",
          "test",
          "none",
          "boolean",
          "false",
          "true",
          "integer",
          "float",
          "lower",
          "upper",
          "string",
          "mapping",
          "number",
          "sequence",
          "iterable",
          "callable",
          "sameas",
          "escaped",
          "in",
          "==",
          "eq",
          "equalto",
          "!=",
          "ne",
          ">",
          "gt",
          "greaterthan",
          "ge",
          ">=",
          "<",
          "lt",
          "lessthan",
          "<=",
          "le");

  private Tests() {}

  static boolean holds(String name, Rendering run, Object value, Arguments arguments) {
    Budget budget = run.budget();
    return switch (name) {
      case "divisibleby" -> {
        Object by = arguments.bind(name, 1, "num")[0];
        yield remainder(value, by, 0, budget);
      }
      case "sameas" -> same(value, arguments.bind(name, 1, "other")[0]);
      case "in" -> Comparison.contains(arguments.bind(name, 1, "seq")[0], value, budget);
      case "==", "eq", "equalto" -> compare("==", value, arguments, budget);
      case "!=", "ne" -> compare("!=", value, arguments, budget);
      case ">", "gt", "greaterthan" -> compare(">", value, arguments, budget);
      case ">=", "ge" -> compare(">=", value, arguments, budget);
      case "<", "lt", "lessthan" -> compare("<", value, arguments, budget);
      case "<=", "le" -> compare("<=", value, arguments, budget);
      default -> {
        arguments.bind(name, 0);
        yield simple(name, value, budget);
      }
    };
  }

  private static boolean simple(String name, Object value, Budget budget) {
    return switch (name) {
      case "odd" -> remainder(value, 2L, 1, budget);
      case "even" -> remainder(value, 2L, 0, budget);
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "filter" -> value instanceof Text text && Filters.NAMES.contains(text.value);
      case "test" -> value instanceof Text text && NAMES.contains(text.value);
      case "none" -> value == null;
      case "boolean" -> value instanceof Boolean;
      case "false" -> value instanceof Boolean bool && !bool;
      case "true" -> value instanceof Boolean bool && bool;
      case "integer" -> Types.isInteger(value);
      case "float" -> value instanceof Double;
      case "lower", "upper" -> {
        Text text = Repr.str(value, budget);
        yield (boolean)
            StringMethods.call(
                text, name.equals("lower") ? "islower" : "isupper", Arguments.NONE, budget);
      }
      case "string" -> value instanceof Text;
      case "mapping" -> value instanceof Dict;
      case "number" -> Types.isNumber(value);
      case "sequence" ->
          value instanceof ListValue
              || value instanceof Text
              || value instanceof Dict
              || value instanceof Range
              || value instanceof Undefined;
      case "iterable" -> Iteration.isIterable(value);
      // Python asks the class, and that of an undefined value has a method for calls.
      case "callable" -> value instanceof Undefined || (value instanceof Callable);
      case "escaped" -> value instanceof Text text && text.markup;
      default -> throw new TemplateError("No test named '" + name + "'.");
    };
  }

  private static boolean remainder(Object value, Object by, long wanted, Budget budget) {
    Object remainder = Arithmetic.apply("%", value, by, budget);
    return Comparison.equal(remainder, wanted, budget);
  }

  private static boolean compare(
      String operator, Object value, Arguments arguments, Budget budget) {
    List<Object> given = arguments.positionalOnly(operator, 1, 1);
    return Operators.Compare.holds(operator, value, given.get(0), budget);
  }

  /** Python's {@code is}, for which small ints and equal strings of one source are one object. */
  private static boolean same(Object a, Object b) {
    if (a instanceof Long && b instanceof Long) {
      return a.equals(b);
    } else if (a instanceof Boolean || b instanceof Boolean) {
      return a != null && a.equals(b);
    }
    return Types.same(a, b);
  }
}
