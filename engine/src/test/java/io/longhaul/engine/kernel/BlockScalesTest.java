package io.longhaul.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BlockScalesTest {
  static List<WeightFixture.ScaledMatrix> matrices() {
    return WeightFixture.read().scaled();
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void scaledWeightsAreTorchs(WeightFixture.ScaledMatrix matrix) {
    int columns = matrix.columns();
    BlockScales scales = scales(matrix);
    MemorySegment row = Arena.ofAuto().allocate(4L * columns, 64);
    for (int r = 0; r < matrix.rows(); r++) {
      ScalarDecoders.of(TensorType.F8_E4M3)
          .decode(matrix.bytes(), (long) r * columns, columns, row, 0);
      scales.multiply(r, 0, columns, row, 0);
      assertThat(WeightFixture.crcs(WeightFixture.bits(row), columns))
          .as("row %d", r)
          .containsExactly(matrix.crcs().get(r));
    }
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void partOfARowIsScaledAsInTheWhole(WeightFixture.ScaledMatrix matrix) {
    int columns = matrix.columns();
    int from = columns / 3;
    BlockScales scales = scales(matrix);
    MemorySegment row = Arena.ofAuto().allocate(4L * columns, 64);
    row.fill((byte) 0x3C);
    int r = matrix.rows() - 1;
    float value = row.get(ValueLayout.JAVA_FLOAT, 0);
    scales.multiply(r, from, columns - from, row, 4L * from);
    for (int c = 0; c < columns; c++) {
      float expected = c < from ? value : value * scales.at(r, c);
      assertThat(row.getAtIndex(ValueLayout.JAVA_FLOAT, c)).isEqualTo(expected);
    }
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    Tensor weight = tensor("w.weight", TensorType.F8_E4M3, 576L, 100L);
    assertThatThrownBy(
            () -> BlockScales.of(weight, tensor("w.weight_scale_inv", TensorType.F32, 4L, 1L)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("w.weight_scale_inv has shape [4, 1], expected [5, 1]");
    assertThatThrownBy(
            () ->
                BlockScales.of(
                    tensor("v", TensorType.F8_E4M3, 5L), tensor("s", TensorType.F32, 1L)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("v has shape [5]");
  }

  private static BlockScales scales(WeightFixture.ScaledMatrix matrix) {
    Tensor weight =
        new Tensor(
            "w",
            TensorType.F8_E4M3,
            List.of((long) matrix.rows(), (long) matrix.columns()),
            matrix.bytes());
    Tensor scale =
        new Tensor(
            "s",
            TensorType.F32,
            List.of((matrix.rows() + 127) / 128L, (matrix.columns() + 127) / 128L),
            matrix.scales());
    return BlockScales.of(weight, scale);
  }

  private static Tensor tensor(String name, TensorType type, Long... shape) {
    return new Tensor(name, type, List.of(shape), MemorySegment.NULL);
  }
}
