package io.longhaul.engine.text.template;

import java.util.HashSet;
import java.util.Set;

/**
 * Binds each name of a template to a variable, scope by scope, and looks up filters and tests. What
 * opens a scope, and what a scope sees, follows the code that Jinja2's compiler generates.
 */
final class Binder {
  private final Symbols symbols;

  /** Inside an if, where an unknown filter is an error only once it is reached. */
  private final boolean soft;

  private Binder(Symbols symbols, boolean soft) {
    this.symbols = symbols;
    this.soft = soft;
  }

  /** The template's function and its scope. */
  record Root(Function function, Scope scope) {}

  static Root bindTemplate(Statement[] body) {
    Symbols symbols = new Symbols(null, new Function(null));
    symbols.visit(body);
    new Binder(symbols, false).bind(body);
    return new Root(symbols.function(), symbols.toScope());
  }

  private Binder inner() {
    return inner(symbols.function());
  }

  private Binder inner(Function function) {
    return new Binder(new Symbols(symbols, function), false);
  }

  private void bind(Node[] nodes) {
    for (Node node : nodes) {
      bind(node);
    }
  }

  @SuppressWarnings("IfChainToSwitch") // a pattern switch takes long at its first use
  private void bind(Node node) {
    if (node == null) {
      return;
    }
    if (node instanceof Name name) {
      name.bind(symbols);
    } else if (node instanceof Target target) {
      target.bind(symbols);
    } else if (node instanceof If || node instanceof Operators.Conditional) {
      new Binder(symbols, true).bind(node.children());
    } else if (node instanceof For loop) {
      bindLoop(loop);
    } else if (node instanceof MacroStatement macro) {
      bindMacro(macro.body);
      macro.bind(symbols);
    } else if (node instanceof CallBlock block) {
      bindMacro(block.body);
      bind(block.call);
    } else if (node instanceof Generation block) {
      bindMacro(block.body);
    } else if (node instanceof FilterBlock block) {
      block.bind(bindScope(block.children()));
    } else if (node instanceof Autoescape block) {
      block.bind(bindScope(block.children()));
    } else if (node instanceof With with) {
      bindWith(with);
    } else if (node instanceof SetBlock block) {
      bindSetBlock(block);
    } else {
      check(node);
      bind(node.children());
    }
  }

  private void check(Node node) {
    if (soft) {
      return;
    }
    if (node instanceof Calls.FilterCall filter && !Filters.NAMES.contains(filter.name)) {
      throw new TemplateError("No filter named '" + filter.name + "'.", node.line);
    } else if (node instanceof Calls.TestCall test && !Tests.NAMES.contains(test.name)) {
      throw new TemplateError("No test named '" + test.name + "'.", node.line);
    }
  }

  private Scope bindScope(Node[] nodes) {
    Binder inner = inner();
    inner.symbols.visit(nodes);
    inner.bind(nodes);
    return inner.symbols.toScope();
  }

  private void bindWith(With with) {
    Binder inner = inner();
    for (Target target : with.targets) {
      inner.symbols.parameters(target);
    }
    inner.symbols.visit(with.body);
    inner.bind(with.targets);
    bind(with.values);
    inner.bind(with.body);
    with.bind(inner.symbols.toScope());
  }

  private void bindSetBlock(SetBlock block) {
    Binder inner = inner();
    inner.symbols.visit(block.body);
    inner.bind(block.body);
    inner.bind(block.filter);
    bind(block.target);
    block.bind(inner.symbols.toScope());
  }

  private void bindLoop(For loop) {
    if (stores(loop, "loop")) {
      throw new TemplateError(
          "Can't assign to special loop variable in for-loop target", loop.line);
    }
    Function own = loop.recursive ? new Function(symbols.function()) : null;
    Binder inside = inner(own == null ? symbols.function() : own);
    inside.symbols.parameter("loop");
    inside.symbols.parameters(loop.target);
    inside.symbols.visit(loop.body);
    inside.bind(loop.target);
    inside.bind(loop.body);
    int loopSlot = inside.symbols.find("loop").slot;

    Binder otherwise = inner(inside.symbols.function());
    otherwise.symbols.visit(loop.otherwise);
    otherwise.bind(loop.otherwise);

    Function filter = loop.test == null ? null : new Function(inside.symbols.function());
    Binder test = inner(filter == null ? symbols.function() : filter);
    if (filter != null) {
      test.symbols.parameters(loop.filterTarget);
      test.symbols.visit(loop.test);
      test.bind(loop.filterTarget);
      test.bind(loop.test);
    }
    bind(loop.iterable);
    loop.bind(
        new For.Binding(
            own,
            filter,
            inside.symbols.toScope(),
            test.symbols.toScope(),
            otherwise.symbols.toScope(),
            loopSlot));
  }

  private static boolean stores(Node node, String name) {
    if (node instanceof Target.Variable target && target.name.equals(name)) {
      return true;
    }
    for (Node child : node.children()) {
      if (child != null && stores(child, name)) {
        return true;
      }
    }
    return false;
  }

  private void bindMacro(MacroBody macro) {
    Function function = new Function(symbols.function());
    Binder inner = inner(function);
    for (Target.Variable parameter : macro.parameters) {
      inner.symbols.parameter(parameter.name);
    }
    inner.symbols.visit(macro.defaults);
    inner.symbols.visit(macro.body);
    Set<String> used = new HashSet<>();
    Set<String> special = new HashSet<>(Set.of("caller", "kwargs", "varargs"));
    findUndeclared(macro.body, special, used);
    if (used.contains("caller") && macro.requires("caller")) {
      throw new TemplateError(
          "the argument 'caller' of a macro must be omitted or have a default", macro.line());
    }
    int[] slots = new int[3];
    String[] names = {"caller", "kwargs", "varargs"};
    for (int i = 0; i < names.length; i++) {
      boolean implicit = used.contains(names[i]) && !macro.hasParameter(names[i]);
      if (implicit) {
        inner.symbols.parameter(names[i]);
      }
      slots[i] = implicit ? inner.symbols.find(names[i]).slot : -1;
    }
    inner.bind(macro.parameters);
    inner.bind(macro.defaults);
    inner.bind(macro.body);
    macro.bind(
        new MacroBody.Binding(function, inner.symbols.toScope(), slots[0], slots[1], slots[2]));
  }

  /** The names among {@code names} that are read before they are set. */
  private static void findUndeclared(Node[] nodes, Set<String> names, Set<String> undeclared) {
    for (Node node : nodes) {
      if (node instanceof Name name && names.contains(name.name)) {
        undeclared.add(name.name);
      } else if (node instanceof Target.Variable target) {
        names.remove(target.name);
      }
      if (node != null) {
        findUndeclared(node.children(), names, undeclared);
      }
    }
  }
}
