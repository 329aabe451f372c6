package io.longhaul.engine.file;

import io.longhaul.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * What one GGUF file holds; of a split model, one part.
 *
 * @param mapped the whole file
 * @param tensors in the order of the header
 */
record GgufPart(
    Path path, MemorySegment mapped, int version, Metadata metadata, List<Tensor> tensors) {}
