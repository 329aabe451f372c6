package io.longhaul.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** 200,000 characters without a place to cut take neither the square of the time nor a stack. */
class LongTextTest {
  static final List<String> VARIANTS =
      TokenizerFixtures.VARIANTS.stream().filter(name -> !name.equals("json-unusual")).toList();

  @ParameterizedTest
  @FieldSource("VARIANTS")
  void longRuns(String variant) {
    Tokenizer tokenizer = TokenizerFixtures.tokenizer(variant);
    for (String unit :
        List.of("a", "ab", " ", "\n", "é", "字", "<|im_end|", "\u2581", "the", "😀", "'")) {
      String text = unit.repeat(200_000 / unit.length());
      int[] tokens =
          Assertions.assertTimeoutPreemptively(
              Duration.ofSeconds(20), () -> tokenizer.encode(text, false), variant + " on " + unit);
      assertThat(tokens.length).isBetween(1, 1_000_000);
    }
  }
}
