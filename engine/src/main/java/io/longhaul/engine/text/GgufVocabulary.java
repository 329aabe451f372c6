package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** The tokens of a GGUF file with their types, checked. */
final class GgufVocabulary implements Detokenizer.TokenBytes {
  static final String TOKENS = "tokenizer.ggml.tokens";
  static final String TYPES = "tokenizer.ggml.token_type";

  /** The values of {@code tokenizer.ggml.token_type}. */
  static final int NORMAL = 1;

  static final int UNKNOWN = 2;
  static final int CONTROL = 3;
  static final int USER_DEFINED = 4;
  static final int UNUSED = 5;
  static final int BYTE = 6;

  /** Bounds what a hostile file can make the tables take. */
  private static final int MAX_TOKENS = 1 << 24;

  private final Metadata metadata;

  /** How a normal token is written. */
  enum Writing {
    /** In the characters of {@link ByteLevel}. */
    BYTES,
    /** As text, with U+2581 for spaces. */
    TEXT
  }

  private final Writing writing;
  private final boolean dropFirstSpace;
  final String[] tokens;
  private final int[] types;
  final TokenTable table;
  final Set<Integer> endTokens;

  /**
   * @param dropFirstSpace whether the text of tokens begins with a space that the text had not
   * @throws ModelException if a field is missing or wrong
   */
  GgufVocabulary(Metadata metadata, Writing writing, boolean dropFirstSpace) {
    this.metadata = metadata;
    this.writing = writing;
    this.dropFirstSpace = dropFirstSpace;
    String[] texts = metadata.strings(TOKENS).orElseThrow(() -> error(TOKENS, "is missing"));
    if (texts.length == 0 || texts.length > MAX_TOKENS) {
      throw error(TOKENS, "has " + texts.length + " elements, expected 1 to " + MAX_TOKENS);
    }
    this.tokens = texts.clone();
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id].isEmpty()) {
        tokens[id] = "[EMPTY_" + id + "]";
      }
    }
    this.types = readTypes();
    this.table = new TokenTable(metadata.source(), "metadata field " + TOKENS, tokens);
    overrideTypes();
    this.endTokens = findEndTokens();
  }

  private int[] readTypes() {
    int[] result = new int[tokens.length];
    Arrays.fill(result, NORMAL);
    long[] values = metadata.longs(TYPES).orElse(null);
    if (values != null) {
      requireLength(TYPES, values.length);
      for (int id = 0; id < result.length; id++) {
        if (values[id] < 0 || values[id] > BYTE) {
          throw error(TYPES, "has " + values[id] + " at index " + id + ", expected 0 to " + BYTE);
        }
        result[id] = (int) values[id];
      }
    }
    return result;
  }

  /** Checks that an array has one element for each token. */
  void requireLength(String field, int length) {
    if (length != tokens.length) {
      throw error(
          field, "has %d elements, expected %d as in %s".formatted(length, tokens.length, TOKENS));
    }
  }

  ModelException error(String field, String what) {
    return new ModelException(metadata.source() + ": metadata field " + field + " " + what);
  }

  /** The token id in a field; absent if the field is. */
  OptionalInt id(String field) {
    return metadata
        .integer(field)
        .map(
            id -> {
              if (id < 0 || id >= tokens.length) {
                throw error(
                    field,
                    "is %d, expected the id of one of %d tokens".formatted(id, tokens.length));
              }
              return OptionalInt.of(id);
            })
        .orElse(OptionalInt.empty());
  }

  /** The first token of the list that the vocabulary has. */
  private OptionalInt first(List<String> texts) {
    for (String text : texts) {
      int id = table.find(text);
      if (id >= 0) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }

  private void overrideTypes() {
    for (int i = 0; i < KnownTokens.FILL_IN_THE_MIDDLE.size(); i++) {
      boolean named =
          KnownTokens.FILL_IN_THE_MIDDLE_FIELDS.get(i).stream()
              .anyMatch(field -> id(field).isPresent());
      if (!named) {
        first(KnownTokens.FILL_IN_THE_MIDDLE.get(i)).ifPresent(this::makeControl);
      }
    }
  }

  private void makeControl(int id) {
    types[id] = CONTROL;
  }

  private Set<Integer> findEndTokens() {
    Set<Integer> ends = new TreeSet<>();
    for (int i = 0; i < KnownTokens.FILL_IN_THE_MIDDLE_END.size(); i++) {
      OptionalInt named = id(KnownTokens.FILL_IN_THE_MIDDLE_END_FIELDS.get(i));
      if (named.isPresent()) {
        ends.add(named.getAsInt());
      } else {
        first(KnownTokens.FILL_IN_THE_MIDDLE_END.get(i))
            .ifPresent(
                id -> {
                  makeControl(id);
                  ends.add(id);
                });
      }
    }
    for (String text : KnownTokens.END) {
      int id = table.find(text);
      if (id >= 0 && !isOrdinary(text, id)) {
        makeControl(id);
        ends.add(id);
      }
    }
    for (String text : KnownTokens.CHANNEL) {
      int id = table.find(text);
      if (id >= 0) {
        types[id] = USER_DEFINED;
      }
    }
    for (String field : List.of("eos", "eot", "eom")) {
      id("tokenizer.ggml." + field + "_token_id").ifPresent(ends::add);
    }
    if (table.find(KnownTokens.GLM) >= 0) {
      KnownTokens.GLM_TURNS.stream().map(table::find).filter(id -> id >= 0).forEach(ends::add);
    }
    metadata.longs("tokenizer.ggml.eos_token_ids").ifPresent(ids -> addAll(ids, ends));
    Set<String> texts = new TreeSet<>();
    ends.forEach(id -> texts.add(tokens[id]));
    for (String text : KnownTokens.notEnd(texts)) {
      int id = table.find(text);
      ends.remove(id);
      types[id] = text.equals("</s>") ? NORMAL : USER_DEFINED;
    }
    return Set.copyOf(ends);
  }

  /**
   * Whether a listed text is an ordinary token here. Of the list only {@code </s>} means something
   * else too: it closes an HTML element, and vocabularies learned from web pages have it. There
   * llama.cpp stops in the middle of a page; here the file's own type decides.
   */
  private boolean isOrdinary(String text, int id) {
    return text.equals("</s>") && types[id] == NORMAL && metadata.contains(TYPES);
  }

  private void addAll(long[] ids, Set<Integer> ends) {
    for (long id : ids) {
      if (id < 0 || id >= tokens.length) {
        throw error(
            "tokenizer.ggml.eos_token_ids",
            "has %d, expected ids of %d tokens".formatted(id, tokens.length));
      }
      ends.add((int) id);
    }
  }

  int type(int id) {
    return types[id];
  }

  /** The ids of the types. */
  BitSet ofTypes(int... wanted) {
    BitSet result = new BitSet(tokens.length);
    for (int type : wanted) {
      for (int id = 0; id < types.length; id++) {
        if (types[id] == type) {
          result.set(id);
        }
      }
    }
    return result;
  }

  @Override
  public boolean exists(int token) {
    return token >= 0 && token < tokens.length;
  }

  @Override
  public boolean isByte(int token) {
    return types[token] == BYTE;
  }

  @Override
  public byte[] bytes(int token) {
    if (!exists(token)) {
      return new byte[0];
    }
    String text = tokens[token];
    return switch (types[token]) {
      case UNKNOWN, CONTROL, USER_DEFINED -> utf8(text);
      case NORMAL ->
          writing == Writing.BYTES
              ? ByteLevel.decode(text)
              : utf8(text.replace(WordBoundary.SPACE, ' '));
      case BYTE -> new byte[] {(byte) byteValue(text)};
      default -> new byte[0]; // unused and undefined tokens stand for nothing, as in llama.cpp
    };
  }

  @Override
  public byte[] first(int token) {
    byte[] bytes = bytes(token);
    boolean drop = dropFirstSpace && bytes.length > 0 && bytes[0] == ' ';
    return drop ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The value of {@code <0xXX>}, or -1 for any other text. */
  static int byteValue(String text) {
    if (text.length() != 6 || !text.startsWith("<0x") || text.charAt(5) != '>') {
      return -1;
    }
    int high = Character.digit(text.charAt(3), 16);
    int low = Character.digit(text.charAt(4), 16);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }

  /** Checks that tokens of the type byte say which. */
  void requireByteTexts() {
    for (int id = 0; id < types.length; id++) {
      if (types[id] == BYTE && byteValue(tokens[id]) < 0) {
        throw error(
            TOKENS,
            "has %s at index %d, whose type is byte, expected a text like <0x0A>"
                .formatted(Texts.quote(tokens[id]), id));
      }
    }
  }
}
