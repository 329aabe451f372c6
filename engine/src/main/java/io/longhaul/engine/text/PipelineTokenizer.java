package io.longhaul.engine.text;

import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * A tokenizer made of the parts that all of them share: added tokens are found first, the text
 * between them is normalized, cut into pieces, and each piece is encoded by the model.
 */
final class PipelineTokenizer implements Tokenizer {
  /**
   * @param added tokens found in the text as it is given
   * @param promptAdded the same for a prompt of mixed origin, where special tokens are found in the
   *     text as it is given even if the vocabulary wants it normalized: only there origin is known
   * @param normalizedAdded tokens found in the normalized text
   * @param special ids of control tokens
   */
  record Parts(
      int vocabularySize,
      AddedTokens added,
      AddedTokens promptAdded,
      TextNormalizer normalizer,
      AddedTokens normalizedAdded,
      List<PreTokenizer> preTokenizers,
      TokenModel model,
      Detokenizer detokenizer,
      BitSet special,
      List<Integer> prefix,
      Set<Integer> endTokens) {}

  private final Parts parts;

  PipelineTokenizer(Parts parts) {
    this.parts = parts;
  }

  @Override
  public int[] encode(CharSequence text, boolean parseSpecial) {
    return encode(Texts.wellFormed(text), parseSpecial ? Origin.TRUSTED : Origin.UNTRUSTED);
  }

  @Override
  public int[] encode(Prompt prompt) {
    String text = prompt.text();
    BitSet template = new BitSet(text.length());
    int at = 0;
    for (Prompt.Part part : prompt.parts()) {
      template.set(at, at + part.text().length(), part.fromTemplate());
      at += part.text().length();
    }
    return encode(Texts.wellFormed(text), Origin.template(template));
  }

  private int[] encode(char[] text, Origin origin) {
    TokenBuffer out = new TokenBuffer();
    TokenModel.Session session = parts.model.open();
    Matches scratch = new Matches();
    AddedTokens added = origin.mixed() ? parts.promptAdded : parts.added;
    AddedTokens.Stretches stretches = added.find(text, 0, text.length, origin);
    for (int i = 0; i < stretches.count(); i++) {
      if (stretches.token(i) >= 0) {
        out.add(stretches.token(i));
        continue;
      }
      int from = stretches.from(i);
      int to = stretches.to(i);
      char[] normalized = text;
      boolean atOrigin = from == 0;
      if (!parts.normalizer.isIdentity()) {
        normalized = parts.normalizer.apply(new String(text, from, to - from)).toCharArray();
        from = 0;
        to = normalized.length;
      }
      if (parts.normalizedAdded.isEmpty()) {
        encode(normalized, from, to, atOrigin, session, scratch, out);
      } else {
        Origin rest = origin.mixed() ? Origin.UNTRUSTED : origin;
        encodeNormalized(normalized, from, to, atOrigin, rest, session, scratch, out);
      }
    }
    return out.toArray();
  }

  private void encodeNormalized(
      char[] text,
      int from,
      int to,
      boolean atOrigin,
      Origin origin,
      TokenModel.Session session,
      Matches scratch,
      TokenBuffer out) {
    AddedTokens.Stretches stretches = parts.normalizedAdded.find(text, from, to, origin);
    for (int i = 0; i < stretches.count(); i++) {
      if (stretches.token(i) >= 0) {
        out.add(stretches.token(i));
      } else {
        boolean first = atOrigin && stretches.from(i) == from;
        encode(text, stretches.from(i), stretches.to(i), first, session, scratch, out);
      }
    }
  }

  private void encode(
      char[] text,
      int from,
      int to,
      boolean atOrigin,
      TokenModel.Session session,
      Matches scratch,
      TokenBuffer out) {
    Pieces pieces = new Pieces(text, from, to, atOrigin);
    for (PreTokenizer step : parts.preTokenizers) {
      step.apply(pieces, scratch);
    }
    int start = pieces.start;
    for (int i = 0; i < pieces.count; i++) {
      session.encode(pieces.text, start, pieces.ends[i], out);
      start = pieces.ends[i];
    }
  }

  @Override
  public String decode(int... tokens) {
    return parts.detokenizer.decode(tokens);
  }

  @Override
  public StreamDecoder streamDecoder() {
    return parts.detokenizer.stream();
  }

  @Override
  public int vocabularySize() {
    return parts.vocabularySize;
  }

  @Override
  public byte[] bytes(int token) {
    return parts.detokenizer.bytes(token);
  }

  @Override
  public boolean isSpecial(int token) {
    return token >= 0 && parts.special.get(token);
  }

  @Override
  public int[] prefix() {
    return parts.prefix.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public Set<Integer> endTokens() {
    return parts.endTokens;
  }
}
