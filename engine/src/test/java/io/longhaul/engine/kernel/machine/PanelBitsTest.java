package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.kernel.PreparedProduct;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.scalar.ScalarKernels;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The code of products of many tokens gives the bits of plain Java that rounds and adds in the same
 * order, whatever set of instructions it is for.
 */
class PanelBitsTest {
  private static final float[] EXTREMES = {
    0,
    -0f,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    1e-30f,
    -9e-31f,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN,
    8191,
    -8191,
    0.5f,
    -1.5f
  };

  private final Random random = new Random(29);
  private final Arena arena = Arena.ofShared();
  private final Scratch scratch = new Scratch();

  @AfterEach
  void close() {
    scratch.close();
    arena.close();
  }

  @Test
  void thereIsCodeWhereverThereAreInstructions() {
    assertThat(BlockFloatProduct.instance().isPresent()).isEqualTo(AssembledCode.isPossible());
    assertThat(FloatPanelProduct.instance().isPresent()).isEqualTo(AssembledCode.isPossible());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 9})
  void tokensAreRounded(int tokens) {
    int columns = 7 * BlockLayout.COLUMNS;
    FloatMatrix x = FloatMatrix.allocate(arena, tokens, columns);
    for (int t = 0; t < tokens; t++) {
      for (int c = 0; c < columns; c++) {
        // From block to block: numbers, halves that round to even, extremes among numbers, zeros.
        float value =
            switch (c / BlockLayout.COLUMNS) {
              case 0, 1 -> (float) random.nextGaussian();
              case 2 -> c % 2 == 0 ? 8191 : random.nextInt(8191) - 4095.5f;
              case 3 -> random.nextInt(8) == 0 ? extreme() : (float) random.nextGaussian();
              case 4 -> extreme();
              case 5 -> (float) random.nextGaussian() * 1e-38f;
              default -> 0;
            };
        x.set(t, c, value);
      }
    }
    BlockFloatProduct.instance()
        .ifPresent(
            product -> {
              MemorySegment prepared = arena.allocate(product.bytes(tokens, columns), 64);
              for (int t = 0; t < tokens; t += BlockLayout.TOKENS) {
                int n = Math.min(BlockLayout.TOKENS, tokens - t);
                product.prepare(x, t, n, prepared, scratch);
              }
              for (int t = 0; t < tokens; t++) {
                assertRounded(x, t, prepared);
              }
            });
  }

  private float extreme() {
    return EXTREMES[random.nextInt(EXTREMES.length)];
  }

  private static void assertRounded(FloatMatrix x, int token, MemorySegment prepared) {
    int blocks = x.columns() / BlockLayout.COLUMNS;
    for (int b = 0; b < blocks; b++) {
      Block expected = round(x.row(token), b);
      long four = (token / BlockLayout.TOKENS * (long) blocks + b) * BlockLayout.TOKENS_BLOCK_BYTES;
      int place = token % BlockLayout.TOKENS;
      long scaleAt = four + BlockLayout.TOKEN_SCALES + (long) place * Float.BYTES;
      // All that are no number count as one.
      assertThat(Float.floatToIntBits(prepared.get(ValueLayout.JAVA_FLOAT, scaleAt)))
          .isEqualTo(Float.floatToIntBits(expected.scale));
      for (int c = 0; c < BlockLayout.COLUMNS; c++) {
        long at = four + (long) place * BlockLayout.TOKEN_BYTES + (long) c * Short.BYTES;
        assertThat(prepared.get(ValueLayout.JAVA_SHORT, at))
            .as("token %d, block %d, column %d", token, b, c)
            .isEqualTo(expected.shorts.get(c));
      }
    }
  }

  /** Some columns of a row in block floating point. */
  private record Block(float scale, List<Short> shorts) {}

  private static Block round(float[] row, int block) {
    int most = Float.floatToRawIntBits(1e-30f);
    for (int c = 0; c < BlockLayout.COLUMNS; c++) {
      float value = row[block * BlockLayout.COLUMNS + c];
      most = Math.max(most, Float.floatToRawIntBits(value) & Integer.MAX_VALUE);
    }
    float largest = Float.intBitsToFloat(most);
    float inverse = BlockLayout.LARGEST / largest;
    List<Short> shorts = new ArrayList<>();
    for (int c = 0; c < BlockLayout.COLUMNS; c++) {
      float quotient = row[block * BlockLayout.COLUMNS + c] * inverse;
      // What is no number converts to the least int.
      shorts.add(Float.isNaN(quotient) ? Short.MIN_VALUE : (short) Math.rint(quotient));
    }
    return new Block(largest * (1f / BlockLayout.LARGEST), shorts);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void rowsBecomeAPanel(int blocks) {
    MemorySegment rows =
        arena.allocate((long) BlockLayout.ROWS * blocks * BlockLayout.TOKEN_BYTES, 64);
    for (long at = 0; at < rows.byteSize(); at += Integer.BYTES) {
      rows.set(ValueLayout.JAVA_INT, at, random.nextInt());
    }
    MemorySegment panel = arena.allocate((long) blocks * BlockLayout.PANEL_BLOCK_BYTES, 64);
    boolean possible = PanelTransposition.isPossible();
    assertThat(possible).isEqualTo(AssembledCode.isPossible());
    if (possible) {
      long rowBytes = (long) blocks * BlockLayout.TOKEN_BYTES;
      PanelTransposition.run(rows.address(), rowBytes, blocks, panel.address());
      for (int r = 0; r < BlockLayout.ROWS; r++) {
        for (int i = 0; i < blocks * BlockLayout.PAIRS; i++) {
          long at =
              i / BlockLayout.PAIRS * (long) BlockLayout.PANEL_BLOCK_BYTES
                  + i % BlockLayout.PAIRS * (long) BlockLayout.PAIR_BYTES
                  + (long) r * Integer.BYTES;
          assertThat(panel.get(ValueLayout.JAVA_INT, at))
              .as("row %d, pair %d", r, i)
              .isEqualTo(rows.get(ValueLayout.JAVA_INT, r * rowBytes + (long) i * Integer.BYTES));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Q8_0,1,32,16",
    "Q8_0,33,96,17",
    "Q8_0,64,544,20",
    "Q8_0,40,1088,31",
    "F16,31,64,19",
    "F16,65,288,16",
    "BF16,32,544,22"
  })
  void productsAreThoseOfPlainJava(TensorType type, int rows, int columns, int tokens) {
    Weights weights = weights(type, rows, columns);
    FloatMatrix x = FloatMatrix.allocate(arena, tokens, columns);
    for (int t = 0; t < tokens; t++) {
      for (int c = 0; c < columns; c++) {
        x.set(t, c, (float) random.nextGaussian());
      }
    }
    FloatMatrix decoded = FloatMatrix.allocate(arena, rows, columns);
    for (int r = 0; r < rows; r++) {
      new ScalarKernels().decodeRow(weights, r, decoded, r);
    }
    Optional<PreparedProduct> product =
        AssembledCode.isPossible()
            ? new MachineKernels().preparedProduct(weights, tokens)
            : Optional.empty();
    assertThat(product.isPresent()).isEqualTo(AssembledCode.isPossible());
    product.ifPresent(
        p -> {
          FloatMatrix out = FloatMatrix.allocate(arena, tokens, rows);
          MemorySegment prepared = arena.allocate(p.bytes(tokens, columns), 64);
          for (int t = 0; t < tokens; t += p.tokensAtOnce()) {
            p.prepare(x, t, Math.min(p.tokensAtOnce(), tokens - t), prepared, scratch);
          }
          p.multiply(weights, 0, rows, prepared, tokens, out, scratch);
          for (int t = 0; t < tokens; t++) {
            for (int r = 0; r < rows; r++) {
              float expected =
                  p instanceof BlockFloatProduct
                      ? blocks(decoded.row(r), x.row(t))
                      : fused(decoded.row(r), x.row(t));
              assertThat(out.get(t, r)).as("token %d, row %d", t, r).isEqualTo(expected);
            }
          }
        });
  }

  private static float blocks(float[] weights, float[] input) {
    float sum = 0;
    for (int b = 0; b < weights.length / BlockLayout.COLUMNS; b++) {
      Block w = round(weights, b);
      Block x = round(input, b);
      int exact = 0;
      for (int c = 0; c < BlockLayout.COLUMNS; c++) {
        exact += w.shorts.get(c) * x.shorts.get(c);
      }
      sum = Math.fma((float) exact, w.scale * x.scale, sum);
    }
    return sum;
  }

  private static float fused(float[] weights, float[] input) {
    float sum = 0;
    for (int c = 0; c < weights.length; c++) {
      sum = Math.fma(weights[c], input[c], sum);
    }
    return sum;
  }

  private Weights weights(TensorType type, int rows, int columns) {
    MemorySegment data = arena.allocate(type.bytes((long) rows * columns), 64);
    for (long at = 0; at < data.byteSize(); at++) {
      data.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(256));
    }
    for (long at = 0; at < data.byteSize(); at += type.bytesPerBlock()) {
      float value = (float) random.nextGaussian() / 64;
      short bits =
          type == TensorType.BF16
              ? (short) (Float.floatToRawIntBits(value) >>> 16)
              : Float.floatToFloat16(value);
      data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, bits);
    }
    return new Weights("w", type, rows, columns, data, Optional.empty());
  }
}
