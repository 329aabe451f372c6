package io.longhaul.engine.text;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A rendered prompt that remembers which characters the template wrote and which came from outside,
 * so that text of a user or a tool can never spell a special token.
 */
public record Prompt(List<Part> parts) {
  public Prompt {
    parts = List.copyOf(parts);
  }

  /**
   * A run of characters of one origin.
   *
   * @param fromTemplate true for the template's own literals, whose special tokens are meant
   */
  public record Part(String text, boolean fromTemplate) {}

  /** The whole prompt as one string. */
  public String text() {
    return parts.stream().map(Part::text).collect(Collectors.joining());
  }
}
