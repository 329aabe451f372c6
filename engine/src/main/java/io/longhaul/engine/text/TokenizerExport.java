package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fields {@code tokenizer.ggml.*} of a GGUF file that say what a tokenizer.json says.
 *
 * <p>GGUF knows ways to split a text by name alone, and marks of SentencePiece only in part. So the
 * tokenizer that the fields describe is compared with the original, and refused if it differs.
 */
public final class TokenizerExport {
  private static final String SPACE = String.valueOf(WordBoundary.SPACE);
  private static final Set<String> CONTROLS = Set.of("<pad>", "<mask>", "<2mass>", "[@BOS@]");

  private final int size;
  private final boolean glm;
  private final JsonField root;
  private final JsonField model;
  private final JsonField tokenizerConfig;
  private final JsonField modelConfig;

  private final Map<String, Integer> addedIds = new HashMap<>();
  private final String[] tokens;
  private final long[] types;
  private final Map<String, Object> fields = new LinkedHashMap<>();

  private TokenizerExport(Path folder, int size, boolean glm) {
    this.size = size;
    this.glm = glm;
    this.root = read(folder.resolve("tokenizer.json"));
    this.model = root.get("model");
    this.tokenizerConfig = read(folder.resolve("tokenizer_config.json"));
    this.modelConfig = read(folder.resolve("config.json"));
    this.tokens = new String[size];
    this.types = new long[size];
  }

  /**
   * The fields, with values as {@link Metadata} has them.
   *
   * @param size tokens of the model: rows of its embedding, which may be more than the tokenizer
   *     knows
   * @param glm whether a conversation begins and turns end as in GLM-4 and later
   * @param notes receives what the fields cannot say
   * @throws ModelException if the tokenizer is one that GGUF cannot describe
   */
  public static Map<String, Object> of(Path folder, int size, boolean glm, List<String> notes) {
    Tokenizer original = Tokenizers.fromTokenizerJson(folder);
    TokenizerExport export = new TokenizerExport(folder, size, glm);
    export.build(original);
    String source = folder.resolve("tokenizer.json").toString();
    Tokenizer made = Tokenizers.fromGguf(new Metadata(source, export.fields));
    ProbeTexts.requireSameTokens(source, original, export.unsaid(notes), made);
    return export.fields;
  }

