package io.longhaul.engine.plan;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.plan.Dimensions.Attention;
import io.longhaul.engine.plan.Dimensions.Experts;
import io.longhaul.engine.plan.Dimensions.GroupedQuery;
import io.longhaul.engine.plan.Dimensions.Indexer;
import io.longhaul.engine.plan.Dimensions.Latent;
import io.longhaul.engine.tensor.TensorType;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads {@link Dimensions} from a {@code config.json}. Fields that published files leave out have
 * the defaults of transformers' configuration classes.
 */
final class HuggingFaceDimensions {
  private static final Set<String> GROUPED_QUERY =
      Set.of("llama", "qwen3", "gemma3", "gemma3_text", "qwen3_moe", "glm4_moe");
  private static final Set<String> LATENT =
      Set.of("glm4_moe_lite", "deepseek_v3", "deepseek_v32", "glm_moe_dsa");

  private final HfConfig config;
  private final ConfigFields fields;
  private final String architecture;
  private final long hidden;
  private final int layers;

  private HuggingFaceDimensions(HfConfig config, String architecture) {
    this.config = config;
    this.fields = new ConfigFields(config);
    this.architecture = architecture;
    this.hidden = gemma() ? fields.size("hidden_size", 2304) : fields.size("hidden_size");
    this.layers =
        gemma() && !config.has("num_hidden_layers") ? 26 : fields.layers("num_hidden_layers");
  }

  /**
   * @throws ModelException for an architecture that is not known, and for fields that are missing
   *     or out of bounds
   */
  static Dimensions read(HfConfig outer) {
    String architecture = outer.requireString("model_type");
    if (!GROUPED_QUERY.contains(architecture) && !LATENT.contains(architecture)) {
      Set<String> known = new TreeSet<>(GROUPED_QUERY);
      known.addAll(LATENT);
      throw outer.unsupported("model_type", "'" + architecture + "'", String.join(", ", known));
    }
    HfConfig text =
        architecture.equals("gemma3") ? outer.object("text_config").orElse(outer) : outer;
    return new HuggingFaceDimensions(text, architecture).read();
  }

  private Dimensions read() {
    return new Dimensions(
        config.source(),
        architecture,
        gemma() ? fields.size("vocab_size", 262_208) : fields.size("vocab_size"),
        gemma() && !config.has("max_position_embeddings")
            ? 131_072
            : fields.tokens("max_position_embeddings"),
        hidden,
        layers,
        draftLayers(),
        architecture.startsWith("deepseek"),
        config.bool("tie_word_embeddings", gemma()),
        gemma(),
        LATENT.contains(architecture) ? latent() : groupedQuery(),
        gemma() ? fields.size("intermediate_size", 9216) : fields.size("intermediate_size"),
        config.bool("mlp_bias", false) && !LATENT.contains(architecture),
        experts(),
        type(),
        fp8());
  }

  private boolean gemma() {
    return architecture.startsWith("gemma3");
  }

  /** Of published models. transformers copies the field, but saves no draft layer. */
  private int draftLayers() {
    return (int)
        fields.checked(
            "num_nextn_predict_layers",
            config.integer("num_nextn_predict_layers", 0),
            0,
            ConfigFields.MOST_LAYERS);
  }

  private Attention groupedQuery() {
    int heads = heads();
    long kvHeads = fields.size("num_key_value_heads", gemma() ? 4 : heads);
    if (heads % kvHeads != 0) {
      throw config.unsupported(
          "num_key_value_heads", kvHeads, "divisors of num_attention_heads = " + heads);
    }
    long headDim = fields.size("head_dim", gemma() ? 256 : Math.max(1, hidden / heads));
    boolean bias = config.bool("attention_bias", false);
    boolean headNorms =
        switch (architecture) {
          case "llama" -> false;
          case "glm4_moe" -> config.bool("use_qk_norm", false);
          default -> true;
        };
    return new GroupedQuery(
        heads,
        kvHeads,
        headDim,
        bias,
        bias && !architecture.equals("glm4_moe"),
        headNorms,
        windows());
  }

  private int heads() {
    return gemma()
        ? (int) fields.size("num_attention_heads", 8)
        : (int) fields.size("num_attention_heads");
  }

  private List<Long> windows() {
    if (!gemma()) {
      return Collections.nCopies(layers, 0L);
    }
    long window = fields.size("sliding_window", 4096);
    Optional<List<?>> types = config.list("layer_types");
    if (types.isPresent()) {
      return fields
          .perLayer("layer_types", types.get(), layers, "sliding_attention", "full_attention")
          .stream()
          .map(sliding -> sliding ? window : 0L)
          .toList();
    }
    long pattern = fields.size("sliding_window_pattern", 6);
    return IntStream.range(0, layers)
        .mapToObj(layer -> (layer + 1) % pattern == 0 ? 0L : window)
        .toList();
  }

