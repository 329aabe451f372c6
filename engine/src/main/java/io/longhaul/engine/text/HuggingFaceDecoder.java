package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.text.HuggingFaceSteps.PrependScheme;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The decoder of tokenizer.json.
 *
 * <p>The library runs a chain of list transformations over all tokens of an answer. Those in use
 * have one shape: first steps that look at each token alone, then ByteLevel or ByteFallback, which
 * join tokens by their bytes, then Fuse, then Strip at the start. Read this way, a token has bytes
 * of its own and an answer can be decoded while it is made.
 */
final class HuggingFaceDecoder implements Detokenizer.TokenBytes {
  private static final String KNOWN =
      "ByteLevel, Metaspace, ByteFallback, Fuse, Strip, Replace, Sequence";

  /** Rewrites the text of one token. */
  private interface TokenStep {
    String apply(String token, boolean first);
  }

  /** How far the chain has come. */
  private enum Stage {
    TOKENS,
    BYTES,
    FUSED
  }

  /** The text of each id, null where there is none. */
  private final String[] tokens;

  private final List<TokenStep> steps = new ArrayList<>();
  private Stage stage = Stage.TOKENS;
  private boolean byteLevel;
  private boolean byteFallback;
  private char strip = ' ';
  private int stripCount;

  private HuggingFaceDecoder(String[] tokens) {
    this.tokens = tokens;
  }

  static Detokenizer read(JsonField field, String[] tokens) {
    HuggingFaceDecoder decoder = new HuggingFaceDecoder(tokens);
    if (field.isNull()) {
      decoder.steps.add((token, first) -> first ? token : " " + token);
    } else {
      decoder.add(field);
    }
    return new Detokenizer(
        decoder, new Detokenizer.Options(decoder.byteFallback, decoder.strip, decoder.stripCount));
  }

  private void add(JsonField field) {
    JsonField type = field.get("type");
    switch (type.string()) {
      case "Sequence" -> field.get("decoders").list().forEach(this::add);
      case "ByteLevel" -> {
        require(type, Stage.TOKENS);
        byteLevel = true;
        stage = Stage.FUSED;
      }
      case "ByteFallback" -> {
        require(type, Stage.TOKENS);
        byteFallback = true;
        stage = Stage.BYTES;
      }
      case "Fuse" -> stage = Stage.FUSED;
      case "Replace" -> {
        require(type, Stage.TOKENS);
        TextNormalizer replace = HuggingFaceSteps.replace(field);
        steps.add((token, first) -> replace.apply(token));
      }
      case "Metaspace" -> {
        require(type, Stage.TOKENS);
        String replacement = String.valueOf(field.get("replacement").character());
        boolean drop = HuggingFaceSteps.prependScheme(field) != PrependScheme.NEVER;
        steps.add((token, first) -> token.replace(replacement, first && drop ? "" : " "));
      }
      case "Strip" -> addStrip(field, type);
      default -> throw type.unsupported(KNOWN);
    }
  }

  private void addStrip(JsonField field, JsonField type) {
    char content = field.get("content").character();
    int start = field.get("start").integer(1 << 20);
    int stop = field.get("stop").integer(1 << 20);
    if (stage == Stage.FUSED && stop == 0 && stripCount == 0) {
      strip = content;
      stripCount = start;
    } else if (stage == Stage.TOKENS) {
      steps.add((token, first) -> strip(token, content, start, stop));
    } else {
      throw outOfPlace(type);
    }
  }

  private static String strip(String token, char content, int start, int stop) {
    int from = 0;
    while (from < Math.min(start, token.length()) && token.charAt(from) == content) {
      from++;
    }
    int to = token.length();
    while (to > from && token.length() - to < stop && token.charAt(to - 1) == content) {
      to--;
    }
    return token.substring(from, to);
  }

  private void require(JsonField type, Stage wanted) {
    if (stage != wanted) {
      throw outOfPlace(type);
    }
  }

  private static ModelException outOfPlace(JsonField type) {
    return new ModelException(
        "%s: %s is %s, which is not supported at this place of the chain"
            .formatted(type.source(), type.path(), type.value()));
  }

  @Override
  public boolean exists(int token) {
    return token >= 0 && token < tokens.length && tokens[token] != null;
  }

  @Override
  public boolean isByte(int token) {
    return byteFallback && byteValue(text(token, false)) >= 0;
  }

  /** Rust reads the digits of a byte token with from_str_radix, which takes a plus sign too. */
  private static int byteValue(String token) {
    return GgufVocabulary.byteValue(
        token.length() == 6 && token.charAt(3) == '+' ? "<0x0" + token.substring(4) : token);
  }

  private String text(int token, boolean first) {
    String text = tokens[token];
    for (TokenStep step : steps) {
      text = step.apply(text, first);
    }
    return text;
  }

  @Override
  public byte[] bytes(int token) {
    return exists(token) ? bytes(text(token, false)) : new byte[0];
  }

  @Override
  public byte[] first(int token) {
    return exists(token) ? bytes(text(token, true)) : new byte[0];
  }

  private byte[] bytes(String text) {
    if (byteLevel) {
      return ByteLevel.decode(text);
    }
    int value = byteFallback ? byteValue(text) : -1;
    return value >= 0 ? new byte[] {(byte) value} : text.getBytes(StandardCharsets.UTF_8);
  }
}
