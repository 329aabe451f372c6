package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Python's {@code iter}, {@code len} and {@code list} over the values of a template. */
final class Iteration {
  private Iteration() {}

  /** The length, or -1 for a value without one. */
  @SuppressWarnings("IfChainToSwitch") // a pattern switch takes long at its first use
  static int size(Object value) {
    if (value instanceof ListValue list) {
      return list.size();
    } else if (value instanceof Text text) {
      return text.length();
    } else if (value instanceof Dict dict) {
      return dict.size();
    } else if (value instanceof Range range) {
      return range.size();
    } else if (value instanceof DictView view) {
      return view.dict().size();
    } else if (value instanceof LoopContext loop) {
      return loop.length();
    } else if (value instanceof Undefined) {
      return 0;
    }
    return -1;
  }

  /** Python's {@code len(value)}. */
  static int length(Object value) {
    int size = size(value);
    if (size < 0) {
      throw new TemplateError("object of type '" + Types.name(value) + "' has no len()");
    }
    return size;
  }

  static boolean isIterable(Object value) {
    return size(value) >= 0 || value instanceof Generator;
  }

  /** Python's {@code iter(value)}. */
  @SuppressWarnings("IfChainToSwitch") // a pattern switch takes long at its first use
  static Generator over(Object value) {
    if (value instanceof ListValue list) {
      return new Items(list.items().iterator());
    } else if (value instanceof Generator generator) {
      return generator;
    } else if (value instanceof Text text) {
      return new Points(text);
    } else if (value instanceof Dict dict) {
      return new Items(dict.keys().iterator());
    } else if (value instanceof DictView view) {
      return new Items(view.toList().iterator());
    } else if (value instanceof Range range) {
      return new Numbers(range);
    } else if (value instanceof LoopContext loop) {
      return loop;
    } else if (value instanceof Undefined) {
      return new Items(List.of().iterator());
    }
    throw new TemplateError("'" + Types.name(value) + "' object is not iterable");
  }

  /** Python's {@code list(value)}; a list's own items are not copied. */
  static List<Object> toList(Object value, Budget budget) {
    if (value instanceof ListValue list) {
      budget.steps(list.size());
      return list.items();
    }
    List<Object> items = new ArrayList<>();
    Generator generator = over(value);
    budget.items(0);
    for (Object item = generator.next(); !Generator.isEnd(item); item = generator.next()) {
      budget.items(1);
      items.add(item);
    }
    return items;
  }

  private static final class Items extends Generator {
    private final Iterator<Object> items;

    Items(Iterator<Object> items) {
      this.items = items;
    }

    @Override
    Object advance() {
      return items.hasNext() ? items.next() : END;
    }
  }

  private static final class Numbers extends Generator {
    private final Range range;
    private int index;

    Numbers(Range range) {
      this.range = range;
    }

    @Override
    Object advance() {
      return index < range.size() ? (Object) range.get(index++) : END;
    }
  }

  private static final class Points extends Generator {
    private final Text text;
    private int offset;

    Points(Text text) {
      this.text = text;
    }

    @Override
    Object advance() {
      if (offset == text.value.length()) {
        return END;
      }
      int from = offset;
      offset += Character.charCount(text.value.codePointAt(from));
      return text.slice(from, offset);
    }
  }
}
