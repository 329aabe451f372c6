package io.longhaul.cli;

/**
 * A command cannot do what was asked. The message is one line meant for the user: what is wrong and
 * what to do. The process ends with exit code 1.
 */
public class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CliException(String message) {
    super(message);
  }

  public CliException(String message, Throwable cause) {
    super(message, cause);
  }
}
