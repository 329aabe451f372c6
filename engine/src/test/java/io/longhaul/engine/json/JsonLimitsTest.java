package io.longhaul.engine.json;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import org.junit.jupiter.api.Test;

/** Limits of the parser, whose errors carry no place in the document. */
class JsonLimitsTest {
  @Test
  void aDocumentThatIsTooDeepIsRefused() {
    assertThatThrownBy(() -> Json.read("config.json", "[".repeat(100_000)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("config.json: not valid JSON: Document nesting depth");
  }

  @Test
  void aNumberThatIsTooLongIsRefused() {
    assertThatThrownBy(() -> Json.read("config.json", "9".repeat(100_000)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("config.json: not valid JSON: Number value length");
  }
}
