package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.cache.CacheLayout;
import io.longhaul.engine.cache.CacheLayout.Plane;
import io.longhaul.engine.cache.KvCache;
import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.vector.VectorKernels;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What {@code auto} chooses gives the vector twin's bits: assembled code where this machine runs
 * it, the vector twin itself where it does not.
 */
class AssembledCodeTest {
  private static final Kernels VECTOR = new VectorKernels();

  private static final byte[] ENDS = {0, -1, 127, -128, 0x0F, (byte) 0xF0, 0x3F, (byte) 0xC0};

  private static final short[] SCALES = {
    0, 1, (short) 0x8001, 0x3FF, 0x400, 0x7BFF, (short) 0xFBFF, 0x7C00, (short) 0xFC00, 0x7E00
  };

  private final Kernels chosen = KernelChoice.AUTO.create();
  private final Random random = new Random(17);

  @Test
  void autoIsMachineCodeWhereItCanBe() {
    assertThat(chosen.name()).isEqualTo(AssembledCode.isPossible() ? "machine" : "vector");
  }

  /** All that have code, and others. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "IQ4_NL", "Q2_K", "Q3_K",
        "Q4_K", "Q5_K", "Q6_K", "MXFP4"
      })
  void rowsOfOneTokenAreTheSameBits(TensorType type) {
    int[] columns = {32, 64, 96, 192, 512, 2048, 4096 + 32, 16384};
    for (int rows : new int[] {1, 7, 8, 9, 16, 17, 31, 40}) {
      for (Fill fill : Fill.values()) {
        int least = Math.max(columns[random.nextInt(columns.length)], type.blockSize());
        compareRows(type, rows, least / type.blockSize() * type.blockSize(), fill);
      }
    }
  }

  /** Rows that the code's steps do not divide, and those that do not fill a vector. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void rowsOfAnyLengthAreTheSameBits(TensorType type) {
    for (int columns : new int[] {1, 15, 16, 17, 48, 80, 100, 1000}) {
      compareRows(type, 19, columns, Fill.RANDOM);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {
        "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K",
        "IQ4_NL"
      })
  void decodedRowsAreTheSameBits(TensorType type) {
    Optional<RowDecodes> code = RowDecodes.of(type);
    assertThat(code.isPresent()).isEqualTo(AssembledCode.isPossible());
    int rows = RowDecodes.ROWS;
    int columns = 512;
    for (Fill fill : Fill.values()) {
      try (Arena arena = Arena.ofShared()) {
        MemorySegment data = arena.allocate(type.bytes((long) rows * columns), 64);
        fill(type, data, fill);
        Weights weights = new Weights("w", type, rows, columns, data, Optional.empty());
        FloatMatrix expected = FloatMatrix.allocate(arena, rows, columns);
        FloatMatrix actual = FloatMatrix.allocate(arena, rows, columns);
        MemorySegment scratch = arena.allocate(RowDecodes.SCRATCH_BYTES, 64);
        for (int r = 0; r < rows; r++) {
          VECTOR.decodeRow(weights, r, expected, r);
        }
        code.ifPresent(
            c ->
                c.decode(
                    data.address(),
                    weights.rowBytes(),
                    columns,
                    actual.segment().address(),
                    actual.offset(1),
                    scratch.address()));
        for (int r = 0; r < rows && code.isPresent(); r++) {
          assertThat(bits(actual.slice(r, 1))).isEqualTo(bits(expected.slice(r, 1)));
        }
      }
    }
  }

  private enum Fill {
    RANDOM,
    /** All codes and scales zero. */
    ZERO,
    /** Codes at their ends, scales that are the least, the greatest, infinite or no number. */
    BOUNDARIES
  }

  private void compareRows(TensorType type, int rows, int columns, Fill fill) {
    try (Arena arena = Arena.ofShared();
        Scratch scratch = new Scratch()) {
      MemorySegment data = arena.allocate(type.bytes((long) rows * columns), 64);
      fill(type, data, fill);
      Weights weights = new Weights("w", type, rows, columns, data, Optional.empty());
      FloatMatrix x = FloatMatrix.allocate(arena, 1, columns);
      for (int c = 0; c < columns; c++) {
        x.set(0, c, (float) random.nextGaussian());
      }
      FloatMatrix expected = FloatMatrix.allocate(arena, 1, rows);
      FloatMatrix actual = FloatMatrix.allocate(arena, 1, rows);
      VECTOR.multiply(weights, 0, rows, x, 1, expected, scratch);
      // In two parts, so that the second does not begin at a multiple of eight.
      int first = rows / 3;
      chosen.multiply(weights, 0, first, x, 1, actual, scratch);
      chosen.multiply(weights, first, rows - first, x, 1, actual, scratch);
      assertThat(bits(actual))
          .as("%s %d × %d, %s", type, rows, columns, fill)
          .isEqualTo(bits(expected));
    }
  }

  private void fill(TensorType type, MemorySegment data, Fill fill) {
    for (long at = 0; at < data.byteSize(); at++) {
      byte code =
          switch (fill) {
            case RANDOM -> (byte) random.nextInt(256);
            case ZERO -> 0;
            case BOUNDARIES -> ENDS[random.nextInt(ENDS.length)];
          };
      data.set(ValueLayout.JAVA_BYTE, at, code);
    }
    for (long block = 0; block < data.byteSize(); block += type.bytesPerBlock()) {
      for (int at : scales(type)) {
        short scale =
            switch (fill) {
              case RANDOM -> Float.floatToFloat16((float) random.nextGaussian() / 64);
              case ZERO -> 0;
              case BOUNDARIES -> SCALES[random.nextInt(SCALES.length)];
            };
        data.set(ValueLayout.JAVA_SHORT_UNALIGNED, block + at, scale);
      }
    }
  }

  /** Where a block's f16 numbers are. */
  private static int[] scales(TensorType type) {
    return switch (type) {
      case F16, Q4_0, Q5_0, Q8_0, IQ4_NL -> new int[] {0};
      case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
      case Q2_K -> new int[] {80, 82};
      case Q3_K -> new int[] {108};
      case Q6_K -> new int[] {208};
      default -> new int[0];
    };
  }

  @Test
  void scoresOfThePublishedIndexerAreTheSameBits() {
    int heads = 32;
    int headDim = 128;
    int positions = 300;
    CacheLayout layout =
        new CacheLayout(
            List.of(Plane.rows(1, 5, TensorType.F16), Plane.columns(headDim, TensorType.F16)));
    try (Arena arena = Arena.ofShared();
        Scratch scratch = new Scratch();
        KvCache cache = new KvCache(layout)) {
      cache.reserve(positions);
      FloatMatrix keys = gaussian(arena, positions, headDim);
      keys.set(7, 3, Float.NaN);
      keys.set(9, 0, Float.POSITIVE_INFINITY);
      for (int p = 0; p < positions; p++) {
        cache.write(1, p, keys, p, 0);
      }
      FloatMatrix queries = gaussian(arena, 3, heads * headDim);
      FloatMatrix weights = gaussian(arena, 3, heads);
      FloatMatrix expected = FloatMatrix.allocate(arena, 1, 384);
      FloatMatrix actual = FloatMatrix.allocate(arena, 1, 384);
      for (int token = 0; token < 3; token++) {
        for (int page = 0; page < 3; page++) {
          VECTOR.indexScores(
              new IndexScores(queries, weights, cache.plane(1), expected), token, page, scratch);
          chosen.indexScores(
              new IndexScores(queries, weights, cache.plane(1), actual), token, page, scratch);
        }
        // Where a key is no number, the two choose different ones for its score.
        expected.set(0, 7, 0);
        actual.set(0, 7, 0);
        expected.set(0, 9, 0);
        actual.set(0, 9, 0);
        assertThat(bits(actual)).isEqualTo(bits(expected));
      }
    }
  }

  private FloatMatrix gaussian(Arena arena, int rows, int columns) {
    FloatMatrix matrix = FloatMatrix.allocate(arena, rows, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        matrix.set(r, c, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  /** Bits of the first row; all that are no number count as one. */
  private static int[] bits(FloatMatrix matrix) {
    float[] row = matrix.row(0);
    int[] bits = new int[row.length];
    for (int i = 0; i < row.length; i++) {
      bits[i] = Float.floatToIntBits(row[i]);
    }
    return bits;
  }
}
