package io.longhaul.benchmarks.depth;

import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.model.Architectures;
import io.longhaul.engine.model.Checkpoint;
import io.longhaul.engine.model.Decoder;
import io.longhaul.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** A GGUF's decoder without a session around it, whose cache the benchmark fills by itself. */
record LoadedDecoder(ModelFile file, Arena arena, Decoder decoder, Compute compute)
    implements AutoCloseable {
  static LoadedDecoder load(Path path, int threads) {
    ModelFile file = ModelFile.open(path);
    Arena arena = Arena.ofShared();
    boolean loaded = false;
    try {
      if (!(file instanceof GgufFile gguf)) {
        throw new ModelException(path + " is no GGUF file");
      }
      var source = new Checkpoint.Source.Gguf(gguf.metadata());
      Decoder decoder = Architectures.load(new Checkpoint(file, source, arena, false));
      var compute = new Compute(LoadOptions.defaults().kernels().create(), threads);
      loaded = true;
      return new LoadedDecoder(file, arena, decoder, compute);
    } finally {
      if (!loaded) {
        arena.close();
        file.close();
      }
    }
  }

  /** Bytes of all tensors. */
  long weightBytes() {
    return file.tensors().stream().mapToLong((Tensor tensor) -> tensor.data().byteSize()).sum();
  }

  @Override
  public void close() {
    compute.close();
    arena.close();
    file.close();
  }
}
