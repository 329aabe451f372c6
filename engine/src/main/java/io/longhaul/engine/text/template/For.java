package io.longhaul.engine.text.template;

/**
 * {@code {% for target in iterable if test recursive %} body {% else %} otherwise {% endfor %}}.
 */
final class For extends Statement {
  final Target target;
  final Expression iterable;
  final Statement[] body;
  final Statement[] otherwise;
  final Expression test;
  final boolean recursive;

  /** The target once more, as a variable of the filter's function. */
  final Target filterTarget;

  private Binding binding;

  /**
   * What binding finds out.
   *
   * @param function that of a recursive loop, or null
   * @param filter that of the test, or null
   * @param loop the slot of the variable {@code loop}
   */
  record Binding(
      Function function,
      Function filter,
      Scope scope,
      Scope filterScope,
      Scope otherwiseScope,
      int loop) {}

  For(
      int line,
      Target target,
      Expression iterable,
      Statement[] body,
      Statement[] otherwise,
      Expression test,
      boolean recursive) {
    super(line, concat(concat(concat(new Node[] {target, iterable}, body), otherwise), test));
    this.target = target;
    this.iterable = iterable;
    this.body = body;
    this.otherwise = otherwise;
    this.test = test;
    this.recursive = recursive;
    this.filterTarget = test == null ? null : target.copy();
  }

  void bind(Binding found) {
    this.binding = found;
  }

  @Override
  protected Signal execute(Rendering run, Activation frame) {
    Object items = iterable.value(run, frame);
    if (!recursive) {
      return loop(run, frame, items, null, 0);
    }
    run.out().append(new Recursion(frame).render(run, items, 0));
    return Signal.NEXT;
  }

  /** The function that renders the loop for one list of items. */
  private final class Recursion implements LoopContext.Recursion {
    private final Activation outer;

    Recursion(Activation outer) {
      this.outer = outer;
    }

    @Override
    public Text render(Rendering run, Object items, int depth) {
      TextBuilder before = run.out();
      TextBuilder inner = new TextBuilder(run.budget());
      run.redirect(inner);
      run.budget().items(binding.function.slots());
      loop(run, new Activation(binding.function, outer), items, this, depth);
      run.redirect(before);
      return inner.toText();
    }
  }

  private Signal loop(
      Rendering run, Activation frame, Object items, LoopContext.Recursion recursion, int depth) {
    Object chosen = test == null ? items : new Filtered(run, frame, Iteration.over(items));
    LoopContext loop = new LoopContext(chosen, recursion, depth, run.budget());
    boolean completed = false;
    for (Object item = loop.next(); !Generator.isEnd(item); item = loop.next()) {
      run.budget().steps(1);
      target.assign(run, frame, item);
      frame.set(binding.loop, loop);
      binding.scope.enter(run, frame);
      Signal signal = run(body, run, frame);
      if (signal == Signal.BREAK) {
        break;
      }
      // Jinja2 decides on the else by a flag set at the end of the body, where continue never
      // comes.
      completed |= signal == Signal.NEXT;
    }
    binding.scope.leave(frame);
    if (completed || otherwise.length == 0) {
      return Signal.NEXT;
    }
    binding.otherwiseScope.enter(run, frame);
    Signal signal = run(otherwise, run, frame);
    binding.otherwiseScope.leave(frame);
    return signal;
  }

  /** The items for which the test holds, found as the loop goes. */
  private final class Filtered extends Generator {
    private final Rendering run;
    private final Generator items;
    private final Activation frame;
    private boolean started;

    Filtered(Rendering run, Activation outer, Generator items) {
      this.run = run;
      this.items = items;
      this.frame = new Activation(binding.filter, outer);
    }

    @Override
    Object advance() {
      if (!started) {
        started = true;
        binding.filterScope.enter(run, frame);
      }
      for (Object item = items.next(); !Generator.isEnd(item); item = items.next()) {
        run.budget().steps(1);
        filterTarget.assign(run, frame, item);
        if (Types.truth(test.value(run, frame))) {
          return item;
        }
      }
      return END;
    }
  }
}
