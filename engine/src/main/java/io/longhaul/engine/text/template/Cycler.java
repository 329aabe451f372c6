package io.longhaul.engine.text.template;

import java.util.List;

/** {@code cycler(...)}: gives its items in turn. */
final class Cycler {
  private final List<Object> items;
  private int position;

  Cycler(List<Object> items) {
    if (items.isEmpty()) {
      throw new TemplateError("at least one item has to be provided");
    }
    this.items = items;
  }

  Object attribute(String name) {
    return switch (name) {
      case "next", "reset" -> new BoundMethod(this, name);
      case "current" -> items.get(position);
      case "items" -> ListValue.tuple(items);
      case "pos" -> (long) position;
      default -> Undefined.MISSING;
    };
  }

  Object call(String name) {
    if (name.equals("reset")) {
      position = 0;
      return null;
    }
    Object item = items.get(position);
    position = (position + 1) % items.size();
    return item;
  }
}
