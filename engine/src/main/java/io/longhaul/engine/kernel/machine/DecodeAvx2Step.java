package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.tensor.TensorType;
import java.util.Optional;

/**
 * One step of {@link RowDecodeAvx2Code} for one type of weights: decodes the next columns of a row
 * and stores them as floats, rounded as the type's decoder does. The layouts are described at the
 * scalar decoders.
 */
interface DecodeAvx2Step {
  /** Columns of a step. */
  int columns();

  /** Bytes that they take in a row. */
  int bytes();

  /** What is to be in registers before the loop. */
  default void constants(Constants constants) {}

  /**
   * The code of the step. It has all vector registers, as far as they hold no constants.
   *
   * @param block where the step begins in the row
   * @param floats where its floats go
   * @param scratch 64 bytes to work in
   */
  void emit(Assembler a, Mem block, Mem floats, Mem scratch);

  /** Empty where there is none for a type. */
  static Optional<DecodeAvx2Step> of(TensorType type) {
    return Optional.ofNullable(
        switch (type) {
          case F32 -> new PlainAvx2Step(PlainStep.F32);
          case F16 -> new PlainAvx2Step(PlainStep.F16);
          case BF16 -> new PlainAvx2Step(PlainStep.BF16);
          case Q4_0 -> NibbleAvx2Step.q4_0();
          case Q4_1 -> NibbleAvx2Step.q4_1();
          case Q5_0 -> NibbleAvx2Step.q5_0();
          case Q5_1 -> NibbleAvx2Step.q5_1();
          case IQ4_NL -> NibbleAvx2Step.iq4Nl();
          case Q8_0 -> new Q8Avx2Step();
          case Q4_K -> new SixBitAvx2Step(false);
          case Q5_K -> new SixBitAvx2Step(true);
          case Q6_K -> new Q6KAvx2Step();
          default -> null;
        });
  }
}
