package io.longhaul.benchmarks.slice;

import java.util.List;

/** A model of random weights: what its file says of it, and the tensors. */
interface SliceModel {
  GgufFields fields();

  /** All tensors, in the order of the file. */
  List<SliceTensor> tensors();

  /** What was chosen, for people. */
  String description();

  /** The size of the file. */
  default long fileBytes() {
    List<SliceTensor> tensors = tensors();
    return fields().header(tensors).length
        + tensors.stream().mapToLong(tensor -> GgufFields.aligned(tensor.bytes())).sum();
  }
}
