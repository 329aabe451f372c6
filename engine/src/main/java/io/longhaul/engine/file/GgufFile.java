package io.longhaul.engine.file;

import io.longhaul.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** An open model in GGUF, version 2 or 3, little-endian: one file, or all parts of a split one. */
public final class GgufFile implements ModelFile {
  private final Path path;
  private final Arena arena;
  private final List<GgufPart> parts;
  private final TensorTable tensors = new TensorTable();

  private GgufFile(Path path, Path file, Arena arena) {
    this.path = path;
    this.arena = arena;
    var budget = new HeaderBudget();
    this.parts = GgufSplit.parts(GgufParser.read(file, arena, budget), arena, budget);
    for (GgufPart part : parts) {
      tensors.addAll(part.path(), part.tensors());
    }
  }

  /**
   * Opens a GGUF model.
   *
   * @param path what the caller named: the file or its folder
   */
  static GgufFile open(Path path, Path file) {
    return Arenas.openIn(arena -> new GgufFile(path, file, arena));
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public List<Path> files() {
    return parts.stream().map(GgufPart::path).toList();
  }

  @Override
  public List<MemorySegment> mappings() {
    return parts.stream().map(GgufPart::mapped).toList();
  }

  /** The model's key-value pairs; of a split model, those of the first part. */
  public Metadata metadata() {
    return parts.getFirst().metadata();
  }

  /** The version of the format, 2 or 3; of a split model, that of the first part. */
  public int version() {
    return parts.getFirst().version();
  }

  @Override
  public List<Tensor> tensors() {
    return tensors.all();
  }

  @Override
  public Optional<Tensor> tensor(String name) {
    return tensors.named(name);
  }

  @Override
  public void close() {
    Arenas.close(arena);
  }
}
