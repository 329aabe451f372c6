package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.text.BytePairModel.WholePiece;
import io.longhaul.engine.text.GgufPreTokenizers.PreTokenizerSpec;
import io.longhaul.engine.text.GgufVocabulary.Writing;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;

/** Makes the tokenizer that the metadata of a GGUF file describes, as llama.cpp reads it. */
final class GgufTokenizer {
  private static final String MODEL = "tokenizer.ggml.model";
  private static final String PRE = "tokenizer.ggml.pre";
  private static final String MERGES = "tokenizer.ggml.merges";
  private static final String SCORES = "tokenizer.ggml.scores";
  private static final String SPACE_PREFIX = "tokenizer.ggml.add_space_prefix";

  private final Metadata metadata;

  private GgufTokenizer(Metadata metadata) {
    this.metadata = metadata;
  }

  static Tokenizer read(Metadata metadata) {
    GgufTokenizer reader = new GgufTokenizer(metadata);
    String model = metadata.requireString(MODEL);
    return switch (model) {
      case "gpt2" ->
          reader.bytePair(
              GgufPreTokenizers.find(metadata.source(), metadata.string(PRE).orElse("default")));
      case "gemma4" -> reader.bytePair(GgufPreTokenizers.find(metadata.source(), "gemma4"));
      case "llama" -> reader.sentencePiece();
      default ->
          throw new ModelException(
              "%s: metadata field %s is %s, expected gpt2, gemma4 or llama"
                  .formatted(metadata.source(), MODEL, Texts.quote(model)));
    };
  }

  private Tokenizer bytePair(PreTokenizerSpec spec) {
    boolean dropSpace = metadata.bool(SPACE_PREFIX).orElse(false);
    Writing writing = spec.bytes() ? Writing.BYTES : Writing.TEXT;
    GgufVocabulary vocabulary = new GgufVocabulary(metadata, writing, dropSpace);
    vocabulary.requireByteTexts();
    WordBoundary boundary = spec.bytes() ? null : new WordBoundary();
    PairTable merges = merges(vocabulary, boundary);
    BytePairModel.Options options =
        new BytePairModel.Options(
            spec.bytes(),
            spec.wholePiece(),
            -1,
            true,
            false,
            !spec.bytes(),
            spec.wholePiece() == WholePiece.NEVER
                ? new BitSet()
                : vocabulary.ofTypes(GgufVocabulary.CONTROL, GgufVocabulary.UNKNOWN));
    TokenModel model = new BytePairModel(vocabulary.table, merges, boundary, options);
    TextNormalizer normalizer = spec.bytes() ? TextNormalizer.Sequence.IDENTITY : replaceSpaces();
    return tokenizer(
        vocabulary, normalizer, spec.steps(), model, spec.addBos(), OptionalInt.empty());
  }

  private static TextNormalizer replaceSpaces() {
    return new TextNormalizer.ReplaceText(" ", String.valueOf(WordBoundary.SPACE));
  }

  /** Each merge is two tokens with a space between; the first token may begin with a space. */
  private PairTable merges(GgufVocabulary vocabulary, WordBoundary boundary) {
    String[] merges =
        metadata.strings(MERGES).orElseThrow(() -> vocabulary.error(MERGES, "is missing"));
    PairTable pairs = new PairTable(merges.length);
    for (int rank = 0; rank < merges.length; rank++) {
      String merge = merges[rank];
      int space = merge.indexOf(' ', 1);
      if (space < 0) {
        throw wrongMerge(vocabulary, rank, merge, "which is not a pair: it has no space inside");
      }
      int left = find(vocabulary.table, merge, 0, space);
      int right = find(vocabulary.table, merge, space + 1, merge.length());
      if (left < 0 || right < 0) {
        throw wrongMerge(
            vocabulary,
            rank,
            merge,
            "whose %s part is no token".formatted(left < 0 ? "left" : "right"));
      }
      int joined = vocabulary.table.findPair(left, right);
      if (joined < 0) {
        throw wrongMerge(vocabulary, rank, merge, "which joins to no token");
      }
      pairs.put(left, right, rank, joined, false);
      if (boundary != null) {
        boundary.add(vocabulary.tokens[joined]);
      }
    }
    return pairs;
  }

  private static int find(TokenTable table, String text, int from, int to) {
    return table.find(text, from, to, TokenTable.hash(text, from, to));
  }

  private static ModelException wrongMerge(
      GgufVocabulary vocabulary, int rank, String merge, String why) {
    return vocabulary.error(
        MERGES, "has %s at index %d, %s".formatted(Texts.quote(merge), rank, why));
  }

