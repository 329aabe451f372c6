package io.longhaul.engine.kernel.vector;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.kernel.WeightDecoder;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.TensorType;
import java.util.Optional;

/**
 * The decoders of the Vector API: the same floats as {@link ScalarDecoders}, bit for bit (of a NaN,
 * that it is one), many at a time.
 *
 * <p>Memory must be off the heap, else {@link IllegalArgumentException}, and its arena must stay
 * open during a call.
 */
public final class VectorDecoders {
  private VectorDecoders() {}

  /**
   * The decoder of a type. Types whose weights are looked up in grids (IQ1, IQ2, IQ3) and F64 have
   * the scalar one.
   *
   * @throws ModelException for a type that holds integers or flags, not weights
   */
  public static WeightDecoder of(TensorType type) {
    return vectorized(type)
        .<WeightDecoder>map(blocks -> new NativeDecoder(type, blocks))
        .orElseGet(() -> ScalarDecoders.of(type));
  }

  private static Optional<NativeDecoder.Blocks> vectorized(TensorType type) {
    return Optional.ofNullable(
        switch (type) {
          case F32 -> PlainFloats::f32;
          case F16 -> PlainFloats::f16;
          case BF16 -> PlainFloats::bf16;
          case F8_E4M3 -> PlainFloats::f8E4m3;
          case Q4_0 -> LegacyBlocks::q4_0;
          case Q4_1 -> LegacyBlocks::q4_1;
          case Q5_0 -> LegacyBlocks::q5_0;
          case Q5_1 -> LegacyBlocks::q5_1;
          case Q8_0 -> LegacyBlocks::q8_0;
          case Q2_K -> KQuantsOf16::q2K;
          case Q3_K -> KQuantsOf16::q3K;
          case Q6_K -> KQuantsOf16::q6K;
          case Q4_K -> KQuantsOf32::q4K;
          case Q5_K -> KQuantsOf32::q5K;
          case IQ4_NL -> CodebookBlocks::iq4Nl;
          case IQ4_XS -> CodebookBlocks::iq4Xs;
          case MXFP4 -> CodebookBlocks::mxfp4;
          case F64, IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S -> null;
          case I8, I16, I32, I64, U8, BOOL -> null;
        });
  }
}
