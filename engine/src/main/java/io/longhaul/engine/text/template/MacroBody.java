package io.longhaul.engine.text.template;

/** The parameters and the body of a macro, a call block or a generation block. */
final class MacroBody {
  final Target.Variable[] parameters;

  /** Those of the last parameters. */
  final Expression[] defaults;

  final Statement[] body;
  private Binding binding;

  /** What binding finds out; slots are -1 where the body does not use the variable. */
  record Binding(Function function, Scope scope, int caller, int kwargs, int varargs) {}

  MacroBody(Target.Variable[] parameters, Expression[] defaults, Statement[] body) {
    this.parameters = parameters;
    this.defaults = defaults;
    this.body = body;
  }

  Node[] children() {
    return Node.concat(Node.concat(parameters, defaults), body);
  }

  void bind(Binding found) {
    this.binding = found;
  }

  Binding binding() {
    return binding;
  }

  boolean hasParameter(String name) {
    for (Target.Variable parameter : parameters) {
      if (parameter.name.equals(name)) {
        return true;
      }
    }
    return false;
  }

  /** Whether there is a parameter of this name, and it has no default. */
  boolean requires(String name) {
    for (int i = 0; i < parameters.length - defaults.length; i++) {
      if (parameters[i].name.equals(name)) {
        return true;
      }
    }
    return false;
  }

  /** The line of the first parameter. */
  int line() {
    return parameters.length == 0 ? 0 : parameters[0].line;
  }

  /** Runs the body; arguments are in the activation already, those not given are missing. */
  Text run(Rendering run, Activation frame) {
    binding.scope.enter(run, frame);
    int firstDefault = parameters.length - defaults.length;
    for (int i = 0; i < parameters.length; i++) {
      int slot = parameters[i].slot();
      if (Undefined.isMissing(frame.get(0, slot))) {
        frame.set(
            slot,
            i < firstDefault
                ? Undefined.because("parameter '" + parameters[i].name + "' was not provided")
                : defaults[i - firstDefault].value(run, frame));
      }
    }
    return Statement.capture(body, run, frame);
  }
}
