package io.longhaul.engine.convert;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.model.HfConfig;
import java.util.List;
import java.util.Optional;

/** The words that configurations have for experts. */
final class MixtureConfig {
  private static final List<String> EXPERTS =
      List.of("num_local_experts", "num_experts", "n_routed_experts");

  private MixtureConfig() {}

  /** How many experts a layer has that are chosen from. */
  static int experts(HfConfig config) {
    for (String key : EXPERTS) {
      Optional<Integer> count = config.integer(key);
      if (count.isPresent()) {
        return count.get();
      }
    }
    throw new ModelException(config.source() + ": one of " + EXPERTS + " is missing");
  }
}
