package io.longhaul.engine.plan;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.file.SafetensorsFile;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The tensors of a model and what is done with them. They come from a model's files, or from a
 * {@code config.json} alone: then every tensor is worked out from the configuration.
 *
 * <p>Parameters are numbers in tensors that are used, draft layers included and FP8 scales not.
 * Active parameters are those that decoding a token computes with: the trunk, with as many experts
 * as are chosen, without the embedding unless it is the head too. So GLM-5.2 has 753.33 billion, of
 * which 40.30 are active.
 */
public sealed interface ModelShape {
  ModelStructure structure();

  List<WeightTensor> tensors();

  /** Tensors that lie in files, with the sizes they have there. */
  record OfFiles(ModelStructure structure, List<WeightTensor> tensors) implements ModelShape {
    public OfFiles {
      tensors = List.copyOf(tensors);
    }
  }

  /** Tensors that follow from a configuration. */
  record OfConfig(ModelStructure structure, List<WeightTensor> tensors) implements ModelShape {
    public OfConfig {
      tensors = List.copyOf(tensors);
    }
  }

  /** Numbers and bytes. */
  record Amount(long parameters, long bytes) {
    static final Amount NONE = new Amount(0, 0);

    Amount plus(Amount other) {
      return new Amount(
          Math.addExact(parameters, other.parameters), Math.addExact(bytes, other.bytes));
    }
  }

  /**
   * Reads a model's shape; of its weights, only the headers.
   *
   * @param path a {@code config.json}, a folder that holds one, or anything that {@link
   *     ModelFile#open} opens
   * @throws ModelException if there is none, or its configuration makes no sense
   */
  static ModelShape open(Path path) {
    Optional<Path> config = bareConfig(path);
    if (config.isPresent()) {
      return ofConfig(readConfig(config.get()));
    }
    try (ModelFile file = ModelFile.open(path)) {
      return ofFile(file);
    }
  }

  /** A configuration without weights: the file itself, or a folder that holds no model file. */
  private static Optional<Path> bareConfig(Path path) {
    if (path.toString().endsWith(".json") && !path.toString().endsWith(".index.json")) {
      return Optional.of(path);
    }
    Path inside = path.resolve("config.json");
    if (!Files.isRegularFile(inside)) {
      return Optional.empty();
    }
    try (var weights = Files.newDirectoryStream(path, "*.{gguf,safetensors,index.json}")) {
      return weights.iterator().hasNext() ? Optional.empty() : Optional.of(inside);
    } catch (IOException e) {
      throw new ModelException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static HfConfig readConfig(Path path) {
    try {
      return new HfConfig(
          path.toString(), Json.readObject(path.toString(), Files.readAllBytes(path)));
    } catch (IOException e) {
      throw new ModelException(
          path + ": cannot be read (" + e + "); give a config.json or a model file", e);
    }
  }

  /** The shape of a model whose configuration is all there is. */
  static ModelShape ofConfig(HfConfig config) {
    Dimensions dimensions = HuggingFaceDimensions.read(config);
    return checkedSizes(
        config.source(),
        () -> new OfConfig(ModelStructure.of(dimensions), HuggingFaceTensors.of(dimensions)));
  }

  /** The shape of an open model. */
  static ModelShape ofFile(ModelFile file) {
    ModelStructure structure =
        switch (file) {
          case GgufFile gguf -> GgufStructure.read(gguf);
          case SafetensorsFile safetensors -> {
            Path config =
                safetensors
                    .sibling("config.json")
                    .orElseThrow(
                        () ->
                            new ModelException(
                                safetensors.folder()
                                    + ": config.json is missing; a safetensors model needs it"));
            yield ModelStructure.of(HuggingFaceDimensions.read(readConfig(config)));
          }
        };
    return checkedSizes(
        structure.source(), () -> new OfFiles(structure, FileTensors.of(file, structure)));
  }

  private static ModelShape checkedSizes(String source, Supplier<ModelShape> make) {
    try {
      ModelShape shape = make.get();
      shape.total();
      shape.structure().cache().withType(TensorType.F32).bytes(shape.structure().contextLength());
      return shape;
    } catch (ArithmeticException e) {
      throw new ModelException(
          source + ": the sizes it asks for do not fit into 64 bits; no such model exists", e);
    }
  }

  /** The same model quantized to one type, as {@code llama-quantize --pure} would. */
  default ModelShape quantized(TensorType type) {
    return new OfConfig(structure(), tensors().stream().map(t -> t.quantized(type)).toList());
  }

  /** All that is used. */
  default Amount total() {
    return sum(tensors().stream().filter(t -> t.role() != TensorRole.UNUSED).toList());
  }

  /** The draft layers alone. */
  default Amount draft() {
    return sum(tensors().stream().filter(WeightTensor::draft).toList());
  }

  /** The trunk's routed experts alone. */
  default Amount experts() {
    return sum(
        tensors().stream().filter(t -> t.role() == TensorRole.EXPERTS && !t.draft()).toList());
  }

  /** Draft layers under {@link TensorRole#DRAFT}, whatever their tensors do. */
  default Map<TensorRole, Amount> byRole() {
    return grouped(TensorRole.class, t -> t.draft() ? TensorRole.DRAFT : t.role());
  }

  default Map<TensorType, Amount> byType() {
    return grouped(TensorType.class, WeightTensor::type);
  }

  /**
   * What decoding a token reads, by type: one row of the embedding, the chosen experts, the rest.
   */
  default Map<TensorType, Amount> activeByType() {
    Map<TensorType, Amount> sums = new EnumMap<>(TensorType.class);
    for (WeightTensor tensor : tensors()) {
      Amount active = active(tensor);
      if (active.parameters > 0) {
        sums.merge(tensor.type(), active, Amount::plus);
      }
    }
    return sums;
  }

  /** What decoding a token reads. */
  default Amount active() {
    return activeByType().values().stream().reduce(Amount.NONE, Amount::plus);
  }

  /** What decoding a token reads of the routed experts. */
  default Amount activeExperts() {
    return ofExperts(experts());
  }

  private Amount active(WeightTensor tensor) {
    Amount whole = new Amount(tensor.parameters(), tensor.bytes());
    return tensor.draft()
        ? Amount.NONE
        : switch (tensor.role()) {
          case UNUSED -> Amount.NONE;
          case EMBEDDING -> tied() ? whole : Amount.NONE;
          case EXPERTS -> ofExperts(whole);
          default -> whole;
        };
  }

  private Amount ofExperts(Amount all) {
    long experts = Math.max(1, structure().experts());
    long used = structure().expertsPerToken();
    return new Amount(
        Math.multiplyExact(all.parameters / experts, used),
        Math.multiplyExact(all.bytes / experts, used));
  }

  /** Whether the embedding is the head too. */
  default boolean tied() {
    return tensors().stream().noneMatch(tensor -> tensor.role() == TensorRole.HEAD);
  }

  private static Amount sum(List<WeightTensor> tensors) {
    return tensors.stream()
        .map(tensor -> new Amount(tensor.parameters(), tensor.bytes()))
        .reduce(Amount.NONE, Amount::plus);
  }

  private <K extends Enum<K>> Map<K, Amount> grouped(Class<K> keys, Function<WeightTensor, K> key) {
    Map<K, Amount> sums = new EnumMap<>(keys);
    for (WeightTensor tensor : tensors()) {
      sums.merge(key.apply(tensor), new Amount(tensor.parameters(), tensor.bytes()), Amount::plus);
    }
    return sums;
  }
}
