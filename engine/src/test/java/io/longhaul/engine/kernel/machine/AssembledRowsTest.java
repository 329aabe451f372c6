package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.longhaul.engine.kernel.KernelChoice;
import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps of single rows, against the scalar twin. */
class AssembledRowsTest {
  private static final float[] EDGES = {
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    0,
    -0f,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    87.3f,
    -87.4f,
    -103,
    1
  };

  private final Kernels expected = KernelChoice.SCALAR.create();
  private final Kernels actual = KernelChoice.AUTO.create();
  private final Random random = new Random(23);

  @Test
  void thereIsCodeWhereThereIsAny() {
    assertThat(AssembledRows.handles(1)).isEqualTo(AssembledCode.isPossible());
    assertThat(AssembledRows.isWholeVectors(64)).isEqualTo(AssembledCode.isPossible());
    assertThat(AssembledRows.isWholeVectors(63)).isFalse();
    assertThat(AssembledRows.handles(0)).isFalse();
  }

  /** Rows are padded to sixteen floats, and no step may leave anything there. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 576, 1536, 1539})
  void rowsOfAnyLengthAgree(int columns) {
    compare(columns, (c) -> (float) random.nextGaussian() * 3);
  }

  @ParameterizedTest
  @ValueSource(ints = {13, 16, 29})
  void whatIsNoNumberAndWhatIsInfiniteAgree(int columns) {
    compare(columns, c -> EDGES[c % EDGES.length]);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 20, 32, 192})
  void partsOfAnyLengthAreCopied(int count) {
    int parts = 3;
    int fromStride = count + 5;
    int toStride = count + 2;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment from = floats(arena, parts * fromStride);
      MemorySegment to = floats(arena, parts * toStride);
      float[] expected = to.toArray(ValueLayout.JAVA_FLOAT);
      for (int i = 0; i < parts; i++) {
        MemorySegment.copy(
            from, ValueLayout.JAVA_FLOAT, 4L * i * fromStride + 4, expected, i * toStride, count);
      }
      AssembledRows.copy(from, 4, 4L * fromStride, to, 0, 4L * toStride, count, parts);
      assertThat(to.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(expected);
      assertThatThrownBy(
              () -> AssembledRows.copy(from, 4, 4L * fromStride, to, 0, 4L * toStride, count, 4))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  private MemorySegment floats(Arena arena, int count) {
    MemorySegment floats = arena.allocate(4L * count, 64);
    for (int i = 0; i < count; i++) {
      floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return floats;
  }

  /** A value of a column. */
  private interface Fill {
    float at(int column);
  }

  private void compare(int columns, Fill fill) {
    try (Arena arena = Arena.ofShared()) {
      FloatMatrix x = FloatMatrix.allocate(arena, 3, columns);
      FloatMatrix other = FloatMatrix.allocate(arena, 3, columns);
      for (int c = 0; c < columns; c++) {
        x.set(1, c, fill.at(c));
        other.set(1, c, (float) random.nextGaussian());
        other.set(0, c, other.get(1, c));
      }
      compare(arena, x, (k, m) -> k.siluMultiply(m, other, 1));
      compare(arena, x, (k, m) -> k.geluMultiply(m, other, 1));
      compare(arena, x, (k, m) -> k.add(m, 1, other, 1));
      compare(arena, x, (k, m) -> k.rmsNorm(m, 1, 0, columns, other, 1e-5f, m));
      int part = columns / 16 * 8;
      if (part > 0) {
        compare(arena, x, (k, m) -> k.rmsNorm(m, 1, columns - part, part, other, 1e-5f, m));
      }
    }
  }

  /** A step that changes a matrix in place. */
  private interface Step {
    void run(Kernels kernels, FloatMatrix x);
  }

  private void compare(Arena arena, FloatMatrix x, Step step) {
    FloatMatrix want = copy(arena, x);
    FloatMatrix got = copy(arena, x);
    step.run(expected, want);
    step.run(actual, got);
    for (int c = 0; c < x.columns(); c++) {
      float value = want.get(1, c);
      if (Float.isFinite(value)) {
        assertThat(got.get(1, c)).as("column %d", c).isCloseTo(value, offset(limit(value)));
      } else {
        assertThat(Float.valueOf(got.get(1, c))).as("column %d", c).isEqualTo(Float.valueOf(value));
      }
    }
    for (int c = x.columns(); c < x.stride(); c++) {
      assertThat(got.get(1, c)).isZero();
    }
    for (int row : new int[] {0, 2}) {
      assertThat(got.row(row)).isEqualTo(x.row(row));
    }
  }

  /** The tail of GELU is an exponential, in which the rounding of a large exponent shows. */
  private static float limit(float value) {
    return 1e-12f + 4e-6f * Math.abs(value);
  }

  private static FloatMatrix copy(Arena arena, FloatMatrix x) {
    FloatMatrix copy = FloatMatrix.allocate(arena, x.rows(), x.columns());
    copy.segment().copyFrom(x.segment());
    return copy;
  }
}
