package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.FloatMatrix;
import java.util.List;
import java.util.function.IntConsumer;

/** The kernels spread over the team of threads: what a forward pass is written in. */
public final class Compute implements AutoCloseable {
  /** Rows of a product that a thread takes at a time. */
  private static final int ROWS_PER_CHUNK = 32;

  /** Tokens that a thread takes at a time. */
  private static final int TOKENS_PER_CHUNK = 4;

  /** Query rows that share the decoded keys and values of a block, when a pass has many tokens. */
  private static final int QUERY_ROWS_PER_TILE = 24;

  private final Kernels kernels;
  private final KernelTeam team;

  public Compute(Kernels kernels, int threads) {
    this.kernels = kernels;
    this.team = new KernelTeam(threads);
  }

  public Kernels kernels() {
    return kernels;
  }

  /** One product {@code y = W x} of several that share their input. */
  public record Product(Weights weights, FloatMatrix y) {
    private int chunks() {
      return (weights.rows() + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK;
    }
  }

  /** {@code y[t] = W x[t]} for the first {@code tokens} tokens. */
  public void multiply(Weights weights, FloatMatrix x, int tokens, FloatMatrix y) {
    multiply(x, tokens, List.of(new Product(weights, y)));
  }

  /** Several products of the same input in one go. */
  public void multiply(FloatMatrix x, int tokens, List<Product> products) {
    int chunks = 0;
    for (Product product : products) {
      chunks += product.chunks();
    }
    // A single token's chunk takes about a microsecond, as long as it takes to fetch the counter
    // from
    // another processor: a few chunks at once then.
    int grain = tokens == 1 ? Math.max(1, chunks / (2 * team.threads())) : 1;
    team.run(
        chunks,
        grain,
        (from, to, scratch) -> {
          for (int chunk = from; chunk < to; chunk++) {
            multiplyChunk(x, tokens, products, chunk, scratch);
          }
        });
  }

  private void multiplyChunk(
      FloatMatrix x, int tokens, List<Product> products, int chunk, Scratch scratch) {
    int i = 0;
    int rest = chunk;
    while (rest >= products.get(i).chunks()) {
      rest -= products.get(i++).chunks();
    }
    Product product = products.get(i);
    int firstRow = rest * ROWS_PER_CHUNK;
    int rows = Math.min(ROWS_PER_CHUNK, product.weights.rows() - firstRow);
    kernels.multiply(product.weights, firstRow, rows, x, tokens, product.y, scratch);
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
    team.close();
  }
}
