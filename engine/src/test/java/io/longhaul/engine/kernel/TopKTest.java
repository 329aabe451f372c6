package io.longhaul.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The selection against a stable sort. */
class TopKTest {
  private final Random random = new Random(11);
  private final TopK topK = new TopK();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 9, 33, 1000, 2049, 4097, 8193, 20_000, 100_003, 300_007})
  void choosesWhatASortChooses(int count) {
    for (int k : new int[] {1, 2, 8, 100, 2048}) {
      if (k <= count) {
        compare(count, k, i -> (float) random.nextGaussian());
        // What a ReLU leaves: most scores are equal, zeros of both signs among them.
        compare(count, k, i -> random.nextInt(3) == 0 ? (float) random.nextGaussian() : 0f);
        compare(count, k, i -> random.nextBoolean() ? 0f : -0f);
        compare(count, k, i -> (float) random.nextInt(4));
        // A sample of every n-th score misleads about these.
        compare(count, k, i -> (float) (i % 16 == 0 ? 100 + i : -i));
        compare(count, k, i -> (float) i);
        compare(count, k, i -> (float) -i);
        compare(count, k, i -> (i & 1) == 0 ? Float.MIN_VALUE * i : -Float.MAX_VALUE);
      }
    }
  }

  private void compare(int count, int k, IntFunction<Float> scoreOf) {
    float[] scores = new float[count];
    for (int i = 0; i < count; i++) {
      scores[i] = scoreOf.apply(i);
    }
    int[] expected =
        IntStream.range(0, count)
            .boxed()
            .sorted(
                Comparator.comparingDouble((Integer i) -> -(scores[i] + 0d))
                    .thenComparing(Comparator.naturalOrder()))
            .limit(k)
            .mapToInt(i -> i)
            .sorted()
            .toArray();
    int[] actual = new int[k + 1];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(ValueLayout.JAVA_FLOAT, count);
      MemorySegment.copy(scores, 0, segment, ValueLayout.JAVA_FLOAT, 0, count);
      topK.scores(segment, count);
      topK.select(k, actual, 1);
    }
    for (int i = 0; i < k; i++) {
      assertThat(actual[i + 1]).as("choice %d of %d from %d", i, k, count).isEqualTo(expected[i]);
    }
  }

  @Test
  void cannotChooseMoreThanThereAre() {
    topK.scores(MemorySegment.ofArray(new float[3]), 3);
    assertThatThrownBy(() -> topK.select(4, new int[4], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("4 of 3 scores");
  }
}
