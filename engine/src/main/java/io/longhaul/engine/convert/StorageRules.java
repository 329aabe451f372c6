package io.longhaul.engine.convert;

import io.longhaul.engine.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * In which type a tensor is stored: that of llama.cpp's converter and of its quantizer without
 * mixtures ({@code llama-quantize --pure}).
 */
final class StorageRules {
  private StorageRules() {}

  /**
   * @param type what was chosen
   * @param instead the type that was asked for, if rows are not whole blocks of it
   */
  record Choice(TensorType type, Optional<TensorType> instead) {}

  static Choice choose(String name, List<Long> shape, TensorType wanted) {
    if (staysFloat(name, shape)) {
      return new Choice(TensorType.F32, Optional.empty());
    }
    long columns = shape.getLast();
    TensorType type = wanted;
    if (columns % type.blockSize() != 0) {
      type =
          switch (wanted) {
            case Q4_K -> TensorType.Q5_0;
            case Q6_K -> TensorType.Q8_0;
            default -> TensorType.F16;
          };
    }
    if (columns % type.blockSize() != 0) {
      type = TensorType.F16;
    }
    return new Choice(type, type == wanted ? Optional.empty() : Optional.of(wanted));
  }

  /** Vectors, norms, biases, and what decides over other tokens' weights: routers and indexers. */
  private static boolean staysFloat(String name, List<Long> shape) {
    return shape.size() <= 1
        || !name.endsWith(".weight")
        || name.endsWith("_norm.weight")
        || name.endsWith(".ffn_gate_inp.weight")
        || name.endsWith(".indexer.proj.weight");
  }
}
