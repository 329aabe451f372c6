package io.longhaul.benchmarks.depth;

import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.model.Architectures;
import io.longhaul.engine.model.Checkpoint;
import io.longhaul.engine.model.Decoder;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** A GGUF's decoder without a session around it, whose cache the benchmark fills by itself. */
final class LoadedDecoder implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final ModelFile file;
  private final Decoder decoder;
  private final Compute compute;

  private LoadedDecoder(ModelFile file, int threads) {
    this.file = file;
    if (!(file instanceof GgufFile gguf)) {
      throw new ModelException(file.path() + " is no GGUF file");
    }
    var source = new Checkpoint.Source.Gguf(gguf.metadata());
    this.decoder = Architectures.load(new Checkpoint(file, source, arena, false));
    this.compute = new Compute(LoadOptions.defaults().kernels().create(), threads);
  }

  /**
   * Loads a model.
   *
   * @throws ModelException if something about it is wrong; the program ends then, and what it
   *     mapped goes with it
   */
  static LoadedDecoder load(Path path, int threads) {
    return new LoadedDecoder(ModelFile.open(path), threads);
  }

  ModelFile file() {
    return file;
  }

  Decoder decoder() {
    return decoder;
  }

  Compute compute() {
    return compute;
  }

  /** Bytes of all tensors. */
  long weightBytes() {
    return file.tensors().stream().mapToLong(tensor -> tensor.data().byteSize()).sum();
  }

  @Override
  public void close() {
    compute.close();
    arena.close();
    file.close();
  }
}