  private static JsonField read(Path file) {
    if (!Files.isRegularFile(file)) {
      return new JsonField(file.toString(), "", Map.of());
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      return new JsonField(file.toString(), "", Json.readObject(file.toString(), bytes));
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private void build(Tokenizer original) {
    readTokens();
    boolean sentencePiece = model.get("byte_fallback").bool(false);
    fields.put("tokenizer.ggml.model", sentencePiece ? "llama" : "gpt2");
    fields.put("tokenizer.ggml.pre", sentencePiece ? "default" : preTokenizer());
    fields.put("tokenizer.ggml.tokens", tokens);
    if (sentencePiece) {
      fields.put("tokenizer.ggml.scores", new SentencePieceScores(model).of(tokens));
      typeSentencePieces();
    } else {
      fields.put("tokenizer.ggml.merges", merges());
    }
    fields.put("tokenizer.ggml.token_type", types);
    if (sentencePiece) {
      boolean prefix = PreTokenizerPatterns.addsSpace(root);
      fields.put("tokenizer.ggml.add_space_prefix", prefix);
    } else if (tokenizerConfig.get("add_prefix_space").value() instanceof Boolean prefix) {
      fields.put("tokenizer.ggml.add_space_prefix", prefix);
    }
    new SpecialTokenFields(root, tokenizerConfig, modelConfig, addedIds).addTo(fields, size);
    if (glm) {
      addGlmTokens();
    }
    addWhatIsMissing(original);
  }

  /** The step of the original that GGUF has no field for, in files of whatever converter. */
  private TextNormalizer unsaid(List<String> notes) {
    TextNormalizer normalizer = HuggingFaceSteps.normalizer(root.get("normalizer"));
    if (normalizer.equals(new TextNormalizer.Form(Normalizer.Form.NFC))) {
      notes.add(
          "the tokenizer brings text into the form NFC, which a GGUF file cannot say: text in"
              + " another form gets other tokens");
      return normalizer;
    }
    return TextNormalizer.Sequence.IDENTITY;
  }

  private void readTokens() {
    JsonField vocabulary = model.get("vocab");
    vocabulary
        .object()
        .forEach((text, id) -> set(vocabulary, (String) text, id, GgufVocabulary.NORMAL));
    JsonField list = root.get("added_tokens");
    for (JsonField token : list.isNull() ? List.<JsonField>of() : list.list()) {
      String content = token.get("content").string();
      Object known = vocabulary.object().get(content);
      int id =
          set(
              token.get("id"),
              content,
              known == null ? token.get("id").value() : known,
              addedType(token, content));
      addedIds.put(content, id);
      if (types[id] == GgufVocabulary.USER_DEFINED) {
        tokens[id] = content.replace(SPACE, " ");
      }
    }
    for (int id = 0; id < size; id++) {
      if (tokens[id] == null) {
        tokens[id] = "[PAD" + id + "]";
        types[id] = GgufVocabulary.UNUSED;
      }
    }
  }

  private int set(JsonField where, String text, Object id, int type) {
    if (!(id instanceof Long number) || number < 0 || number >= size) {
      throw new ModelException(
          "%s: %s gives %s the id %s, but the model has %d tokens"
              .formatted(where.source(), where.path(), Texts.quote(text), id, size));
    }
    tokens[number.intValue()] = text;
    types[number.intValue()] = type;
    return number.intValue();
  }

  private static int addedType(JsonField token, String content) {
    boolean control =
        token.get("special").bool(false)
            || CONTROLS.contains(content)
            || (content.startsWith("<|") && content.endsWith("|>"))
            || (content.startsWith("<｜") && content.endsWith("｜>"))
            || (content.startsWith("<unused") && content.endsWith(">"));
    return control ? GgufVocabulary.CONTROL : GgufVocabulary.USER_DEFINED;
  }

  private void typeSentencePieces() {
    for (int id = 0; id < size; id++) {
      if (types[id] == GgufVocabulary.NORMAL && GgufVocabulary.byteValue(tokens[id]) >= 0) {
        types[id] = GgufVocabulary.BYTE;
      }
    }
    Object unknown = model.get("unk_token").value();
    for (int id = 0; id < size; id++) {
      if (tokens[id].equals(unknown)) {
        types[id] = GgufVocabulary.UNKNOWN;
      }
    }
  }

  private String preTokenizer() {
    List<String> patterns = PreTokenizerPatterns.of(root.get("pre_tokenizer"));
    boolean whole = model.get("ignore_merges").bool(false);
    return GgufPreTokenizers.nameOf(patterns, whole, glm ? "glm4" : "llama-bpe")
        .orElseThrow(
            () ->
                root.get("pre_tokenizer")
                    .expected("one that GGUF has a name for; its patterns are " + patterns));
  }

  private String[] merges() {
    List<String> merges = new ArrayList<>();
    for (JsonField merge : model.get("merges").list()) {
      merges.add(
          merge.value() instanceof List<?> pair
              ? String.join(" ", pair.stream().map(TokenizerExport::withoutSpace).toList())
              : merge.string());
    }
    return merges.toArray(String[]::new);
  }

  /** A space inside a token would be taken for the one between the two. */
  private static String withoutSpace(Object token) {
    return String.valueOf(token).replace(' ', 'Ġ');
  }

  /** GLM's conversations begin with [gMASK], and its turns end where another one's begins. */
  private void addGlmTokens() {
    Map.of(
            "bos", "[gMASK]",
            "eot", "<|user|>",
            "unknown", "<|endoftext|>",
            "eom", "<|observation|>")
        .forEach(
            (name, text) -> {
              if (addedIds.containsKey(text)) {
                fields.putIfAbsent(
                    "tokenizer.ggml." + name + "_token_id", (long) addedIds.get(text));
              }
            });
  }

  /** What the rules above have not said, so that prompts begin and answers end as they did. */
  private void addWhatIsMissing(Tokenizer original) {
    int[] prefix = original.prefix();
    if (prefix.length == 1) {
      fields.put("tokenizer.ggml.bos_token_id", (long) prefix[0]);
      fields.put("tokenizer.ggml.add_bos_token", true);
    } else if (prefix.length == 0) {
      fields.put("tokenizer.ggml.add_bos_token", false);
    }
    Metadata metadata = new Metadata("", fields);
    Set<Integer> ends = new TreeSet<>(original.endTokens());
    ends.removeAll(Tokenizers.fromGguf(metadata).endTokens());
    if (!ends.isEmpty()) {
      long[] all = original.endTokens().stream().mapToLong(Integer::longValue).sorted().toArray();
      fields.put("tokenizer.ggml.eos_token_ids", all);
    }
  }
}
