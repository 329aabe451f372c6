package io.longhaul.engine.text.template;

/**
 * A token of a template.
 *
 * @param text of a name, an operator, or template data
 * @param value of a string or a number
 */
record Token(Type type, String text, Object value, int line) {
  enum Type {
    DATA,
    VARIABLE_BEGIN,
    VARIABLE_END,
    BLOCK_BEGIN,
    BLOCK_END,
    NAME,
    STRING,
    NUMBER,
    OPERATOR,
    END
  }

  boolean is(Type other) {
    return type == other;
  }

  boolean isName(String name) {
    return type == Type.NAME && text.equals(name);
  }

  boolean isOperator(String operator) {
    return type == Type.OPERATOR && text.equals(operator);
  }

  /** For error messages. */
  String describe() {
    return switch (type) {
      case DATA -> "template data / text";
      case VARIABLE_BEGIN -> "begin of print statement";
      case VARIABLE_END -> "end of print statement";
      case BLOCK_BEGIN -> "begin of statement block";
      case BLOCK_END -> "end of statement block";
      case STRING -> "string";
      case NUMBER -> value instanceof Double ? "float" : "integer";
      case END -> "end of template";
      case NAME, OPERATOR -> text;
    };
  }
}
