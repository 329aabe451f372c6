package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * The kernels spread over the team of threads: what a forward pass is written in. Each pass has its
 * own, since rounded activations take memory; passes share the team.
 */
public final class Compute implements AutoCloseable {
  /** Rows of a product that a thread takes at a time. */
  private static final int ROWS_PER_CHUNK = 32;

  /** Tokens that a thread takes at a time. */
  private static final int TOKENS_PER_CHUNK = 4;

  /** Query rows that share the decoded keys and values of a block, when a pass has many tokens. */
  private static final int QUERY_ROWS_PER_TILE = 24;

  private final Kernels kernels;
  private final KernelTeam team;
  private final boolean roundActivations;
  private final Map<Key, Rounded> rounded = new HashMap<>();

  /**
   * @param roundActivations whether activations are rounded to eight bits, as ggml does, before
   *     they meet quantized weights
   */
  public Compute(Kernels kernels, KernelTeam team, boolean roundActivations) {
    this.kernels = kernels;
    this.team = team;
    this.roundActivations = roundActivations;
  }

  public Kernels kernels() {
    return kernels;
  }

  /** One product {@code y = W x} of several that share their input. */
  public record Product(Weights weights, FloatMatrix y) {}

  /** A product with the input that it really takes. */
  private record Task(Weights weights, FloatMatrix x, FloatMatrix y) {
    int chunks() {
      return (weights.rows() + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK;
    }
  }

  /** {@code y[t] = W x[t]} for the first {@code tokens} tokens. */
  public void multiply(Weights weights, FloatMatrix x, int tokens, FloatMatrix y) {
    multiply(x, tokens, List.of(new Product(weights, y)));
  }

  /** Several products of the same input in one go. */
  public void multiply(FloatMatrix x, int tokens, List<Product> products) {
    Map<ActivationRounding, FloatMatrix> inputs = new EnumMap<>(ActivationRounding.class);
    Task[] tasks = new Task[products.size()];
    int chunks = 0;
    for (int i = 0; i < tasks.length; i++) {
      Product product = products.get(i);
      Optional<ActivationRounding> rounding =
          roundActivations ? ActivationRounding.of(product.weights().type()) : Optional.empty();
      FloatMatrix input =
          rounding.map(r -> inputs.computeIfAbsent(r, ignored -> round(r, x, tokens))).orElse(x);
      tasks[i] = new Task(product.weights(), input, product.y());
      chunks += tasks[i].chunks();
    }
    team.run(
        chunks,
        1,
        (from, to, scratch) -> {
          for (int chunk = from; chunk < to; chunk++) {
            multiplyChunk(tasks, chunk, tokens, scratch);
          }
        });
  }

  private void multiplyChunk(Task[] tasks, int chunk, int tokens, Scratch scratch) {
    int i = 0;
    int rest = chunk;
    while (rest >= tasks[i].chunks()) {
      rest -= tasks[i++].chunks();
    }
    Task task = tasks[i];
    int firstRow = rest * ROWS_PER_CHUNK;
    int rows = Math.min(ROWS_PER_CHUNK, task.weights.rows() - firstRow);
    kernels.multiply(task.weights, firstRow, rows, task.x, tokens, task.y, scratch);
  }

  private FloatMatrix round(ActivationRounding rounding, FloatMatrix x, int tokens) {
    Key key = new Key(rounding, x.rows(), x.columns());
    FloatMatrix out = rounded.computeIfAbsent(key, Rounded::allocate).matrix;
    forEachToken(tokens, t -> rounding.round(x, t, out));
    return out;
  }

  /** Runs a step that touches one token's rows only, for each of the tokens. */
  public void forEachToken(int tokens, IntConsumer step) {
    team.run(
        tokens,
        TOKENS_PER_CHUNK,
        (from, to, scratch) -> {
          for (int t = from; t < to; t++) {
            step.accept(t);
          }
        });
  }

  /** Attention for the first {@code tokens} rows and all heads. */
  public void attend(Attention attention, int tokens) {
    int group = attention.group();
    int kvHeads = attention.cached().kvHeads();
    if (tokens == 1 && kvHeads % team.threads() != 0) {
      team.run(
          attention.heads(),
          1,
          (from, to, scratch) -> {
            for (int head = from; head < to; head++) {
              kernels.attend(attention, 0, 1, head, 1, scratch);
            }
          });
      return;
    }
    int tile = Math.max(1, QUERY_ROWS_PER_TILE / group);
    int tiles = (tokens + tile - 1) / tile;
    team.run(
        kvHeads * tiles,
        1,
        (from, to, scratch) -> {
          for (int i = from; i < to; i++) {
            // The last tokens attend to most positions: the longest work first.
            int first = (tiles - 1 - i / kvHeads) * tile;
            int n = Math.min(tile, tokens - first);
            kernels.attend(attention, first, n, i % kvHeads * group, group, scratch);
          }
        });
  }

  @Override
  public void close() {
    rounded.values().forEach(r -> r.arena.close());
    rounded.clear();
  }

  /** What a matrix of rounded activations depends on. */
  private record Key(ActivationRounding rounding, int rows, int columns) {}

  /** A matrix of rounded activations. */
  private record Rounded(Arena arena, FloatMatrix matrix) {
    static Rounded allocate(Key key) {
      Arena arena = Arena.ofShared();
      return new Rounded(arena, FloatMatrix.allocate(arena, key.rows, key.columns));
    }
  }
}
