package io.longhaul.engine.model;

import io.longhaul.engine.json.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * A tiny random model with experts or an indexer, and which positions and experts transformers
 * chose.
 *
 * <p>The folders are written by {@code scripts/oracle/sparse_checkpoints.py}; {@code
 * sparse_models.py} tells their layout.
 *
 * @param choices one for each of the model's prompts
 */
record SparseCheckpoint(TinyCheckpoint model, List<Choices> choices) {

  /**
   * What one prompt's pass chose; by layer, a list entry for every position.
   *
   * @param selected of the layers with an indexer of their own: what is attended to, ascending
   * @param routed of the layers with experts
   */
  record Choices(
      SortedMap<Integer, List<List<Integer>>> selected, SortedMap<Integer, List<Routing>> routed) {}

  /**
   * The experts of one position.
   *
   * @param experts ascending
   * @param weights in the order of the experts
   */
  record Routing(List<Integer> experts, List<Double> weights) {
    Routing {
      experts = List.copyOf(experts);
      weights = List.copyOf(weights);
    }
  }

  SparseCheckpoint {
    choices = List.copyOf(choices);
  }

  /** The name alone, for readable test reports. */
  @Override
  public String toString() {
    return model.name();
  }

  /**
   * Those of the test resources, and of a folder that {@code -Dlonghaul.sparseCheckpoints} adds.
   */
  static List<SparseCheckpoint> all() {
    List<SparseCheckpoint> all = new ArrayList<>(readAll(root()));
    String more = System.getProperty("longhaul.sparseCheckpoints", "");
    if (!more.isEmpty()) {
      all.addAll(readAll(Path.of(more)));
    }
    return all;
  }

  /** The folder of the one with this name among the test resources. */
  static Path folder(String name) {
    return root().resolve(name);
  }

  private static List<SparseCheckpoint> readAll(Path root) {
    try (Stream<Path> folders = Files.list(root)) {
      return folders.sorted().map(SparseCheckpoint::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SparseCheckpoint read(Path folder) {
    Path file = folder.resolve("choices.json.gz");
    String source = file.toString();
    List<Choices> choices = new ArrayList<>();
    for (Object entry : (List<?>) unpack(file).get("prompts")) {
      Map<String, Object> prompt = Json.asObject(source, "prompts", entry);
      SortedMap<Integer, List<List<Integer>>> selected = new TreeMap<>();
      Json.asObject(source, "selected", prompt.get("selected"))
          .forEach(
              (layer, rows) ->
                  selected.put(
                      Integer.valueOf(layer),
                      ((List<?>) rows).stream().map(SparseCheckpoint::integers).toList()));
      SortedMap<Integer, List<Routing>> routed = new TreeMap<>();
      Json.asObject(source, "routed", prompt.get("routed"))
          .forEach(
              (layer, rows) ->
                  routed.put(
                      Integer.valueOf(layer),
                      ((List<?>) rows).stream().map(row -> routing(source, row)).toList()));
      choices.add(new Choices(selected, routed));
    }
    return new SparseCheckpoint(TinyCheckpoint.read(folder), choices);
  }

  private static Routing routing(String source, Object entry) {
    Map<String, Object> row = Json.asObject(source, "routed", entry);
    return new Routing(
        integers(row.get("experts")),
        ((List<?>) row.get("weights"))
            .stream().map(weight -> ((Number) weight).doubleValue()).toList());
  }

  private static List<Integer> integers(Object list) {
    return ((List<?>) list).stream().map(value -> Math.toIntExact((Long) value)).toList();
  }

  private static Map<String, Object> unpack(Path file) {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      return Json.readObject(file.toString(), in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path root() {
    URL url = SparseCheckpoint.class.getResource("sparse");
    if (url == null) {
      throw new IllegalStateException("the test resources lack io/longhaul/engine/model/sparse");
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
