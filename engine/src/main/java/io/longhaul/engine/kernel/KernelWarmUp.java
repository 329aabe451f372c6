package io.longhaul.engine.kernel;

import io.longhaul.engine.kernel.Scratch.Slot;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Runs the kernels on small matrices of zeros while a model is still being read, so that the JIT
 * compiler is done with them, or at least at work, when the first prompt arrives. Interpreted
 * vector code is a hundred times slower than compiled.
 */
public final class KernelWarmUp {
  /** Enough for thresholds that the launcher lowers; more would only take time from the model. */
  private static final int ROUNDS = 12;

  private static final int HEADS = 2;
  private static final int HEAD_DIM = 64;
  private static final int TOKENS = 4;

  /** As many as a twin may prepare for. */
  private static final int MANY_TOKENS = 16;

  private static final int WIDTH = 256;

  private KernelWarmUp() {}

  /** Begins, on a thread of its own, with what all models need. */
  public static CompletableFuture<Void> begin(Kernels kernels) {
    return CompletableFuture.runAsync(
        () -> {
          try (Arena arena = Arena.ofShared();
              Scratch scratch = new Scratch()) {
            if (kernels.preparedProduct(zeros(TensorType.BF16, arena), MANY_TOKENS).isEmpty()) {
              // The tiles of floats, by which all types are multiplied.
              products(kernels, TensorType.F32, arena, scratch);
            }
            rest(kernels, arena, scratch);
          }
        });
  }

  /** Goes on with the weight types of the model at hand. */
  public static void weights(
      Kernels kernels, CompletableFuture<Void> begun, Iterable<TensorType> types) {
    // What fails here, fails again where it matters, and is told there.
    var _ =
        begun.thenRunAsync(
            () -> {
              try (Arena arena = Arena.ofShared();
                  Scratch scratch = new Scratch()) {
                for (TensorType type : types) {
                  products(kernels, type, arena, scratch);
                }
              }
            });
  }

  private static void products(Kernels kernels, TensorType type, Arena arena, Scratch scratch) {
    Weights weights = zeros(type, arena);
    int rows = weights.rows();
    FloatMatrix x = FloatMatrix.allocate(arena, MANY_TOKENS, WIDTH);
    FloatMatrix y = FloatMatrix.allocate(arena, MANY_TOKENS, rows);
    for (int round = 0; round < ROUNDS; round++) {
      multiply(kernels, weights, x, MANY_TOKENS, y, scratch);
      multiply(kernels, weights, x, 1, y, scratch);
      kernels.decodeRow(weights, 0, x, 0);
    }
  }

  /** The way that a model's products take: the other one is not to be compiled in vain. */
  private static void multiply(
      Kernels kernels, Weights weights, FloatMatrix x, int tokens, FloatMatrix y, Scratch scratch) {
    Optional<PreparedProduct> prepared = kernels.preparedProduct(weights, tokens);
    if (prepared.isPresent()) {
      prepared(prepared.get(), weights, x, tokens, y, scratch);
    } else {
      kernels.multiply(weights, 0, weights.rows(), x, Math.min(tokens, TOKENS), y, scratch);
    }
  }

  private static Weights zeros(TensorType type, Arena arena) {
    int rows = 8;
    MemorySegment zeros = arena.allocate(type.bytes((long) rows * WIDTH));
    return new Weights("warm-up", type, rows, WIDTH, zeros, Optional.empty());
  }

  private static void prepared(
      PreparedProduct product,
      Weights weights,
      FloatMatrix x,
      int tokens,
      FloatMatrix y,
      Scratch scratch) {
    MemorySegment memory = scratch.get(Slot.QUERIES, product.bytes(tokens, WIDTH));
    product.prepare(x, 0, Math.min(tokens, product.tokensAtOnce()), memory, scratch);
    product.multiply(weights, 0, weights.rows(), memory, tokens, y, scratch);
  }

  private static void rest(Kernels kernels, Arena arena, Scratch scratch) {
    FloatMatrix x = FloatMatrix.allocate(arena, TOKENS, HEADS * HEAD_DIM);
    FloatMatrix out = FloatMatrix.allocate(arena, TOKENS, HEADS * HEAD_DIM);
    int pageSize = 32;
    TensorType type = TensorType.F16;
    MemorySegment page = arena.allocate(2L * HEADS * pageSize * type.bytes(HEAD_DIM));
    KeyValuePages pages = new KeyValuePages(List.of(page), 0, pageSize, HEADS, HEAD_DIM, type);
    Attention attention = new Attention(x, 20, pages, HEADS, 1, Attention.NO_WINDOW, out);
    for (int round = 0; round < ROUNDS; round++) {
      for (int t = 0; t < TOKENS; t++) {
        kernels.rmsNorm(x, t, 0, x.columns(), x, 1e-5f, out);
        kernels.siluMultiply(out, x, t);
        kernels.add(out, t, x, t);
      }
      kernels.attend(attention, 0, TOKENS, 0, 1, scratch);
      kernels.attend(attention, 0, 1, 0, 1, scratch);
    }
  }
}
