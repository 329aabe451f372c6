package io.longhaul.engine.model;

import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.Compute.Product;
import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.kernel.LatentAttention;
import io.longhaul.engine.kernel.Selection;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Multi-head latent attention (DeepSeek-V2, 2024, section 2.1) with its projections absorbed: what
 * is cached of a token is one latent and one rotated key for all heads.
 *
 * @param queryDown {@code qLoraRank × hidden}, where queries have a latent
 * @param queryUp {@code heads · (nope + rope) × qLoraRank}, or from the hidden state where not
 * @param latentDown {@code (kvLoraRank + rope) × hidden}
 * @param projections each head's share of {@code kv_b_proj}
 * @param output {@code hidden × heads · vHeadDim}
 */
record MultiHeadLatentAttention(
    LatentConfig config,
    Optional<QueryDown> queryDown,
    Weights queryUp,
    Weights latentDown,
    Optional<FloatMatrix> latentDownBias,
    FloatMatrix latentNorm,
    LatentProjections projections,
    Weights output,
    Optional<FloatMatrix> outputBias) {

  /** The queries' latent. */
  record QueryDown(Weights weights, Optional<FloatMatrix> bias, FloatMatrix norm) {}

  /**
   * Work buffers.
   *
   * @param queryLatents {@code tokens × qLoraRank}
   * @param heads {@code tokens × heads · (nope + rope)}: queries, all heads in a row
   * @param nope {@code tokens · heads × nope}
   * @param queries {@code tokens · heads × (kvLoraRank + rope)}: absorbed
   * @param latents {@code tokens × (kvLoraRank + rope)}: what is cached
   * @param mixed {@code tokens · heads × kvLoraRank}
   * @param values {@code tokens · heads × vHeadDim}
   * @param joined {@code tokens × heads · vHeadDim}
   * @param ofHead of nope, queries, mixed and values each head's rows
   */
  record Buffers(
      FloatMatrix queryLatents,
      FloatMatrix heads,
      FloatMatrix nope,
      FloatMatrix queries,
      FloatMatrix latents,
      FloatMatrix mixed,
      FloatMatrix values,
      FloatMatrix joined,
      List<OfHead> ofHead) {
    /** One head's rows of all tokens. */
    record OfHead(FloatMatrix nope, FloatMatrix queries, FloatMatrix mixed, FloatMatrix values) {}

    static Buffers allocate(Arena arena, int tokens, LatentConfig c) {
      int heads = c.heads();
      int rows = Math.multiplyExact(tokens, heads);
      FloatMatrix nope = FloatMatrix.allocate(arena, rows, c.nopeHeadDim());
      FloatMatrix queries = FloatMatrix.allocate(arena, rows, c.rowWidth());
      FloatMatrix mixed = FloatMatrix.allocate(arena, rows, c.kvLoraRank());
      FloatMatrix values = FloatMatrix.allocate(arena, rows, c.vHeadDim());
      return new Buffers(
          FloatMatrix.allocate(arena, tokens, Math.max(1, c.qLoraRank())),
          FloatMatrix.allocate(arena, tokens, heads * (c.nopeHeadDim() + c.ropeHeadDim())),
          nope,
          queries,
          FloatMatrix.allocate(arena, tokens, c.rowWidth()),
          mixed,
          values,
          FloatMatrix.allocate(arena, tokens, heads * c.vHeadDim()),
          IntStream.range(0, heads)
              .mapToObj(
                  h ->
                      new OfHead(
                          nope.everyNth(h, heads),
                          queries.everyNth(h, heads),
                          mixed.everyNth(h, heads),
                          values.everyNth(h, heads)))
              .toList());
    }
  }

  static MultiHeadLatentAttention load(Checkpoint file, String block, LatentConfig c) {
    int hidden = c.hiddenSize();
    int queryRows = c.heads() * (c.nopeHeadDim() + c.ropeHeadDim());
    int rank = c.qLoraRank();
    Optional<QueryDown> queryDown =
        rank == 0
            ? Optional.empty()
            : Optional.of(
                new QueryDown(
                    file.matrix(block + "attn_q_a.weight", rank, hidden),
                    file.optionalVector(block + "attn_q_a.bias", rank),
                    file.vector(block + "attn_q_a_norm.weight", rank)));
    return new MultiHeadLatentAttention(
        c,
        queryDown,
        rank == 0
            ? file.matrix(block + "attn_q.weight", queryRows, hidden)
            : file.matrix(block + "attn_q_b.weight", queryRows, rank),
        file.matrix(block + "attn_kv_a_mqa.weight", c.rowWidth(), hidden),
        file.optionalVector(block + "attn_kv_a_mqa.bias", c.rowWidth()),
        file.vector(block + "attn_kv_a_norm.weight", c.kvLoraRank()),
        LatentProjections.load(file, block, c),
        file.matrix(block + "attn_output.weight", hidden, c.heads() * c.vHeadDim()),
        file.optionalVector(block + "attn_output.bias", hidden));
  }

  /**
   * The latents of queries, keys and values: {@code queryLatents} and {@code latents}, normed and
   * rotated; the latter go into the cache.
   *
   * @param first the position of the first token
   */
  void down(
      Compute compute,
      int plane,
      FloatMatrix x,
      int first,
      int tokens,
      Rope.Angles angles,
      KvCache cache,
      Buffers b) {
    List<Product> products = new ArrayList<>();
    products.add(new Product(latentDown, x, tokens, b.latents));
    queryDown.ifPresent(q -> products.add(new Product(q.weights, x, tokens, b.queryLatents)));
    compute.multiply(products);
    Kernels kernels = compute.kernels();
    float eps = config.latentNormEps();
    compute.forEachToken(
        tokens,
        t -> {
          queryDown.ifPresent(
              q -> {
                q.bias.ifPresent(bias -> kernels.add(b.queryLatents, t, bias, 0));
                kernels.rmsNorm(
                    b.queryLatents, t, 0, config.qLoraRank(), q.norm, eps, b.queryLatents);
              });
          latentDownBias.ifPresent(bias -> kernels.add(b.latents, t, bias, 0));
          kernels.rmsNorm(b.latents, t, 0, config.kvLoraRank(), latentNorm, eps, b.latents);
          angles.rotate(b.latents, t, config.kvLoraRank());
          cache.write(plane, first + t, b.latents, t, 0);
        });
  }

  /** {@code queries}: each head's rotated part, and the other in the latent's space. */
  void queries(Compute compute, FloatMatrix x, int tokens, Rope.Angles angles, Buffers b) {
    FloatMatrix input = queryDown.isPresent() ? b.queryLatents : x;
    compute.multiply(queryUp, input, tokens, b.heads);
    compute.forEachToken(tokens, t -> splitHeads(t, angles, b));
    compute.multiply(
        IntStream.range(0, config.heads())
            .mapToObj(
                h -> {
                  Buffers.OfHead head = b.ofHead.get(h);
                  return new Product(projections.keys().get(h), head.nope, tokens, head.queries);
                })
            .toList());
  }

  private void splitHeads(int t, Rope.Angles angles, Buffers b) {
    int nope = config.nopeHeadDim();
    int rope = config.ropeHeadDim();
    for (int h = 0; h < config.heads(); h++) {
      int row = t * config.heads() + h;
      long from = b.heads.offset(t) + (long) h * (nope + rope) * Float.BYTES;
      copy(b.heads, from, b.nope, b.nope.offset(row), nope);
      copy(
          b.heads,
          from + (long) nope * Float.BYTES,
          b.queries,
          b.queries.offset(row) + (long) config.kvLoraRank() * Float.BYTES,
          rope);
      angles.rotate(b.queries, row, config.kvLoraRank(), t);
    }
  }

  private static void copy(FloatMatrix from, long source, FloatMatrix to, long target, int floats) {
    MemorySegment.copy(from.segment(), source, to.segment(), target, (long) floats * Float.BYTES);
  }

  /** {@code mixed}: of each head the selected latents, weighted. */
  void attend(
      Compute compute, int plane, int tokens, Selection selection, KvCache cache, Buffers b) {
    compute.attendLatent(
        new LatentAttention(
            b.queries, cache.plane(plane), selection, config.heads(), config.scoreScale(), b.mixed),
        tokens);
  }

  /** {@code out = Wo · concat(Wv[h] · mixed[h])}. */
  void output(Compute compute, int tokens, Buffers b, FloatMatrix out) {
    compute.multiply(
        IntStream.range(0, config.heads())
            .mapToObj(
                h -> {
                  Buffers.OfHead head = b.ofHead.get(h);
                  return new Product(projections.values().get(h), head.mixed, tokens, head.values);
                })
            .toList());
    int v = config.vHeadDim();
    compute.forEachToken(
        tokens,
        t -> {
          for (int h = 0; h < config.heads(); h++) {
            copy(
                b.values,
                b.values.offset(t * config.heads() + h),
                b.joined,
                b.joined.offset(t) + (long) h * v * Float.BYTES,
                v);
          }
        });
    compute.multiply(output, b.joined, tokens, out);
    outputBias.ifPresent(
        bias -> compute.forEachToken(tokens, t -> compute.kernels().add(out, t, bias, 0)));
  }
}
