package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/** Parses what is assigned to. */
final class TargetParser {
  private final TokenStream stream;
  private final ExpressionParser expressions;

  TargetParser(TokenStream stream, ExpressionParser expressions) {
    this.stream = stream;
    this.expressions = expressions;
  }

  /**
   * What is assigned to.
   *
   * @param end a name that ends it, or null
   * @param attributes whether {@code namespace.attribute} may stand there
   */
  Target target(String end, boolean attributes) {
    int line = stream.line();
    List<Target> items = new ArrayList<>();
    boolean several = false;
    while (true) {
      if (!items.isEmpty()) {
        stream.expectOperator(",");
      }
      if (expressions.isTupleEnd(end)) {
        break;
      }
      items.add(singleTarget(attributes));
      if (!stream.current().isOperator(",")) {
        break;
      }
      several = true;
    }
    if (several) {
      return new Target.Tuple(line, items.toArray(new Target[0]));
    } else if (items.isEmpty()) {
      throw stream.error("Expected an expression, got '" + stream.current().describe() + "'");
    }
    return items.get(0);
  }

  private Target singleTarget(boolean attributes) {
    Token token = stream.current();
    if (attributes && token.is(Token.Type.NAME) && stream.look().isOperator(".")) {
      stream.next();
      stream.next();
      String attribute = stream.expect(Token.Type.NAME, "name").text();
      return new Target.Attribute(token.line(), token.text(), attribute);
    }
    return toTarget(expressions.primaries().primary());
  }

  private Target toTarget(Expression expression) {
    if (expression instanceof Name name) {
      return new Target.Variable(name.line, name.name);
    } else if (expression instanceof Literals.Sequence sequence && sequence.tuple) {
      Target[] items = new Target[sequence.items.length];
      for (int i = 0; i < items.length; i++) {
        items[i] = toTarget(sequence.items[i]);
      }
      return new Target.Tuple(expression.line, items);
    }
    String kind = expression.getClass().getSimpleName();
    throw new TemplateError(
        "can't assign to '" + kind.toLowerCase(java.util.Locale.ROOT) + "'", expression.line);
  }

  /** A name that is assigned to. */
  Target.Variable nameTarget() {
    Token token = stream.expect(Token.Type.NAME, "name");
    boolean constant =
        switch (token.text()) {
          case "true", "false", "none", "True", "False", "None" -> true;
          default -> false;
        };
    if (constant) {
      throw new TemplateError("can't assign to 'name'", token.line());
    }
    return new Target.Variable(token.line(), token.text());
  }
}
