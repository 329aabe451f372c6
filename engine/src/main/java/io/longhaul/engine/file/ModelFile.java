package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An open model: named tensors over memory-mapped files. Opening reads headers only; a tensor's
 * bytes come from the disk when they are first touched, and files larger than 2 GiB or than the
 * machine's memory are fine.
 *
 * <p>The mapping belongs to a shared {@link java.lang.foreign.Arena}: any thread may read, and
 * after {@link #close} every access to a tensor's data, also one that races with it, throws {@code
 * IllegalStateException} instead of touching unmapped memory. That holds for accesses through the
 * {@code MemorySegment} and for native calls that are handed one. Code that takes its raw address
 * must itself keep the file open. A file that another program truncates while it is mapped makes
 * reads throw {@code InternalError}.
 */
public sealed interface ModelFile extends AutoCloseable permits GgufFile, SafetensorsFile {

  /**
   * Opens a model.
   *
   * @param path a GGUF file (of a split model, any part), a safetensors file, a safetensors index,
   *     or a folder that holds {@code model.safetensors}, {@code model.safetensors.index.json} and
   *     its shards, or exactly one GGUF or safetensors model
   * @throws ModelException if there is no such file, or it is not a whole and sound model file
   */
  static ModelFile open(Path path) {
    return ModelFileOpener.open(path);
  }

  /** What was opened: a file or a folder. */
  Path path();

  /** The mapped files, in the order of their parts or shards. */
  List<Path> files();

  /** The bytes of the {@link #files}, each as a whole. */
  List<MemorySegment> mappings();

  /** All tensors, in the order of the files' headers. */
  List<Tensor> tensors();

  /** The tensor of this name. */
  Optional<Tensor> tensor(String name);

  /**
   * Unmaps the files. A second call does nothing.
   *
   * @throws IllegalStateException if a native call is reading a tensor at this moment; the files
   *     then stay mapped, and a later call can close them
   */
  @Override
  void close();
}
