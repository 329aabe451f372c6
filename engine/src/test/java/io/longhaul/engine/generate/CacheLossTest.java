package io.longhaul.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.Model;
import io.longhaul.engine.ModelException;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.tensor.TensorType;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CacheLossTest {
  private static final List<TensorType> TYPES =
      List.of(TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.Q8_0);

  /**
   * DeepSeek-V3 in small: latents of 32 elements, 256 positions; with the twin whose bits do not
   * depend on how many tokens share a pass.
   */
  private static Model model() throws URISyntaxException {
    return Model.load(
        Path.of(CacheLoss.class.getResource("../model/sparse/deepseek-v3-yarn").toURI()),
        LoadOptions.defaults().withKernels(KernelChoice.VECTOR));
  }

  private static int[] text(Model model, int length) {
    return new SplittableRandom(1).ints(length, 0, model.vocabularySize()).toArray();
  }

  @Test
  void theDivergenceOfTwoCoins() {
    float[] p = {(float) Math.log(0.5), (float) Math.log(0.5)};
    float[] q = {(float) Math.log(0.25), (float) Math.log(0.75)};
    double expected = 0.5 * Math.log(2) + 0.5 * Math.log(2 / 3.0);
    assertThat(CacheLoss.divergence(p, q)).isCloseTo(expected, within(1e-7));
    assertThat(CacheLoss.divergence(p, p)).isZero();
  }

  @Test
  void coarserTypesLoseMoreAndF32Nothing() throws URISyntaxException {
    try (Model model = model()) {
      List<CacheLoss> losses = CacheLoss.of(model, text(model, 200), 0, TYPES, (done, all) -> {});
      assertThat(losses).extracting(CacheLoss::type).isEqualTo(TYPES);
      assertThat(losses).allSatisfy(loss -> assertThat(loss.positions()).isEqualTo(200));
      assertThat(losses.getFirst()).isEqualTo(new CacheLoss(TensorType.F32, 200, 0, 0, 0, 0, 1));
      for (int i = 1; i < losses.size(); i++) {
        CacheLoss loss = losses.get(i);
        assertThat(loss.median()).isBetween(1e-12, loss.percentile99());
        assertThat(loss.mean()).isBetween(loss.median(), loss.largest());
        assertThat(loss.largest()).isGreaterThanOrEqualTo(loss.percentile99());
        assertThat(loss.sameBest()).isBetween(0.5, 1.0);
      }
      // A fraction of 10 bits against one of 7 and codes of 8. Medians: routing turns in some
      // positions.
      assertThat(losses.get(1).median()).isLessThan(losses.get(2).median() / 4);
      assertThat(losses.get(1).median()).isLessThan(losses.get(3).median() / 4);
    }
  }

  /** The same from whole passes and the definition. */
  @Test
  void itIsWhatTheLogitsSay() throws URISyntaxException {
    try (Model model = model()) {
      int[] text = text(model, 150);
      CacheLoss loss =
          CacheLoss.of(model, text, 100, List.of(TensorType.Q8_0), (done, all) -> {}).getFirst();
      List<double[]> expected = probabilities(model, text, TensorType.F32);
      List<double[]> actual = probabilities(model, text, TensorType.Q8_0);
      double[] divergences = new double[50];
      int same = 0;
      for (int i = 0; i < 50; i++) {
        double[] p = expected.get(100 + i);
        double[] q = actual.get(100 + i);
        for (int t = 0; t < p.length; t++) {
          divergences[i] += p[t] * Math.log(p[t] / q[t]);
        }
        same += argmax(p) == argmax(q) ? 1 : 0;
      }
      assertThat(loss.positions()).isEqualTo(50);
      assertThat(loss.mean())
          .isCloseTo(Arrays.stream(divergences).average().orElseThrow(), within(1e-7));
      Arrays.sort(divergences);
      assertThat(loss.largest()).isCloseTo(divergences[49], within(1e-7));
      assertThat(loss.percentile99()).isCloseTo(divergences[49], within(1e-7));
      assertThat(loss.median()).isCloseTo(divergences[24], within(1e-7));
      assertThat(loss.sameBest()).isEqualTo(same / 50.0);
    }
  }

  private static List<double[]> probabilities(Model model, int[] text, TensorType type) {
    List<double[]> rows = new ArrayList<>();
    try (Session session = model.newSession(SessionOptions.defaults().withCacheType(type))) {
      session.logits(
          text,
          position -> true,
          (position, logits) -> {
            double[] row = new double[logits.length];
            double sum = 0;
            for (int i = 0; i < row.length; i++) {
              row[i] = Math.exp(logits[i]);
              sum += row[i];
            }
            double total = sum;
            rows.add(Arrays.stream(row).map(value -> value / total).toArray());
          });
    }
    return rows;
  }

  private static int argmax(double[] row) {
    int best = 0;
    for (int i = 1; i < row.length; i++) {
      if (row[i] > row[best]) {
        best = i;
      }
    }
    return best;
  }

  @Test
  void aFirstPositionOutsideTheTextIsRefused() throws URISyntaxException {
    try (Model model = model()) {
      assertThatThrownBy(() -> CacheLoss.of(model, text(model, 9), 9, TYPES, (done, all) -> {}))
          .isInstanceOf(ModelException.class)
          .hasMessage("first is 9, expected a position of the text's 9");
    }
  }
}
