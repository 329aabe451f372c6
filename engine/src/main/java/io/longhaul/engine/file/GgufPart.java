package io.longhaul.engine.file;

import io.longhaul.engine.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;

/**
 * What one GGUF file holds; of a split model, one part.
 *
 * @param tensors in the order of the header
 */
record GgufPart(Path path, int version, Metadata metadata, List<Tensor> tensors) {}
