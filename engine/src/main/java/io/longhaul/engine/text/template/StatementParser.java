package io.longhaul.engine.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses a template: its text, its print statements and its blocks. */
final class StatementParser {
  private static final int MAX_NESTING = 60;
  private static final Statement[] NO_STATEMENTS = {};

  private final TokenStream stream;
  private final ExpressionParser expressions;
  private final TargetParser targets;

  /** The names that end the blocks that are open, for error messages. */
  private final List<Set<String>> expected = new ArrayList<>();

  /** The loops that a break would end. */
  private int loops;

  private int nesting;

  private StatementParser(TokenStream stream) {
    this.stream = stream;
    this.expressions = new ExpressionParser(stream);
    this.targets = new TargetParser(stream, expressions);
  }

  static Statement[] parse(String template) {
    TokenStream stream = new TokenStream(Lexer.tokenize(template));
    return new StatementParser(stream).statements(Set.of());
  }

  /** Statements up to one that starts with a name in {@code ends}, which becomes current. */
  private Statement[] statements(Set<String> ends) {
    if (++nesting > MAX_NESTING) {
      throw stream.error("blocks nested more than " + MAX_NESTING + " deep");
    }
    if (!ends.isEmpty()) {
      expected.add(ends);
    }
    List<Statement> body = new ArrayList<>();
    boolean ended = false;
    while (!ended && !stream.isEnd()) {
      Token token = stream.next();
      switch (token.type()) {
        case DATA -> body.add(new Statements.Data(token.line(), token.text()));
        case VARIABLE_BEGIN -> {
          body.add(new Statements.Output(token.line(), expressions.tuple()));
          stream.expect(Token.Type.VARIABLE_END, "end of print statement");
        }
        default -> {
          ended = stream.current().is(Token.Type.NAME) && ends.contains(stream.current().text());
          if (!ended) {
            statement(body);
            stream.expect(Token.Type.BLOCK_END, "end of statement block");
          }
        }
      }
    }
    if (!ends.isEmpty()) {
      if (!ended) {
        throw unexpected("Unexpected end of template.", null, stream.line());
      }
      expected.remove(expected.size() - 1);
    }
    nesting--;
    return body.toArray(NO_STATEMENTS);
  }

  private TemplateError unexpected(String what, String name, int line) {
    if (expected.isEmpty()) {
      return new TemplateError(what, line);
    }
    String wanted =
        String.join("' or '", expected.get(expected.size() - 1).stream().sorted().toList());
    boolean outer = expected.stream().anyMatch(set -> name != null && set.contains(name));
    return new TemplateError(
        what
            + (outer
                ? " You probably made a nesting mistake. Jinja is expecting this tag, but currently"
                    + " looking for '"
                : " Jinja was looking for the following tags: '")
            + wanted
            + "'.",
        line);
  }

  /** The body of a block: its start tag's end, statements, and the name that ends it. */
  private Statement[] body(Set<String> ends) {
    stream.skipOperator(":");
    stream.expect(Token.Type.BLOCK_END, "end of statement block");
    return statements(ends);
  }

  private Statement[] bodyUpTo(String end) {
    Statement[] body = body(Set.of(end));
    stream.next();
    return body;
  }

  private void statement(List<Statement> body) {
    Token token = stream.current();
    if (!token.is(Token.Type.NAME)) {
      throw stream.error("tag name expected");
    }
    stream.next();
    int line = token.line();
    switch (token.text()) {
      case "if" -> body.add(parseIf(line));
      case "for" -> body.add(parseFor(line));
      case "set" -> body.add(parseSet(line));
      case "macro" -> body.add(parseMacro(line));
      case "call" -> body.add(parseCall(line));
      case "filter" -> {
        Expression filter = expressions.primaries().blockFilter(true);
        body.add(new FilterBlock(line, filter, bodyUpTo("endfilter")));
      }
      case "with" -> body.add(parseWith(line));
      case "generation" ->
          body.add(
              new Generation(
                  line, macroBody(new Target.Variable[0], new Expression[0], "endgeneration")));
      case "break", "continue" -> {
        if (loops == 0) {
          throw new TemplateError("'" + token.text() + "' outside loop", line);
        }
        boolean leaves = token.text().equals("break");
        body.add(
            new Statements.LoopControl(
                line, leaves ? Statement.Signal.BREAK : Statement.Signal.CONTINUE));
      }
      case "print" -> parsePrint(body, line);
      case "autoescape" -> {
        Expression on = expressions.parse();
        if (!(on instanceof Literals.Constant constant) || Types.truth(constant.value)) {
          throw new TemplateError("chat templates are rendered without autoescape", line);
        }
        body.add(new Autoescape(line, bodyUpTo("endautoescape")));
      }
      case "include", "import", "from", "extends", "block" ->
          throw new TemplateError(
              "'" + token.text() + "' is not supported: a chat template stands alone", line);
      default ->
          throw unexpected("Encountered unknown tag '" + token.text() + "'.", token.text(), line);
    }
  }

