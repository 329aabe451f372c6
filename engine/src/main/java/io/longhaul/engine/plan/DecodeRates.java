package io.longhaul.engine.plan;

import io.longhaul.engine.plan.ModelShape.Amount;
import io.longhaul.engine.tensor.TensorType;
import java.util.Map;

/**
 * How fast this engine gets through weights, as opposed to how fast memory could deliver them: what
 * turns a bound into a prediction.
 *
 * <p>A product of one token takes each weight once. For each class of types, one constant says how
 * many bytes of weights a processor gets through in a second, norms, attention and the waits
 * between products included. It is the least of that, times the processors, and of what memory
 * delivers. Measured on AMD Zen 5 at two processors, vector kernels of 512 bits (docs/results.md
 * says how).
 */
final class DecodeRates {
  /** Of the bandwidth that a plain read of memory reaches, what kernels reach at best. */
  static final double MEMORY_SHARE = 0.85;

  private DecodeRates() {}

  /** Bytes of weights a second and processor. */
  static double perProcessor(TensorType type) {
    return switch (type) {
      case F32, F64 -> 25e9;
      case F16, BF16 -> 15e9;
      case F8_E4M3 -> 4e9;
      case Q8_0 -> 12e9;
      case Q4_0, Q4_1, Q5_0, Q5_1, IQ4_NL, MXFP4 -> 7.1e9;
      case Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_XS -> 6e9;
      // These have no vector decoder.
      case IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S -> 0.4e9;
      case I8, I16, I32, I64, U8, BOOL -> 25e9;
    };
  }

  /** Seconds that the active weights of a token take. */
  static double seconds(Map<TensorType, Amount> active, Machine machine) {
    double memory = machine.bandwidth() * MEMORY_SHARE;
    double seconds = 0;
    for (Map.Entry<TensorType, Amount> part : active.entrySet()) {
      double compute = perProcessor(part.getKey()) * machine.processors();
      seconds += part.getValue().bytes() / Math.min(memory, compute);
    }
    return seconds;
  }
}
