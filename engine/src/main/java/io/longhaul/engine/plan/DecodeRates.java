package io.longhaul.engine.plan;

import io.longhaul.engine.plan.ModelShape.Amount;
import io.longhaul.engine.tensor.TensorType;
import java.util.Map;

/**
 * How fast this engine gets through weights, as opposed to how fast memory could deliver them: what
 * turns a bound into a prediction.
 *
 * <p>A product of one token takes each weight once. For each class of types, one constant says how
 * many bytes of weights a processor gets through in a second. What counts is the lesser of that,
 * times the processors, and of what memory delivers. The constants are the rates of single products
 * ({@code RowProductRates} of the benchmarks: AMD Zen 5, one thread, vector kernels of 512 bits;
 * Q8_0 in machine code) times {@link #SHARE_OF_PRODUCTS}.
 */
final class DecodeRates {
  /** Of the bandwidth that a plain read of memory reaches, what kernels reach at best. */
  static final double MEMORY_SHARE = 0.85;

  /**
   * The share of decoding that products take; norms, attention and waits between products take the
   * rest. SmolLM2-135M in Q4_1 (rates 8.8 and 16.6) decodes 144 tokens/s on two processors.
   */
  private static final double SHARE_OF_PRODUCTS = 0.7;

  private DecodeRates() {}

  /** Bytes of weights a second and processor. */
  static double perProcessor(TensorType type) {
    return SHARE_OF_PRODUCTS
        * switch (type) {
          case F32, F64, I8, I16, I32, I64, U8, BOOL -> 20e9;
          case F16, BF16 -> 8.5e9;
          case F8_E4M3 -> 3.3e9;
          case Q8_0 -> 27e9;
          case Q4_0, Q4_1, Q5_0, Q5_1 -> 8.7e9;
          case IQ4_NL, MXFP4, IQ4_XS -> 5.3e9;
          case Q4_K, Q5_K, Q6_K -> 5.4e9;
          case Q2_K, Q3_K -> 2.8e9;
          // These have no vector decoder.
          case IQ1_S, IQ1_M -> 0.16e9;
          case IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S -> 0.07e9;
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
