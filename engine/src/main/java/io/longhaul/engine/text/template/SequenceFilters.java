package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The filters that order, group and take apart sequences. */
final class SequenceFilters {
  private SequenceFilters() {}

  static Object apply(String name, Rendering run, Object value, Arguments arguments) {
    Budget budget = run.budget();
    return switch (name) {
      case "first" -> {
        arguments.bind(name, 0);
        Object item = Iteration.over(value).next();
        yield Generator.isEnd(item)
            ? Undefined.because("No first item, sequence was empty.")
            : item;
      }
      case "last" -> {
        arguments.bind(name, 0);
        yield last(value, budget);
      }
      case "list" -> {
        arguments.bind(name, 0);
        yield ListValue.list(Iteration.toList(value, budget));
      }
      case "items" -> {
        arguments.bind(name, 0);
        if (value instanceof Undefined) {
          yield Iteration.over(value);
        } else if (!(value instanceof Dict dict)) {
          throw new TemplateError("Can only get item pairs from a mapping.");
        } else {
          yield Iteration.over(new DictView(dict, DictView.Kind.ITEMS));
        }
      }
      case "reverse" -> {
        arguments.bind(name, 0);
        yield reverse(value, budget);
      }
      case "min", "max" -> {
        Object[] given = arguments.bind(name, 0, "case_sensitive", "attribute");
        yield extreme(value, name.equals("max"), given, budget);
      }
      case "sum" -> {
        Object[] given = arguments.bind(name, 0, "attribute", "start");
        yield sum(value, given, budget);
      }
      case "sort" -> {
        Object[] given = arguments.bind(name, 0, "reverse", "case_sensitive", "attribute");
        yield sort(value, given, budget);
      }
      case "dictsort" -> {
        Object[] given = arguments.bind(name, 0, "case_sensitive", "by", "reverse");
        yield dictSort(value, given, budget);
      }
      case "unique" ->
          new Unique(value, arguments.bind(name, 0, "case_sensitive", "attribute"), budget);
      case "groupby" -> {
        Object[] given = arguments.bind(name, 1, "attribute", "default", "case_sensitive");
        yield groupBy(value, given, budget);
      }
      case "batch" -> new Batch(value, arguments.bind(name, 1, "linecount", "fill_with"), budget);
      default -> slices(value, arguments.bind(name, 1, "slices", "fill_with"), budget);
    };
  }

  private static Object last(Object value, Budget budget) {
    Object reversed = value instanceof Text text ? reverse(text, budget) : reversed(value, budget);
    if (reversed == null) {
      throw new TemplateError("'" + Types.name(value) + "' object is not reversible");
    }
    Object item = Iteration.over(reversed).next();
    return Generator.isEnd(item) ? Undefined.because("No last item, sequence was empty.") : item;
  }

  /** Python's {@code reversed(value)}, or null where it raises a {@code TypeError}. */
  private static Generator reversed(Object value, Budget budget) {
    if (value instanceof Generator || !Iteration.isIterable(value)) {
      return null;
    } else if (value instanceof Undefined) {
      return null;
    }
    return Iteration.over(ListValue.list(Iteration.toList(value, budget).reversed()));
  }

  private static Object reverse(Object value, Budget budget) {
    if (value instanceof Text text) {
      return Attributes.slice(text, null, null, -1L, budget);
    }
    Generator reversed = reversed(value, budget);
    if (reversed != null) {
      return reversed;
    }
    return ListValue.list(new ArrayList<>(Iteration.toList(value, budget)).reversed());
  }

  private static Object key(AttributePath path, Object item, boolean caseSensitive, Budget b) {
    return folded(path.get(item, b), caseSensitive, b);
  }

  private static Object folded(Object value, boolean caseSensitive, Budget budget) {
    return value instanceof Text text && !caseSensitive
        ? StringMethods.call(text, "lower", Arguments.NONE, budget)
        : value;
  }

  private static Object extreme(Object value, boolean max, Object[] given, Budget budget) {
    boolean caseSensitive = Types.truth(given[0], false);
    AttributePath path = AttributePath.of(given[1]);
    Generator items = Iteration.over(value);
    Object best = items.next();
    if (Generator.isEnd(best)) {
      return Undefined.because("No aggregated item, sequence was empty.");
    }
    Object bestKey = key(path, best, caseSensitive, budget);
    for (Object item = items.next(); !Generator.isEnd(item); item = items.next()) {
      budget.steps(1);
      Object key = key(path, item, caseSensitive, budget);
      if (Comparison.ordered(key, max ? ">" : "<", bestKey, budget)) {
        best = item;
        bestKey = key;
      }
    }
    return best;
  }

  private static Object sum(Object value, Object[] given, Budget budget) {
    AttributePath path = AttributePath.of(given[0]);
    Object total = Undefined.isMissing(given[1]) ? (Object) 0L : given[1];
    if (total instanceof Text) {
      throw new TemplateError("sum() can't sum strings [use ''.join(seq) instead]");
    }
    Generator items = Iteration.over(value);
    for (Object item = items.next(); !Generator.isEnd(item); item = items.next()) {
      budget.steps(1);
      total = Arithmetic.apply("+", total, path.get(item, budget), budget);
    }
    return total;
  }

