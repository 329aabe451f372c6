package io.longhaul.engine.convert;

import io.longhaul.engine.file.GgufWriter;
import io.longhaul.engine.model.HfConfig;
import java.util.ArrayList;
import java.util.List;

/** What Gemma 3 has beyond other decoders, and of it what a GGUF file cannot say. */
final class GemmaParameters {
  /** Every sixth layer attends to everything, unless a file says otherwise. */
  private static final int DEFAULT_PATTERN = 6;

  /** The layers of the 27B model, whose scores alone are scaled by hidden / heads. */
  private static final int LAYERS_27B = 62;

  private GemmaParameters() {}

  static void write(HfConfig config, GgufWriter out) {
    for (String key : List.of("attn_logit_softcapping", "final_logit_softcapping")) {
      if (config.has(key)) {
        throw config.unsupported(key, config.number(key, 0), "none");
      }
    }
    requireKnownScale(config);
    out.uint32("gemma3.attention.sliding_window", config.requireInteger("sliding_window"));
    int pattern = pattern(config);
    if (pattern != DEFAULT_PATTERN) {
      out.uint32("gemma3.attention.sliding_window_pattern", pattern);
    }
  }

  /** Readers take the scale of scores from the widths, so it must be what they take. */
  private static void requireKnownScale(HfConfig config) {
    int headDim = HeadSizes.headDim(config);
    int hidden = config.requireInteger("hidden_size");
    int heads = config.requireInteger("num_attention_heads");
    double known =
        config.requireInteger("num_hidden_layers") == LAYERS_27B ? hidden / heads : headDim;
    double scalar = config.number("query_pre_attn_scalar", headDim);
    if (scalar != known) {
      throw config.unsupported(
          "query_pre_attn_scalar", scalar, known + ", as GGUF files of gemma3 imply");
    }
  }

  /** The distance of layers with full attention; they must be evenly spaced. */
  private static int pattern(HfConfig config) {
    int layers = config.requireInteger("num_hidden_layers");
    List<?> types = config.list("layer_types").orElse(List.of());
    if (types.isEmpty()) {
      return config.integer("sliding_window_pattern", DEFAULT_PATTERN);
    }
    int first = types.indexOf("full_attention");
    int pattern = first < 0 ? Math.max(layers + 1, DEFAULT_PATTERN) : first + 1;
    List<String> implied = new ArrayList<>();
    for (int i = 1; i <= layers; i++) {
      implied.add(i % pattern == 0 ? "full_attention" : "sliding_attention");
    }
    if (!types.equals(implied)) {
      throw config.unsupported("layer_types", types, "full_attention at every n-th layer");
    }
    // Where no layer is full, six is as good if there are fewer than six.
    return first < 0 && layers < DEFAULT_PATTERN ? DEFAULT_PATTERN : pattern;
  }
}
