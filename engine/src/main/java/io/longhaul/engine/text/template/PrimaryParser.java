package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/**
 * Parses what binds tightest: literals and names, and what follows them, up to the next operator.
 */
final class PrimaryParser {
  static final int MAX_ARGUMENTS = 1000;

  private static final Expression[] NO_EXPRESSIONS = {};

  private final TokenStream stream;
  private final ExpressionParser expressions;

  PrimaryParser(TokenStream stream, ExpressionParser expressions) {
    this.stream = stream;
    this.expressions = expressions;
  }

  Expression primary() {
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
      Expression inside = expressions.tuple(true, true, null);
      stream.expectOperator(")");
      return inside;
    } else if (stream.skipOperator("[")) {
      return list(token.line());
    } else if (stream.skipOperator("{")) {
      return dict(token.line());
    }
    throw stream.error("unexpected '" + token.describe() + "'");
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
      items.add(expressions.parse());
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
      keys.add(expressions.parse());
      stream.expectOperator(":");
      values.add(expressions.parse());
    }
    stream.expectOperator("}");
    return new Literals.Mapping(line, keys.toArray(NO_EXPRESSIONS), values.toArray(NO_EXPRESSIONS));
  }

  Expression postfix(Expression start) {
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
    bounds[0] = stream.current().isOperator(":") ? null : expressions.parse();
    if (!stream.skipOperator(":")) {
      return false;
    }
    bounds[1] = isBoundMissing() ? null : expressions.parse();
    bounds[2] = stream.skipOperator(":") && !isBoundMissing() ? expressions.parse() : null;
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
      if (positional.size() + named.size() > MAX_ARGUMENTS) {
        throw stream.error("more than " + MAX_ARGUMENTS + " arguments");
      }
      Token token = stream.current();
      boolean valid;
      if (stream.skipOperator("*")) {
        valid = list == null && map == null;
        list = expressions.parse();
      } else if (stream.skipOperator("**")) {
        valid = map == null;
        map = expressions.parse();
      } else if (token.is(Token.Type.NAME) && stream.look().isOperator("=")) {
        valid = map == null && !names.contains(token.text());
        stream.next();
        stream.next();
        names.add(token.text());
        named.add(expressions.parse());
      } else {
        valid = list == null && map == null && names.isEmpty();
        positional.add(expressions.parse());
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

  Expression filters(Expression start) {
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
}
