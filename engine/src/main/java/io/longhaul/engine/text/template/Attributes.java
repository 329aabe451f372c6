package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/**
 * The sandbox's {@code getattr}, {@code getitem} and slices. Nothing is reachable but what this
 * class names: no Java object has attributes of its own.
 */
final class Attributes {
  private Attributes() {}

  /** {@code owner.name}: an attribute if there is one, else the item. */
  static Object attribute(Object owner, String name) {
    Object value = own(owner, name);
    if (Undefined.isMissing(value) && owner instanceof Dict dict) {
      value = dict.named(name);
    }
    return Undefined.isMissing(value) ? Undefined.member(owner, name) : value;
  }

  /** {@code owner[key]}: an item if there is one, else the attribute. */
  static Object item(Object owner, Object key, Budget budget) {
    Object value = Undefined.MISSING;
    if (owner instanceof Dict dict) {
      Dict.Entry entry = Dict.isHashable(key) ? dict.find(key) : null;
      value = entry == null ? Undefined.MISSING : entry.value();
    } else if (key instanceof Long || key instanceof Boolean) {
      value = element(owner, Types.index(key, "index"), budget);
    } else if (owner instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (Undefined.isMissing(value) && key instanceof Text name) {
      value = own(owner, name.value);
    }
    return Undefined.isMissing(value) ? Undefined.member(owner, key) : value;
  }

  private static Object element(Object owner, int index, Budget budget) {
    if (owner instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!(owner instanceof ListValue || owner instanceof Text || owner instanceof Range)) {
      return Undefined.MISSING;
    }
    int size = Iteration.length(owner);
    int at = index < 0 ? index + size : index;
    if (at < 0 || at >= size) {
      return Undefined.MISSING;
    }
    if (owner instanceof ListValue list) {
      return list.get(at);
    } else if (owner instanceof Range range) {
      return range.get(at);
    }
    Text text = (Text) owner;
    budget.scan(text.value.length());
    int from = text.offset(at);
    return text.slice(from, from + Character.charCount(text.value.codePointAt(from)));
  }

  /** What Python's {@code getattr} finds, or {@link Undefined#MISSING}. */
  private static Object own(Object owner, String name) {
    if (owner instanceof Undefined undefined) {
      throw undefined.error();
    } else if (owner instanceof Namespace namespace) {
      return namespace.attributes().named(name);
    } else if (name.startsWith("__") && name.endsWith("__")) {
      return Undefined.unsafe(owner, name);
    } else if (owner instanceof Text) {
      return StringMethods.has(name) ? new BoundMethod(owner, name) : Undefined.MISSING;
    } else if (owner instanceof Dict) {
      return switch (name) {
        case "get", "items", "keys", "values", "copy" -> new BoundMethod(owner, name);
        case "clear", "pop", "popitem", "setdefault", "update" -> Undefined.unsafe(owner, name);
        default -> Undefined.MISSING;
      };
    } else if (owner instanceof ListValue list) {
      return ofList(list, name);
    } else if (owner instanceof LoopContext loop) {
      return loop.attribute(name);
    } else if (owner instanceof Cycler cycler) {
      return cycler.attribute(name);
    } else if (owner instanceof Macro macro) {
      return macro.attribute(name);
    } else if (owner instanceof Range range) {
      return switch (name) {
        case "start" -> range.start();
        case "stop" -> range.stop();
        case "step" -> range.step();
        case "count", "index" -> new BoundMethod(owner, name);
        default -> Undefined.MISSING;
      };
    } else if (Types.isNumber(owner)) {
      return ofNumber(owner, name);
    }
    return Undefined.MISSING;
  }

  private static Object ofList(ListValue list, String name) {
    if (list.group() && (name.equals("grouper") || name.equals("list"))) {
      return list.get(name.equals("grouper") ? 0 : 1);
    }
    return switch (name) {
      case "count", "index" -> new BoundMethod(list, name);
      case "copy" -> list.tuple() ? Undefined.MISSING : new BoundMethod(list, name);
      case "append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove" ->
          list.tuple() ? Undefined.MISSING : Undefined.unsafe(list, name);
      default -> Undefined.MISSING;
    };
  }

  private static Object ofNumber(Object number, String name) {
    boolean real = number instanceof Double;
    return switch (name) {
      case "real" -> real ? number : Types.integer(Arithmetic.big(number));
      case "imag" -> real ? (Object) 0.0 : 0L;
      case "numerator" -> real ? Undefined.MISSING : Types.integer(Arithmetic.big(number));
      case "denominator" -> real ? Undefined.MISSING : 1L;
      case "bit_length" -> real ? Undefined.MISSING : new BoundMethod(number, name);
      case "is_integer" -> real ? new BoundMethod(number, name) : Undefined.MISSING;
      default -> Undefined.MISSING;
    };
  }

  /** {@code owner[start:stop:step]}; the three may be {@code None}. */
  static Object slice(Object owner, Object start, Object stop, Object step, Budget budget) {
    if (owner instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!(owner instanceof ListValue || owner instanceof Text || owner instanceof Range)) {
      throw new TemplateError(
          owner instanceof Dict
              ? "unhashable type: 'slice'"
              : "'" + Types.name(owner) + "' object is not subscriptable");
    }
    int size = Iteration.length(owner);
    int by = step == null ? 1 : Types.index(step, "slice indices");
    if (by == 0) {
      throw new TemplateError("slice step cannot be zero");
    }
    int from = bound(start, by > 0 ? 0 : size - 1, size, by);
    int to = bound(stop, by > 0 ? size : -1, size, by);
    if (owner instanceof Text text) {
      return slice(text, from, to, by, budget);
    } else if (owner instanceof Range range) {
      return Range.of(
          range.start() + from * range.step(),
          range.start() + to * range.step(),
          by * range.step());
    }
    ListValue list = (ListValue) owner;
    if (by == 1) {
      budget.items(Math.max(0, to - from));
      return new ListValue(
          new ArrayList<>(list.items().subList(from, Math.max(from, to))), list.tuple(), false);
    }
    List<Object> items = new ArrayList<>();
    for (long i = from; by > 0 ? i < to : i > to; i += by) {
      budget.items(1);
      items.add(list.get((int) i));
    }
    return new ListValue(items, list.tuple(), false);
  }

  private static int bound(Object value, int otherwise, int size, int step) {
    if (value == null) {
      return otherwise;
    }
    int index = Types.index(value, "slice indices");
    if (index < 0) {
      return Math.max(index + size, step > 0 ? 0 : -1);
    }
    return Math.min(index, step > 0 ? size : size - 1);
  }

  private static Text slice(Text text, int from, int to, int by, Budget budget) {
    budget.scan(text.value.length());
    if (by == 1) {
      budget.text(Math.max(0, to - from));
      return text.slice(text.offset(from), text.offset(Math.max(from, to)));
    }
    int[] offsets = new int[text.length()];
    budget.text(2L * offsets.length);
    for (int i = 0, offset = 0; i < offsets.length; i++) {
      offsets[i] = offset;
      offset += Character.charCount(text.value.codePointAt(offset));
    }
    TextBuilder out = new TextBuilder(budget);
    for (long i = from; by > 0 ? i < to : i > to; i += by) {
      budget.steps(1);
      int offset = offsets[(int) i];
      out.appendPoint(text.value.codePointAt(offset), text.isTemplate(offset));
    }
    return out.toText().withMarkup(text.markup);
  }
}
