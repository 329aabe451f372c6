package io.longhaul.engine.convert;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.GgufType;
import io.longhaul.engine.file.GgufWriter;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes {@code general.*}: what the model is called, how large it is, how it is sampled. */
final class GeneralFields {
  private static final int QUANTIZATION_VERSION = 2;

  private record Sampling(String key, GgufType type, List<String> names) {}

  /** Fields of generation_config.json; of several names the first counts. */
  private static final List<Sampling> SAMPLING =
      List.of(
          new Sampling("top_k", GgufType.INT32, List.of("top_k")),
          new Sampling("top_p", GgufType.FLOAT32, List.of("top_p")),
          new Sampling("min_p", GgufType.FLOAT32, List.of("min_p")),
          new Sampling("temp", GgufType.FLOAT32, List.of("temperature")),
          new Sampling("penalty_last_n", GgufType.INT32, List.of("penalty_last_n")),
          new Sampling(
              "penalty_repeat", GgufType.FLOAT32, List.of("penalty_repeat", "repetition_penalty")));

  private GeneralFields() {}

  static void write(
      Path folder,
      String nameOrPath,
      Family family,
      TensorType type,
      ModelSize size,
      GgufWriter out) {
    out.string("general.architecture", family.gguf());
    out.string("general.type", "model");
    writeSampling(folder, out);
    Path absolute = folder.toAbsolutePath().normalize();
    String folderName =
        absolute.getFileName() == null ? "model" : absolute.getFileName().toString();
    ModelName name =
        ModelName.of(nameOrPath, size.total()).or(ModelName.of(folderName, size.total()));
    out.string("general.name", name.title());
    name.version().ifPresent(v -> out.string("general.version", v));
    name.organization().ifPresent(v -> out.string("general.organization", v));
    name.finetune().ifPresent(v -> out.string("general.finetune", v));
    name.basename().ifPresent(v -> out.string("general.basename", v));
    out.string("general.size_label", name.sizeLabel().orElse(size.label()));
    out.uint32("general.file_type", fileType(type));
    out.uint32("general.quantization_version", QUANTIZATION_VERSION);
  }

  /** llama.cpp's number for a file whose matrices are of a type (enum llama_ftype). */
  private static int fileType(TensorType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q8_0 -> 7;
      case Q4_K -> 14;
      case Q6_K -> 18;
      case BF16 -> 32;
      default -> throw new IllegalArgumentException("no file type for " + type);
    };
  }

  private static void writeSampling(Path folder, GgufWriter out) {
    Path file = folder.resolve("generation_config.json");
    if (!Files.isRegularFile(file)) {
      return;
    }
    Map<String, Object> config;
    try {
      config = Json.readObject(file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read: " + e.getMessage(), e);
    }
    for (Sampling sampling : SAMPLING) {
      for (String name : sampling.names()) {
        if (config.get(name) instanceof Number number) {
          put(out, "general.sampling." + sampling.key(), sampling.type(), number);
          break;
        }
      }
    }
  }

  private static void put(GgufWriter out, String key, GgufType type, Number number) {
    if (type == GgufType.FLOAT32) {
      out.float32(key, number.floatValue());
    } else if (number.doubleValue() == number.intValue()) {
      out.put(key, type, number.intValue());
    }
  }
}
