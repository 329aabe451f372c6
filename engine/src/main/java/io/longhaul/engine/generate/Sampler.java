package io.longhaul.engine.generate;

import io.longhaul.engine.Sampling;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** Draws tokens as a {@link Sampling} says. One instance follows one answer. */
public final class Sampler {
  private final Sampling sampling;
  private final SplittableRandom random;

  public Sampler(Sampling sampling) {
    this.sampling = sampling;
    this.random = new SplittableRandom(sampling.seed());
  }

  /**
   * Draws the next token.
   *
   * @param logits one for each token of the vocabulary; changed by bias and penalties
   * @param history the tokens so far, of prompt and answer
   * @param length how many of them count
   */
  public int next(float[] logits, int[] history, int length) {
    sampling
        .logitBias()
        .forEach(
            (token, bias) -> {
              if (token >= 0 && token < logits.length) {
                logits[token] += (float) (double) bias;
              }
            });
    penalize(logits, history, length);
    if (sampling.temperature() == 0) {
      return argmax(logits);
    }
    return draw(Candidates.of(logits, sampling.topK()));
  }

  /** The token with the largest logit, the first of several. */
  public static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }

  private void penalize(float[] logits, int[] history, int length) {
    double repetition = sampling.repetitionPenalty();
    if (repetition == 1 && sampling.presencePenalty() == 0 && sampling.frequencyPenalty() == 0) {
      return;
    }
    Map<Integer, Integer> seen = new HashMap<>();
    for (int i = Math.max(0, length - sampling.penaltyWindow()); i < length; i++) {
      seen.merge(history[i], 1, Integer::sum);
    }
    seen.forEach(
        (token, count) -> {
          double logit = logits[token];
          logit = logit > 0 ? logit / repetition : logit * repetition;
          logit -= sampling.presencePenalty() + count * sampling.frequencyPenalty();
          logits[token] = (float) logit;
        });
  }

  private int draw(Candidates candidates) {
    int kept = candidates.nucleus(sampling.topP());
    kept = candidates.atLeast(sampling.minP(), kept);
    return candidates.draw(kept, sampling.temperature(), random.nextDouble());
  }
}
