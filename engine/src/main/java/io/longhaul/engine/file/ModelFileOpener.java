package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds out what kind of model a path leads to. */
final class ModelFileOpener {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX_SUFFIX = ".safetensors.index.json";
  private static final Pattern SHARD = Pattern.compile(".*-\\d{5}-of-\\d{5}\\.safetensors");
  private static final byte[] GGUF = {'G', 'G', 'U', 'F'};

  private ModelFileOpener() {}

  static ModelFile open(Path path) {
    return Files.isDirectory(path) ? openFolder(path) : openFile(path, path);
  }

  /**
   * Opens the one model of a folder. {@code model.safetensors} comes before an index, as in Hugging
   * Face's transformers, and both before anything else.
   */
  private static ModelFile openFolder(Path folder) {
    if (Files.isRegularFile(folder.resolve(SINGLE))) {
      return openFile(folder, folder.resolve(SINGLE));
    }
    if (Files.isRegularFile(folder.resolve("model" + INDEX_SUFFIX))) {
      return openFile(folder, folder.resolve("model" + INDEX_SUFFIX));
    }
    List<Path> models = models(folder);
    if (models.isEmpty()) {
      throw new ModelException(
          folder + ": the folder holds no model: no *.gguf and no *.safetensors file");
    }
    if (models.stream().anyMatch(ModelFileOpener::isShard)) {
      throw new ModelException(
          "%s: the folder holds shards of a safetensors model, but no model%s; download it"
              .formatted(folder, INDEX_SUFFIX));
    }
    if (models.size() > 1) {
      throw new ModelException(
          "%s: the folder holds %d models, %s and %s among them; name one of them"
              .formatted(
                  folder, models.size(), models.get(0).getFileName(), models.get(1).getFileName()));
    }
    return openFile(folder, models.getFirst());
  }

  /** The model files of a folder, sorted; of a split GGUF model, the first part that is there. */
  private static List<Path> models(Path folder) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.{gguf,safetensors}")) {
      found.forEach(files::add);
    } catch (IOException | DirectoryIteratorException e) {
      throw MappedFile.unreadable(folder, e);
    }
    files.sort(null);
    Set<String> split = new HashSet<>();
    files.removeIf(
        file -> GgufSplit.of(file).filter(part -> !split.add(part.fileName(1))).isPresent());
    return files;
  }

  private static boolean isShard(Path file) {
    return SHARD.matcher(file.getFileName().toString()).matches();
  }

  private static ModelFile openFile(Path path, Path file) {
    MappedFile.requireRegular(file);
    if (file.toString().endsWith(INDEX_SUFFIX)) {
      return SafetensorsFile.openIndex(path, file);
    }
    byte[] start = start(file);
    if (Arrays.equals(start, GGUF) || file.toString().endsWith(".gguf")) {
      return GgufFile.open(path, file);
    }
    if (file.toString().endsWith(".safetensors")) {
      return SafetensorsFile.openFile(path, file);
    }
    throw new ModelException(
        file + ": neither begins with GGUF nor is named *.safetensors; not a model file");
  }

  private static byte[] start(Path file) {
    try (InputStream stream = Files.newInputStream(file)) {
      return stream.readNBytes(GGUF.length);
    } catch (IOException e) {
      throw MappedFile.unreadable(file, e);
    }
  }
}
