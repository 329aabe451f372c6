package io.longhaul.engine.model;

import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.model.Stages.Stage;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;

/**
 * What the passes of all decoders share: the buffers, the embedding before the layers and the norm
 * and head after them. An architecture adds {@link #layers}.
 */
abstract class DecoderPass implements Decoder.Pass {
  /** The tensors outside the layers; {@code head} is the embedding where the two are tied. */
  record Ends(Weights embedding, FloatMatrix norm, float rmsNormEps, Weights head) {
    static Ends load(Checkpoint checkpoint, int vocabSize, int hiddenSize, float rmsNormEps) {
      Weights embedding = checkpoint.matrix("token_embd.weight", vocabSize, hiddenSize);
      return new Ends(
          embedding,
          checkpoint.vector("output_norm.weight", hiddenSize),
          rmsNormEps,
          checkpoint.has("output.weight")
              ? checkpoint.matrix("output.weight", vocabSize, hiddenSize)
              : embedding);
    }

    int hiddenSize() {
      return embedding.columns();
    }

    int vocabSize() {
      return embedding.rows();
    }
  }

  private final Ends ends;

  /** Owns the work buffers. */
  final Arena arena = Arena.ofShared();

  final Compute compute;
  final Stages stages = new Stages();
  private PassObserver observer = PassObserver.NONE;
  private boolean observed;

  /** The residual stream, {@code tokens × hidden}. */
  final FloatMatrix h;

  /** A block's normed input, {@code tokens × hidden}. */
  final FloatMatrix x;

  /** A block's output, {@code tokens × hidden}. */
  final FloatMatrix delta;

  DecoderPass(Ends ends, Compute compute, int maxTokens) {
    this.ends = ends;
    this.compute = compute;
    h = FloatMatrix.allocate(arena, maxTokens, ends.hiddenSize());
    x = FloatMatrix.allocate(arena, maxTokens, ends.hiddenSize());
    delta = FloatMatrix.allocate(arena, maxTokens, ends.hiddenSize());
  }

  /** Runs the layers over {@link #h}, in place. */
  abstract void layers(int tokens, KvCache cache);

  /** What the embedding's rows are multiplied with. */
  float embeddingScale() {
    return 1;
  }

  @Override
  public final void forward(int[] tokens, int from, int count, KvCache cache) {
    stages.enter(Stage.REST);
    cache.reserve(count);
    for (int t = 0; t < count; t++) {
      compute.kernels().decodeRow(ends.embedding, tokens[from + t], h, t);
      if (embeddingScale() != 1) {
        for (int c = 0; c < ends.hiddenSize(); c++) {
          h.set(t, c, h.get(t, c) * embeddingScale());
        }
      }
    }
    layers(count, cache);
    cache.advance(count);
    stages.enter(Stage.IDLE);
  }

  @Override
  public final Stages stages() {
    return stages;
  }

  @Override
  public final void observe(PassObserver listener) {
    observer = listener;
    observed = true;
  }

  final boolean isObserved() {
    return observed;
  }

  final PassObserver observer() {
    return observer;
  }

  /** Passes a mixture's choices on to the observer. */
  final FeedForward.RoutingListener routing(int layer, int firstPosition) {
    return (t, experts, weights) -> observer.routed(layer, firstPosition + t, experts, weights);
  }

  @Override
  public final void logits(int firstRow, int count, FloatMatrix logits) {
    stages.enter(Stage.REST);
    for (int t = 0; t < count; t++) {
      // The head reads rows from 0 on, so the norm moves them there.
      delta.setRow(0, h.row(firstRow + t));
      compute
          .kernels()
          .rmsNorm(delta, 0, 0, ends.hiddenSize(), ends.norm, ends.rmsNormEps(), delta);
      x.setRow(t, delta.row(0));
    }
    compute.multiply(ends.head, x, count, logits);
    stages.enter(Stage.IDLE);
  }

  /** {@code out = rmsNorm(in)} for every token. */
  final void norm(FloatMatrix in, int tokens, FloatMatrix weight, FloatMatrix out) {
    compute.forEachToken(
        tokens,
        t ->
            compute.kernels().rmsNorm(in, t, 0, ends.hiddenSize(), weight, ends.rmsNormEps(), out));
  }

  /** {@code h += delta} for every token. */
  final void addToResidual(int tokens) {
    compute.forEachToken(tokens, t -> compute.kernels().add(h, t, delta, t));
  }

  @Override
  public void close() {
    arena.close();
  }
}
