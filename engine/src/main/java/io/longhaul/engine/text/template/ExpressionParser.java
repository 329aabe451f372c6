package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/**
 * Parses expressions: one method per level of precedence, loosest first, as Jinja2's parser does it
 * ({@code + -} bind looser than {@code ~}, {@code **} is left-associative, filters bind tightest).
 */
final class ExpressionParser {
  /** Brackets within brackets; Jinja2 itself gives up at about seventy. */
  private static final int MAX_NESTING = 100;

  private static final Expression[] NO_EXPRESSIONS = {};

  private final TokenStream stream;
  private final PrimaryParser primaries;
  private int nesting;

  ExpressionParser(TokenStream stream) {
    this.stream = stream;
    this.primaries = new PrimaryParser(stream, this);
  }

  PrimaryParser primaries() {
    return primaries;
  }

  /** Counts one level of nesting: every way back to the loosest level passes here. */
  private void enter() {
    if (++nesting > MAX_NESTING) {
      throw stream.error("nested more than " + MAX_NESTING + " deep");
    }
  }

  Expression parse() {
    enter();
    Expression result = conditional();
    nesting--;
    return result;
  }

  /** Without a conditional, whose {@code if} would be that of a for loop. */
  private Expression parseUnconditional() {
    enter();
    Expression result = or();
    nesting--;
    return result;
  }

  private Expression conditional() {
    int line = stream.line();
    Expression then = or();
    while (stream.skipName("if")) {
      Expression test = or();
      Expression otherwise = stream.skipName("else") ? parse() : null;
      then = new Operators.Conditional(line, test, then, otherwise);
    }
    return then;
  }

  private Expression or() {
    int line = stream.line();
    Expression left = and();
    while (stream.skipName("or")) {
      left = new Operators.Logical(line, false, left, and());
    }
    return left;
  }

  private Expression and() {
    int line = stream.line();
    Expression left = not();
    while (stream.skipName("and")) {
      left = new Operators.Logical(line, true, left, not());
    }
    return left;
  }

  private Expression not() {
    int line = stream.line();
    int count = 0;
    while (stream.skipName("not")) {
      count++;
    }
    Expression operand = comparison();
    for (int i = 0; i < count; i++) {
      operand = new Operators.Not(line, operand);
    }
    return operand;
  }

  private Expression comparison() {
    int line = stream.line();
    Expression first = sum();
    List<String> operators = null;
    List<Expression> others = null;
    for (String operator = comparisonOperator();
        operator != null;
        operator = comparisonOperator()) {
      if (operators == null) {
        operators = new ArrayList<>();
        others = new ArrayList<>();
      }
      operators.add(operator);
      others.add(sum());
    }
    return operators == null
        ? first
        : new Operators.Compare(
            line, first, operators.toArray(new String[0]), others.toArray(NO_EXPRESSIONS));
  }

  private String comparisonOperator() {
    Token token = stream.current();
    if (token.is(Token.Type.OPERATOR)) {
      boolean compares =
          switch (token.text()) {
            case "==", "!=", "<", "<=", ">", ">=" -> true;
            default -> false;
          };
      return compares ? stream.next().text() : null;
    } else if (stream.skipName("in")) {
      return "in";
    } else if (token.isName("not") && stream.look().isName("in")) {
      stream.next();
      stream.next();
      return "not in";
    }
    return null;
  }

  private Expression sum() {
    int line = stream.line();
    Expression left = concat();
    while (stream.current().isOperator("+") || stream.current().isOperator("-")) {
      left = new Operators.Binary(line, stream.next().text(), left, concat());
    }
    return left;
  }

  private Expression concat() {
    int line = stream.line();
    Expression first = product();
    if (!stream.current().isOperator("~")) {
      return first;
    }
    List<Expression> operands = new ArrayList<>();
    operands.add(first);
    while (stream.skipOperator("~")) {
      operands.add(product());
    }
    return new Operators.Concat(line, operands.toArray(NO_EXPRESSIONS));
  }

  private Expression product() {
    int line = stream.line();
    Expression left = power();
    while (true) {
      Token token = stream.current();
      if (!(token.isOperator("*")
          || token.isOperator("/")
          || token.isOperator("//")
          || token.isOperator("%"))) {
        return left;
      }
      left = new Operators.Binary(line, stream.next().text(), left, power());
    }
  }

  private Expression power() {
    int line = stream.line();
    Expression left = unary(true);
    while (stream.skipOperator("**")) {
      left = new Operators.Binary(line, "**", left, unary(true));
    }
    return left;
  }

  private Expression unary(boolean withFilters) {
    int line = stream.line();
    Expression node;
    if (stream.current().isOperator("-") || stream.current().isOperator("+")) {
      boolean negative = stream.next().text().equals("-");
      enter();
      node = new Operators.Sign(line, negative, unary(false));
      nesting--;
    } else {
      node = primaries.primary();
    }
    node = primaries.postfix(node);
    return withFilters ? primaries.filters(node) : node;
  }

  /** An expression, or a tuple without brackets. */
  Expression tuple() {
    return tuple(true, false, null);
  }

  /**
   * An expression, or a tuple of several.
   *
   * @param conditional whether the items may be conditional expressions
   * @param bracketed whether brackets stand around it, so that it may be empty
   * @param end a name that ends it, or null
   */
  Expression tuple(boolean conditional, boolean bracketed, String end) {
    int line = stream.line();
    List<Expression> items = new ArrayList<>();
    boolean several = false;
    while (true) {
      if (!items.isEmpty()) {
        stream.expectOperator(",");
      }
      if (isTupleEnd(end)) {
        break;
      }
      items.add(conditional ? parse() : parseUnconditional());
      if (!stream.current().isOperator(",")) {
        break;
      }
      several = true;
    }
    if (!several) {
      if (!items.isEmpty()) {
        return items.get(0);
      } else if (!bracketed) {
        throw stream.error("Expected an expression, got '" + stream.current().describe() + "'");
      }
    }
    return new Literals.Sequence(line, items.toArray(NO_EXPRESSIONS), true);
  }

  boolean isTupleEnd(String end) {
    Token token = stream.current();
    return token.is(Token.Type.VARIABLE_END)
        || token.is(Token.Type.BLOCK_END)
        || token.isOperator(")")
        || (end != null && token.isName(end));
  }
}
