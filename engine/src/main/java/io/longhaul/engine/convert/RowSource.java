package io.longhaul.engine.convert;

import java.util.List;

/** The rows of a tensor of the GGUF file, decoded from the checkpoint when they are needed. */
@FunctionalInterface
interface RowSource {
  /**
   * Fills a row.
   *
   * @param row of all rows of the tensor, outer dimensions multiplied
   * @param out at least as long as a row
   */
  void read(long row, float[] out);

  /** The matrix as it is. */
  static RowSource of(StoredMatrix matrix) {
    return matrix::row;
  }

  /** With one added to each element: what Gemma's norms leave out. */
  static RowSource plusOne(StoredMatrix matrix) {
    return (row, out) -> {
      matrix.row(row, out);
      for (int c = 0; c < matrix.columns(); c++) {
        out[c] += 1;
      }
    };
  }

  /** Matrices of equal shape, one after the other. */
  static RowSource stacked(List<StoredMatrix> matrices) {
    long rows = matrices.getFirst().rows();
    return (row, out) -> matrices.get((int) (row / rows)).row(row % rows, out);
  }

  /**
   * Rows of each head, whose first and second half hold the partners of a rotation, reordered so
   * that partners are neighbours.
   *
   * @param headRows rows of a head
   */
  static RowSource interleaved(StoredMatrix matrix, int headRows) {
    return (row, out) -> matrix.row(interleaved(row, headRows), out);
  }

  /** The same for a vector: a bias. */
  static RowSource interleavedElements(StoredMatrix vector, int headRows) {
    return (row, out) -> {
      float[] halves = new float[vector.columns()];
      vector.row(0, halves);
      for (int i = 0; i < halves.length; i++) {
        out[i] = halves[(int) interleaved(i, headRows)];
      }
    };
  }

  private static long interleaved(long row, int headRows) {
    long head = row / headRows;
    long within = row % headRows;
    return head * headRows + within % 2 * (headRows / 2) + within / 2;
  }

  /**
   * The values' part of {@code kv_b_proj}, [heads, valueRows, rank], of rows [heads, keyRows +
   * valueRows].
   */
  static RowSource values(StoredMatrix matrix, int keyRows, int valueRows) {
    return (row, out) ->
        matrix.row(row / valueRows * (keyRows + valueRows) + keyRows + row % valueRows, out);
  }

  /** The keys' part, each head transposed: [heads, rank, keyRows]. */
  static RowSource keysTransposed(StoredMatrix matrix, int keyRows, int valueRows) {
    int rank = matrix.columns();
    return (row, out) ->
        matrix.column(row / rank * (keyRows + valueRows), keyRows, (int) (row % rank), out);
  }
}
