package io.longhaul.cli.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.json.Json;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonTextTest {
  @Test
  void isIndented() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("a", 1);
    map.put("b", Arrays.asList("x", null, true, 1.5));
    map.put("c", Map.of());
    map.put("d", List.of());
    assertThat(JsonText.of(map))
        .isEqualTo(
            """
            {
              "a": 1,
              "b": [
                "x",
                null,
                true,
                1.5
              ],
              "c": {},
              "d": []
            }\
            """);
  }

  @Test
  void everyTextComesBack() {
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(20); n > 0; n--) {
        text.append((char) (random.nextBoolean() ? random.nextInt(0x80) : random.nextInt(0x10000)));
      }
      assertThat(Json.read("test", JsonText.of(text))).isEqualTo(text.toString());
    }
    assertThat(JsonText.of("\"\\\n\u0001\ud800")).isEqualTo("\"\\\"\\\\\\n\\u0001\\ud800\"");
  }

  @Test
  void refusesWhatJsonCannotHold() {
    for (Object value :
        List.of(Double.NaN, Float.POSITIVE_INFINITY, new Object(), List.of(new int[1]))) {
      assertThatThrownBy(() -> JsonText.of(value)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
