package io.longhaul.engine.plan;

import java.util.HashMap;
import java.util.Map;

/** An estimate of the memory that passes work in. */
final class WorkBuffers {
  /** The JVM itself, its heap, compiled code and a tokenizer's tables. */
  static final long RUNTIME = 400_000_000;

  /** Tokens of a prompt that pass through the layers together. */
  private static final long BATCH = 256;

  /**
   * Rows of activations beside what matrices put out: the residual stream, its norm, its change.
   */
  private static final long RESIDUAL_ROWS = 3;

  private WorkBuffers() {}

  /** Bytes for a session of {@code context} tokens on {@code threads} threads. */
  static long bytes(ModelShape shape, long context, int threads) {
    ModelStructure model = shape.structure();
    long floats =
        Math.addExact(
            Math.multiplyExact(BATCH, RESIDUAL_ROWS * model.hiddenSize() + widestLayer(shape)),
            model.vocabSize());
    return Math.addExact(
        Math.multiplyExact(floats, (long) Float.BYTES),
        Math.multiplyExact(context, bytesPerCachedToken(threads)));
  }

  /** A score for each cached position, in each thread. */
  static long bytesPerCachedToken(int threads) {
    return (long) threads * Float.BYTES;
  }

  /** Numbers that the matrices of a layer put out for one token, in the widest layer. */
  private static long widestLayer(ModelShape shape) {
    Map<Integer, Long> outputs = new HashMap<>();
    Map<Integer, Long> expertOutputs = new HashMap<>();
    for (WeightTensor tensor : shape.tensors()) {
      int layer = TensorRole.layer(tensor.name());
      if (layer < 0 || tensor.draft() || tensor.shape().size() < 2) {
        continue;
      }
      long rows = tensor.shape().get(tensor.shape().size() - 2);
      if (tensor.role() == TensorRole.EXPERTS) {
        // Gate and up projection of each chosen expert; the rows of one matrix stand for all.
        expertOutputs.merge(layer, 2 * rows, Math::max);
      } else if (tensor.role() != TensorRole.UNUSED) {
        outputs.merge(layer, rows, Math::addExact);
      }
    }
    expertOutputs.forEach(
        (layer, rows) ->
            outputs.merge(
                layer,
                Math.multiplyExact(rows, shape.structure().expertsPerToken()),
                Math::addExact));
    return outputs.values().stream().mapToLong(Long::longValue).max().orElse(0);
  }
}
