package io.longhaul.cli.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NamesTest {
  @Test
  void goodAndBadNames() {
    for (String good : List.of("a", "smollm2-135m", "A.b_C-1", "1", "x".repeat(100))) {
      assertThat(Names.check(good)).isEqualTo(good);
    }
    for (String bad :
        List.of("", ".", "..", ".a", "-a", "a/b", "a\\b", "a..b", "a ", "a\n", "ä", "a:", "a.")) {
      assertThatThrownBy(() -> Names.check(bad)).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void everyTextGivesAGoodName() {
    Random random = new Random(1);
    for (int i = 0; i < 5000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(130); n > 0; n--) {
        text.append((char) (random.nextBoolean() ? '.' : 0x20 + random.nextInt(0x70)));
      }
      assertThat(Names.isValid(Names.from(text.toString()))).as(text.toString()).isTrue();
    }
    assertThat(Names.from("My Model (v2)!")).isEqualTo("My-Model-v2");
  }

  @Test
  void editDistance() {
    assertThat(Names.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(Names.distance("", "abc")).isEqualTo(3);
    assertThat(Names.distance("flaw", "lawn")).isEqualTo(2);
    assertThat(Names.distance("same", "same")).isZero();
  }

  @Test
  void closeNames() {
    List<String> known = List.of("gemma3-270m", "smollm2-135m", "smollm2-360m", "qwen");
    assertThat(Names.close("smollm2-135", known)).startsWith("smollm2-135m");
    assertThat(Names.close("SMOLLM2-135M", known)).startsWith("smollm2-135m");
    assertThat(Names.close("smol", known)).containsExactly("smollm2-135m", "smollm2-360m");
    assertThat(Names.close("zzzzzz", known)).isEmpty();
  }
}
