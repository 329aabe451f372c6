package io.longhaul.engine.model;

import io.longhaul.engine.json.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * A tiny random model of the test resources, with what transformers computes from it in float32.
 *
 * <p>The folders are written by {@code scripts/oracle/tiny_checkpoints.py} (safetensors) and {@code
 * tiny_ggufs.py} (GGUF); {@code tiny_models.py} tells their layout.
 *
 * @param folder holds config.json and the safetensors files, or model.gguf
 * @param architecture the name in config.json, for a GGUF that of the model it was made from
 */
record TinyCheckpoint(
    String name, String architecture, Path folder, int vocabularySize, List<Reference> prompts) {

  /**
   * One prompt and its truth.
   *
   * @param logits a row [vocabulary] for every position of the prompt
   * @param logitsStd the standard deviation of all logits: the scale for tolerances
   * @param continuation the greedy tokens after the prompt
   * @param leastGap the smallest lead of the best token over the second in the continuation
   */
  record Reference(
      List<Integer> tokens,
      List<float[]> logits,
      double logitsStd,
      List<Integer> continuation,
      double leastGap) {
    Reference {
      tokens = List.copyOf(tokens);
      logits = List.copyOf(logits);
      continuation = List.copyOf(continuation);
    }

    int[] tokenArray() {
      return tokens.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  TinyCheckpoint {
    prompts = List.copyOf(prompts);
  }

  /** What a loader is given: the GGUF file, or the folder of a safetensors checkpoint. */
  Path path() {
    Path gguf = folder.resolve("model.gguf");
    return Files.exists(gguf) ? gguf : folder;
  }

  /** The name alone, for readable test reports. */
  @Override
  public String toString() {
    return name;
  }

  /** All tiny checkpoints of the test resources, by name. */
  static List<TinyCheckpoint> all() {
    try (Stream<Path> folders = Files.list(root())) {
      return folders.sorted().map(TinyCheckpoint::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one with this name. */
  static TinyCheckpoint named(String name) {
    return read(root().resolve(name));
  }

  /** Reads a fixture folder; also one made on demand outside the resources. */
  static TinyCheckpoint read(Path folder) {
    try {
      String source = folder.resolve("reference.json").toString();
      Map<String, Object> json =
          Json.readObject(source, Files.readAllBytes(folder.resolve("reference.json")));
      int vocabulary = integer(json.get("vocabulary"));
      ByteBuffer logits = logits(folder.resolve("logits.f32.gz"));
      List<Reference> prompts = new ArrayList<>();
      for (Object entry : (List<?>) json.get("prompts")) {
        Map<String, Object> prompt = Json.asObject(source, "prompts", entry);
        List<Integer> tokens = integers(prompt.get("tokens"));
        List<float[]> table = new ArrayList<>();
        for (int i = 0; i < tokens.size(); i++) {
          float[] row = new float[vocabulary];
          table.add(row);
          logits.asFloatBuffer().get(row);
          logits.position(logits.position() + Float.BYTES * vocabulary);
        }
        prompts.add(
            new Reference(
                tokens,
                table,
                (Double) prompt.get("logitsStd"),
                integers(prompt.get("continuation")),
                (Double) prompt.get("leastGap")));
      }
      if (logits.hasRemaining()) {
        throw new IllegalStateException(
            folder + ": logits of more positions than the prompts have");
      }
      return new TinyCheckpoint(
          (String) json.get("checkpoint"),
          (String) json.get("architecture"),
          folder,
          vocabulary,
          prompts);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path root() {
    URL url = TinyCheckpoint.class.getResource("tiny");
    if (url == null) {
      throw new IllegalStateException("the test resources lack io/longhaul/engine/model/tiny");
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ByteBuffer logits(Path file) throws IOException {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      return ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  private static List<Integer> integers(Object list) {
    return ((List<?>) list).stream().map(TinyCheckpoint::integer).toList();
  }

  private static int integer(Object value) {
    return Math.toIntExact((Long) value);
  }
}
