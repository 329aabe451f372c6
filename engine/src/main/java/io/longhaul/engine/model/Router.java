package io.longhaul.engine.model;

import io.longhaul.engine.tensor.FloatMatrix;
import java.util.Optional;

/**
 * Chooses a token's experts from the router's logits (DeepSeek-V3, 2024, equations 12 to 16).
 *
 * @param choiceBias added to the scores for the choice alone, not for the weights
 */
record Router(ExpertsConfig config, Optional<float[]> choiceBias) {
  private static final float LEAST_SUM = 1e-20f;

  /** A token's experts, the highest score first, and what their outputs are multiplied with. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Choice(int[] experts, float[] weights) {}

  Choice choose(FloatMatrix logits, int token) {
    float[] scores = scores(logits.row(token));
    float[] forChoice = scores.clone();
    choiceBias.ifPresent(
        bias -> {
          for (int e = 0; e < bias.length; e++) {
            forChoice[e] += bias[e];
          }
        });
    if (config.groups() > 1) {
      hideLesserGroups(forChoice);
    }
    int[] experts = highest(forChoice, config.perToken());
    float[] weights = new float[experts.length];
    float sum = 0;
    for (int i = 0; i < experts.length; i++) {
      weights[i] = scores[experts[i]];
      sum += weights[i];
    }
    float factor = config.scale() / (config.normalize() ? sum + LEAST_SUM : 1);
    for (int i = 0; i < experts.length; i++) {
      weights[i] *= factor;
    }
    return new Choice(experts, weights);
  }

  private float[] scores(float[] logits) {
    return switch (config.scoring()) {
      case SIGMOID -> sigmoid(logits);
      case SOFTMAX -> softmax(logits);
    };
  }

  private static float[] sigmoid(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (1 / (1 + Math.exp(-x[i])));
    }
    return x;
  }

  private static float[] softmax(float[] x) {
    float max = Float.NEGATIVE_INFINITY;
    for (float value : x) {
      max = Math.max(max, value);
    }
    float sum = 0;
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) Math.exp(x[i] - max);
      sum += x[i];
    }
    for (int i = 0; i < x.length; i++) {
      x[i] /= sum;
    }
    return x;
  }

  /** A group is as good as its two best experts together. */
  private void hideLesserGroups(float[] scores) {
    int size = config.count() / config.groups();
    float[] groupScores = new float[config.groups()];
    for (int g = 0; g < groupScores.length; g++) {
      float best = Float.NEGATIVE_INFINITY;
      float second = Float.NEGATIVE_INFINITY;
      for (int e = g * size; e < (g + 1) * size; e++) {
        if (scores[e] > best) {
          second = best;
          best = scores[e];
        } else {
          second = Math.max(second, scores[e]);
        }
      }
      groupScores[g] = size > 1 ? best + second : best;
    }
    boolean[] kept = new boolean[groupScores.length];
    for (int g : highest(groupScores, config.groupsPerToken())) {
      kept[g] = true;
    }
    for (int e = 0; e < scores.length; e++) {
      if (!kept[e / size]) {
        scores[e] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /** The indices of the k highest, the highest first; of equal ones the lowest index. */
  private static int[] highest(float[] values, int k) {
    int[] chosen = new int[k];
    boolean[] taken = new boolean[values.length];
    for (int i = 0; i < k; i++) {
      int best = -1;
      for (int j = 0; j < values.length; j++) {
        if (!taken[j] && (best < 0 || values[j] > values[best])) {
          best = j;
        }
      }
      taken[best] = true;
      chosen[i] = best;
    }
    return chosen;
  }
}
