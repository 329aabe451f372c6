package io.longhaul.engine.text.template;

import java.time.Clock;
import java.time.ZoneId;
import java.util.Map;

/** The state of one rendering. */
final class Rendering {
  private final Map<String, Object> variables;
  private final Budget budget;
  private final Clock clock;
  private TextBuilder out;
  private Text captured = Text.EMPTY;

  /**
   * @param variables values of the template language
   * @param clock null for the system's
   */
  Rendering(Map<String, Object> variables, Limits limits, Clock clock) {
    this.variables = variables;
    this.budget = new Budget(limits);
    this.clock = clock;
    this.out = new TextBuilder(budget);
  }

  Budget budget() {
    return budget;
  }

  Clock clock() {
    return clock == null ? Clock.system(ZoneId.systemDefault()) : clock;
  }

  TextBuilder out() {
    return out;
  }

  void redirect(TextBuilder builder) {
    this.out = builder;
  }

  /** A variable or a function of the language, or {@link Undefined#MISSING}. */
  Object resolve(String name) {
    Object value = variables.get(name);
    if (value != null || variables.containsKey(name)) {
      return value;
    }
    return Globals.find(name);
  }

  /** Applies the filter of a block to what the block wrote. */
  Object filter(Expression filter, Text text, Activation frame) {
    captured = text;
    return filter.value(this, frame);
  }

  /** See {@link Literals.Captured}. */
  Text captured() {
    return captured;
  }
}
