package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/** The {@code attribute} argument of filters: {@code "a.b.0"}, or an index. */
final class AttributePath {
  private final List<Object> parts;

  private AttributePath(List<Object> parts) {
    this.parts = parts;
  }

  /** A path; nothing, or {@code None}, leads to the item itself. */
  static AttributePath of(Object attribute) {
    if (attribute == null || Undefined.isMissing(attribute)) {
      return new AttributePath(List.of());
    }
    if (!(attribute instanceof Text text)) {
      return new AttributePath(List.of(attribute));
    }
    List<Object> parts = new ArrayList<>();
    String path = text.value;
    int from = 0;
    while (true) {
      int dot = path.indexOf('.', from);
      Text part = text.slice(from, dot < 0 ? path.length() : dot);
      Object number = isDigits(part.value) ? Numbers.parseInt(part.value, 10) : null;
      parts.add(number == null ? part : number);
      if (dot < 0) {
        return new AttributePath(parts);
      }
      from = dot + 1;
    }
  }

  /** The paths that a comma-separated argument names. */
  static List<AttributePath> several(Object attribute) {
    if (!(attribute instanceof Text text) || text.value.indexOf(',') < 0) {
      return List.of(of(attribute));
    }
    List<AttributePath> paths = new ArrayList<>();
    int from = 0;
    while (true) {
      int comma = text.value.indexOf(',', from);
      paths.add(of(text.slice(from, comma < 0 ? text.value.length() : comma)));
      if (comma < 0) {
        return paths;
      }
      from = comma + 1;
    }
  }

  private static boolean isDigits(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!Characters.isDigit(text.charAt(i))) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  Object get(Object item, Budget budget) {
    return get(item, null, budget);
  }

  /**
   * What the path leads to.
   *
   * @param otherwise takes the place of what is undefined on the way, unless null
   */
  Object get(Object item, Object otherwise, Budget budget) {
    Object found = item;
    for (Object part : parts) {
      found = Attributes.item(found, part, budget);
      if (otherwise != null && found instanceof Undefined) {
        found = otherwise;
      }
    }
    return found;
  }
}
