package io.longhaul.engine.text.template;

import java.util.List;

/** The tokens of a template, from the current one on. */
final class TokenStream {
  private final List<Token> tokens;
  private int position;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(position);
  }

  Token look() {
    return tokens.get(Math.min(position + 1, tokens.size() - 1));
  }

  int line() {
    return current().line();
  }

  boolean isEnd() {
    return current().is(Token.Type.END);
  }

  /** The current token; the one after it becomes current. */
  Token next() {
    Token token = current();
    if (!isEnd()) {
      position++;
    }
    return token;
  }

  boolean skipName(String name) {
    boolean found = current().isName(name);
    if (found) {
      next();
    }
    return found;
  }

  boolean skipOperator(String operator) {
    boolean found = current().isOperator(operator);
    if (found) {
      next();
    }
    return found;
  }

  Token expect(Token.Type type, String description) {
    if (!current().is(type)) {
      throw expected(description);
    }
    return next();
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw expected(operator);
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw expected(name);
    }
  }

  TemplateError error(String message) {
    return new TemplateError(message, line());
  }

  private TemplateError expected(String description) {
    return isEnd()
        ? error("unexpected end of template, expected '" + description + "'.")
        : error("expected token '" + description + "', got '" + current().describe() + "'");
  }
}
