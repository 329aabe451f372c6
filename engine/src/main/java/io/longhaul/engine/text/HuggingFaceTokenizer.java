package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.text.BytePairModel.WholePiece;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Makes the tokenizer that a tokenizer.json describes. */
final class HuggingFaceTokenizer {
  /** Bounds what a hostile file can make the tables take. */
  private static final int MAX_ID = 1 << 24;

  private final Path folder;
  private final String source;
  private final JsonField root;

  /** Text of each id of the model's vocabulary, null where there is none. */
  private final String[] vocabulary;

  /** The added tokens by id. */
  private final Map<Integer, JsonField> added = new TreeMap<>();

  /** Texts of all ids as the decoder sees them: of the vocabulary and of added tokens. */
  private final String[] tokens;

  private final TextNormalizer normalizer;

  private HuggingFaceTokenizer(Path folder) {
    this.folder = folder;
    Path file = folder.resolve("tokenizer.json");
    this.source = file.toString();
    this.root = readFile(file);
    JsonField model = root.get("model");
    JsonField type = model.get("type");
    if (!type.isNull() && !type.string().equals("BPE")) {
      throw type.unsupported("BPE");
    }
    this.normalizer = HuggingFaceSteps.normalizer(root.get("normalizer"));
    this.vocabulary = readVocabulary(model.get("vocab"));
    this.tokens = readAdded();
  }

  static Tokenizer read(Path folder) {
    return new HuggingFaceTokenizer(folder).build();
  }

