package io.longhaul.engine.convert;

import io.longhaul.engine.model.HfConfig;
import java.util.Map;
import java.util.Optional;

/**
 * The rotation of queries and keys, as configurations of transformers 5 ({@code rope_parameters})
 * and earlier ({@code rope_scaling}, {@code rope_theta}) give it.
 *
 * @param type {@code default} if there is no scaling
 * @param slidingTheta the base of layers with a sliding window, if they have their own
 * @param block further fields
 */
record RopeParameters(
    String type, double theta, Optional<Double> slidingTheta, double share, HfConfig block) {

  static RopeParameters of(HfConfig config) {
    HfConfig all =
        config
            .object("rope_parameters")
            .or(() -> config.object("rope_scaling"))
            .orElse(new HfConfig(config.source(), Map.of()));
    HfConfig block = all.object("full_attention").orElse(all);
    return new RopeParameters(
        block.string("rope_type").or(() -> block.string("type")).orElse("default"),
        block.number("rope_theta").orElseGet(() -> config.number("rope_theta", 10_000)),
        all.object("sliding_attention")
            .flatMap(sliding -> sliding.number("rope_theta"))
            .or(() -> config.number("rope_local_base_freq")),
        block
            .number("partial_rotary_factor")
            .or(() -> config.number("partial_rotary_factor"))
            .orElse(Double.NaN),
        block);
  }

  /** The share of a head's dimensions that is rotated. */
  double share(double otherwise) {
    return Double.isNaN(share) ? otherwise : share;
  }
}
