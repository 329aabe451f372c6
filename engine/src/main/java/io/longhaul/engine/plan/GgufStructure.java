package io.longhaul.engine.plan;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.plan.Dimensions.GroupedQuery;
import io.longhaul.engine.plan.Dimensions.Indexer;
import io.longhaul.engine.plan.Dimensions.Latent;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Reads a {@link ModelStructure} from the metadata of a GGUF file (keys of llama.cpp). */
final class GgufStructure {
  private static final Set<String> KNOWN =
      Set.of(
          "llama", "qwen3", "gemma3", "qwen3moe", "glm4moe", "deepseek2", "deepseek32", "glm-dsa");

  /** Gemma 3: every sixth layer sees everything where the file does not say. */
  private static final long GEMMA_PATTERN = 6;

  /** From this context on, a GLM file without indexer types is GLM-5.2, which shares selections. */
  private static final long SHARING_CONTEXT = 1 << 20;

  private final Metadata metadata;
  private final String prefix;
  private final int trunk;

  private GgufStructure(Metadata metadata, String architecture) {
    this.metadata = metadata;
    this.prefix = architecture + ".";
    this.trunk = (int) required("block_count", 1, ConfigFields.MOST_LAYERS) - draftLayers();
    checked("block_count", trunk, 1, ConfigFields.MOST_LAYERS);
  }

  static ModelStructure read(GgufFile file) {
    Metadata metadata = file.metadata();
    String architecture = metadata.requireString("general.architecture");
    if (!KNOWN.contains(architecture)) {
      throw new ModelException(
          "%s: general.architecture is '%s'; supported: %s"
              .formatted(metadata.source(), architecture, String.join(", ", new TreeSet<>(KNOWN))));
    }
    long vocab =
        file.tensor("token_embd.weight")
            .map(tensor -> tensor.shape().getFirst())
            .orElseThrow(
                () ->
                    new ModelException(
                        metadata.source() + ": tensor token_embd.weight is missing"));
    return new GgufStructure(metadata, architecture).read(architecture, vocab);
  }

  private ModelStructure read(String architecture, long vocab) {
    long experts = optional("expert_count", 0, 1 << 16).orElse(0L);
    return new ModelStructure(
        metadata.source(),
        architecture,
        required("context_length", 1, Integer.MAX_VALUE),
        trunk,
        draftLayers(),
        required("embedding_length", 1, ConfigFields.LARGEST),
        vocab,
        experts,
        experts == 0 ? 0 : required("expert_used_count", 1, experts),
        metadata.contains(prefix + "attention.kv_lora_rank") ? latent() : groupedQuery());
  }

  private int draftLayers() {
    return optional("nextn_predict_layers", 0, ConfigFields.MOST_LAYERS).orElse(0L).intValue();
  }

  private CacheRows groupedQuery() {
    long heads = required("attention.head_count", 1, ConfigFields.LARGEST);
    long hidden = required("embedding_length", 1, ConfigFields.LARGEST);
    long kvHeads = optional("attention.head_count_kv", 1, heads).orElse(heads);
    long headDim =
        optional("attention.key_length", 1, ConfigFields.LARGEST)
            .orElse(Math.max(1, hidden / heads));
    return ModelStructure.groupedQuery(
        new GroupedQuery((int) heads, kvHeads, headDim, false, false, false, windows()));
  }

  private List<Long> windows() {
    if (!prefix.equals("gemma3.")) {
      return Collections.nCopies(trunk, 0L);
    }
    long window = required("attention.sliding_window", 1, ConfigFields.LARGEST);
    long pattern =
        optional("attention.sliding_window_pattern", 1, ConfigFields.MOST_LAYERS)
            .orElse(GEMMA_PATTERN);
    return IntStream.range(0, trunk)
        .mapToObj(layer -> (layer + 1) % pattern == 0 ? 0L : window)
        .toList();
  }

  private CacheRows latent() {
    Optional<Indexer> indexer =
        optional("attention.indexer.key_length", 1, ConfigFields.LARGEST)
            .map(
                headDim ->
                    new Indexer(
                        required("attention.indexer.head_count", 1, ConfigFields.LARGEST),
                        headDim,
                        required("attention.indexer.top_k", 1, ConfigFields.LARGEST),
                        fullIndexers()));
    return ModelStructure.latent(
        new Latent(
            (int) required("attention.head_count", 1, ConfigFields.LARGEST),
            0,
            required("attention.kv_lora_rank", 1, ConfigFields.LARGEST),
            0,
            required("rope.dimension_count", 1, ConfigFields.LARGEST),
            0,
            false,
            indexer),
        trunk);
  }

  private List<Boolean> fullIndexers() {
    String key = prefix + "attention.indexer.types";
    return switch (metadata.values().get(key)) {
      case null -> {
        boolean shares =
            prefix.equals("glm-dsa.")
                && required("context_length", 1, Integer.MAX_VALUE) >= SHARING_CONTEXT;
        yield perLayer(layer -> !shares || Math.max(layer - 2, 0) % 4 == 0);
      }
      case boolean[] full when full.length >= trunk -> perLayer(layer -> full[layer]);
      case long[] full when full.length >= trunk -> perLayer(layer -> full[layer] != 0);
      default ->
          throw new ModelException(
              "%s: metadata field %s is not a list of %d booleans, one for each layer"
                  .formatted(metadata.source(), key, trunk));
    };
  }

  private List<Boolean> perLayer(IntPredicate full) {
    return IntStream.range(0, trunk).mapToObj(full::test).toList();
  }

  private long required(String key, long least, long most) {
    return checked(key, metadata.requireInteger(prefix + key), least, most);
  }

  private Optional<Long> optional(String key, long least, long most) {
    return metadata.integer(prefix + key).map(value -> checked(key, value, least, most));
  }

  private long checked(String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw new ModelException(
          "%s: metadata field %s is %d, expected %d to %d"
              .formatted(metadata.source(), prefix + key, value, least, most));
    }
    return value;
  }
}
