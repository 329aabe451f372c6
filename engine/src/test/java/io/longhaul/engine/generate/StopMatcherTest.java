package io.longhaul.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StopMatcherTest {

  @Test
  void whatMayBeginAStopStringIsHeldBack() {
    StopMatcher matcher = new StopMatcher(List.of("END", "\n\n"));
    assertThat(matcher.accept("one EN")).isEqualTo("one ");
    assertThat(matcher.accept("tity\n")).isEqualTo("ENtity");
    assertThat(matcher.accept("x")).isEqualTo("\nx");
    assertThat(matcher.accept("yE")).isEqualTo("y");
    assertThat(matcher.accept("ND and more")).isEmpty();
    assertThat(matcher.stopped()).isTrue();
  }

  @Test
  void theRestComesAtTheEnd() {
    StopMatcher matcher = new StopMatcher(List.of("abc"));
    assertThat(matcher.accept("xab")).isEqualTo("x");
    assertThat(matcher.finish()).isEqualTo("ab");
    assertThat(matcher.stopped()).isFalse();
  }

  @Test
  void theTextIsTheSameHoweverItIsCut() {
    SplittableRandom random = new SplittableRandom(3);
    for (int round = 0; round < 5000; round++) {
      StringBuilder whole = new StringBuilder();
      for (int i = random.nextInt(20); i > 0; i--) {
        whole.append((char) ('a' + random.nextInt(3)));
      }
      List<String> stops = List.of("abca", "cc", "bab");
      int end = stops.stream().mapToInt(whole::indexOf).filter(i -> i >= 0).min().orElse(-1);
      StopMatcher matcher = new StopMatcher(stops);
      StringBuilder seen = new StringBuilder();
      for (int from = 0; from < whole.length() && !matcher.stopped(); ) {
        int to = Math.min(whole.length(), from + 1 + random.nextInt(4));
        seen.append(matcher.accept(whole.substring(from, to)));
        from = to;
      }
      assertThat(matcher.stopped()).isEqualTo(end >= 0);
      if (!matcher.stopped()) {
        seen.append(matcher.finish());
      }
      // A match is taken when it is complete: one that begins later may complete earlier.
      if (end < 0) {
        assertThat(seen).hasToString(whole.toString());
      } else {
        assertThat(whole.toString()).startsWith(seen.toString());
        assertThat(stops).noneMatch(stop -> seen.indexOf(stop) >= 0);
        String rest = whole.substring(seen.length());
        assertThat(stops).anyMatch(rest::startsWith);
      }
    }
  }
}
