package io.longhaul.engine.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Which layers have an indexer of their own; the others use the last one's selection. */
public final class IndexerLayers {
  private static final int DEFAULT_OFFSET = 2;

  private IndexerLayers() {}

  /**
   * For each layer whether it has one. {@code indexer_types} is authoritative; a pattern or a
   * frequency may stand for it.
   */
  public static List<Boolean> full(HfConfig config, int layers) {
    Optional<List<?>> types = config.list("indexer_types");
    if (types.isPresent()) {
      return types.get().stream().map("full"::equals).limit(layers).toList();
    }
    if (config.has("index_topk_pattern")) {
      return pattern(config, layers);
    }
    return everyNth(
        layers,
        config.integer("index_topk_freq", 1),
        config.integer("index_skip_topk_offset", DEFAULT_OFFSET));
  }

  private static List<Boolean> pattern(HfConfig config, int layers) {
    String pattern = config.requireString("index_topk_pattern");
    if (!pattern.matches("[FS]*")) {
      throw config.unsupported("index_topk_pattern", "'" + pattern + "'", "letters F and S");
    }
    return pattern.chars().limit(layers).mapToObj(c -> c == 'F').toList();
  }

  /** Layers 0 to {@code offset - 1}, then each one after {@code frequency} layers. */
  static List<Boolean> everyNth(int layers, int frequency, int offset) {
    return IntStream.range(0, layers)
        .mapToObj(i -> Math.max(i - offset + 1, 0) % Math.max(1, frequency) == 0)
        .toList();
  }
}
