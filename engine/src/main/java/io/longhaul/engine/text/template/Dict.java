package io.longhaul.engine.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Python dict: insertion order, and {@code 1}, {@code 1.0} and {@code True} are one key. Keys are
 * found by a normal form that Java can compare.
 */
final class Dict {
  /** A key as it was first given, and its value. */
  record Entry(Object key, Object value) {}

  /** The normal form of a tuple that is a key. */
  private record TupleKey(List<Object> items) {}

  private enum Special {
    NONE,
    UNDEFINED
  }

  private static final int MAX_TUPLE_DEPTH = 50;

  private final Map<Object, Entry> entries = new LinkedHashMap<>();

  int size() {
    return entries.size();
  }

  void put(Object key, Object value) {
    Object normal = normal(key, 0);
    Entry old = entries.get(normal);
    entries.put(normal, new Entry(old == null ? key : old.key, value));
  }

  void putAll(Dict other) {
    for (Entry entry : other.entries.values()) {
      put(entry.key, entry.value);
    }
  }

  /** The entry of a key, or null. An unhashable key is an error. */
  Entry find(Object key) {
    return entries.get(normal(key, 0));
  }

  /** The value of a name, or {@link Undefined#MISSING}. */
  Object named(String name) {
    Entry entry = entries.get(name);
    return entry == null ? Undefined.MISSING : entry.value;
  }

  Iterable<Entry> entries() {
    return entries.values();
  }

  List<Object> keys() {
    List<Object> keys = new ArrayList<>(entries.size());
    for (Entry entry : entries.values()) {
      keys.add(entry.key);
    }
    return keys;
  }

  /** Whether {@code key} may be a key at all: no list or dict, nor a tuple that holds one. */
  static boolean isHashable(Object key) {
    return isHashable(key, 0);
  }

  private static boolean isHashable(Object key, int depth) {
    if (key instanceof ListValue list) {
      if (!list.tuple() || depth == MAX_TUPLE_DEPTH) {
        return false;
      }
      for (Object item : list.items()) {
        if (!isHashable(item, depth + 1)) {
          return false;
        }
      }
      return true;
    }
    return !(key instanceof Dict);
  }

  /** A value that is {@code equals} for keys that are equal in Python. */
  static Object normal(Object key) {
    return normal(key, 0);
  }

  @SuppressWarnings("IfChainToSwitch") // a pattern switch takes long at its first use
  private static Object normal(Object key, int depth) {
    if (key instanceof Text text) {
      return text.value;
    } else if (key == null) {
      return Special.NONE;
    } else if (key instanceof Boolean bool) {
      return bool ? 1L : 0L;
    } else if (key instanceof Double number) {
      return normalNumber(number);
    } else if (key instanceof Undefined) {
      return Special.UNDEFINED;
    } else if (key instanceof ListValue list && isHashable(key, depth)) {
      List<Object> items = new ArrayList<>(list.size());
      for (Object item : list.items()) {
        items.add(normal(item, depth + 1));
      }
      return new TupleKey(items);
    } else if (key instanceof ListValue || key instanceof Dict) {
      throw new TemplateError("unhashable type: '" + Types.name(key) + "'");
    }
    return key;
  }

  private static Object normalNumber(double number) {
    if (number != Math.rint(number) || Double.isInfinite(number)) {
      return number;
    }
    if (Math.abs(number) < 0x1p63) {
      return (long) number;
    }
    BigInteger exact = new BigDecimal(number).toBigInteger();
    return exact.bitLength() < 64 ? (Object) exact.longValue() : exact;
  }
}
