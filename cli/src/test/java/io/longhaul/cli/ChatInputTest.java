package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatInputTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\\",
        "a\\\nb\\",
        "\"\"\"",
        "\"\"\"a",
        "\"\"\"\na\\\n",
        "\"\"\"\n\"\"",
        "\"\"\"\"",
        "  \"\"\"\n"
      })
  void goesOn(String typed) {
    assertThat(ChatInput.goesOn(typed)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a\\\nb",
        "a \"\"\"",
        "\"\"\"a\"\"\"",
        "\"\"\"\"\"\"",
        "\"\"\"\na\\\n\"\"\"",
        "\"\"\"a\n\"\"\" "
      })
  void isComplete(String typed) {
    assertThat(ChatInput.goesOn(typed)).isFalse();
  }

  @Test
  void aBackslashJoinsLines() {
    assertThat(ChatInput.parse(" a\\\nb\\\nc ")).isEqualTo(new ChatInput("a\nb\nc", false));
    assertThat(ChatInput.parse("a\\b")).isEqualTo(new ChatInput("a\\b", false));
  }

  @Test
  void whatIsQuotedIsTakenAsItIs() {
    assertThat(ChatInput.parse("\"\"\"\n  if x:\n    /clear\\\n\"\"\""))
        .isEqualTo(new ChatInput("  if x:\n    /clear\\", true));
    assertThat(ChatInput.parse("\"\"\"/clear\"\"\"")).isEqualTo(new ChatInput("/clear", true));
    assertThat(ChatInput.parse("\"\"\"\n\"\"\"")).isEqualTo(new ChatInput("", true));
    assertThat(ChatInput.parse("\"\"\"\"\"\"")).isEqualTo(new ChatInput("", true));
  }
}
