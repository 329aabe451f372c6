package io.longhaul.engine.plan;

import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tensors that a model's files hold, with their roles. */
final class FileTensors {
  /** Ends the name of the scales that lie beside a matrix of FP8 weights. */
  private static final String SCALES = "_scale_inv";

  private FileTensors() {}

  static List<WeightTensor> of(ModelFile file, ModelStructure structure) {
    Map<String, Long> scales = new HashMap<>();
    for (Tensor tensor : file.tensors()) {
      if (tensor.name().endsWith(SCALES)) {
        scales.put(tensor.name(), tensor.data().byteSize());
      }
    }
    List<WeightTensor> tensors = new ArrayList<>();
    for (Tensor tensor : file.tensors()) {
      if (!tensor.name().endsWith(SCALES)) {
        long beside = scales.getOrDefault(tensor.name() + SCALES, 0L);
        tensors.add(of(tensor, beside, structure));
      }
    }
    return tensors;
  }

  private static WeightTensor of(Tensor tensor, long scales, ModelStructure structure) {
    int layer = TensorRole.layer(tensor.name());
    boolean draft = layer >= structure.layers();
    TensorRole role = TensorRole.of(tensor.name(), tensor.shape().size() <= 1);
    if (role == TensorRole.INDEXER && !draft && !structure.hasIndexer(layer)) {
      role = TensorRole.UNUSED;
    }
    List<Long> shape = tensor.shape().isEmpty() ? List.of(1L) : tensor.shape();
    long bytes = Math.addExact(tensor.data().byteSize(), scales);
    return new WeightTensor(tensor.name(), tensor.type(), shape, 1, bytes, role, draft);
  }
}
