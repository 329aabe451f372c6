package io.longhaul.engine.kernel.vector;

import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.tensor.TensorType;
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
    /** Rows of one call. */
    int rowsAtOnce();

    /** Columns of one step; only rows of a whole number of steps can be multiplied. */
    int columnsAtOnce();

    /**
     * Adds {@code rowsAtOnce} rows' products to their accumulators.
     *
     * @param weights address of the first row
     * @param rowBytes from one row to the next
     * @param steps of each row
     * @param input address of the floats
     * @param sums address of one vector of floats for each row
     */
    void accumulate(long weights, long rowBytes, int steps, long input, long sums);
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

  /** The code for a weight type, if there is some. */
  default Optional<Rows> rows(TensorType type) {
    return Optional.empty();
  }

  /** The code for a shape and type of keys, if there is some. */
  default Optional<PageScores> pageScores(IndexScores scores) {
    return Optional.empty();
  }

  /** Has memory brought into the cache, if that can be done; changes nothing else. */
  default void prefetch(long address, long bytes) {}
}
