package io.longhaul.engine.kernel.vector;

import static io.longhaul.engine.kernel.LittleEndian.f16;
import static io.longhaul.engine.kernel.LittleEndian.i32;
import static io.longhaul.engine.kernel.vector.NativeMemory.ALL;
import static io.longhaul.engine.kernel.vector.Sixteen.all;
import static io.longhaul.engine.kernel.vector.Sixteen.high;
import static io.longhaul.engine.kernel.vector.Sixteen.load;
import static io.longhaul.engine.kernel.vector.Sixteen.low;
import static io.longhaul.engine.kernel.vector.Sixteen.multiplyAdd;
import static io.longhaul.engine.kernel.vector.VectorWidth.FLOATS;
import static io.longhaul.engine.kernel.vector.VectorWidth.NATIVE;

import io.longhaul.engine.tensor.TensorType;
import java.util.Optional;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;

/**
 * A row of weights times one token's activations without the decoded row in between: for a single
 * token, storing and loading it again would cost as much as the rest.
 *
 * <p>Each weight is decoded by the operations of its decoder and added in the order of {@link
 * TileProduct}, so the bits are those of a product of many tokens.
 */
final class RowDots {
  private static final long HALF = 64;
  private static final long BLOCK = 128;

  /**
   * A part of a row: goes on from the accumulator at {@code sum} and leaves it there; its lanes are
   * still to be summed.
   */
  @FunctionalInterface
  interface RowDot {
    void dot(long weights, int blocks, long x, long sum);
  }

  private RowDots() {}

  /** The loop for a weight type; empty where weights are decoded first. */
  static Optional<RowDot> of(TensorType type) {
    return switch (type) {
      case Q4_0 -> Optional.of(RowDots::q4_0);
      case Q4_1 -> Optional.of(RowDots::q4_1);
      case Q5_0 -> Optional.of(RowDots::q5_0);
      case Q8_0 -> Optional.of(RowDots::q8_0);
      case Q4_K -> Optional.of(RowDots::q4K);
      default -> Optional.empty();
    };
  }

  private static void q4_0(long from, int blocks, long x, long sum) {
    FloatVector acc = FloatVector.fromMemorySegment(FLOATS, ALL, sum, NATIVE);
    for (int b = 0; b < blocks; b++) {
      long block = from + 18L * b;
      FloatVector d = all(f16(ALL, block));
      var codes = load(block + 2);
      acc = multiplyAdd(low(codes).sub((byte) 8), d, x + BLOCK * b, acc);
      acc = multiplyAdd(high(codes).sub((byte) 8), d, x + BLOCK * b + HALF, acc);
    }
    acc.intoMemorySegment(ALL, sum, NATIVE);
  }

  private static void q4_1(long from, int blocks, long x, long sum) {
    FloatVector acc = FloatVector.fromMemorySegment(FLOATS, ALL, sum, NATIVE);
    for (int b = 0; b < blocks; b++) {
      long block = from + 20L * b;
      FloatVector d = all(f16(ALL, block));
      FloatVector m = all(f16(ALL, block + 2));
      var codes = load(block + 4);
      acc = multiplyAdd(low(codes), d, m, x + BLOCK * b, acc);
      acc = multiplyAdd(high(codes), d, m, x + BLOCK * b + HALF, acc);
    }
    acc.intoMemorySegment(ALL, sum, NATIVE);
  }

  private static void q5_0(long from, int blocks, long x, long sum) {
    FloatVector acc = FloatVector.fromMemorySegment(FLOATS, ALL, sum, NATIVE);
    for (int b = 0; b < blocks; b++) {
      long block = from + 22L * b;
      FloatVector d = all(f16(ALL, block));
      int fifth = i32(ALL, block + 2);
      var codes = load(block + 6);
      ByteVector first = LegacyBlocks.withFifth(low(codes), fifth).sub((byte) 16);
      acc = multiplyAdd(first, d, x + BLOCK * b, acc);
      ByteVector second = LegacyBlocks.withFifth(high(codes), fifth >>> 16).sub((byte) 16);
      acc = multiplyAdd(second, d, x + BLOCK * b + HALF, acc);
    }
    acc.intoMemorySegment(ALL, sum, NATIVE);
  }

  private static void q8_0(long from, int blocks, long x, long sum) {
    FloatVector acc = FloatVector.fromMemorySegment(FLOATS, ALL, sum, NATIVE);
    for (int b = 0; b < blocks; b++) {
      long block = from + 34L * b;
      FloatVector d = all(f16(ALL, block));
      acc = multiplyAdd(load(block + 2).reinterpretAsBytes(), d, x + BLOCK * b, acc);
      acc = multiplyAdd(load(block + 18).reinterpretAsBytes(), d, x + BLOCK * b + HALF, acc);
    }
    acc.intoMemorySegment(ALL, sum, NATIVE);
  }

  private static void q4K(long from, int blocks, long x, long sum) {
    FloatVector acc = FloatVector.fromMemorySegment(FLOATS, ALL, sum, NATIVE);
    for (int b = 0; b < blocks; b++) {
      long block = from + 144L * b;
      float d = f16(ALL, block);
      float dmin = f16(ALL, block + 2);
      long scales = KQuantsOf32.scales(block + 4);
      long minima = KQuantsOf32.minima(block + 4);
      for (int group = 0; group < 8; group++) {
        FloatVector scale = all(d * KQuantsOf32.code(scales, group));
        FloatVector minimum = all(-(dmin * KQuantsOf32.code(minima, group)));
        // Groups 2 i and 2 i + 1 are the low and the high halves of 32 bytes.
        long bytes = block + 16 + 32L * (group >>> 1);
        int shift = 4 * (group & 1);
        long floats = x + 1024L * b + BLOCK * group;
        ByteVector first = low(Sixteen.right(load(bytes), shift));
        acc = multiplyAdd(first, scale, minimum, floats, acc);
        ByteVector second = low(Sixteen.right(load(bytes + 16), shift));
        acc = multiplyAdd(second, scale, minimum, floats + HALF, acc);
      }
    }
    acc.intoMemorySegment(ALL, sum, NATIVE);
  }
}
