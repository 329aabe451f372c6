package io.longhaul.engine.convert;

import io.longhaul.engine.model.HfConfig;
import java.util.Optional;

/** Llama 3's scaling of rotary frequencies, which GGUF files hold as a tensor of divisors. */
final class RopeFrequencies {
  private RopeFrequencies() {}

  /** The divisors, one a pair of dimensions; empty without such a scaling. */
  static Optional<float[]> of(HfConfig config, Family family) {
    RopeParameters rope = RopeParameters.of(config);
    if (!rope.type().equals("llama3")) {
      return Optional.empty();
    }
    if (family != Family.LLAMA) {
      throw config.unsupported("rope_type", "'llama3'", "default, linear, yarn");
    }
    return Optional.of(divisors(rope, HeadSizes.headDim(config)));
  }

  private static float[] divisors(RopeParameters rope, int headDim) {
    HfConfig block = rope.block();
    double factor = block.number("factor", 8);
    double low = block.number("low_freq_factor", 1);
    double high = block.number("high_freq_factor", 4);
    double context = block.number("original_max_position_embeddings", 8192);
    float[] divisors = new float[headDim / 2];
    for (int i = 0; i < divisors.length; i++) {
      float exponent = (2f * i) / headDim;
      double wavelength = 2 * Math.PI * Math.pow(rope.theta(), exponent);
      if (wavelength < context / high) {
        divisors[i] = 1;
      } else if (wavelength > context / low) {
        divisors[i] = (float) factor;
      } else {
        double smooth = (context / wavelength - low) / (high - low);
        divisors[i] = (float) (1 / ((1 - smooth) / factor + smooth));
      }
    }
    return divisors;
  }
}
