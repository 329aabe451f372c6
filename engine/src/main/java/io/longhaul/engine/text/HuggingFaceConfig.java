package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the files beside tokenizer.json say of its tokens: which begin a prompt and which end an
 * answer. A file that is not there says nothing.
 */
final class HuggingFaceConfig {
  private final JsonField root;
  private final String[] tokens;
  private final BitSet special;
  private final JsonField tokenizerConfig;
  private final List<JsonField> modelConfigs;

  /**
   * @param root the content of tokenizer.json
   * @param tokens the text of each id, null where there is none
   */
  HuggingFaceConfig(Path folder, JsonField root, String[] tokens, BitSet special) {
    this.root = root;
    this.tokens = tokens;
    this.special = special;
    this.tokenizerConfig = read(folder.resolve("tokenizer_config.json"));
    this.modelConfigs =
        List.of(
            read(folder.resolve("generation_config.json")), read(folder.resolve("config.json")));
  }

  private static JsonField read(Path file) {
    if (!Files.exists(file)) {
      return new JsonField(file.toString(), "", Map.of());
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      return new JsonField(file.toString(), "", Json.readObject(file.toString(), bytes));
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private int find(String token) {
    for (int id = 0; id < tokens.length; id++) {
      if (token.equals(tokens[id])) {
        return id;
      }
    }
    return -1;
  }

  /** A token that a field names: a text, or an added token with its content. */
  private int token(JsonField field) {
    JsonField content = field.isObject() ? field.get("content") : field;
    int id = find(content.string());
    if (id < 0) {
      throw content.expected("a token of tokenizer.json");
    }
    return id;
  }

  /**
   * The tokens in front of a prompt: what the post-processor puts there, unless the configuration
   * decides about the token that begins a sequence.
   */
  List<Integer> prefix() {
    JsonField add = tokenizerConfig.get("add_bos_token");
    if (add.isNull()) {
      return template(root.get("post_processor"));
    }
    JsonField bos = tokenizerConfig.get("bos_token");
    return add.bool(false) && !bos.isNull() ? List.of(token(bos)) : List.of();
  }

  private List<Integer> template(JsonField processor) {
    List<Integer> prefix = new ArrayList<>();
    if (processor.isNull()) {
      return prefix;
    }
    switch (processor.get("type").string()) {
      case "Sequence" ->
          processor.get("processors").list().forEach(step -> prefix.addAll(template(step)));
      case "TemplateProcessing" -> {
        for (JsonField item : processor.get("single").list()) {
          JsonField token = item.get("SpecialToken");
          if (token.isNull()) {
            break;
          }
          JsonField known = processor.get("special_tokens").get(token.get("id").string());
          for (JsonField id : known.get("ids").list()) {
            prefix.add(id.integer(tokens.length - 1));
          }
        }
      }
      default -> {} // the others trim offsets, which nobody asks for here
    }
    return prefix;
  }

  /** The tokens that end an answer. */
  Set<Integer> endTokens() {
    Set<Integer> ends = new TreeSet<>();
    JsonField eos = tokenizerConfig.get("eos_token");
    if (!eos.isNull()) {
      ends.add(token(eos));
    }
    for (JsonField config : modelConfigs) {
      addIds(config.get("eos_token_id"), ends);
      JsonField text = config.get("text_config");
      if (text.isObject()) {
        addIds(text.get("eos_token_id"), ends);
      }
    }
    Set<String> known = Set.copyOf(KnownTokens.END);
    special.stream().filter(id -> known.contains(tokens[id])).forEach(ends::add);
    if (find(KnownTokens.GLM) >= 0) {
      KnownTokens.GLM_TURNS.stream().map(this::find).filter(id -> id >= 0).forEach(ends::add);
    }
    Set<String> texts = new TreeSet<>();
    ends.forEach(id -> texts.add(tokens[id]));
    Set<String> wrong = KnownTokens.notEnd(texts);
    ends.removeIf(id -> wrong.contains(tokens[id]));
    return ends;
  }

  private void addIds(JsonField field, Set<Integer> ends) {
    if (field.isNull()) {
      return;
    }
    for (JsonField id : field.isList() ? field.list() : List.of(field)) {
      int token = id.integer(tokens.length - 1);
      if (tokens[token] == null) {
        throw id.expected("the id of a token of tokenizer.json");
      }
      ends.add(token);
    }
  }
}
