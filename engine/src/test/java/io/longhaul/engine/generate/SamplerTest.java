package io.longhaul.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.Sampling;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final int[] NO_HISTORY = {};

  @Test
  void temperatureZeroTakesTheFirstOfTheLargest() {
    Sampler sampler = new Sampler(Sampling.greedy());
    assertThat(sampler.next(new float[] {1, 3, 3, 2}, NO_HISTORY, 0)).isEqualTo(1);
  }

  @Test
  void drawsFollowTheDistribution() {
    float[] logits = {0, 1, 2, -1};
    double total = 0;
    for (float logit : logits) {
      total += Math.exp(logit / 0.8);
    }
    double[] shares = shares(Sampling.random(0.8, 11), logits, 40_000);
    for (int i = 0; i < logits.length; i++) {
      double p = Math.exp(logits[i] / 0.8) / total;
      // Five standard deviations of a binomial share.
      assertThat(shares[i]).isBetween(p - 5 * Math.sqrt(p / 40_000), p + 5 * Math.sqrt(p / 40_000));
    }
  }

  @Test
  void topKKeepsTheKLargest() {
    double[] shares =
        shares(Sampling.random(1, 5).withCuts(2, 1, 0), new float[] {1, 4, 3, 2}, 2000);
    assertThat(shares[0] + shares[3]).isZero();
    assertThat(shares[1]).isGreaterThan(shares[2]);
    assertThat(shares[2]).isPositive();
  }

  @Test
  void topPKeepsTheSmallestSetThatReachesP() {
    // Probabilities 0.5, 0.3, 0.2.
    float[] logits = {(float) Math.log(0.2), (float) Math.log(0.5), (float) Math.log(0.3)};
    double[] one = shares(Sampling.random(1, 5).withCuts(0, 0.49, 0), logits, 2000);
    assertThat(one[0] + one[2]).isZero();
    double[] two = shares(Sampling.random(1, 5).withCuts(0, 0.79, 0), logits, 2000);
    assertThat(two[0]).isZero();
    assertThat(two[2]).isPositive();
    assertThat(shares(Sampling.random(1, 5).withCuts(0, 0.81, 0), logits, 2000)[0]).isPositive();
  }

  @Test
  void minPDropsWhatIsMuchLessLikelyThanTheFirst() {
    float[] logits = {0, (float) Math.log(0.5), (float) Math.log(0.04)};
    double[] shares = shares(Sampling.random(1, 5).withCuts(0, 1, 0.05), logits, 3000);
    assertThat(shares[1]).isPositive();
    assertThat(shares[2]).isZero();
  }

  @Test
  void penaltiesLowerTokensOfTheWindow() {
    int[] history = {0, 0, 1, 2};
    float[] logits = {4, 4, -4, 4};
    Sampling sampling = Sampling.greedy().withPenalties(2, 0.25, 0.5, 3);
    new Sampler(sampling).next(logits, history, 4);
    // The window holds 0, 1 and 2: the first 0 is outside.
    assertThat(logits).containsExactly(1.25f, 1.25f, -8.75f, 4f);
  }

  @Test
  void logitBiasIsAddedAndForeignTokensAreIgnored() {
    Sampling sampling = Sampling.greedy().withLogitBias(Map.of(2, 10.0, 99, 10.0));
    assertThat(new Sampler(sampling).next(new float[] {1, 3, 0}, NO_HISTORY, 0)).isEqualTo(2);
  }

  @Test
  void theSameSeedDrawsTheSame() {
    float[] logits = new float[1000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.sin(i);
    }
    Sampler one = new Sampler(Sampling.random(1, 42).withCuts(100, 0.9, 0.01));
    Sampler two = new Sampler(Sampling.random(1, 42).withCuts(100, 0.9, 0.01));
    Sampler other = new Sampler(Sampling.random(1, 43).withCuts(100, 0.9, 0.01));
    int[] a = IntStream.range(0, 50).map(i -> one.next(logits.clone(), NO_HISTORY, 0)).toArray();
    int[] b = IntStream.range(0, 50).map(i -> two.next(logits.clone(), NO_HISTORY, 0)).toArray();
    int[] c = IntStream.range(0, 50).map(i -> other.next(logits.clone(), NO_HISTORY, 0)).toArray();
    assertThat(a).isEqualTo(b).isNotEqualTo(c);
  }

  @Test
  void candidatesComeInFallingOrderWithTiesById() {
    SplittableRandom random = new SplittableRandom(9);
    float[] logits = new float[5000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = random.nextInt(-700, 700) / 7f;
    }
    int[] expected =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(
                (a, b) ->
                    logits[a] != logits[b]
                        ? Float.compare(logits[b], logits[a])
                        : Integer.compare(a, b))
            .mapToInt(Integer::intValue)
            .toArray();
    Candidates candidates = Candidates.of(logits, 0);
    for (int rank = 0; rank < logits.length; rank++) {
      assertThat(candidates.token(rank)).isEqualTo(expected[rank]);
    }
  }

  @Test
  void valuesOutsideTheirRangeAreRefusedByName() {
    assertThatThrownBy(() -> Sampling.random(-1, 0))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("temperature is -1.0");
    assertThatThrownBy(() -> Sampling.greedy().withCuts(0, 1.5, 0))
        .hasMessageContaining("topP is 1.5");
    assertThatThrownBy(() -> Sampling.greedy().withPenalties(Double.NaN, 0, 0, 1))
        .hasMessageContaining("repetitionPenalty is NaN");
  }

  private static double[] shares(Sampling sampling, float[] logits, int draws) {
    Sampler sampler = new Sampler(sampling);
    double[] shares = new double[logits.length];
    for (int i = 0; i < draws; i++) {
      shares[sampler.next(logits.clone(), NO_HISTORY, 0)] += 1.0 / draws;
    }
    return shares;
  }
}
