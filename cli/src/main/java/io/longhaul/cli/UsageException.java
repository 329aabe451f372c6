package io.longhaul.cli;

/** The command line makes no sense. The message is one line; the process ends with exit code 2. */
final class UsageException extends CliException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
