package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tensors of all files of a model, in order and by name. */
final class TensorTable {
  private final List<Tensor> tensors = new ArrayList<>();
  private final Map<String, Tensor> byName = new HashMap<>();

  /**
   * Adds the tensors of one more file.
   *
   * @throws ModelException if a name is there already
   */
  void addAll(Path file, List<Tensor> more) {
    for (Tensor tensor : more) {
      if (byName.putIfAbsent(tensor.name(), tensor) != null) {
        throw new ModelException(
            "%s: tensor %s is also in another file of the model"
                .formatted(file, Shown.name(tensor.name())));
      }
    }
    tensors.addAll(more);
  }

  List<Tensor> all() {
    return Collections.unmodifiableList(tensors);
  }

  Optional<Tensor> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }
}
