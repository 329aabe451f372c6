package io.longhaul.engine.kernel;

import io.longhaul.engine.kernel.PreparedInputs.Plan;
import io.longhaul.engine.kernel.PreparedInputs.Prepared;
import io.longhaul.engine.kernel.PreparedInputs.Way;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

/** The kernels spread over the team of threads: what a forward pass is written in. */
public final class Compute implements AutoCloseable {
  /** Rows of a product that a thread takes at a time. */
  private static final int ROWS_PER_CHUNK = 32;

  /**
   * Chunks of a single token's product that are one call of a kernel: what surrounds its loop takes
   * about as long as a few rows.
   */
  private static final int CHUNKS_PER_CALL = 8;

  /**
   * Most bytes of weights that a thread takes at a time: where they come from the disk, the threads
   * stay close to each other, and to the order in which they are read ahead.
   */
  private static final long BYTES_PER_GRAIN = 1 << 20;

  /** Tokens that a thread takes at a time. */
  private static final int TOKENS_PER_CHUNK = 4;

  /** Pages of indexer keys that a thread takes at a time. */
  private static final int PAGES_PER_CHUNK = 16;

  /** Query rows that share the decoded keys and values of a block, when a pass has many tokens. */
  private static final int QUERY_ROWS_PER_TILE = 24;

  private final Kernels kernels;
  private final KernelTeam team;
  private final PreparedInputs inputs = new PreparedInputs();

  /** Sessions that share a team also share the memory of prepared inputs. */
  private final ReentrantLock oneProductAtATime = new ReentrantLock();

  public Compute(Kernels kernels, int threads) {
    this.kernels = kernels;
    this.team = new KernelTeam(threads);
  }

  public Kernels kernels() {
    return kernels;
  }

  /** A product {@code y[t] = W x[t]} for the first {@code tokens} rows. */
  public record Product(Weights weights, FloatMatrix x, int tokens, FloatMatrix y) {
    public Product {
      if (x.columns() != weights.columns()
          || y.columns() < weights.rows()
          || tokens > Math.min(x.rows(), y.rows())) {
        // Kernels go by addresses: what does not fit would be read or written beyond the matrix.
        throw new IllegalArgumentException(
            "%s of %d × %d with %d tokens of %d × %d to %d × %d"
                .formatted(
                    weights.name(),
                    weights.rows(),
                    weights.columns(),
                    tokens,
                    x.rows(),
                    x.columns(),
                    y.rows(),
                    y.columns()));
      }
    }

    private int chunks() {
      return (weights.rows() + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK;
    }

    private long bytesPerChunk() {
      return weights.rowBytes() * ROWS_PER_CHUNK;
    }
  }

  /** {@code y[t] = W x[t]} for the first {@code tokens} tokens. */
  public void multiply(Weights weights, FloatMatrix x, int tokens, FloatMatrix y) {
    multiply(List.of(new Product(weights, x, tokens, y)));
  }

  /** Several products in one go, none of which reads what another writes. */
  public void multiply(List<Product> products) {
    oneProductAtATime.lock();
    try {
      Plan plan = inputs.plan(kernels, products);
      prepare(plan.inputs());
      multiplyChunks(plan.ways());
    } finally {
      oneProductAtATime.unlock();
    }
  }

  private void prepare(List<Prepared> prepared) {
    for (Prepared input : prepared) {
      int atOnce = input.form().tokensAtOnce();
      team.run(
          Math.ceilDiv(input.tokens(), atOnce),
          TOKENS_PER_CHUNK,
          (from, to, scratch) -> {
            for (int i = from; i < to; i++) {
              int first = i * atOnce;
              int n = Math.min(atOnce, input.tokens() - first);
              input.form().prepare(input.x(), first, n, inputs.memory(input), scratch);
            }
          });
    }
  }

  private void multiplyChunks(List<Way> ways) {
    int[] ends = new int[ways.size()];
    int chunks = 0;
    int tokens = 0;
    long bytesPerChunk = 1;
    for (int i = 0; i < ends.length; i++) {
      Product product = ways.get(i).product();
      bytesPerChunk = Math.max(bytesPerChunk, product.bytesPerChunk());
      chunks += product.chunks();
      ends[i] = chunks;
      tokens = Math.max(tokens, product.tokens);
    }
    // A single token's chunk takes about a microsecond, as long as it takes to fetch the counter
    // from another processor: a few chunks at once then.
    long most = tokens == 1 ? BYTES_PER_GRAIN / bytesPerChunk : 1;
    int grain = (int) Math.clamp(chunks / (2 * team.threads()), 1, Math.max(1, most));
    team.run(
        chunks,
        grain,
        (from, to, scratch) -> {
          int chunk = from;
          while (chunk < to) {
            chunk += multiplySome(ways, ends, chunk, to, scratch);
          }
        });
  }

  /**
   * Multiplies a chunk, or some of the same product where there is one token.
   *
   * @param ends one past the last chunk of each product
   * @return how many chunks
   */
  private int multiplySome(List<Way> ways, int[] ends, int chunk, int to, Scratch scratch) {
    int found = Arrays.binarySearch(ends, chunk + 1);
    int i = found < 0 ? -found - 1 : found;
    Way way = ways.get(i);
    Product product = way.product();
    int most = product.tokens == 1 ? CHUNKS_PER_CALL : 1;
    int chunks = Math.min(most, Math.min(to, ends[i]) - chunk);
    int firstRow = (chunk - (i == 0 ? 0 : ends[i - 1])) * ROWS_PER_CHUNK;
    int rows = Math.min(chunks * ROWS_PER_CHUNK, product.weights.rows() - firstRow);
    if (way.prepared().isPresent()) {
      Prepared input = way.prepared().get();
      MemorySegment memory = inputs.memory(input);
      input
          .form()
          .multiply(product.weights, firstRow, rows, memory, product.tokens, product.y, scratch);
    } else {
      kernels.multiply(
          product.weights, firstRow, rows, product.x, product.tokens, product.y, scratch);
    }
    return chunks;
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

  /**
   * Latent attention for the first {@code tokens} tokens and all heads. A few tokens are split by
   * heads, so that each thread has some.
   */
  public void attendLatent(LatentAttention attention, int tokens) {
    int heads = attention.heads();
    int parts = Math.min(Math.ceilDiv(team.threads(), tokens), Math.max(1, heads / 4));
    int group = Math.ceilDiv(Math.ceilDiv(heads, parts), 4) * 4;
    int groups = Math.ceilDiv(heads, group);
    team.run(
        tokens * groups,
        1,
        (from, to, scratch) -> {
          for (int i = from; i < to; i++) {
            int first = i % groups * group;
            int n = Math.min(group, heads - first);
            kernels.attendLatent(attention, i / groups, first, n, scratch);
          }
        });
  }

  /** The indexer's scores of the positions 0 to {@code positions - 1} for one token. */
  public void indexScores(IndexScores scores, int token, int positions) {
    int pages = Math.ceilDiv(positions, scores.keys().pageSize());
    int grain = Math.clamp(pages / (4 * team.threads()), 1, PAGES_PER_CHUNK);
    team.run(
        pages,
        grain,
        (from, to, scratch) -> {
          for (int page = from; page < to; page++) {
            kernels.indexScores(scores, token, page, scratch);
          }
        });
  }

  @Override
  public void close() {
    team.close();
    inputs.close();
  }
}