  private Attention latent() {
    boolean sparse = architecture.equals("glm_moe_dsa") || architecture.equals("deepseek_v32");
    long qLoraRank =
        sparse ? fields.size("q_lora_rank") : fields.optionalSize("q_lora_rank").orElse(0);
    return new Latent(
        heads(),
        qLoraRank,
        fields.size("kv_lora_rank"),
        fields.size("qk_nope_head_dim"),
        fields.size("qk_rope_head_dim"),
        fields.size("v_head_dim"),
        config.bool("attention_bias", false),
        sparse
            ? Optional.of(
                new Indexer(
                    fields.size("index_n_heads"),
                    fields.size("index_head_dim"),
                    fields.size("index_topk"),
                    fullIndexers()))
            : Optional.empty());
  }

  /** GLM-5.2 shares selections: {@code indexer_types}, or a pattern, or a frequency says where. */
  private List<Boolean> fullIndexers() {
    Optional<List<?>> types = config.list("indexer_types");
    if (architecture.equals("deepseek_v32")) {
      return Collections.nCopies(layers, true);
    }
    if (types.isPresent()) {
      return fields.perLayer("indexer_types", types.get(), layers, "full", "shared");
    }
    if (config.has("index_topk_pattern")) {
      List<String> letters =
          config
              .string("index_topk_pattern")
              .orElse("")
              .chars()
              .mapToObj(Character::toString)
              .toList();
      return fields.perLayer("index_topk_pattern", letters, layers, "F", "S");
    }
    long frequency = fields.size("index_topk_freq", 1);
    long offset = fields.count("index_skip_topk_offset", 2);
    return IntStream.range(0, layers)
        .mapToObj(layer -> Math.max(layer - offset + 1, 0) % frequency == 0)
        .toList();
  }

  private Optional<Experts> experts() {
    boolean qwen = architecture.equals("qwen3_moe");
    if (!qwen && !architecture.equals("glm4_moe") && !LATENT.contains(architecture)) {
      return Optional.empty();
    }
    // transformers has written all three.
    String key =
        Stream.of("n_routed_experts", "num_experts", "num_local_experts")
            .filter(config::has)
            .findFirst()
            .orElse(qwen ? "num_experts" : "n_routed_experts");
    long total = fields.checked(key, config.requireInteger(key), 1, 1 << 16);
    long perToken =
        fields.checked(
            "num_experts_per_tok", config.requireInteger("num_experts_per_tok"), 1, total);
    return Optional.of(
        new Experts(
            total,
            perToken,
            qwen ? 0 : fields.count("n_shared_experts", 1),
            fields.size("moe_intermediate_size"),
            !qwen,
            qwen ? qwenSparseLayers() : sparseLayers()));
  }

  private List<Boolean> sparseLayers() {
    Optional<List<?>> types = config.list("mlp_layer_types");
    if (types.isPresent()) {
      return fields.perLayer("mlp_layer_types", types.get(), layers, "sparse", "dense");
    }
    boolean one = architecture.equals("glm4_moe") || architecture.equals("glm4_moe_lite");
    long dense = fields.count("first_k_dense_replace", one ? 1 : 3);
    return IntStream.range(0, layers).mapToObj(layer -> layer >= dense).toList();
  }

  private List<Boolean> qwenSparseLayers() {
    long step = fields.size("decoder_sparse_step", 1);
    List<?> dense = config.list("mlp_only_layers").orElse(List.of());
    return IntStream.range(0, layers)
        .mapToObj(layer -> (layer + 1) % step == 0 && !dense.contains((long) layer))
        .toList();
  }

  private TensorType type() {
    String key = config.has("dtype") ? "dtype" : "torch_dtype";
    return switch (config.string(key).orElse("bfloat16")) {
      case "bfloat16" -> TensorType.BF16;
      case "float16" -> TensorType.F16;
      case "float32" -> TensorType.F32;
      case String other -> throw config.unsupported(key, other, "bfloat16, float16, float32");
    };
  }

  private boolean fp8() {
    Optional<HfConfig> quantization = config.object("quantization_config");
    if (quantization.isEmpty()) {
      return false;
    }
    String method = quantization.get().requireString("quant_method");
    if (!method.equals("fp8")) {
      throw config.unsupported("quantization_config.quant_method", method, "fp8");
    }
    return true;
  }
}