  private Tokenizer sentencePiece() {
    boolean prefix = metadata.bool(SPACE_PREFIX).orElse(true);
    GgufVocabulary vocabulary = new GgufVocabulary(metadata, Writing.TEXT, prefix);
    vocabulary.requireByteTexts();
    BitSet mergeable =
        vocabulary.ofTypes(
            0, GgufVocabulary.NORMAL, GgufVocabulary.USER_DEFINED, GgufVocabulary.UNUSED);
    WordBoundary boundary = new WordBoundary();
    for (int id = mergeable.nextSetBit(0); id >= 0; id = mergeable.nextSetBit(id + 1)) {
      boundary.add(vocabulary.tokens[id]);
    }
    TokenModel model =
        new SentencePieceModel(
            vocabulary.table, scores(vocabulary), mergeable, bytes(vocabulary), boundary);
    List<TextNormalizer> steps = new ArrayList<>();
    if (prefix) {
      steps.add(new TextNormalizer.Prepend(" "));
    }
    steps.add(replaceSpaces());
    return tokenizer(
        vocabulary, new TextNormalizer.Sequence(steps), List.of(), model, true, OptionalInt.of(1));
  }

  private float[] scores(GgufVocabulary vocabulary) {
    float[] scores = new float[vocabulary.tokens.length];
    Object value = metadata.values().get(SCORES);
    if (value instanceof long[] longs) {
      vocabulary.requireLength(SCORES, longs.length);
      for (int id = 0; id < scores.length; id++) {
        scores[id] = longs[id];
      }
      return scores;
    }
    double[] doubles =
        metadata.doubles(SCORES).orElseThrow(() -> vocabulary.error(SCORES, "is missing"));
    vocabulary.requireLength(SCORES, doubles.length);
    for (int id = 0; id < scores.length; id++) {
      scores[id] = (float) doubles[id];
      if (Float.isNaN(scores[id])) {
        throw vocabulary.error(SCORES, "has NaN at index %d".formatted(id));
      }
    }
    return scores;
  }

  private int[] bytes(GgufVocabulary vocabulary) {
    int[] bytes = new int[256];
    OptionalInt unknown = vocabulary.id("tokenizer.ggml.unknown_token_id");
    for (int b = 0; b < 256; b++) {
      bytes[b] = vocabulary.table.find(ByteLevel.fallback(b));
      if (bytes[b] < 0) {
        int value = b;
        bytes[b] =
            unknown.orElseThrow(
                () ->
                    vocabulary.error(
                        GgufVocabulary.TOKENS,
                        "has no token "
                            + ByteLevel.fallback(value)
                            + " and the file names no unknown token"));
      }
    }
    return bytes;
  }

  private Tokenizer tokenizer(
      GgufVocabulary vocabulary,
      TextNormalizer normalizer,
      List<PreTokenizer> steps,
      TokenModel model,
      boolean addBosByDefault,
      OptionalInt bosByDefault) {
    AddedTokens added = new AddedTokens(AddedTokens.Preference.LONGEST, addedTokens(vocabulary));
    boolean addBos = metadata.bool("tokenizer.ggml.add_bos_token").orElse(addBosByDefault);
    OptionalInt bos = vocabulary.id("tokenizer.ggml.bos_token_id");
    if (bos.isEmpty()) {
      bos = bosByDefault.stream().filter(vocabulary::exists).findFirst();
    }
    List<Integer> prefix = addBos && bos.isPresent() ? List.of(bos.getAsInt()) : List.of();
    Set<Integer> ends = vocabulary.endTokens;
    return new PipelineTokenizer(
        new PipelineTokenizer.Parts(
            vocabulary.tokens.length,
            added,
            added,
            normalizer,
            new AddedTokens(AddedTokens.Preference.LONGEST, List.of()),
            steps,
            model,
            new Detokenizer(vocabulary, Detokenizer.Options.PLAIN),
            vocabulary.ofTypes(GgufVocabulary.CONTROL, GgufVocabulary.UNKNOWN),
            prefix,
            ends));
  }

  private List<AddedToken> addedTokens(GgufVocabulary vocabulary) {
    // Phi 3's tokenizer swallows white space after its tokens, which the file does not say.
    String name = metadata.string("general.name").orElse("").toLowerCase(Locale.ROOT);
    boolean phi3 = name.contains("phi-3") || name.contains("phi3");
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < vocabulary.tokens.length; id++) {
      int type = vocabulary.type(id);
      boolean special = type == GgufVocabulary.CONTROL || type == GgufVocabulary.UNKNOWN;
      if (special || type == GgufVocabulary.USER_DEFINED) {
        String text = vocabulary.tokens[id];
        boolean strip = phi3 && !Set.of("<unk>", "<s>", "<|endoftext|>").contains(text);
        AddedToken token = AddedToken.of(id, text, special);
        added.add(new AddedToken(id, text, special, token.marker(), false, strip, false));
      }
    }
    return added;
  }
}
