package io.longhaul.engine.generate;

import io.longhaul.engine.Model;
import io.longhaul.engine.ModelException;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What it costs to hold a cache in a smaller type: the Kullback-Leibler divergence of the next
 * token's distribution from the one that a cache in F32 gives, in nats, position by position of a
 * text.
 *
 * <p>Where a model chooses (experts, selected positions), a rounding may turn a choice, and the
 * divergence of that position then tells of the choice more than of the rounding: a mean far above
 * the median shows that.
 *
 * @param positions that were compared
 * @param mean of the divergences
 * @param median of the divergences
 * @param percentile99 that 99 of 100 positions do not exceed
 * @param sameBest the part of the positions at which the most likely token is the same
 */
public record CacheLoss(
    TensorType type,
    int positions,
    double mean,
    double median,
    double percentile99,
    double largest,
    double sameBest) {
  /** Positions whose logits are held at once. */
  private static final int CHUNK = 64;

  /** Hears how many positions are done. */
  @FunctionalInterface
  public interface Progress {
    void onProgress(int done, int positions);
  }

  /**
   * Measures several types, side by side.
   *
   * @param text at most as long as the model's context
   * @param first the first position that counts
   * @throws ModelException if the text is longer than the context, the logits are not finite, or
   *     the model's rows do not fit a type
   */
  public static List<CacheLoss> of(
      Model model, int[] text, int first, List<TensorType> types, Progress progress) {
    if (first < 0 || first >= text.length) {
      throw new ModelException(
          "first is " + first + ", expected a position of the text's " + text.length);
    }
    if (text.length > model.contextLength()) {
      throw new ModelException(
          "the text has "
              + text.length
              + " tokens, but the model's context holds "
              + model.contextLength());
    }
    List<Tally> tallies = new ArrayList<>();
    try (Session reference = model.newSession(options(TensorType.F32))) {
      for (TensorType type : types) {
        tallies.add(new Tally(type, model.newSession(options(type)), text.length - first));
      }
      float[][] expected = new float[CHUNK][];
      for (int from = 0; from < text.length; from += CHUNK) {
        int[] seen = Arrays.copyOf(text, Math.min(text.length, from + CHUNK));
        int start = from;
        int counted = Math.max(from, first);
        reference.logits(
            seen,
            position -> position >= counted,
            (position, logits) -> expected[position - start] = logProbabilities(position, logits));
        for (Tally tally : tallies) {
          tally.session.logits(
              seen,
              position -> position >= counted,
              (position, logits) ->
                  tally.add(expected[position - start], logProbabilities(position, logits)));
        }
        progress.onProgress(seen.length, text.length);
      }
    } finally {
      tallies.forEach(tally -> tally.session.close());
    }
    return tallies.stream().map(Tally::loss).toList();
  }

  private static SessionOptions options(TensorType type) {
    return SessionOptions.defaults().withCacheType(type).withBatchSize(CHUNK);
  }

  /** The natural logarithms of the probabilities. */
  private static float[] logProbabilities(int position, float[] logits) {
    double max = logits[Sampler.argmax(logits)];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    if (!Double.isFinite(sum)) {
      throw new ModelException("the logits at position " + position + " are not finite");
    }
    double log = max + Math.log(sum);
    float[] all = new float[logits.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) (logits[i] - log);
    }
    return all;
  }

  /** The divergences of one type. */
  private static final class Tally {
    private final TensorType type;
    private final Session session;
    private final double[] divergences;
    private int count;
    private int sameBest;

    Tally(TensorType type, Session session, int positions) {
      this.type = type;
      this.session = session;
      this.divergences = new double[positions];
    }

    void add(float[] expected, float[] actual) {
      divergences[count++] = divergence(expected, actual);
      if (Sampler.argmax(expected) == Sampler.argmax(actual)) {
        sameBest++;
      }
    }

    CacheLoss loss() {
      double[] sorted = divergences.clone();
      Arrays.sort(sorted);
      return new CacheLoss(
          type,
          count,
          Arrays.stream(sorted).sum() / count,
          sorted[(count - 1) / 2],
          sorted[(int) Math.ceil(0.99 * count) - 1],
          sorted[count - 1],
          (double) sameBest / count);
    }
  }

  /**
   * {@code Σ p log(p / q)}. As {@code p (log(p / q) + q / p - 1)}, which has the same sum and no
   * negative terms, it does not drown in the rounding of logarithms where p and q are close.
   */
  static double divergence(float[] logP, float[] logQ) {
    double sum = 0;
    for (int i = 0; i < logP.length; i++) {
      double difference = (double) logQ[i] - logP[i];
      sum += Math.exp(logP[i]) * (Math.expm1(difference) - difference);
    }
    return sum;
  }
}
