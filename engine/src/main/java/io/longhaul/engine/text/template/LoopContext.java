package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/**
 * The {@code loop} of a for loop. Looks ahead only where a template asks for what comes, because an
 * iterator can be consumed but once.
 */
final class LoopContext extends Generator implements Callable {
  /** Renders the body of a recursive loop over other items. */
  interface Recursion {
    Text render(Rendering run, Object iterable, int depth);
  }

  private final Budget budget;
  private final Object iterable;
  private final Recursion recursion;
  private final int depth;
  private Generator items;
  private int index0 = -1;
  private int length = -1;
  private Object before = Undefined.MISSING;
  private Object current = Undefined.MISSING;
  private Object after = Undefined.MISSING;
  private List<Object> lastChanged;

  /**
   * @param recursion null for a loop that is not recursive
   * @param depth from 0
   */
  LoopContext(Object iterable, Recursion recursion, int depth, Budget budget) {
    this.iterable = iterable;
    this.items = Iteration.over(iterable);
    this.recursion = recursion;
    this.depth = depth;
    this.budget = budget;
  }

  @Override
  Object advance() {
    Object item = Undefined.isMissing(after) ? items.next() : after;
    after = Undefined.MISSING;
    if (!Generator.isEnd(item)) {
      index0++;
      before = current;
      current = item;
    }
    return item;
  }

  int index() {
    return index0 + 1;
  }

  int length() {
    if (length < 0) {
      length = Iteration.size(iterable);
    }
    if (length < 0) {
      List<Object> rest = new ArrayList<>(Iteration.toList(items, budget));
      items = Iteration.over(ListValue.list(rest));
      length =
          rest.size() + index() + (Undefined.isMissing(after) || Generator.isEnd(after) ? 0 : 1);
    }
    return length;
  }

  private Object peek() {
    if (Undefined.isMissing(after)) {
      after = items.next();
    }
    return after;
  }

  Object attribute(String name) {
    return switch (name) {
      case "index" -> (long) index();
      case "index0" -> (long) index0;
      case "first" -> index0 == 0;
      case "last" -> Generator.isEnd(peek());
      case "length" -> (long) length();
      case "revindex" -> (long) length() - index0;
      case "revindex0" -> (long) length() - index();
      case "depth" -> depth + 1L;
      case "depth0" -> (long) depth;
      case "previtem" -> index0 == 0 ? Undefined.because("there is no previous item") : before;
      case "nextitem" ->
          Generator.isEnd(peek()) ? Undefined.because("there is no next item") : peek();
      case "cycle", "changed" -> new BoundMethod(this, name);
      default -> Undefined.MISSING;
    };
  }

  Object call(String name, Arguments arguments) {
    List<Object> given = arguments.positionalOnly(name, 0, Integer.MAX_VALUE);
    if (name.equals("cycle")) {
      if (given.isEmpty()) {
        throw new TemplateError("no items for cycling given");
      }
      return given.get(index0 % given.size());
    }
    boolean changed =
        lastChanged == null
            || !Comparison.equal(ListValue.tuple(lastChanged), ListValue.tuple(given), budget);
    lastChanged = given;
    return changed;
  }

  @Override
  public Object call(Rendering run, Arguments arguments) {
    Object iterableGiven = arguments.bind("loop", 1, "iterable")[0];
    if (recursion == null) {
      throw new TemplateError(
          "The loop must have the 'recursive' marker to be called recursively.");
    }
    return recursion.render(run, iterableGiven, depth + 1);
  }
}
