package io.longhaul.engine.text.template;

/**
 * Something that Jinja or Python would raise. The line is filled in by the innermost statement on
 * the way out, the template's name where it leaves the package as a {@code ModelException}.
 */
final class TemplateError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private int line;

  TemplateError(String message) {
    this(message, 0);
  }

  TemplateError(String message, int line) {
    // Without a stack trace: templates raise errors for bad conversations as a matter of course.
    super(message, null, false, false);
    this.line = line;
  }

  TemplateError(String message, int line, Throwable cause) {
    super(message, cause, false, false);
    this.line = line;
  }

  int line() {
    return line;
  }

  /** Sets the line unless an inner statement has. */
  TemplateError at(int statementLine) {
    if (line == 0) {
      line = statementLine;
    }
    return this;
  }
}
