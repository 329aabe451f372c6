package io.longhaul.engine;

/**
 * Something about a model is wrong: its file, its tokenizer, its template or its configuration.
 *
 * <p>The message is one line meant for the user. It names the file, the field, the value found, and
 * what to do where something can be done.
 */
public class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ModelException(String message) {
    super(message);
  }

  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
