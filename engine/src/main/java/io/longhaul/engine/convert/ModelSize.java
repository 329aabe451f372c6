package io.longhaul.engine.convert;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collection;

/**
 * Parameters of a model.
 *
 * @param ofOneExpert in all layers, all three matrices
 * @param experts of a layer, 0 without
 */
record ModelSize(long total, long shared, long ofOneExpert, long experts) {
  static ModelSize of(Collection<PlannedTensor> tensors) {
    long total = 0;
    long shared = 0;
    long ofOneExpert = 0;
    long experts = 0;
    for (PlannedTensor tensor : tensors) {
      long elements = tensor.elements();
      total += elements;
      if (tensor.name().contains("_exps.")) {
        experts = tensor.shape().getFirst();
        ofOneExpert += elements / experts;
      } else {
        shared += elements;
      }
    }
    return new ModelSize(total, shared, ofOneExpert, experts);
  }

  /** As gguf writes sizes: 753B, 8x7.2B. */
  String label() {
    return experts > 0 ? experts + "x" + rounded(shared + ofOneExpert) : rounded(total);
  }

  /** At least two digits of the thousands, millions and so on. */
  private static String rounded(long count) {
    double scaled;
    String suffix;
    if (count > 1e12) {
      scaled = count * 1e-12;
      suffix = "T";
    } else if (count > 1e9) {
      scaled = count * 1e-9;
      suffix = "B";
    } else if (count > 1e6) {
      scaled = count * 1e-6;
      suffix = "M";
    } else {
      scaled = count * 1e-3;
      suffix = "K";
    }
    long whole = (long) Math.rint(scaled);
    int digits = whole == 0 ? 0 : Long.toString(whole).length();
    return new BigDecimal(scaled).setScale(Math.max(2 - digits, 0), RoundingMode.HALF_EVEN)
        + suffix;
  }
}
