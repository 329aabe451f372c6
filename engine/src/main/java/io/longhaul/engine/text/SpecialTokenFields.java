package io.longhaul.engine.text;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The GGUF fields for the tokens that begin and end texts, by the rules of llama.cpp's converter:
 * tokenizer_config.json names them, else config.json; the post-processor of tokenizer.json says
 * which are added.
 */
final class SpecialTokenFields {
  /** Names in the configurations, and in the GGUF fields. */
  private static final Map<String, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put("bos", "bos");
    NAMES.put("eos", "eos");
    NAMES.put("unk", "unknown");
    NAMES.put("sep", "seperator"); // sic
    NAMES.put("pad", "padding");
    NAMES.put("mask", "mask");
  }

  private final JsonField root;
  private final JsonField tokenizerConfig;
  private final JsonField modelConfig;
  private final Map<String, Integer> added;
  private final Map<String, String> texts = new LinkedHashMap<>();
  private final Map<String, Boolean> adds = new LinkedHashMap<>();
  private String first = "";
  private String last = "";

  /**
   * @param added ids of the added tokens
   */
  SpecialTokenFields(
      JsonField root,
      JsonField tokenizerConfig,
      JsonField modelConfig,
      Map<String, Integer> added) {
    this.root = root;
    this.tokenizerConfig = tokenizerConfig;
    this.modelConfig = modelConfig;
    this.added = added;
    for (String name : NAMES.keySet()) {
      JsonField token = tokenizerConfig.get(name + "_token");
      JsonField text = token.isObject() ? token.get("content") : token;
      if (text.value() instanceof String content) {
        texts.put(name, content);
      }
    }
  }

  /**
   * Adds the fields.
   *
   * @param size tokens of the vocabulary; ids beyond are left out
   */
  void addTo(Map<String, Object> fields, int size) {
    readPostProcessor();
    for (Map.Entry<String, String> name : NAMES.entrySet()) {
      JsonField add = tokenizerConfig.get("add_" + name.getKey() + "_token");
      if (add.value() instanceof Boolean value) {
        adds.putIfAbsent(name.getKey(), value);
      }
      Integer id = added.get(texts.get(name.getKey()));
      if (id == null) {
        id = idOfModel(name.getKey(), size);
      }
      if (id != null) {
        fields.put("tokenizer.ggml." + name.getValue() + "_token_id", (long) id);
      }
    }
    for (String name : List.of("bos", "eos", "sep")) {
      if (adds.containsKey(name)) {
        fields.put("tokenizer.ggml.add_" + name + "_token", adds.get(name));
      }
    }
  }

  private Integer idOfModel(String name, int size) {
    JsonField id = modelConfig.get(name + "_token_id");
    JsonField text = modelConfig.get("text_config");
    if (id.isNull() && text.isObject()) {
      id = text.get(name + "_token_id");
    }
    return id.value() instanceof Long number && number >= 0 && number < size
        ? Integer.valueOf(number.intValue())
        : null;
  }

  private void readPostProcessor() {
    JsonField processor = root.get("post_processor");
    if (processor.isNull()) {
      return;
    }
    JsonField several = processor.get("processors");
    for (JsonField step : several.isNull() ? List.of(processor) : several.list()) {
      switch (step.get("type").string()) {
        case "ByteLevel" -> {
          adds.putIfAbsent("bos", false);
          adds.putIfAbsent("eos", false);
        }
        case "TemplateProcessing" -> {
          readTemplate(step.get("single").list());
          JsonField pair = step.get("pair");
          if (!pair.isNull()) {
            readPair(pair.list());
          }
        }
        default -> {} // trims offsets, which nobody asks for here
      }
    }
  }

  /** Special tokens before and after the text {@code A}. */
  private void readTemplate(List<JsonField> items) {
    if (items.size() < 2) {
      return;
    }
    first = special(items.getFirst());
    last = special(items.getLast());
    if (!first.isEmpty()) {
      texts.putIfAbsent("bos", first);
      adds.put("bos", first.equals(texts.get("bos")));
    }
    if (!last.isEmpty()) {
      texts.put("eos", last);
      adds.put("eos", true);
    }
  }

  /** Whether something separates the texts {@code A} and {@code B}. */
  private void readPair(List<JsonField> items) {
    int from =
        !items.isEmpty() && !first.isEmpty() && special(items.getFirst()).equals(first) ? 1 : 0;
    int to = items.size();
    if (to > from && !last.isEmpty() && special(items.getLast()).equals(last)) {
      to--;
    }
    if (to - from < 3 || !isText(items.get(from), "A") || !isText(items.get(to - 1), "B")) {
      return;
    }
    List<JsonField> between = items.subList(from + 1, to - 1);
    boolean separates = last.isEmpty() && isSeparator(between.getFirst());
    adds.put("sep", separates || (between.size() == 2 && isSeparator(between.getLast())));
  }

  private boolean isSeparator(JsonField item) {
    String text = special(item);
    return !text.isEmpty() && (text.equals(texts.get("sep")) || text.equals(texts.get("eos")));
  }

  private static boolean isText(JsonField item, String name) {
    JsonField text = item.get("Sequence");
    return !text.isNull() && text.get("id").string().equals(name);
  }

  /** The special token of an item, empty if it is a text. */
  private static String special(JsonField item) {
    JsonField token = item.get("SpecialToken");
    return token.isNull() ? "" : token.get("id").string();
  }
}
