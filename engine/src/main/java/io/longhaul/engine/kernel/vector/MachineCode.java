package io.longhaul.engine.kernel.vector;

import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.kernel.LatentAttention;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Inner loops that exist in another form beside the vector twin's, for some of the cases: to the
 * same bits, lane by lane. All memory that is named by an address has been checked by the caller.
 */
public interface MachineCode {
  /** The vector twin's own loops alone. */
  MachineCode NONE = new MachineCode() {};

  /** Products of some rows with one token's input. */
  interface Rows {
    /** Rows come in multiples of these, one at least. */
    int rowsAtOnce();

    /** Columns come in multiples of these, one at least. */
    int columnsAtOnce();

    /** Bytes of memory that a call needs, in whole cache lines. */
    int callBytes();

    /**
     * Writes one float for each row.
     *
     * @param weights address of the first row
     * @param rowBytes from one row to the next
     * @param input address of the floats
     * @param outputs address of the floats
     * @param call memory to work in
     */
    void multiply(
        long weights,
        long rowBytes,
        int columns,
        int rows,
        long input,
        long outputs,
        MemorySegment call);
  }

  /** The indexer's scores of one page for one token. */
  @FunctionalInterface
  interface PageScores {
    /**
     * Writes a score for each position.
     *
     * @param keys address of the page's columns
     * @param queries address of the token's heads
     * @param weights address of the heads' weights
     * @param out address of a float for each position
     * @param nextKeys address of the columns that will be asked for next
     */
    void score(long keys, long queries, long weights, long out, long nextKeys);
  }

  /** What latent attention does with a block of its rows, in the form that it gathers them in. */
  interface LatentBlocks {
    /** Puts a row of the cache, {@code offset} bytes into its page, into a place of the block. */
    void gather(MemorySegment page, long offset, MemorySegment block, int row);

    /**
     * {@code scores[h][p] = queries[h] · rows[p]}. Up to three rows behind the last one are read
     * and get scores too.
     *
     * @param rows address of the first row; the others follow it
     * @param n how many
     * @param queries address of the first head's floats, and {@code queryBytes} from one head's to
     *     the next one's; scores likewise
     */
    void score(
        long rows, int n, long queries, long queryBytes, int heads, long scores, long scoreBytes);

    /** {@code out[h] += Σ_p weights[h][p] · latent[p]}; the latent is a row's first part. */
    void add(long rows, int n, long weights, long weightBytes, int heads, long out, long outBytes);
  }

  /** The code for a weight type, if there is some. */
  default Optional<Rows> rows(TensorType type) {
    return Optional.empty();
  }

  /** The code for a shape and type of keys, if there is some. */
  default Optional<PageScores> pageScores(IndexScores scores) {
    return Optional.empty();
  }

  /** The code for a type and shape of latents, if there is some. */
  default Optional<LatentBlocks> latentBlocks(LatentAttention attention, Scratch scratch) {
    return Optional.empty();
  }

  /** Has memory brought into the cache, if that can be done; changes nothing else. */
  default void prefetch(long address, long bytes) {}
}
