package io.longhaul.engine;

import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.file.SafetensorsFile;
import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * How a model's makers advise to sample, which its files say: {@code generation_config.json} of a
 * folder, the {@code general.sampling} fields of a GGUF file.
 */
final class SamplingDefaults {
  private final Function<String, Optional<Double>> field;
  private boolean any;

  private SamplingDefaults(Function<String, Optional<Double>> field) {
    this.field = field;
  }

  /**
   * The advice; empty if there is none.
   *
   * @throws ModelException if it cannot be read or followed
   */
  static Optional<Sampling> of(ModelFile file) {
    try {
      return read(file);
    } catch (ModelException e) {
      String message = e.getMessage();
      String source = file.path().toString();
      throw message.startsWith(source)
          ? e
          : new ModelException(source + ": the advised sampling is wrong: " + message, e);
    }
  }

  private static Optional<Sampling> read(ModelFile file) {
    return switch (file) {
      case GgufFile gguf -> {
        SamplingDefaults defaults =
            new SamplingDefaults(name -> gguf.metadata().number("general.sampling." + name));
        yield defaults.sampling(
            "temp", "penalty_repeat", (int) defaults.value("penalty_last_n", 0));
      }
      case SafetensorsFile folder ->
          folder.sibling("generation_config.json").flatMap(SamplingDefaults::ofGenerationConfig);
    };
  }

  private static Optional<Sampling> ofGenerationConfig(Path file) {
    Map<String, Object> config;
    try {
      config = Json.readObject(file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read: " + e.getMessage(), e);
    }
    if (Boolean.FALSE.equals(config.get("do_sample"))) {
      return Optional.empty();
    }
    return new SamplingDefaults(name -> number(file, name, config.get(name)))
        .sampling("temperature", "repetition_penalty", 0);
  }

  private static Optional<Double> number(Path file, String name, Object value) {
    return switch (value) {
      case null -> Optional.empty();
      case Number number -> Optional.of(number.doubleValue());
      default ->
          throw new ModelException(file + ": " + name + " is " + value + ", expected a number");
    };
  }

  private Optional<Sampling> sampling(String temperature, String repetition, int window) {
    Sampling neutral = Sampling.random(1, 0);
    Sampling advised =
        neutral
            .withTemperature(value(temperature, 1))
            .withCuts(Math.max(0, (int) value("top_k", 0)), value("top_p", 1), value("min_p", 0))
            .withPenalties(
                value(repetition, 1), 0, 0, window > 0 ? window : neutral.penaltyWindow());
    return any ? Optional.of(advised) : Optional.empty();
  }

  private double value(String name, double absent) {
    Optional<Double> value = field.apply(name);
    any |= value.isPresent();
    return value.orElse(absent);
  }
}
