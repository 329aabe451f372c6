package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which variable a name means in one scope, and what the variable starts with. Decided before
 * rendering, by the rules of Jinja2's {@code idtracking}: where a name is set decides in which
 * scope it lives, and the branches of an if share the scope around them.
 */
final class Symbols {
  /** A variable: a slot of a function. Compared by identity. */
  static final class Variable {
    final String name;
    final Function function;
    final int slot;

    Variable(String name, Function function) {
      this.name = name;
      this.function = function;
      this.slot = function.newSlot();
    }
  }

  /** What a variable starts with when its scope is entered. */
  private enum Start {
    /** Set by the statement that owns the scope. */
    PARAMETER,
    /** The variable of that name given to the rendering. */
    RESOLVE,
    /** The value of the variable of the same name around it. */
    ALIAS,
    UNDEFINED
  }

  private record Load(Start start, Variable source) {}

  /** Names copied for branches before a template counts as too complicated: seconds. */
  private static final long MAX_COPIES = 20_000_000;

  private final Symbols parent;
  private final Function function;

  /** Shared between the copies for the branches of an if, so that a name is one variable. */
  private final Map<String, Variable> variables;

  private final Map<String, Variable> refs;
  private final Map<Variable, Load> loads;
  private final Set<String> stores;

  Symbols(Symbols parent, Function function) {
    this(
        parent, function, new HashMap<>(), new HashMap<>(), new LinkedHashMap<>(), new HashSet<>());
  }

  private Symbols(
      Symbols parent,
      Function function,
      Map<String, Variable> variables,
      Map<String, Variable> refs,
      Map<Variable, Load> loads,
      Set<String> stores) {
    this.parent = parent;
    this.function = function;
    this.variables = variables;
    this.refs = refs;
    this.loads = loads;
    this.stores = stores;
  }

  Function function() {
    return function;
  }

  private Symbols copy() {
    function.countCopies(refs.size() + loads.size() + stores.size(), MAX_COPIES);
    return new Symbols(
        parent,
        function,
        variables,
        new HashMap<>(refs),
        new LinkedHashMap<>(loads),
        new HashSet<>(stores));
  }

  /** The variable that a name means here, or null. */
  Variable find(String name) {
    Variable variable = refs.get(name);
    return variable != null || parent == null ? variable : parent.find(name);
  }

  private void define(String name, Start start, Variable source) {
    Variable variable = variables.get(name);
    if (variable == null) {
      variable = new Variable(name, function);
      variables.put(name, variable);
    }
    refs.put(name, variable);
    loads.put(variable, new Load(start, source));
  }

  private void store(String name) {
    stores.add(name);
    if (!refs.containsKey(name)) {
      Variable outer = parent == null ? null : parent.find(name);
      define(name, outer == null ? Start.UNDEFINED : Start.ALIAS, outer);
    }
  }

  void parameter(String name) {
    stores.add(name);
    define(name, Start.PARAMETER, null);
  }

  /** Makes the name known, as a variable of the rendering if nothing else. */
  void load(String name) {
    if (find(name) == null) {
      define(name, Start.RESOLVE, null);
    }
  }

  void parameters(Target target) {
    if (target instanceof Target.Variable variable) {
      parameter(variable.name);
    }
    for (Node child : target.children()) {
      parameters((Target) child);
    }
  }

  void visit(Node[] nodes) {
    for (Node node : nodes) {
      visit(node);
    }
  }

  /** Takes note of the names that a node uses in this scope, not of those in scopes within it. */
  void visit(Node node) {
    if (node == null) {
      return;
    }
    if (node instanceof Name name) {
      load(name.name);
    } else if (node instanceof Target.Variable target) {
      store(target.name);
    } else if (node instanceof Target.Attribute target) {
      load(target.name);
    } else if (node instanceof If branch) {
      visitBranches(branch);
    } else if (node instanceof MacroStatement macro) {
      store(macro.name);
    } else if (node instanceof For loop) {
      visit(loop.iterable);
    } else if (node instanceof CallBlock block) {
      visit(block.call);
    } else if (node instanceof FilterBlock block) {
      visit(block.filter);
    } else if (node instanceof SetStatement set) {
      visit(set.value);
      visit(set.target);
    } else if (node instanceof With with) {
      visit(with.values);
    } else if (node instanceof SetBlock block) {
      visit(block.target);
    } else if (!(node instanceof Scoped)) {
      visit(node.children());
    }
  }

  private void visitBranches(If branch) {
    visit(branch.test);
    List<Symbols> branches = new ArrayList<>(3);
    for (Node[] body : new Node[][] {branch.body, branch.elifs, branch.otherwise}) {
      Symbols copy = copy();
      copy.visit(body);
      branches.add(copy);
    }
    Set<String> stored = new HashSet<>();
    for (Symbols symbols : branches) {
      stored.addAll(symbols.stores);
    }
    stored.removeAll(stores);
    for (Symbols symbols : branches) {
      refs.putAll(symbols.refs);
      loads.putAll(symbols.loads);
      stores.addAll(symbols.stores);
    }
    for (String name : stored) {
      // A branch that is not taken leaves what the name meant before.
      Variable outer = parent == null ? null : parent.find(name);
      loads.put(refs.get(name), new Load(outer == null ? Start.RESOLVE : Start.ALIAS, outer));
    }
  }

  /** The variables to set up at entry and to forget at the end. */
  Scope toScope() {
    List<Scope.Entry> entries = new ArrayList<>(loads.size());
    int[] all = new int[loads.size()];
    int i = 0;
    for (Map.Entry<Variable, Load> each : loads.entrySet()) {
      Variable variable = each.getKey();
      Start start = each.getValue().start;
      Variable source = each.getValue().source;
      all[i++] = variable.slot;
      if (start != Start.PARAMETER) {
        entries.add(
            new Scope.Entry(
                variable.slot,
                start == Start.RESOLVE ? variable.name : null,
                source == null ? -1 : function.hopsTo(source.function),
                source == null ? -1 : source.slot));
      }
    }
    return new Scope(entries.toArray(new Scope.Entry[0]), all);
  }
}
