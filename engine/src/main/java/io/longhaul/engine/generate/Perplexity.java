package io.longhaul.engine.generate;

import io.longhaul.engine.Model;
import io.longhaul.engine.ModelException;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import java.util.Arrays;

/**
 * How surprised a model is by a text: {@code exp} of the mean negative log-likelihood.
 *
 * <p>Computed as llama.cpp's llama-perplexity does: the text is cut into chunks of the context
 * length, each begins with the model's beginning token if it has one, and the second half of each
 * is scored.
 *
 * @param tokens how many were scored
 */
public record Perplexity(double perplexity, int tokens) {
  /** Hears how many chunks are done. */
  @FunctionalInterface
  public interface Progress {
    void onProgress(int done, int chunks);
  }

  /**
   * Computes it.
   *
   * @param context tokens of a chunk, at least 4
   * @throws ModelException if the text is too short for one chunk, or a chunk is longer than the
   *     model's context
   */
  public static Perplexity of(
      Model model, SessionOptions options, String text, int context, Progress progress) {
    if (context < 4) {
      throw new ModelException("context is " + context + ", expected at least 4");
    }
    int[] tokens = model.encode(text);
    int[] prefix = model.tokenizer().prefix();
    int chunks = tokens.length / context;
    if (chunks == 0) {
      throw new ModelException(
          "the text has " + tokens.length + " tokens: too few for one chunk of " + context);
    }
    double sum = 0;
    int count = 0;
    try (Session session = model.newSession(options)) {
      progress.onProgress(0, chunks);
      for (int i = 0; i < chunks; i++) {
        int[] chunk = Arrays.copyOfRange(tokens, i * context, (i + 1) * context);
        int first = context / 2;
        int[] seen = chunk.clone();
        System.arraycopy(prefix, 0, seen, 0, prefix.length);
        double[] chunkSum = new double[1];
        session.logits(
            seen,
            position -> position >= first && position < context - 1,
            (position, logits) -> chunkSum[0] -= logLikelihood(logits, chunk[position + 1]));
        sum += chunkSum[0];
        count += context - 1 - first;
        progress.onProgress(i + 1, chunks);
      }
    }
    return new Perplexity(Math.exp(sum / count), count);
  }

  private static double logLikelihood(float[] logits, int token) {
    double max = logits[Sampler.argmax(logits)];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return logits[token] - max - Math.log(sum);
  }
}