  private static JsonField readFile(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      return new JsonField(file.toString(), "", Json.readObject(file.toString(), bytes));
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read: " + e.getMessage(), e);
    } catch (OutOfMemoryError e) {
      // Files.readAllBytes throws it for a file beyond the size of an array.
      throw new ModelException(file + ": is too large to be read", e);
    }
  }

  private static String[] readVocabulary(JsonField field) {
    Map<?, ?> map = field.object();
    int size = 0;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      size = Math.max(size, id(field, entry) + 1);
    }
    String[] texts = new String[size];
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      int id = id(field, entry);
      if (texts[id] != null) {
        throw new ModelException(
            "%s: %s gives the id %d to %s and to %s"
                .formatted(
                    field.source(),
                    field.path(),
                    id,
                    Texts.quote(texts[id]),
                    Texts.quote((String) entry.getKey())));
      }
      texts[id] = (String) entry.getKey();
    }
    return texts;
  }

  private static int id(JsonField vocabulary, Map.Entry<?, ?> entry) {
    if (entry.getValue() instanceof Long id && id >= 0 && id <= MAX_ID) {
      return (int) (long) id;
    }
    String path = vocabulary.path() + "[" + Texts.quote((String) entry.getKey()) + "]";
    throw new JsonField(vocabulary.source(), path, entry.getValue())
        .expected("an integer from 0 to " + MAX_ID);
  }

  private String[] readAdded() {
    int size = vocabulary.length;
    JsonField list = root.get("added_tokens");
    for (JsonField token : list.isNull() ? List.<JsonField>of() : list.list()) {
      String content = token.get("content").string();
      if (content.isEmpty()) {
        continue;
      }
      // The library, too, believes the vocabulary rather than the list.
      boolean known = root.get("model").get("vocab").object().containsKey(content);
      int id = (known ? vocabularyId(content) : token.get("id")).integer(MAX_ID);
      if (added.put(id, token) != null) {
        throw token.get("id").expected("an id that no other added token has");
      }
      size = Math.max(size, id + 1);
    }
    String[] all = Arrays.copyOf(vocabulary, size);
    added.forEach((id, token) -> all[id] = searched(token));
    return all;
  }

  private JsonField vocabularyId(String content) {
    return root.get("model").get("vocab").get(content);
  }

  /** The text that an added token is found by, which is also what the decoder sees. */
  private String searched(JsonField token) {
    String content = token.get("content").string();
    return isNormalized(token) ? normalizer.apply(content) : content;
  }

  private static boolean isNormalized(JsonField token) {
    return token.get("normalized").bool(!token.get("special").bool(false));
  }

  private Tokenizer build() {
    JsonField model = root.get("model");
    List<PreTokenizer> steps =
        new ArrayList<>(HuggingFaceSteps.preTokenizers(root.get("pre_tokenizer")));
    // A vocabulary in bytes whose text is mapped last: the model maps, and knows words unmapped.
    boolean byteLevel = !steps.isEmpty() && steps.getLast() instanceof PreTokenizer.BytesToChars;
    if (byteLevel) {
      steps.removeLast();
    }
    List<AddedToken> raw = new ArrayList<>();
    List<AddedToken> normalized = new ArrayList<>();
    List<AddedToken> prompt = new ArrayList<>();
    BitSet special = new BitSet();
    added.forEach(
        (id, token) -> {
          boolean isSpecial = token.get("special").bool(false);
          special.set(id, isSpecial);
          boolean late = isNormalized(token);
          if (!late || !tokens[id].isEmpty()) {
            (late ? normalized : raw).add(addedToken(id, tokens[id], token));
          }
          if (!late || isSpecial) {
            prompt.add(addedToken(id, token.get("content").string(), token));
          }
        });
    HuggingFaceConfig config = new HuggingFaceConfig(folder, root, tokens, special);
    return new PipelineTokenizer(
        new PipelineTokenizer.Parts(
            tokens.length,
            addedTokens(raw),
            addedTokens(prompt),
            normalizer,
            addedTokens(normalized),
            List.copyOf(steps),
            bytePair(model, byteLevel, special),
            HuggingFaceDecoder.read(root.get("decoder"), tokens),
            special,
            config.prefix(),
            Set.copyOf(config.endTokens())));
  }

  private static AddedTokens addedTokens(List<AddedToken> tokens) {
    return new AddedTokens(AddedTokens.Preference.LEFTMOST, tokens);
  }

  private static AddedToken addedToken(int id, String text, JsonField token) {
    return new AddedToken(
        id,
        text,
        token.get("special").bool(false),
        KnownTokens.isMarker(text),
        token.get("lstrip").bool(false),
        token.get("rstrip").bool(false),
        token.get("single_word").bool(false));
  }

  private TokenModel bytePair(JsonField model, boolean byteLevel, BitSet special) {
    refuse(model.get("continuing_subword_prefix"), "");
    refuse(model.get("end_of_word_suffix"), "");
    refuse(model.get("dropout"), 0.0);
    TokenTable table = new TokenTable(source, "model.vocab", vocabulary);
    WordBoundary boundary = new WordBoundary();
    PairTable merges = merges(model.get("merges"), table, boundary);
    boolean byteFallback = model.get("byte_fallback").bool(false);
    JsonField unknown = model.get("unk_token");
    int unknownId = unknown.isNull() ? -1 : table.find(unknown.string());
    if (!unknown.isNull() && unknownId < 0) {
      throw unknown.expected("a token of the vocabulary");
    }
    return new BytePairModel(
        table,
        merges,
        boundary,
        new BytePairModel.Options(
            byteLevel,
            model.get("ignore_merges").bool(false) ? WholePiece.ALWAYS : WholePiece.NEVER,
            unknownId,
            false,
            model.get("fuse_unk").bool(false),
            byteFallback,
            special));
  }

  private static void refuse(JsonField field, Object neutral) {
    if (!field.isNull() && !field.value().equals(neutral)) {
      throw field.expected("null, as no other value is supported");
    }
  }

  /** Merges are pairs, or texts with one space between the two. */
  private PairTable merges(JsonField field, TokenTable table, WordBoundary boundary) {
    if (!(field.value() instanceof List<?> list)) {
      throw field.expected("an array");
    }
    PairTable pairs = new PairTable(list.size());
    for (int rank = 0; rank < list.size(); rank++) {
      Object merge = list.get(rank);
      String left;
      String right;
      if (merge instanceof String text && text.indexOf(' ') >= 0) {
        left = text.substring(0, text.indexOf(' '));
        right = text.substring(text.indexOf(' ') + 1);
      } else if (merge instanceof List<?> pair
          && pair.size() == 2
          && pair.get(0) instanceof String first
          && pair.get(1) instanceof String second) {
        left = first;
        right = second;
      } else {
        throw new JsonField(source, field.path() + "[" + rank + "]", merge)
            .expected("a pair of tokens");
      }
      int leftId = table.find(left);
      int rightId = table.find(right);
      int joined = leftId < 0 || rightId < 0 ? -1 : table.findPair(leftId, rightId);
      if (joined < 0) {
        throw new ModelException(
            "%s: %s[%d] merges %s and %s, but %s is not in the vocabulary"
                .formatted(
                    source,
                    field.path(),
                    rank,
                    Texts.quote(left),
                    Texts.quote(right),
                    Texts.quote(leftId < 0 ? left : rightId < 0 ? right : left + right)));
      }
      pairs.put(leftId, rightId, rank, joined, true);
      boundary.add(vocabulary[joined]);
    }
    return pairs;
  }
}
