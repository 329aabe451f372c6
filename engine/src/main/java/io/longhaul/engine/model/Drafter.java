package io.longhaul.engine.model;

import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What comes before and after the draft layer in a pass: its input, and the choice of a token. */
final class Drafter implements AutoCloseable {
  private final DraftLayer weights;
  private final DecoderPass.Ends ends;
  private final Compute compute;
  private final Arena arena = Arena.ofShared();

  /** {@code tokens × 2 · hidden}: embedding of the next token and hidden state, both normed. */
  private final FloatMatrix joined;

  private final FloatMatrix embedding;

  /** The hidden states behind a norm, {@code tokens × hidden}; the last row's are drafted from. */
  private final FloatMatrix hidden;

  private final FloatMatrix logits;
  private int lastRow;

  Drafter(DraftLayer weights, DecoderPass.Ends ends, Compute compute, int maxTokens) {
    this.weights = weights;
    this.ends = ends;
    this.compute = compute;
    int width = ends.hiddenSize();
    joined = FloatMatrix.allocate(arena, maxTokens, 2 * width);
    embedding = FloatMatrix.allocate(arena, maxTokens, width);
    hidden = FloatMatrix.allocate(arena, maxTokens, width);
    logits = FloatMatrix.allocate(arena, 1, ends.vocabSize());
  }

  DraftLayer weights() {
    return weights;
  }

  /** The row that {@link #best} is taken from. */
  int lastRow() {
    return lastRow;
  }

  /** Replaces the trunk's residual stream by the draft layer's input. */
  void begin(FloatMatrix h, int[] tokens, int from, int count) {
    for (int t = 0; t < count; t++) {
      norm(h, t, ends.norm(), hidden);
    }
    for (int t = 0; t < count; t++) {
      join(t, tokens[from + 1 + t]);
    }
    compute.multiply(weights.join(), joined, count, h);
  }

  /** The input after a drafted token, from the draft layer's own output. */
  void next(FloatMatrix h, int token) {
    hidden.setRow(0, hidden.row(lastRow));
    join(0, token);
    compute.multiply(weights.join(), joined, 1, h);
  }

  private void join(int t, int nextToken) {
    compute.kernels().decodeRow(weights.embedding(), nextToken, embedding, t);
    norm(embedding, t, weights.embeddingNorm(), embedding);
    copy(embedding, t, 0);
    norm(hidden, t, weights.hiddenNorm(), embedding);
    copy(embedding, t, ends.hiddenSize());
  }

  private void copy(FloatMatrix row, int t, int column) {
    MemorySegment.copy(
        row.segment(),
        row.offset(t),
        joined.segment(),
        joined.offset(t) + (long) column * Float.BYTES,
        (long) ends.hiddenSize() * Float.BYTES);
  }

  private void norm(FloatMatrix in, int row, FloatMatrix weight, FloatMatrix out) {
    compute.kernels().rmsNorm(in, row, 0, ends.hiddenSize(), weight, ends.rmsNormEps(), out);
  }

  /** Takes the draft layer's output. */
  void end(FloatMatrix h, int count) {
    lastRow = count - 1;
    norm(h, lastRow, weights.headNorm(), hidden);
  }

  /** The most likely token after the last row. */
  int best() {
    compute.multiply(weights.head(), hidden.slice(lastRow, 1), 1, logits);
    int best = 0;
    for (int token = 1; token < logits.columns(); token++) {
      if (logits.get(0, token) > logits.get(0, best)) {
        best = token;
      }
    }
    return best;
  }

  @Override
  public void close() {
    arena.close();
  }
}
