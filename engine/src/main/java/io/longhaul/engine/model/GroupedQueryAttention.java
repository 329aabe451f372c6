package io.longhaul.engine.model;

import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.Compute.Product;
import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/**
 * Attention whose key-value heads are each shared by a group of query heads (Ainslie et al. 2023).
 *
 * @param query {@code heads · headDim × hidden}
 * @param key {@code kvHeads · headDim × hidden}
 * @param value as key
 * @param output {@code hidden × heads · headDim}
 * @param norms of every head's queries and keys, before they are rotated
 */
record GroupedQueryAttention(
    Geometry geometry,
    Weights query,
    Weights key,
    Weights value,
    Weights output,
    Biases biases,
    Optional<HeadNorms> norms) {

  /**
   * What the shape and the scores depend on.
   *
   * @param scale of the scores
   * @param window positions that a token sees, itself included
   */
  record Geometry(int heads, int kvHeads, int headDim, float scale, int window) {}

  /** Biases of the four projections; most checkpoints have none. */
  record Biases(
      Optional<FloatMatrix> query,
      Optional<FloatMatrix> key,
      Optional<FloatMatrix> value,
      Optional<FloatMatrix> output) {}

  /** Root mean square norms over headDim. */
  record HeadNorms(FloatMatrix query, FloatMatrix key, float epsilon) {}

  /** Work buffers, each {@code tokens × …}. */
  record Buffers(FloatMatrix queries, FloatMatrix keys, FloatMatrix values, FloatMatrix mixed) {
    static Buffers allocate(Arena arena, int tokens, int heads, int kvHeads, int headDim) {
      return new Buffers(
          FloatMatrix.allocate(arena, tokens, heads * headDim),
          FloatMatrix.allocate(arena, tokens, kvHeads * headDim),
          FloatMatrix.allocate(arena, tokens, kvHeads * headDim),
          FloatMatrix.allocate(arena, tokens, heads * headDim));
    }
  }

  /** The projections by their GGUF names, with the biases where the checkpoint has some. */
  static GroupedQueryAttention load(
      Checkpoint checkpoint, String block, int hidden, Geometry g, Optional<HeadNorms> norms) {
    int queryRows = g.heads * g.headDim;
    int keyRows = g.kvHeads * g.headDim;
    Biases biases =
        new Biases(
            checkpoint.optionalVector(block + "attn_q.bias", queryRows),
            checkpoint.optionalVector(block + "attn_k.bias", keyRows),
            checkpoint.optionalVector(block + "attn_v.bias", keyRows),
            checkpoint.optionalVector(block + "attn_output.bias", hidden));
    return new GroupedQueryAttention(
        g,
        checkpoint.matrix(block + "attn_q.weight", queryRows, hidden),
        checkpoint.matrix(block + "attn_k.weight", keyRows, hidden),
        checkpoint.matrix(block + "attn_v.weight", keyRows, hidden),
        checkpoint.matrix(block + "attn_output.weight", hidden, queryRows),
        biases,
        norms);
  }

  /** {@code out = Wo · attention(Wq x, Wk x, Wv x)}; adds this layer's keys and values. */
  void forward(
      Compute compute,
      int layer,
      FloatMatrix x,
      int tokens,
      Rope.Angles angles,
      KvCache cache,
      Buffers b,
      FloatMatrix out) {
    compute.multiply(
        List.of(
            new Product(query, x, tokens, b.queries),
            new Product(key, x, tokens, b.keys),
            new Product(value, x, tokens, b.values)));
    int first = cache.length();
    compute.forEachToken(
        tokens,
        t -> {
          addBiases(compute.kernels(), b, t);
          normAndRotate(compute.kernels(), b, t, angles);
          cache.write(2 * layer, first + t, b.keys, t, 0);
          cache.write(2 * layer + 1, first + t, b.values, t, 0);
        });
    compute.attend(
        new Attention(
            b.queries,
            first,
            cache.keyValues(2 * layer),
            geometry.heads,
            geometry.scale,
            geometry.window,
            b.mixed),
        tokens);
    compute.multiply(output, b.mixed, tokens, out);
    biases.output.ifPresent(
        bias -> compute.forEachToken(tokens, t -> compute.kernels().add(out, t, bias, 0)));
  }

  private void addBiases(Kernels kernels, Buffers b, int t) {
    biases.query.ifPresent(bias -> kernels.add(b.queries, t, bias, 0));
    biases.key.ifPresent(bias -> kernels.add(b.keys, t, bias, 0));
    biases.value.ifPresent(bias -> kernels.add(b.values, t, bias, 0));
  }

  private void normAndRotate(Kernels kernels, Buffers b, int t, Rope.Angles angles) {
    int d = geometry.headDim;
    norms.ifPresent(
        n -> {
          norm(kernels, b.queries, t, geometry.heads, n.query, n.epsilon);
          norm(kernels, b.keys, t, geometry.kvHeads, n.key, n.epsilon);
        });
    angles.rotate(b.queries, t, 0, geometry.heads, d, t);
    angles.rotate(b.keys, t, 0, geometry.kvHeads, d, t);
  }

  private void norm(
      Kernels kernels, FloatMatrix x, int t, int heads, FloatMatrix weight, float epsilon) {
    int d = geometry.headDim;
    for (int head = 0; head < heads; head++) {
      kernels.rmsNorm(x, t, head * d, d, weight, epsilon, x);
    }
  }
}
