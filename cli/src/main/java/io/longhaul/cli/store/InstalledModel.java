package io.longhaul.cli.store;

import io.longhaul.cli.json.JsonText;
import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model of the store: a folder with the files and {@value #MANIFEST}, which says what they are.
 *
 * @param folder absolute
 * @param source where it came from, as {@link Source#parse} reads it
 * @param pulled when
 */
public record InstalledModel(
    String name, Path folder, String source, Instant pulled, List<ModelFile> files) {

  static final String MANIFEST = "model.json";

  public InstalledModel {
    files = List.copyOf(files);
  }

  /** Bytes of all files. */
  public long size() {
    return files.stream().mapToLong(ModelFile::size).sum();
  }

  /**
   * What the engine opens: the GGUF file (the first one of a split), or the folder of safetensors.
   *
   * @throws StoreException if a file has gone or has another size
   */
  public Path path() {
    for (ModelFile file : files) {
      Path path = folder.resolve(file.name());
      long size;
      try {
        size = Files.size(path);
      } catch (IOException e) {
        throw new StoreException(path + " cannot be read (" + e.getMessage() + "): " + repair(), e);
      }
      if (size != file.size()) {
        throw new StoreException(
            path + " has " + size + " bytes and should have " + file.size() + ": " + repair());
      }
    }
    return weights().map(folder::resolve).orElse(folder);
  }

  private String repair() {
    return "run `longhaul rm " + name + "` and pull the model again";
  }

  private Optional<String> weights() {
    return files.stream()
        .map(ModelFile::name)
        .filter(n -> n.endsWith(".gguf"))
        .sorted()
        .findFirst();
  }

  /** The values of {@code models --json}, {@code pull --json} and of the manifest. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", name);
    map.put("source", source);
    map.put("pulled", pulled.toString());
    map.put("size", size());
    List<Object> list = new ArrayList<>();
    for (ModelFile file : files) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("name", file.name());
      entry.put("size", file.size());
      entry.put("sha256", file.sha256());
      list.add(entry);
    }
    map.put("files", list);
    return map;
  }

  String manifest() {
    return JsonText.of(toMap()) + "\n";
  }

  /**
   * The model in a folder of the store, empty if the folder has no manifest.
   *
   * @throws StoreException if the manifest is damaged
   */
  static Optional<InstalledModel> read(Path folder) {
    Path manifest = folder.resolve(MANIFEST);
    if (!Files.isRegularFile(manifest)) {
      return Optional.empty();
    }
    String name = folder.getFileName().toString();
    try {
      Fields fields = Fields.parse(manifest.toString(), Files.readAllBytes(manifest));
      List<ModelFile> files = new ArrayList<>();
      for (Fields file : fields.objects("files")) {
        if (!Names.isFileName(file.text("name"))) {
          throw new StoreException(
              manifest + ": the file name " + file.text("name") + " is a path");
        }
        files.add(new ModelFile(file.text("name"), file.number("size"), file.text("sha256")));
      }
      Instant pulled = Instant.parse(fields.text("pulled"));
      return Optional.of(new InstalledModel(name, folder, fields.text("source"), pulled, files));
    } catch (IOException | DateTimeException | ModelException e) {
      throw new StoreException(
          manifest + " is damaged: run `longhaul rm " + name + "` and pull the model again", e);
    }
  }
}
