package io.longhaul.engine.convert;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.GgufWriter;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.file.SafetensorsFile;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.kernel.KernelTeam;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.model.TextConfigs;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a GGUF file from a checkpoint in Hugging Face's form: config.json, safetensors, and where
 * there is one tokenizer.json with the files beside it. Tensors and metadata are those that
 * llama.cpp's own converter writes.
 *
 * <p>Tensors are encoded and written some rows at a time; memory does not grow with the model.
 */
public final class Converter {
  private final SafetensorsFile file;
  private final HfConfig config;
  private final Family family;
  private final ConversionOptions options;
  private final List<String> notes = new ArrayList<>();

  private Converter(SafetensorsFile file, HfConfig outer, ConversionOptions options) {
    this.file = file;
    this.options = options;
    this.config = TextConfigs.of(outer);
    this.family = Family.of(config);
  }

  /**
   * Converts a checkpoint. The file appears when it is whole; an error leaves nothing behind.
   *
   * @param folder with config.json and safetensors
   * @param target the file to write
   * @throws ModelException if something about the checkpoint is wrong or unknown
   * @throws FileAlreadyExistsException if the file is there and is not to be replaced
   * @throws FileSystemException if its file system has too little room
   * @throws IOException if it cannot be written
   */
  public static Conversion convert(
      Path folder, Path target, ConversionOptions options, ConversionListener listener)
      throws IOException {
    if (Files.isDirectory(target)) {
      throw new FileSystemException(target.toString(), null, "is a folder");
    }
    if (Files.exists(target) && !options.replace()) {
      throw new FileAlreadyExistsException(target.toString());
    }
    try (ModelFile model = ModelFile.open(folder)) {
      return switch (model) {
        case SafetensorsFile file ->
            new Converter(file, config(file), options).write(target, listener);
        case GgufFile gguf ->
            throw new ModelException(folder + ": is in GGUF already; expected safetensors");
      };
    }
  }

  private static HfConfig config(SafetensorsFile file) throws IOException {
    Path path =
        file.sibling("config.json")
            .orElseThrow(
                () ->
                    new ModelException(
                        file.folder() + ": config.json is missing; a conversion needs it"));
    return new HfConfig(
        path.toString(), Json.readObject(path.toString(), Files.readAllBytes(path)));
  }

  private Conversion write(Path target, ConversionListener listener) throws IOException {
    List<PlannedTensor> tensors = plan();
    GgufWriter out = new GgufWriter();
    GeneralFields.write(
        file.folder(),
        config.string("_name_or_path").orElse(""),
        family,
        options.type(),
        ModelSize.of(tensors),
        out);
    HyperParameters.write(config, family, out);
    TokenizerFields.write(file, config, family, notes, out);
    try (KernelTeam team = new KernelTeam(options.threads())) {
      Progress progress = new Progress(tensors, listener);
      for (PlannedTensor tensor : tensors) {
        out.tensor(
            tensor.name(),
            tensor.type(),
            tensor.shape(),
            new TensorStream(tensor, team, progress::add));
      }
      requireRoom(target, out.size());
      progress.add(0);
      out.write(target);
    }
    return new Conversion(target, family.gguf(), Files.size(target), count(tensors), notes);
  }

  private List<PlannedTensor> plan() {
    List<PlannedTensor> tensors = new ArrayList<>();
    Map<TensorType, Integer> instead = new LinkedHashMap<>();
    TensorPlan.of(file, config, family, notes)
        .forEach(
            (name, source) -> {
              StorageRules.Choice choice =
                  StorageRules.choose(name, source.shape(), options.type());
              choice.instead().ifPresent(wanted -> instead.merge(choice.type(), 1, Integer::sum));
              tensors.add(new PlannedTensor(name, choice.type(), source.shape(), source.rows()));
            });
    instead.forEach(
        (type, count) ->
            notes.add(
                "%d %s in %s: the rows are not whole blocks of %d elements, as %s needs"
                    .formatted(
                        count,
                        count == 1 ? "tensor is" : "tensors are",
                        type,
                        options.type().blockSize(),
                        options.type())));
    return tensors;
  }

  private static Map<TensorType, Integer> count(Collection<PlannedTensor> tensors) {
    Map<TensorType, Integer> counts = new LinkedHashMap<>();
    tensors.forEach(tensor -> counts.merge(tensor.type(), 1, Integer::sum));
    return counts;
  }

  private static void requireRoom(Path target, long bytes) throws IOException {
    Path folder = Optional.ofNullable(target.toAbsolutePath().getParent()).orElse(target);
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(folder.toString(), null, "no such folder");
    }
    FileStore store = Files.getFileStore(folder);
    // Some virtual file systems have no size at all and report 0 for both.
    if (store.getTotalSpace() > 0 && store.getUsableSpace() < bytes) {
      throw new FileSystemException(
          target.toString(),
          null,
          "needs %,d bytes, but %s has %,d left".formatted(bytes, folder, store.getUsableSpace()));
    }
  }

  /** Adds up what the threads have written. */
  private static final class Progress {
    private final long total;
    private final ConversionListener listener;
    private long done;

    Progress(Collection<PlannedTensor> tensors, ConversionListener listener) {
      this.total = tensors.stream().mapToLong(tensor -> tensor.rows() * tensor.rowBytes()).sum();
      this.listener = listener;
    }

    synchronized void add(long bytes) {
      done += bytes;
      listener.written(done, total);
    }
  }
}
