package io.longhaul.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Standard input as UTF-8 text. */
final class StandardInput {
  private StandardInput() {}

  /** Whether someone types into it. */
  static boolean isTerminal() {
    return System.console().isTerminal();
  }

  /** All of it. */
  static String readText() throws IOException {
    return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
  }
}