  private If parseIf(int line) {
    Expression test = expressions.tuple(false, false, null);
    Statement[] body = body(Set.of("elif", "else", "endif"));
    List<If> elifs = new ArrayList<>();
    Statement[] otherwise = NO_STATEMENTS;
    Token end = stream.next();
    while (end.isName("elif")) {
      Expression elifTest = expressions.tuple(false, false, null);
      Statement[] elifBody = body(Set.of("elif", "else", "endif"));
      elifs.add(new If(end.line(), elifTest, elifBody, new If[0], NO_STATEMENTS));
      end = stream.next();
    }
    if (end.isName("else")) {
      otherwise = bodyUpTo("endif");
    }
    return new If(line, test, body, elifs.toArray(new If[0]), otherwise);
  }

  private For parseFor(int line) {
    Target target = targets.target("in", false);
    stream.expectName("in");
    Expression iterable = expressions.tuple(false, false, "recursive");
    Expression test = stream.skipName("if") ? expressions.parse() : null;
    boolean recursive = stream.skipName("recursive");
    loops++;
    Statement[] body = body(Set.of("endfor", "else"));
    loops--;
    int outerLoops = loops;
    // The else of a recursive loop stands in a function of its own, where no loop is around it.
    loops = recursive ? 0 : loops;
    Statement[] otherwise = stream.next().isName("else") ? bodyUpTo("endfor") : NO_STATEMENTS;
    loops = outerLoops;
    return new For(line, target, iterable, body, otherwise, test, recursive);
  }

  private Statement parseSet(int line) {
    Target target = targets.target(null, true);
    if (stream.skipOperator("=")) {
      return new SetStatement(line, target, expressions.tuple());
    }
    Expression filter = expressions.primaries().blockFilter(false);
    return new SetBlock(line, target, filter, bodyUpTo("endset"));
  }

  private With parseWith(int line) {
    List<Target> names = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!stream.current().is(Token.Type.BLOCK_END)) {
      if (!names.isEmpty()) {
        stream.expectOperator(",");
      }
      names.add(targets.target(null, false));
      stream.expectOperator("=");
      values.add(expressions.parse());
    }
    return new With(
        line, names.toArray(new Target[0]), values.toArray(new Expression[0]), bodyUpTo("endwith"));
  }

  private void parsePrint(List<Statement> body, int line) {
    boolean first = true;
    while (!stream.current().is(Token.Type.BLOCK_END)) {
      if (!first) {
        stream.expectOperator(",");
      }
      first = false;
      body.add(new Statements.Output(line, expressions.parse()));
    }
  }

  private MacroStatement parseMacro(int line) {
    String name = targets.nameTarget().name;
    return new MacroStatement(line, name, signatureAndBody("endmacro"));
  }

  private CallBlock parseCall(int line) {
    List<Target.Variable> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    if (stream.current().isOperator("(")) {
      signature(parameters, defaults);
    }
    if (!(expressions.parse() instanceof Calls.Call call)) {
      throw new TemplateError("expected call", line);
    }
    return new CallBlock(line, call, macroBody(parameters, defaults, "endcall"));
  }

  private MacroBody signatureAndBody(String end) {
    List<Target.Variable> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    signature(parameters, defaults);
    return macroBody(parameters, defaults, end);
  }

  private void signature(List<Target.Variable> parameters, List<Expression> defaults) {
    stream.expectOperator("(");
    while (!stream.current().isOperator(")")) {
      if (!parameters.isEmpty()) {
        stream.expectOperator(",");
      }
      Target.Variable parameter = targets.nameTarget();
      if (parameters.size() > PrimaryParser.MAX_ARGUMENTS) {
        throw stream.error("more than " + PrimaryParser.MAX_ARGUMENTS + " parameters");
      }
      for (Target.Variable other : parameters) {
        if (other.name.equals(parameter.name)) {
          throw stream.error("duplicate argument '" + other.name + "'");
        }
      }
      if (stream.skipOperator("=")) {
        defaults.add(expressions.parse());
      } else if (!defaults.isEmpty()) {
        throw stream.error("non-default argument follows default argument");
      }
      parameters.add(parameter);
    }
    stream.expectOperator(")");
  }

  private MacroBody macroBody(
      List<Target.Variable> parameters, List<Expression> defaults, String end) {
    return macroBody(
        parameters.toArray(new Target.Variable[0]), defaults.toArray(new Expression[0]), end);
  }

  private MacroBody macroBody(Target.Variable[] parameters, Expression[] defaults, String end) {
    int outerLoops = loops;
    loops = 0;
    Statement[] body = bodyUpTo(end);
    loops = outerLoops;
    return new MacroBody(parameters, defaults, body);
  }
}
