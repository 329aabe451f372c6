package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The arguments of a call: by position and by name. */
record Arguments(List<Object> positional, Map<String, Object> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  int size() {
    return positional.size();
  }

  /** The arguments without the first {@code n} positional ones. */
  Arguments drop(int n) {
    return new Arguments(positional.subList(n, positional.size()), named);
  }

  /**
   * The arguments in the order of a signature, {@link Undefined#MISSING} for those not given.
   *
   * @param required how many of the first must be given
   */
  Object[] bind(String function, int required, String... names) {
    if (positional.size() > names.length) {
      throw new TemplateError(
          function
              + "() takes at most "
              + names.length
              + " arguments ("
              + positional.size()
              + " given)");
    }
    Object[] bound = new Object[names.length];
    for (int i = 0; i < names.length; i++) {
      boolean byName = !named.isEmpty() && named.containsKey(names[i]);
      if (i < positional.size()) {
        if (byName) {
          throw new TemplateError(
              function + "() got multiple values for argument '" + names[i] + "'");
        }
        bound[i] = positional.get(i);
      } else if (byName) {
        bound[i] = named.get(names[i]);
      } else if (i < required) {
        throw new TemplateError(function + "() missing required argument: '" + names[i] + "'");
      } else {
        bound[i] = Undefined.MISSING;
      }
    }
    if (!named.isEmpty()) {
      List<String> known = List.of(names);
      for (String name : named.keySet()) {
        if (!known.contains(name)) {
          throw new TemplateError(
              function + "() got an unexpected keyword argument '" + name + "'");
        }
      }
    }
    return bound;
  }

  /** The positional arguments of a function that takes no others. */
  List<Object> positionalOnly(String function, int least, int most) {
    if (!named.isEmpty()) {
      throw new TemplateError(function + "() takes no keyword arguments");
    }
    if (positional.size() < least || positional.size() > most) {
      throw new TemplateError(
          function
              + "() takes "
              + (least == most ? String.valueOf(least) : "from " + least + " to " + most)
              + " arguments ("
              + positional.size()
              + " given)");
    }
    return positional;
  }

  /** The arguments with one more by name. */
  Arguments with(String name, Object value) {
    if (named.containsKey(name)) {
      throw new TemplateError("got multiple values for keyword argument '" + name + "'");
    }
    Map<String, Object> more = new LinkedHashMap<>(named);
    more.put(name, value);
    return new Arguments(positional, more);
  }

  static Arguments of(Object... positional) {
    List<Object> list = new ArrayList<>(positional.length);
    for (Object value : positional) {
      list.add(value);
    }
    return new Arguments(list, Map.of());
  }
}
