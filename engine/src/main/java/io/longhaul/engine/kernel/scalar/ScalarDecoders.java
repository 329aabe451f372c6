package io.longhaul.engine.kernel.scalar;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.kernel.BlockCount;
import io.longhaul.engine.kernel.WeightDecoder;
import io.longhaul.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * The reference decoders: plain loops that every faster decoder is tested against.
 *
 * <p>The arithmetic, its order and its roundings are those of ggml's dequantize_row functions
 * (ggml-quants.c), each operation rounded to float by itself.
 */
public final class ScalarDecoders {
  private ScalarDecoders() {}

  /**
   * The decoder of a type.
   *
   * @throws ModelException for a type that holds integers or flags, not weights
   */
  public static WeightDecoder of(TensorType type) {
    BlockDecoder block =
        switch (type) {
          case F32 -> PlainFloats::f32;
          case F16 -> PlainFloats::f16;
          case BF16 -> PlainFloats::bf16;
          case F64 -> PlainFloats::f64;
          case F8_E4M3 -> PlainFloats::f8E4m3;
          case Q4_0 -> LegacyBlocks::q4_0;
          case Q4_1 -> LegacyBlocks::q4_1;
          case Q5_0 -> LegacyBlocks::q5_0;
          case Q5_1 -> LegacyBlocks::q5_1;
          case Q8_0 -> LegacyBlocks::q8_0;
          case Q2_K -> KQuants::q2K;
          case Q3_K -> KQuants::q3K;
          case Q4_K -> KQuants::q4K;
          case Q5_K -> KQuants::q5K;
          case Q6_K -> KQuants::q6K;
          case IQ1_S -> GridQuants1::iq1S;
          case IQ1_M -> GridQuants1::iq1M;
          case IQ2_XXS -> GridQuants2::iq2Xxs;
          case IQ2_XS -> GridQuants2::iq2Xs;
          case IQ2_S -> GridQuants2::iq2S;
          case IQ3_XXS -> GridQuants3::iq3Xxs;
          case IQ3_S -> GridQuants3::iq3S;
          case IQ4_NL -> CodebookBlocks::iq4Nl;
          case IQ4_XS -> CodebookBlocks::iq4Xs;
          case MXFP4 -> CodebookBlocks::mxfp4;
          case I8, I16, I32, I64, U8, BOOL ->
              throw new ModelException(
                  "type "
                      + type
                      + " holds no weights; expected a floating-point or quantized type");
        };
    return (weights, offset, count, out, outOffset) -> {
      int blocks = BlockCount.of(type, count);
      for (int b = 0; b < blocks; b++) {
        block.decode(
            weights,
            offset + (long) b * type.bytesPerBlock(),
            out,
            outOffset + (long) b * type.blockSize() * Float.BYTES);
      }
    };
  }

  /** Decodes one block. */
  @FunctionalInterface
  private interface BlockDecoder {
    void decode(MemorySegment weights, long block, MemorySegment out, long outOffset);
  }
}
