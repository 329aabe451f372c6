package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A macro, with the variables around its definition. */
final class Macro implements Callable {
  private final String name;
  private final MacroBody body;
  private final Activation closure;

  /**
   * @param name null for the body of a call block
   */
  Macro(String name, MacroBody body, Activation closure) {
    this.name = name;
    this.body = body;
    this.closure = closure;
  }

  @Override
  public Object call(Rendering run, Arguments arguments) {
    MacroBody.Binding binding = body.binding();
    Activation frame = new Activation(binding.function(), closure);
    run.budget().items(binding.function().slots());
    List<Object> positional = arguments.positional();
    Map<String, Object> named = arguments.named();
    named = named.isEmpty() ? Map.of() : new LinkedHashMap<>(named);
    int count = body.parameters.length;
    for (int i = 0; i < count; i++) {
      String parameter = body.parameters[i].name;
      if (i < positional.size()) {
        frame.set(body.parameters[i].slot(), positional.get(i));
      } else if (named.containsKey(parameter)) {
        frame.set(body.parameters[i].slot(), named.remove(parameter));
      }
    }
    if (binding.caller() >= 0) {
      Object caller = named.isEmpty() ? null : named.remove("caller");
      frame.set(binding.caller(), caller == null ? Undefined.because("No caller defined") : caller);
    }
    if (binding.kwargs() >= 0) {
      Dict rest = new Dict();
      for (Map.Entry<String, Object> entry : named.entrySet()) {
        rest.put(Text.outside(entry.getKey()), entry.getValue());
      }
      frame.set(binding.kwargs(), rest);
    } else if (!named.isEmpty()) {
      String first = named.keySet().iterator().next();
      throw new TemplateError(this + " takes no keyword argument '" + first + "'");
    }
    if (binding.varargs() >= 0) {
      int from = Math.min(count, positional.size());
      frame.set(
          binding.varargs(),
          ListValue.tuple(new ArrayList<>(positional.subList(from, positional.size()))));
    } else if (positional.size() > count) {
      throw new TemplateError(this + " takes not more than " + count + " argument(s)");
    }
    return body.run(run, frame);
  }

  Object attribute(String attribute) {
    MacroBody.Binding binding = body.binding();
    return switch (attribute) {
      case "name" -> name == null ? null : Text.template(name);
      case "arguments" -> {
        List<Object> names = new ArrayList<>();
        for (Target.Variable parameter : body.parameters) {
          names.add(Text.template(parameter.name));
        }
        yield ListValue.tuple(names);
      }
      case "catch_kwargs" -> binding.kwargs() >= 0;
      case "catch_varargs" -> binding.varargs() >= 0;
      case "caller" -> binding.caller() >= 0;
      default -> Undefined.MISSING;
    };
  }

  @Override
  public String toString() {
    return name == null ? "<Macro anonymous>" : "<Macro '" + name + "'>";
  }
}