  private static ListValue sort(Object value, Object[] given, Budget budget) {
    boolean caseSensitive = Types.truth(given[1], false);
    List<AttributePath> paths = AttributePath.several(given[2]);
    List<Object> items = Iteration.toList(value, budget);
    List<Object> keys = new ArrayList<>(items.size());
    for (Object item : items) {
      budget.items(paths.size());
      List<Object> key = new ArrayList<>(paths.size());
      for (AttributePath path : paths) {
        key.add(key(path, item, caseSensitive, budget));
      }
      keys.add(ListValue.list(key));
    }
    return ordered(items, keys, Types.truth(given[0], false), budget);
  }

  private static ListValue ordered(
      List<Object> items, List<Object> keys, boolean reverse, Budget budget) {
    budget.items(items.size());
    List<Object> sorted = new ArrayList<>(items.size());
    for (int index : Comparison.sort(keys, reverse, budget)) {
      sorted.add(items.get(index));
    }
    return ListValue.list(sorted);
  }

  private static ListValue dictSort(Object value, Object[] given, Budget budget) {
    String by = Undefined.isMissing(given[1]) ? "key" : Types.text(given[1], "by").value;
    if (!by.equals("key") && !by.equals("value")) {
      throw new TemplateError("You can only sort by either \"key\" or \"value\"");
    }
    if (!(value instanceof Dict dict)) {
      throw value instanceof Undefined undefined
          ? undefined.error()
          : new TemplateError("'" + Types.name(value) + "' object has no attribute 'items'");
    }
    boolean caseSensitive = Types.truth(given[0], false);
    List<Object> keys = new ArrayList<>(dict.size());
    for (Dict.Entry entry : dict.entries()) {
      keys.add(folded(by.equals("key") ? entry.key() : entry.value(), caseSensitive, budget));
    }
    List<Object> items = new DictView(dict, DictView.Kind.ITEMS).toList();
    return ordered(items, keys, Types.truth(given[2], false), budget);
  }

  private static final class Unique extends LazyFilter {
    private final Object value;
    private final boolean caseSensitive;
    private final AttributePath path;
    private final Set<Object> seen = new HashSet<>();
    private Generator items;

    Unique(Object value, Object[] given, Budget budget) {
      super(budget);
      this.value = value;
      this.caseSensitive = Types.truth(given[0], false);
      this.path = AttributePath.of(given[1]);
    }

    @Override
    Object step() {
      if (items == null) {
        items = Iteration.over(value);
      }
      for (Object item = items.next(); !Generator.isEnd(item); item = items.next()) {
        budget().items(1);
        if (seen.add(Dict.normal(key(path, item, caseSensitive, budget())))) {
          return item;
        }
      }
      return END;
    }
  }

  private static ListValue groupBy(Object value, Object[] given, Budget budget) {
    AttributePath path = AttributePath.of(given[0]);
    Object otherwise = Undefined.isMissing(given[1]) ? null : given[1];
    boolean caseSensitive = Types.truth(given[2], false);
    List<Object> items = Iteration.toList(value, budget);
    List<Object> keys = new ArrayList<>(items.size());
    for (Object item : items) {
      keys.add(folded(path.get(item, otherwise, budget), caseSensitive, budget));
    }
    List<Object> groups = new ArrayList<>();
    List<Object> group = null;
    Object current = null;
    for (int index : Comparison.sort(keys, false, budget)) {
      Object item = items.get(index);
      Object key = keys.get(index);
      if (group == null || !Comparison.equal(current, key, budget)) {
        budget.items(2);
        group = new ArrayList<>();
        Object shown = caseSensitive ? key : path.get(item, otherwise, budget);
        groups.add(new ListValue(Types.pair(shown, ListValue.list(group)), true, true));
        current = key;
      }
      budget.items(1);
      group.add(item);
    }
    return ListValue.list(groups);
  }

  private static final class Batch extends LazyFilter {
    private final Object value;
    private final Object size;
    private final Object fill;
    private Generator items;
    private Object ahead = Undefined.MISSING;

    Batch(Object value, Object[] given, Budget budget) {
      super(budget);
      this.value = value;
      this.size = given[0];
      this.fill = Undefined.isMissing(given[1]) ? null : given[1];
    }

    @Override
    Object step() {
      if (items == null) {
        items = Iteration.over(value);
        ahead = items.next();
      }
      if (Generator.isEnd(ahead)) {
        return END;
      }
      List<Object> row = new ArrayList<>();
      while (!Generator.isEnd(ahead) && (row.isEmpty() || !isFull(row.size()))) {
        budget().items(1);
        row.add(ahead);
        ahead = items.next();
      }
      while (fill != null && row.size() < Types.index(size, "linecount")) {
        budget().items(1);
        row.add(fill);
      }
      return ListValue.list(row);
    }

    /** Jinja2 compares for equality: what is no whole number is never reached. */
    private boolean isFull(int count) {
      return Comparison.equal((long) count, size, budget());
    }
  }

  private static Generator slices(Object value, Object[] given, Budget budget) {
    List<Object> items = Iteration.toList(value, budget);
    int count = Types.index(given[0], "slices");
    Object fill = Undefined.isMissing(given[1]) ? null : given[1];
    if (count == 0) {
      throw new TemplateError("integer division or modulo by zero");
    }
    budget.items(items.size() + (long) Math.max(0, count));
    List<Object> slices = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int each = items.size() / count;
      int extra = items.size() % count;
      int from = i * each + Math.min(i, extra);
      int to = from + each + (i < extra ? 1 : 0);
      List<Object> slice = new ArrayList<>(items.subList(from, to));
      if (fill != null && i >= extra) {
        slice.add(fill);
      }
      slices.add(ListValue.list(slice));
    }
    return Iteration.over(ListValue.list(slices));
  }
}
