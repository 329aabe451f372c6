package io.longhaul.engine.kernel.vector;

import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.tensor.TensorType;

/**
 * Inner loops that exist in another form beside the vector twin's, for some of the cases: to the
 * same bits, lane by lane. All memory that is named by an address has been checked by the caller.
 */
public interface MachineCode {
  /** The vector twin's own loops alone. */
  MachineCode NONE = new MachineCode() {};

  /** Whether {@link #accumulateRows} knows a weight type. */
  default boolean hasRows(TensorType type) {
    return false;
  }

  /** Rows of one call. */
  default int rowsAtOnce() {
    return 1;
  }

  /**
   * Adds {@code rowsAtOnce} rows' products with one token's input to their accumulators.
   *
   * @param weights address of the first row
   * @param rowBytes from one row to the next
   * @param blocks of each row
   * @param input address of the floats
   * @param sums address of one vector of floats for each row
   */
  default void accumulateRows(long weights, long rowBytes, int blocks, long input, long sums) {
    throw new UnsupportedOperationException("no weight type is known");
  }

  /** Whether {@link #indexScores} knows this shape and type of keys. */
  default boolean hasIndexScores(IndexScores scores) {
    return false;
  }

  /**
   * The indexer's scores of one page for one token.
   *
   * @param keys address of the page's columns
   * @param queries address of the token's heads
   * @param weights address of the heads' weights
   * @param out address of a float for each position
   * @param nextKeys address of the columns that will be asked for next
   */
  default void indexScores(long keys, long queries, long weights, long out, long nextKeys) {
    throw new UnsupportedOperationException("no shape of keys is known");
  }

  /** Has memory brought into the cache, if that can be done; changes nothing else. */
  default void prefetch(long address, long bytes) {}
}
