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
  private int nesting;

  ExpressionParser(TokenStream stream) {
    this.stream = stream;
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
      node = primary();
    }
    node = postfix(node);
    return withFilters ? filters(node) : node;
  }

  private Expression primary() {
    Token token = stream.current();
    return switch (token.type()) {
      case NAME -> named(stream.next());
      case STRING -> strings(stream.next());
      case NUMBER -> new Literals.Constant(token.line(), stream.next().value());
      default -> bracketed(token);
    };
  }

  private static Expression named(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Literals.Constant(token.line(), true);
      case "false", "False" -> new Literals.Constant(token.line(), false);
      case "none", "None" -> new Literals.Constant(token.line(), null);
      default -> new Name(token.line(), token.text());
    };
  }

  /** A string, or several that stand side by side. */
  private Expression strings(Token first) {
    if (!stream.current().is(Token.Type.STRING)) {
      return new Literals.Constant(first.line(), first.value());
    }
    StringBuilder all = new StringBuilder(first.text());
    while (stream.current().is(Token.Type.STRING)) {
      all.append(stream.next().text());
    }
    return new Literals.Constant(first.line(), Text.template(all.toString()));
  }

  private Expression bracketed(Token token) {
    if (stream.skipOperator("(")) {
      Expression inside = tuple(true, true, null);
      stream.expectOperator(")");
      return inside;
    } else if (stream.skipOperator("[")) {
      return list(token.line());
    } else if (stream.skipOperator("{")) {
      return dict(token.line());
    }
    throw stream.error("unexpected '" + token.describe() + "'");
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

  private boolean isTupleEnd(String end) {
    Token token = stream.current();
    return token.is(Token.Type.VARIABLE_END)
        || token.is(Token.Type.BLOCK_END)
        || token.isOperator(")")
        || (end != null && token.isName(end));
  }

  private Expression list(int line) {
    List<Expression> items = new ArrayList<>();
    while (!stream.current().isOperator("]")) {
      if (!items.isEmpty()) {
        stream.expectOperator(",");
      }
      if (stream.current().isOperator("]")) {
        break;
      }
      items.add(parse());
    }
    stream.expectOperator("]");
    return new Literals.Sequence(line, items.toArray(NO_EXPRESSIONS), false);
  }

  private Expression dict(int line) {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!stream.current().isOperator("}")) {
      if (!keys.isEmpty()) {
        stream.expectOperator(",");
      }
      if (stream.current().isOperator("}")) {
        break;
      }
      keys.add(parse());
      stream.expectOperator(":");
      values.add(parse());
    }
    stream.expectOperator("}");
    return new Literals.Mapping(line, keys.toArray(NO_EXPRESSIONS), values.toArray(NO_EXPRESSIONS));
  }

  private Expression postfix(Expression start) {
    Expression node = start;
    while (true) {
      Token token = stream.current();
      if (stream.skipOperator(".")) {
        node = attribute(token.line(), node);
      } else if (stream.skipOperator("[")) {
        node = item(token.line(), node);
      } else if (token.isOperator("(")) {
        node = new Calls.Call(token.line(), node, arguments());
      } else {
        return node;
      }
    }
  }

  private Expression attribute(int line, Expression owner) {
    Token token = stream.next();
    if (token.is(Token.Type.NAME)) {
      return new Access.Attribute(line, owner, token.text());
    } else if (!token.is(Token.Type.NUMBER) || token.value() instanceof Double) {
      throw new TemplateError("expected name or number", token.line());
    }
    return new Access.Item(line, owner, new Literals.Constant(line, token.value()));
  }

  private Expression item(int line, Expression owner) {
    Expression[] bounds = new Expression[3];
    List<Expression> keys = new ArrayList<>();
    boolean slice = false;
    while (!stream.current().isOperator("]")) {
      if (!keys.isEmpty()) {
        if (slice) {
          throw stream.error("a slice among several subscripts");
        }
        stream.expectOperator(",");
      }
      slice |= subscript(bounds);
      keys.add(bounds[0]);
      if (slice && keys.size() > 1) {
        throw stream.error("a slice among several subscripts");
      }
    }
    stream.expectOperator("]");
    if (slice) {
      return new Access.Slice(line, owner, bounds);
    }
    Expression key =
        keys.size() == 1
            ? keys.get(0)
            : new Literals.Sequence(line, keys.toArray(NO_EXPRESSIONS), true);
    return new Access.Item(line, owner, key);
  }

  /** Reads one subscript into {@code bounds}; whether it is a slice. */
  private boolean subscript(Expression[] bounds) {
    bounds[0] = stream.current().isOperator(":") ? null : parse();
    if (!stream.skipOperator(":")) {
      return false;
    }
    bounds[1] = isBoundMissing() ? null : parse();
    bounds[2] = stream.skipOperator(":") && !isBoundMissing() ? parse() : null;
    return true;
  }

  private boolean isBoundMissing() {
    Token token = stream.current();
    return token.isOperator(":") || token.isOperator("]") || token.isOperator(",");
  }

  private Calls.ArgumentList arguments() {
    int line = stream.line();
    stream.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Expression> named = new ArrayList<>();
    Expression list = null;
    Expression map = null;
    boolean first = true;
    while (!stream.current().isOperator(")")) {
      if (!first) {
        stream.expectOperator(",");
        if (stream.current().isOperator(")")) {
          break;
        }
      }
      first = false;
      Token token = stream.current();
      boolean valid;
      if (stream.skipOperator("*")) {
        valid = list == null && map == null;
        list = parse();
      } else if (stream.skipOperator("**")) {
        valid = map == null;
        map = parse();
      } else if (token.is(Token.Type.NAME) && stream.look().isOperator("=")) {
        valid = map == null && !names.contains(token.text());
        stream.next();
        stream.next();
        names.add(token.text());
        named.add(parse());
      } else {
        valid = list == null && map == null && names.isEmpty();
        positional.add(parse());
      }
      if (!valid) {
        throw new TemplateError("invalid syntax for function call expression", line);
      }
    }
    stream.expectOperator(")");
    if (first) {
      return Calls.ArgumentList.NONE;
    }
    return new Calls.ArgumentList(
        positional.toArray(NO_EXPRESSIONS),
        names.toArray(new String[0]),
        named.toArray(NO_EXPRESSIONS),
        list,
        map);
  }

  private Expression filters(Expression start) {
    Expression node = start;
    while (true) {
      Token token = stream.current();
      if (token.isOperator("|")) {
        node = filter(node);
      } else if (token.isName("is")) {
        node = test(node);
      } else if (token.isOperator("(")) {
        node = new Calls.Call(token.line(), node, arguments());
      } else {
        return node;
      }
    }
  }

  private String dottedName() {
    String name = stream.expect(Token.Type.NAME, "name").text();
    while (stream.skipOperator(".")) {
      name = name.concat(".").concat(stream.expect(Token.Type.NAME, "name").text());
    }
    return name;
  }

  private Expression filter(Expression input) {
    stream.expectOperator("|");
    return namedFilter(input);
  }

  private Expression namedFilter(Expression input) {
    int line = stream.line();
    String name = dottedName();
    Calls.ArgumentList arguments =
        stream.current().isOperator("(") ? arguments() : Calls.ArgumentList.NONE;
    return new Calls.FilterCall(line, input, name, arguments);
  }

  /**
   * The filters of a block, applied to what it captures.
   *
   * @param inline whether the first one stands without a bar
   * @return null if there are none
   */
  Expression blockFilter(boolean inline) {
    if (!inline && !stream.current().isOperator("|")) {
      return null;
    }
    Expression captured = new Literals.Captured(stream.line());
    Expression node = inline ? namedFilter(captured) : filter(captured);
    while (stream.current().isOperator("|")) {
      node = filter(node);
    }
    return node;
  }

  private Expression test(Expression input) {
    int line = stream.next().line();
    boolean negated = stream.skipName("not");
    String name = dottedName();
    Calls.ArgumentList arguments = Calls.ArgumentList.NONE;
    Token token = stream.current();
    if (token.isOperator("(")) {
      arguments = arguments();
    } else if (startsArgument(token)) {
      if (token.isName("is")) {
        throw stream.error("You cannot chain multiple tests with is");
      }
      Expression argument = postfix(primary());
      arguments =
          new Calls.ArgumentList(
              new Expression[] {argument}, new String[0], NO_EXPRESSIONS, null, null);
    }
    Expression node = new Calls.TestCall(line, input, name, arguments);
    return negated ? new Operators.Not(line, node) : node;
  }

  private static boolean startsArgument(Token token) {
    return switch (token.type()) {
      case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
      case STRING, NUMBER -> true;
      default -> token.isOperator("[") || token.isOperator("{");
    };
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
      if (isTupleEnd(end)) {
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
    return toTarget(primary());
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
