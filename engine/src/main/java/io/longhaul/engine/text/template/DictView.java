package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/** What {@code dict.keys()}, {@code values()} and {@code items()} give. */
record DictView(Dict dict, Kind kind) {
  enum Kind {
    KEYS,
    VALUES,
    ITEMS
  }

  List<Object> toList() {
    if (kind == Kind.KEYS) {
      return dict.keys();
    }
    List<Object> items = new ArrayList<>(dict.size());
    for (Dict.Entry entry : dict.entries()) {
      items.add(
          kind == Kind.VALUES
              ? entry.value()
              : ListValue.tuple(Types.pair(entry.key(), entry.value())));
    }
    return items;
  }

  String typeName() {
    return switch (kind) {
      case KEYS -> "dict_keys";
      case VALUES -> "dict_values";
      case ITEMS -> "dict_items";
    };
  }

  @Override
  public String toString() {
    return typeName();
  }
}
