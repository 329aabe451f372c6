package io.longhaul.engine.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Set;

/** Jinja's filters: {@code value | name(arguments)}. Those that need more are in other classes. */
final class Filters {
  /** All of Jinja2's but {@code random} and {@code urlize}. */
  static final Set<String> NAMES =
      Set.of(
          "abs",
          "attr",
          "batch",
          "capitalize",
          "center",
          "count",
          "d",
          "default",
          "dictsort",
          "e",
          "escape",
          "filesizeformat",
          "first",
          "float",
          "forceescape",
          "format",
          "groupby",
          "indent",
          "int",
          "items",
          "join",
          "last",
          "length",
          "list",
          "lower",
          "map",
          "max",
          "min",
          "pprint",
          "reject",
          "rejectattr",
          "replace",
          "reverse",
          "round",
          "safe",
          "select",
          "selectattr",
          "slice",
          "sort",
          "string",
          "striptags",
          "sum",
          "title",
          "tojson",
          "trim",
          "truncate",
          "unique",
          "upper",
          "urlencode",
          "wordcount",
          "wordwrap",
          "xmlattr");

  private Filters() {}

  static Object apply(String name, Rendering run, Object value, Arguments arguments) {
    Budget budget = run.budget();
    return switch (name) {
      case "abs" -> {
        arguments.bind(name, 0);
        yield abs(value);
      }
      case "attr" -> {
        Object attribute = arguments.bind(name, 1, "name")[0];
        yield Attributes.attribute(value, Types.text(attribute, "attribute name").value);
      }
      case "count", "length" -> {
        arguments.bind(name, 0);
        yield (long) Iteration.length(value);
      }
      case "d", "default" -> {
        Object[] given = arguments.bind(name, 0, "default_value", "boolean");
        boolean missing =
            value instanceof Undefined || (Types.truth(given[1], false) && !Types.truth(value));
        yield !missing ? value : Undefined.isMissing(given[0]) ? Text.EMPTY : given[0];
      }
      case "float" -> {
        Object otherwise = arguments.bind(name, 0, "default")[0];
        Double number = toFloat(value);
        yield number != null ? number : Undefined.isMissing(otherwise) ? (Object) 0.0 : otherwise;
      }
      case "int" -> toInt(value, arguments.bind(name, 0, "default", "base"));
      case "round" -> round(value, arguments.bind(name, 0, "precision", "method"), budget);
      case "tojson" -> JsonWriter.write(value, arguments, budget);
      case "pprint" -> {
        arguments.bind(name, 0);
        yield PrettyPrinter.print(value, budget);
      }
      case "filesizeformat" ->
          fileSize(value, Types.truth(arguments.bind(name, 0, "binary")[0], false));
      case "batch", "dictsort", "first", "groupby", "items", "last", "list", "max", "min" ->
          SequenceFilters.apply(name, run, value, arguments);
      case "reverse", "slice", "sort", "sum", "unique" ->
          SequenceFilters.apply(name, run, value, arguments);
      case "map", "select", "reject", "selectattr", "rejectattr" ->
          MappingFilters.apply(name, run, value, arguments);
      default -> TextFilters.apply(name, value, arguments, budget);
    };
  }

  private static Object abs(Object value) {
    if (value instanceof Double number) {
      return Math.abs(number);
    } else if (Types.isNumber(value)) {
      return Types.integer(Arithmetic.big(value).abs());
    } else if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    throw new TemplateError("bad operand type for abs(): '" + Types.name(value) + "'");
  }

  /** Python's {@code float(value)}, or null where it raises a {@code TypeError}. */
  private static Double toFloat(Object value) {
    if (value instanceof Text text) {
      return Numbers.parseFloat(text.value);
    } else if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    return Types.isNumber(value) ? Arithmetic.toDouble(value) : null;
  }

  private static Object toInt(Object value, Object[] given) {
    Object result = null;
    if (value instanceof Text text) {
      result = Numbers.parseInt(text.value, Types.index(given[1], "base", 10));
    } else if (value instanceof Undefined undefined) {
      throw undefined.error();
    } else if (Types.isNumber(value) && !(value instanceof Double)) {
      result = Types.integer(Arithmetic.big(value));
    } else if (value instanceof Double number && Double.isInfinite(number)) {
      throw new TemplateError("cannot convert float infinity to integer");
    }
    if (result == null) {
      Double real = toFloat(value);
      if (real != null && Double.isFinite(real)) {
        result = Types.integer(new BigDecimal(real).toBigInteger());
      }
    }
    return result != null ? result : Undefined.isMissing(given[0]) ? (Object) 0L : given[0];
  }

  private static Object round(Object value, Object[] given, Budget budget) {
    int precision = Types.index(given[0], "precision", 0);
    String method = Undefined.isMissing(given[1]) ? "common" : Types.text(given[1], "method").value;
    if (!Types.isNumber(value)) {
      if (value instanceof Undefined undefined) {
        throw undefined.error();
      }
      throw new TemplateError("type " + Types.name(value) + " doesn't define __round__ method");
    }
    if (Math.abs((long) precision) > FormatSpec.MAX_PRECISION) {
      throw new TemplateError("round: a precision of " + precision);
    }
    if (method.equals("common")) {
      return value instanceof Double number
          ? (Object) roundReal(number, precision)
          : roundInteger(Arithmetic.big(value), precision);
    } else if (!method.equals("ceil") && !method.equals("floor")) {
      throw new TemplateError("method must be common, ceil or floor");
    }
    Object power = Arithmetic.apply("**", 10L, (long) precision, budget);
    double scaled = Arithmetic.toDouble(Arithmetic.apply("*", value, power, budget));
    if (!Double.isFinite(scaled)) {
      throw new TemplateError("cannot convert float infinity or NaN to integer");
    }
    double whole = method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled);
    Object integer = Types.integer(new BigDecimal(whole).toBigInteger());
    return Arithmetic.apply("/", integer, power, budget);
  }

  private static double roundReal(double value, int precision) {
    if (!Double.isFinite(value)) {
      return value;
    }
    double rounded =
        new BigDecimal(value).setScale(precision, RoundingMode.HALF_EVEN).doubleValue();
    return rounded == 0 ? Math.copySign(rounded, value) : rounded;
  }

  private static Object roundInteger(BigInteger value, int precision) {
    if (precision >= 0) {
      return Types.integer(value);
    }
    return Types.integer(
        new BigDecimal(value).setScale(precision, RoundingMode.HALF_EVEN).toBigInteger());
  }

  private static Text fileSize(Object value, boolean binary) {
    Double bytes = toFloat(value);
    if (bytes == null) {
      throw new TemplateError("filesizeformat: not a number: " + Types.shortRepr(value));
    }
    double base = binary ? 1024 : 1000;
    if (bytes == 1) {
      return Text.outside("1 Byte");
    } else if (bytes < base) {
      return Text.outside((long) (double) bytes + " Bytes");
    }
    List<String> prefixes = List.of("k", "M", "G", "T", "P", "E", "Z", "Y");
    int i = 0;
    while (i < prefixes.size() - 1 && bytes >= Math.pow(base, i + 2)) {
      i++;
    }
    double unit = Math.pow(base, i + 2);
    double shown = base * bytes / unit;
    String prefix = prefixes.get(i);
    String suffix = binary ? prefix.toUpperCase(java.util.Locale.ROOT) + "iB" : prefix + "B";
    String digits =
        Double.isFinite(shown)
            ? new BigDecimal(shown).setScale(1, RoundingMode.HALF_EVEN).toPlainString()
            : Numbers.repr(shown);
    return Text.outside(digits + " " + suffix);
  }
}
