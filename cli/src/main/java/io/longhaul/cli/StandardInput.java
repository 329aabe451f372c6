package io.longhaul.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Standard input as UTF-8 text. */
final class StandardInput {
  private StandardInput() {}

  /** All of it. */
  static String readText() {
    try {
      return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new CliException("cannot read standard input: " + e.getMessage(), e);
    }
  }
}
