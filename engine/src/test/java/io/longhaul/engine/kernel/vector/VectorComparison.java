package io.longhaul.engine.kernel.vector;

import io.longhaul.engine.kernel.BlockScales;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.Tensor;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;

/**
 * Compares every vector kernel with its scalar twin, bit for bit, at the width of this JVM.
 *
 * <p>A program as well as a part of tests: the width is fixed when a JVM starts, so the tests start
 * one for each.
 */
final class VectorComparison {
  /** Constant bytes, whose f16 scales are zero, NaN, NaN and a subnormal, and random ones. */
  private static final List<Integer> FILLS = List.of(0x00, 0xFF, 0x7F, 0x80, -1, -2, -3);

  private static final int MOST_BLOCKS = 33;

  /** Bytes beside the output that must stay as they are. */
  private static final int MARGIN = 64;

  private static final byte UNTOUCHED = 0x55;

  private VectorComparison() {}

  public static void main(String[] args) {
    int cases = 0;
    for (TensorType type : TensorType.values()) {
      if (holdsWeights(type)) {
        cases += decoders(type);
      }
    }
    cases += scales();
    System.out.println(cases + " cases agree at " + VectorWidth.BITS + " bits");
  }

  static boolean holdsWeights(TensorType type) {
    return switch (type) {
      case I8, I16, I32, I64, U8, BOOL -> false;
      default -> true;
    };
  }

  /** How many cases agree; fails at the first that does not. */
  static int decoders(TensorType type) {
    int cases = 0;
    for (int fill : FILLS) {
      for (int offset : new int[] {0, 1, 2, 18}) {
        try (Arena arena = Arena.ofConfined()) {
          long most = (long) MOST_BLOCKS * type.bytesPerBlock();
          MemorySegment weights = arena.allocate(offset + most, 64);
          fill(weights, fill, type.name().hashCode());
          MemorySegment expected = output(arena, MOST_BLOCKS * type.blockSize());
          MemorySegment actual = output(arena, MOST_BLOCKS * type.blockSize());
          for (int blocks = 0; blocks <= MOST_BLOCKS; blocks++) {
            int count = blocks * type.blockSize();
            MemorySegment stored =
                weights.asSlice(0, offset + (long) blocks * type.bytesPerBlock());
            ScalarDecoders.of(type).decode(stored, offset, count, expected, MARGIN);
            VectorDecoders.of(type).decode(stored, offset, count, actual, MARGIN);
            requireSame(expected, actual, type + ", fill " + fill + ", offset " + offset, blocks);
            cases++;
          }
        }
      }
    }
    return cases;
  }

  /** Block scales over parts of rows that begin and end anywhere. */
  static int scales() {
    int cases = 0;
    Random random = new Random(5);
    int columns = 300;
    float[] scales = {1.5f, -3e-38f, Float.NaN, 0.1f, 1e30f, -0f};
    Tensor weight = new Tensor("w", TensorType.F8_E4M3, List.of(200L, 300L), MemorySegment.NULL);
    Tensor scale = new Tensor("s", TensorType.F32, List.of(2L, 3L), MemorySegment.ofArray(scales));
    BlockScales blockScales = BlockScales.of(weight, scale);
    for (int i = 0; i < 500; i++) {
      int row = random.nextInt(200);
      int column = random.nextInt(columns + 1);
      int count = random.nextInt(columns + 1 - column);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment expected = output(arena, count);
        for (int c = 0; c < count; c++) {
          float value = (float) random.nextGaussian();
          expected.set(ValueLayout.JAVA_FLOAT, MARGIN + 4L * c, value);
        }
        MemorySegment actual = arena.allocate(expected.byteSize(), 64).copyFrom(expected);
        blockScales.multiply(row, column, count, expected, MARGIN);
        VectorBlockScales.multiply(blockScales, row, column, count, actual, MARGIN);
        requireSame(expected, actual, "scales, row " + row + ", column " + column, count);
      }
      cases++;
    }
    return cases;
  }

  private static MemorySegment output(Arena arena, int count) {
    return arena.allocate(2L * MARGIN + 4L * count, 64).fill(UNTOUCHED);
  }

  private static void fill(MemorySegment bytes, int fill, int seed) {
    if (fill >= 0) {
      bytes.fill((byte) fill);
    } else {
      byte[] random = new byte[(int) bytes.byteSize()];
      new Random(1000L * fill + seed).nextBytes(random);
      bytes.copyFrom(MemorySegment.ofArray(random));
    }
  }

  private static void requireSame(
      MemorySegment expected, MemorySegment actual, String what, int blocks) {
    if (expected.mismatch(actual) < 0) {
      return;
    }
    for (long at = 0; at < expected.byteSize(); at += Float.BYTES) {
      int wanted = Float.floatToIntBits(expected.get(ValueLayout.JAVA_FLOAT, at));
      int found = Float.floatToIntBits(actual.get(ValueLayout.JAVA_FLOAT, at));
      if (wanted != found) {
        throw new AssertionError(
            String.format(
                "%s, %d blocks, %d bits: float %d is %08x, the scalar kernel gives %08x",
                what, blocks, VectorWidth.BITS, (at - MARGIN) / Float.BYTES, found, wanted));
      }
    }
  }
}
