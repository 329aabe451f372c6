package io.longhaul.engine.plan;

import io.longhaul.engine.plan.CacheRows.Content;
import io.longhaul.engine.plan.CacheRows.Plane;
import io.longhaul.engine.plan.Dimensions.GroupedQuery;
import io.longhaul.engine.plan.Dimensions.Indexer;
import io.longhaul.engine.plan.Dimensions.Latent;
import io.longhaul.engine.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a model does with its tensors, as far as memory and speed go.
 *
 * @param source the file, for messages
 * @param contextLength tokens that the model was made to see at once
 * @param layers of the trunk
 * @param draftLayers after them, which guess tokens ahead (MTP)
 * @param experts in a layer, 0 for a dense model
 * @param expertsPerToken how many of them one token reads
 * @param cache of the trunk's layers, in F16
 */
public record ModelStructure(
    String source,
    String architecture,
    long contextLength,
    int layers,
    int draftLayers,
    long hiddenSize,
    long vocabSize,
    long experts,
    long expertsPerToken,
    CacheRows cache) {

  static ModelStructure of(Dimensions d) {
    return new ModelStructure(
        d.source(),
        d.architecture(),
        d.context(),
        d.layers(),
        d.draftLayers(),
        d.hidden(),
        d.vocab(),
        d.experts().map(Dimensions.Experts::total).orElse(0L),
        d.experts().map(Dimensions.Experts::perToken).orElse(0L),
        switch (d.attention()) {
          case GroupedQuery attention -> groupedQuery(attention);
          case Latent attention -> latent(attention, d.layers());
        });
  }

  /** Whether a layer of the trunk has an indexer that is used. */
  boolean hasIndexer(int layer) {
    return cache.planes().stream()
        .anyMatch(plane -> plane.layer() == layer && plane.content() == Content.INDEXER_KEYS);
  }

  static CacheRows groupedQuery(GroupedQuery attention) {
    long row = Math.multiplyExact(2 * attention.kvHeads(), attention.headDim());
    List<Long> windows = attention.windows();
    return new CacheRows(
        IntStream.range(0, windows.size())
            .mapToObj(
                layer -> {
                  long window = windows.get(layer) > 0 ? windows.get(layer) : Long.MAX_VALUE;
                  return new Plane(layer, Content.KEYS_AND_VALUES, row, TensorType.F16, window);
                })
            .toList());
  }

  static CacheRows latent(Latent attention, int layers) {
    long row = attention.kvLoraRank() + attention.rope();
    long selected = attention.indexer().map(Indexer::topK).orElse(Long.MAX_VALUE);
    List<Plane> planes = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      planes.add(new Plane(layer, Content.LATENT, row, TensorType.F16, selected));
      if (attention.indexer().isPresent() && attention.indexer().get().full().get(layer)) {
        long keys = attention.indexer().get().headDim();
        planes.add(new Plane(layer, Content.INDEXER_KEYS, keys, TensorType.F16));
      }
    }
    return new CacheRows(planes);
  }
}
