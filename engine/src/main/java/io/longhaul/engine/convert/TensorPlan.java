package io.longhaul.engine.convert;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.SafetensorsFile;
import io.longhaul.engine.model.HfConfig;
import io.longhaul.engine.model.TensorNames;
import io.longhaul.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds for each tensor of the GGUF file what it is made from. */
final class TensorPlan {
  private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d+)\\..*");
  private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d+)\\..*");
  private static final Pattern EXPERT =
      Pattern.compile("(blk\\.\\d+\\.ffn_(?:gate|up|down)_exp)\\.(\\d+)\\.weight");
  private static final String SCALE = "_scale_inv";

  /** What belongs to an image encoder, or is computed. */
  private static final Pattern FOREIGN =
      Pattern.compile(
          "(model\\.)?(vision_tower|vision_model|multi_modal_projector)\\..*|.*\\.rotary_emb\\.inv_freq");

  private final SafetensorsFile file;
  private final HfConfig config;
  private final Family family;

  /** By GGUF name. */
  private final Map<String, Source> sources = new LinkedHashMap<>();

  /** By the name of the tensor that holds all: each expert's matrix. */
  private final Map<String, NavigableMap<Integer, StoredMatrix>> experts = new LinkedHashMap<>();

  private final Set<String> left = new HashSet<>();

  /** What one tensor is made from. */
  record Source(List<Long> shape, RowSource rows) {
    Source {
      shape = List.copyOf(shape);
    }
  }

  private TensorPlan(SafetensorsFile file, HfConfig config, Family family) {
    this.file = file;
    this.config = config;
    this.family = family;
  }

  /**
   * The tensors by GGUF name: embedding, blocks in order, then the rest.
   *
   * @param notes receives what is left out
   * @throws ModelException if a tensor is missing, has no place in the file or another shape than
   *     the configuration says
   */
  static Map<String, Source> of(
      SafetensorsFile file, HfConfig config, Family family, List<String> notes) {
    TensorPlan plan = new TensorPlan(file, config, family);
    file.tensors().forEach(plan::add);
    plan.experts.forEach(plan::stack);
    RopeFrequencies.of(config, family)
        .ifPresent(
            divisors ->
                plan.sources.put(
                    "rope_freqs.weight",
                    new Source(
                        List.of((long) divisors.length),
                        (row, out) -> System.arraycopy(divisors, 0, out, 0, divisors.length))));
    RequiredTensors.check(file.path(), config, family, plan.sources.keySet());
    if (!plan.left.isEmpty()) {
      notes.add(
          "%d tensors of layers beyond the last (multi-token prediction) are left out, as %s"
                  .formatted(plan.left.size(), family.gguf())
              + " files have no place for them");
    }
    Map<String, Source> sorted = new LinkedHashMap<>();
    plan.sources.entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> position(entry.getKey())))
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return sorted;
  }

  private static int position(String name) {
    Matcher block = BLOCK.matcher(name);
    if (block.matches()) {
      return Integer.parseInt(block.group(1));
    }
    return name.startsWith("token_embd") ? -1 : Integer.MAX_VALUE;
  }

  private void add(Tensor tensor) {
    String name = TensorNames.plain(tensor.name());
    if (FOREIGN.matcher(name).matches() || isScale(tensor) || isTiedHead(name)) {
      return;
    }
    Matcher layer = LAYER.matcher(name);
    if (layer.matches() && number(layer.group(1)) >= family.blocks(config)) {
      if (number(layer.group(1)) >= layersOfCheckpoint()) {
        throw new ModelException(
            "%s: tensor %s is of a layer beyond the %d of %s"
                .formatted(file.path(), tensor.name(), layersOfCheckpoint(), config.source()));
      }
      left.add(name);
      return;
    }
    String target =
        TensorNames.toGguf(name, family.names())
            .orElseThrow(
                () ->
                    new ModelException(
                        "%s: tensor %s has no place in a GGUF file of architecture %s"
                            .formatted(file.path(), tensor.name(), family.gguf())));
    StoredMatrix matrix = new StoredMatrix(tensor, file.tensor(tensor.name() + SCALE));
    Matcher expert = EXPERT.matcher(target);
    if (expert.matches()) {
      experts
          .computeIfAbsent(expert.group(1) + "s.weight", key -> new TreeMap<>())
          .put(number(expert.group(2)), matrix);
    } else {
      addSingle(target, matrix);
    }
  }

  private int layersOfCheckpoint() {
    return config.requireInteger("num_hidden_layers")
        + config.integer("num_nextn_predict_layers", 1);
  }

  private static int number(String digits) {
    return digits.length() < 9 ? Integer.parseInt(digits) : Integer.MAX_VALUE;
  }

  private boolean isScale(Tensor tensor) {
    String name = tensor.name();
    return name.endsWith(SCALE)
        && file.tensor(name.substring(0, name.length() - SCALE.length())).isPresent();
  }

  /** A head that repeats the embedding; llama.cpp leaves it out of latent models only. */
  private boolean isTiedHead(String name) {
    return family.latent()
        && name.equals("lm_head.weight")
        && config.bool("tie_word_embeddings", false);
  }

  private void addSingle(String target, StoredMatrix matrix) {
    if (family.latent() && target.endsWith(".attn_kv_b.weight")) {
      splitKeysAndValues(target, matrix);
    } else if (family.permutes() && isRotated(target)) {
      sources.put(target, new Source(matrix.shape(), permuted(target, matrix)));
    } else if (family == Family.GEMMA3 && target.endsWith("norm.weight")) {
      sources.put(target, new Source(matrix.shape(), RowSource.plusOne(matrix)));
    } else {
      sources.put(target, new Source(matrix.shape(), RowSource.of(matrix)));
    }
  }

  private static boolean isRotated(String target) {
    return target.contains(".attn_q.") || target.contains(".attn_k.");
  }

  private RowSource permuted(String target, StoredMatrix matrix) {
    int queryHeads = config.requireInteger("num_attention_heads");
    int heads =
        target.contains(".attn_q.")
            ? queryHeads
            : config.integer("num_key_value_heads", queryHeads);
    long rows = matrix.shape().getFirst();
    if (heads < 1 || rows % (2L * heads) != 0) {
      throw wrongShape(matrix, "rows for " + heads + " heads of even width");
    }
    int headRows = Math.toIntExact(rows / heads);
    return matrix.shape().size() == 1
        ? RowSource.interleavedElements(matrix, headRows)
        : RowSource.interleaved(matrix, headRows);
  }

  private void splitKeysAndValues(String target, StoredMatrix matrix) {
    int heads = config.requireInteger("num_attention_heads");
    int keyRows = config.requireInteger("qk_nope_head_dim");
    int valueRows = config.requireInteger("v_head_dim");
    long rank = config.requireInteger("kv_lora_rank");
    if (!matrix.shape().equals(List.of(heads * ((long) keyRows + valueRows), rank))) {
      throw wrongShape(matrix, "[%d x (%d + %d), %d]".formatted(heads, keyRows, valueRows, rank));
    }
    String block = target.substring(0, target.length() - "attn_kv_b.weight".length());
    sources.put(
        block + "attn_k_b.weight",
        new Source(
            List.of((long) heads, rank, (long) keyRows),
            RowSource.keysTransposed(matrix, keyRows, valueRows)));
    sources.put(
        block + "attn_v_b.weight",
        new Source(
            List.of((long) heads, (long) valueRows, rank),
            RowSource.values(matrix, keyRows, valueRows)));
  }

  private void stack(String target, NavigableMap<Integer, StoredMatrix> matrices) {
    int count = MixtureConfig.experts(config);
    for (int e = 0; e < count; e++) {
      if (!matrices.containsKey(e)) {
        throw new ModelException(
            "%s: expert %d of the %d of %s is missing"
                .formatted(file.path(), e, count, target.substring(0, target.indexOf('.', 4))));
      }
    }
    StoredMatrix first = matrices.firstEntry().getValue();
    for (StoredMatrix matrix : matrices.values()) {
      if (!matrix.shape().equals(first.shape()) || matrix.shape().size() != 2) {
        throw wrongShape(matrix, first.shape() + " as " + first.name());
      }
    }
    if (matrices.size() > count) {
      throw new ModelException(
          "%s: %s is beyond the %d experts of %s"
              .formatted(
                  file.path(), matrices.lastEntry().getValue().name(), count, config.source()));
    }
    List<Long> shape = new ArrayList<>(List.of((long) count));
    shape.addAll(first.shape());
    sources.put(target, new Source(shape, RowSource.stacked(List.copyOf(matrices.values()))));
  }

  private ModelException wrongShape(StoredMatrix matrix, String expected) {
    return new ModelException(
        "%s: tensor %s has shape %s, but the configuration asks for %s"
            .formatted(file.path(), matrix.name(), matrix.shape(), expected));
  }
}
