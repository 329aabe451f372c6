package io.longhaul.benchmarks.slice;

import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Path;

/** A slice for tests: the widths of GLM-5.2 divided by eight or more. */
public final class SmallSlice {
  static final GlmWidths WIDTHS =
      new GlmWidths(512, 4, 256, 256, 192, 64, 256, 32, 128, 64, 1024, 256, 8, 1_048_576);

  private SmallSlice() {}

  static GlmSlice of(int layers, int dense, int experts, TensorType type) {
    return new GlmSlice(WIDTHS, 300, layers, dense, experts, 4, new Matrices(type, 0.6));
  }

  /** Writes a model of four layers, three of which select for themselves and three have experts. */
  public static Path write(Path folder) throws IOException {
    Path file = folder.resolve("small.gguf");
    new SliceWriter(of(4, 1, 10, TensorType.Q8_0), 1, 2).write(file, written -> {});
    return file;
  }
}
