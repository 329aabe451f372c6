package io.longhaul.engine.text;

import java.util.Arrays;
import java.util.BitSet;

/**
 * SentencePiece's byte-pair encoding (Kudo and Richardson 2018): of all neighbours whose joint text
 * is a token, the pair whose token has the highest score is merged. A character that is no token is
 * written as its bytes.
 *
 * <p>Spaces are U+2581 by the time the text arrives here. As in SentencePiece, control, unknown and
 * byte tokens are never the result of a merge, so no text spells them.
 */
final class SentencePieceModel implements TokenModel {
  private final TokenTable table;

  /** Signed, lower is merged first; for each token. */
  private final int[] ranks;

  private final BitSet mergeable;

  /** The token of each byte. */
  private final int[] bytes;

  private final WordBoundary boundary;
  private final WordCache cache = new WordCache();

  /**
   * @param scores of each token; not NaN
   * @param mergeable the tokens that text may become
   * @param bytes the token of each byte
   */
  SentencePieceModel(
      TokenTable table, float[] scores, BitSet mergeable, int[] bytes, WordBoundary boundary) {
    this.table = table;
    this.mergeable = mergeable;
    this.bytes = bytes;
    this.boundary = boundary;
    this.ranks = new int[scores.length];
    for (int i = 0; i < ranks.length; i++) {
      // The bits of floats of one sign are ordered like them; adding 0 makes one zero of two.
      int bits = Float.floatToIntBits(scores[i] + 0f);
      ranks[i] = ~(bits < 0 ? bits ^ Integer.MAX_VALUE : bits);
    }
  }

  @Override
  public TokenModel.Session open() {
    return new Session();
  }

  private final class Session extends Merger implements TokenModel.Session {
    private char[] text = new char[0];

    /** Of each symbol: its range of the text and the hash of this range. */
    private int[] starts = new int[64];

    private int[] ends = new int[64];
    private int[] hashes = new int[64];
    private final Pieces.Chars mapped = new Pieces.Chars(8);

    @Override
    public void encode(char[] text, int from, int to, TokenBuffer out) {
      this.text = text;
      int at = from;
      while (at < to) {
        int end = boundary.next(text, at, to);
        int hash = TokenTable.hash(text, at, end);
        if (!cache.get(text, at, end, hash, out)) {
          int before = out.size();
          tokenize(at, end, out);
          cache.put(text, at, end, hash, out.from(before));
        }
        at = end;
      }
    }

    private void tokenize(int from, int to, TokenBuffer out) {
      begin();
      for (int at = from; at < to; ) {
        int width = Character.isHighSurrogate(text[at]) ? 2 : 1;
        int hash = TokenTable.hash(text, at, at + width);
        add(find(at, at + width, hash));
        starts[count - 1] = at;
        ends[count - 1] = at + width;
        hashes[count - 1] = hash;
        at += width;
      }
      merge();
      for (int i = 0; i < count; i++) {
        if (ids[i] >= 0) {
          out.add(ids[i]);
        } else {
          mapped.length = 0;
          ByteLevel.encode(text, starts[i], ends[i], mapped);
          for (int b = 0; b < mapped.length; b++) {
            out.add(bytes[ByteLevel.toByte(mapped.chars[b])]);
          }
        }
      }
    }

    private int find(int from, int to, int hash) {
      int id = table.find(text, from, to, hash);
      return id >= 0 && mergeable.get(id) ? id : -1;
    }

    @Override
    void resize(int capacity) {
      super.resize(capacity);
      starts = Arrays.copyOf(starts, capacity);
      ends = Arrays.copyOf(ends, capacity);
      hashes = Arrays.copyOf(hashes, capacity);
    }

    @Override
    long pair(int left, int right) {
      int rightLength = ends[right] - starts[right];
      if (ends[right] - starts[left] > table.longest()) {
        return -1;
      }
      int hash = table.concat(hashes[left], hashes[right], rightLength);
      int id = find(starts[left], ends[right], hash);
      return id < 0 ? -1 : (long) ranks[id] << 32 | id;
    }

    @Override
    void merged(int left, int right) {
      hashes[left] = table.concat(hashes[left], hashes[right], ends[right] - starts[right]);
      ends[left] = ends[right];
    }

    @Override
    void moved(int from, int to) {
      starts[to] = starts[from];
      ends[to] = ends[from];
      hashes[to] = hashes[from];
    }
  }
}
