package io.longhaul.engine.convert;

import io.longhaul.engine.kernel.BlockCount;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * The encoders, plain loops. The arithmetic, its order and its roundings are those of ggml's
 * quantize_row_*_ref functions without an importance matrix, so the bytes are the same.
 */
public final class WeightEncoders {
  private WeightEncoders() {}

  /**
   * The encoder of a type.
   *
   * @throws IllegalArgumentException for a type that Longhaul does not write
   */
  public static WeightEncoder of(TensorType type) {
    BlockEncoder block =
        switch (type) {
          case F32 -> PlainEncoders::f32;
          case F16 -> PlainEncoders::f16;
          case BF16 -> PlainEncoders::bf16;
          case Q8_0 -> LegacyQuantizers::q8_0;
          case Q5_0 -> LegacyQuantizers::q5_0;
          case Q4_0 -> LegacyQuantizers::q4_0;
          case Q4_K -> Q4KQuantizer::encode;
          case Q6_K -> Q6KQuantizer::encode;
          default -> throw new IllegalArgumentException("there is no encoder for " + type);
        };
    return (values, count, out, outOffset) -> {
      int blocks = BlockCount.of(type, count);
      for (int b = 0; b < blocks; b++) {
        block.encode(
            values, b * type.blockSize(), out, outOffset + (long) b * type.bytesPerBlock());
      }
    };
  }

  /** Encodes the block that begins at an element. */
  @FunctionalInterface
  private interface BlockEncoder {
    void encode(float[] values, int from, MemorySegment out, long block);
  }
}
