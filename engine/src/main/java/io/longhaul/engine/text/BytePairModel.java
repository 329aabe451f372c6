package io.longhaul.engine.text;

import java.util.BitSet;

/**
 * Byte-pair encoding by ranked merges: over the bytes of a piece (GPT-2), or over its characters
 * with bytes for those that the vocabulary lacks.
 */
final class BytePairModel implements TokenModel {
  /** When a piece that is a token as a whole is that token, whatever the merges say. */
  enum WholePiece {
    NEVER,
    /** Pieces of line feeds only. */
    LINE_FEEDS,
    ALWAYS
  }

  /**
   * @param byteLevel whether the symbols are bytes, written as {@link ByteLevel} does
   * @param unknown the token of a character that has none, or -1 to leave it out
   * @param unknownSeparates whether a character that is left out still keeps its neighbours from
   *     merging: llama.cpp leaves it out after merging, Hugging Face before
   * @param fuseUnknown whether neighbours of those are one
   * @param byteFallback whether a character that has no token is written as bytes {@code <0xXX>}
   * @param neverWhole tokens that text never becomes: those of a prompt's structure
   */
  record Options(
      boolean byteLevel,
      WholePiece wholePiece,
      int unknown,
      boolean unknownSeparates,
      boolean fuseUnknown,
      boolean byteFallback,
      BitSet neverWhole) {}

  private final TokenTable table;
  private final PairTable merges;
  private final Options options;

  /**
   * The token of each byte, by character of the byte-level alphabet or as {@code <0xXX>}; or -1.
   */
  private final int[] bytes = new int[256];

  /** Null where cutting at spaces could change the tokens. */
  private final WordBoundary boundary;

  private final WordCache cache = new WordCache();

  /**
   * @param boundary the cuts that no merge crosses, or null
   */
  BytePairModel(TokenTable table, PairTable merges, WordBoundary boundary, Options options) {
    this.table = table;
    this.merges = merges;
    this.options = options;
    boolean allBytes = true;
    for (int b = 0; b < 256; b++) {
      bytes[b] =
          options.byteLevel
              ? table.find(String.valueOf(ByteLevel.toChar(b)))
              : table.find(ByteLevel.fallback(b));
      allBytes &= bytes[b] >= 0;
    }
    // An unknown token could fuse across a cut; with all bytes there is none.
    this.boundary = options.byteFallback && allBytes ? boundary : null;
  }

  @Override
  public TokenModel.Session open() {
    return new Session();
  }

  private final class Session extends Merger implements TokenModel.Session {
    private final Pieces.Chars mapped = new Pieces.Chars(64);

    @Override
    long pair(int left, int right) {
      return ids[left] < 0 || ids[right] < 0 ? -1 : merges.find(ids[left], ids[right]);
    }

    @Override
    public void encode(char[] text, int from, int to, TokenBuffer out) {
      if (boundary == null) {
        word(text, from, to, true, out);
        return;
      }
      int whole = whole(text, from, to);
      if (whole >= 0) {
        out.add(whole);
        return;
      }
      int at = from;
      while (at < to) {
        int end = boundary.next(text, at, to);
        word(text, at, end, false, out);
        at = end;
      }
    }

    private void word(char[] text, int from, int to, boolean piece, TokenBuffer out) {
      int hash = TokenTable.hash(text, from, to);
      if (cache.get(text, from, to, hash, out)) {
        return;
      }
      int before = out.size();
      tokenize(text, from, to, piece, out);
      cache.put(text, from, to, hash, out.from(before));
    }

    private void tokenize(char[] text, int from, int to, boolean piece, TokenBuffer out) {
      begin();
      if (options.byteLevel) {
        mapped.length = 0;
        ByteLevel.encode(text, from, to, mapped);
        int whole = piece ? whole(mapped.chars, 0, mapped.length) : -1;
        if (whole >= 0) {
          out.add(whole);
          return;
        }
        for (int i = 0; i < mapped.length; i++) {
          int id = bytes[ByteLevel.toByte(mapped.chars[i])];
          if (id >= 0) {
            add(id);
          } else {
            addUnknown();
          }
        }
      } else {
        int whole = piece ? whole(text, from, to) : -1;
        if (whole >= 0) {
          out.add(whole);
          return;
        }
        addCharacters(text, from, to);
      }
      merge();
      if (options.unknownSeparates) {
        leaveOutUnknown();
      }
      out.add(ids, count);
    }

    private void leaveOutUnknown() {
      int kept = 0;
      for (int i = 0; i < count; i++) {
        if (ids[i] >= 0) {
          ids[kept++] = ids[i];
        }
      }
      count = kept;
    }

    private int whole(char[] text, int from, int to) {
      boolean wanted =
          switch (options.wholePiece) {
            case NEVER -> false;
            case LINE_FEEDS -> onlyLineFeeds(text, from, to);
            case ALWAYS -> true;
          };
      if (!wanted || to - from > table.longest()) {
        return -1;
      }
      int id = table.find(text, from, to, TokenTable.hash(text, from, to));
      return id >= 0 && options.neverWhole.get(id) ? -1 : id;
    }

    private static boolean onlyLineFeeds(char[] text, int from, int to) {
      for (int i = from; i < to; i++) {
        if (text[i] != '\n') {
          return false;
        }
      }
      return true;
    }

    private void addCharacters(char[] text, int from, int to) {
      for (int at = from; at < to; ) {
        int width = Character.isHighSurrogate(text[at]) ? 2 : 1;
        int id = table.find(text, at, at + width, TokenTable.hash(text, at, at + width));
        if (id >= 0) {
          add(id);
        } else if (!options.byteFallback || !addBytes(text, at, at + width)) {
          addUnknown();
        }
        at += width;
      }
    }

    private void addUnknown() {
      int unknown = options.unknown;
      boolean fused = options.fuseUnknown && count > 0 && ids[count - 1] == unknown;
      if (!fused && (unknown >= 0 || options.unknownSeparates)) {
        add(unknown);
      }
    }

    private boolean addBytes(char[] text, int from, int to) {
      mapped.length = 0;
      ByteLevel.encode(text, from, to, mapped);
      for (int i = 0; i < mapped.length; i++) {
        if (bytes[ByteLevel.toByte(mapped.chars[i])] < 0) {
          return false;
        }
      }
      for (int i = 0; i < mapped.length; i++) {
        add(bytes[ByteLevel.toByte(mapped.chars[i])]);
      }
      return true;
    }
  }
}
