package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** An open model in safetensors: one file, or an index and its shards. */
public final class SafetensorsFile implements ModelFile {
  private final Path path;
  private final Path folder;
  private final Arena arena;
  private final List<SafetensorsShard> shards;
  private final TensorTable tensors = new TensorTable();

  private SafetensorsFile(Path path, Path folder, Arena arena, List<SafetensorsShard> shards) {
    this.path = path;
    this.folder = folder;
    this.arena = arena;
    this.shards = shards;
    for (SafetensorsShard shard : shards) {
      tensors.addAll(shard.path(), shard.tensors());
    }
  }

  /**
   * Opens one safetensors file.
   *
   * @param path what the caller named: the file or its folder
   */
  static SafetensorsFile openFile(Path path, Path file) {
    return Arenas.openIn(
        arena ->
            new SafetensorsFile(
                path,
                folderOf(file),
                arena,
                List.of(SafetensorsShard.read(file, arena, new HeaderBudget()))));
  }

  /**
   * Opens all shards of an index.
   *
   * @param path what the caller named: the index or its folder
   */
  static SafetensorsFile openIndex(Path path, Path indexFile) {
    return Arenas.openIn(
        arena -> {
          var budget = new HeaderBudget();
          SafetensorsIndex index = SafetensorsIndex.read(indexFile, budget);
          Path folder = folderOf(indexFile);
          List<SafetensorsShard> shards = new ArrayList<>();
          for (String name : index.files()) {
            shards.add(SafetensorsShard.read(shard(index, folder, name), arena, budget));
          }
          requireAll(index, shards);
          return new SafetensorsFile(path, folder, arena, shards);
        });
  }

  private static Path shard(SafetensorsIndex index, Path folder, String name) {
    Path shard = folder.resolve(name);
    if (!Files.exists(shard)) {
      throw new ModelException(
          "%s: weight_map names the shard %s, which is not in the folder; download it"
              .formatted(index.path(), Shown.name(name)));
    }
    return shard;
  }

  /** Every tensor of the index must be in the shard that it names. */
  private static void requireAll(SafetensorsIndex index, List<SafetensorsShard> shards) {
    Map<String, Set<String>> held = new HashMap<>();
    for (SafetensorsShard shard : shards) {
      held.put(
          shard.path().getFileName().toString(),
          shard.tensors().stream().map(Tensor::name).collect(Collectors.toSet()));
    }
    index
        .shards()
        .forEach(
            (tensor, shard) -> {
              if (!held.get(shard).contains(tensor)) {
                throw new ModelException(
                    "%s: weight_map says that tensor %s is in %s, but it is not"
                        .formatted(index.path(), Shown.name(tensor), Shown.name(shard)));
              }
            });
  }

  private static Path folderOf(Path file) {
    Path parent = file.getParent();
    return parent == null ? Path.of("") : parent;
  }

  @Override
  public Path path() {
    return path;
  }

  /** The folder that holds the tensors' files, and beside them {@code config.json} and others. */
  public Path folder() {
    return folder;
  }

  /**
   * A file beside the tensors' files.
   *
   * @param name such as {@code config.json} or {@code tokenizer.json}
   * @return empty if the folder holds no such regular file
   */
  public Optional<Path> sibling(String name) {
    if (!FileNames.isPlain(name)) {
      throw new IllegalArgumentException(name + " is not the name of a file in a folder");
    }
    return Optional.of(folder.resolve(name)).filter(Files::isRegularFile);
  }

  /** The strings of {@code __metadata__}; of several shards, all, the first shard's first. */
  public Map<String, String> metadata() {
    Map<String, String> all = new LinkedHashMap<>();
    for (SafetensorsShard shard : shards) {
      shard.metadata().forEach(all::putIfAbsent);
    }
    return Collections.unmodifiableMap(all);
  }

  @Override
  public List<Path> files() {
    return shards.stream().map(SafetensorsShard::path).toList();
  }

  @Override
  public List<MemorySegment> mappings() {
    return shards.stream().map(SafetensorsShard::mapped).toList();
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
