package io.longhaul.engine.text;

import java.util.Arrays;

/**
 * One step of the cutting of a text into pieces: refines the cuts, and may change the text.
 *
 * <p>The steps and their names are those of the library {@code tokenizers} of Hugging Face.
 */
sealed interface PreTokenizer {
  void apply(Pieces pieces, Matches scratch);

  /** What becomes of the matches of a split. */
  enum Behavior {
    ISOLATED,
    REMOVED,
    CONTIGUOUS,
    MERGED_WITH_PREVIOUS,
    MERGED_WITH_NEXT
  }

  /**
   * Cuts at the matches of a pattern.
   *
   * @param invert whether what lies between the matches is taken for the matches
   */
  record Split(Splitter splitter, Behavior behavior, boolean invert) implements PreTokenizer {
    static Split isolated(Splitter splitter) {
      return new Split(splitter, Behavior.ISOLATED, false);
    }

    @Override
    public void apply(Pieces pieces, Matches scratch) {
      Pieces.Builder out = new Pieces.Builder(pieces.start, pieces.count + 16);
      Pieces.Chars kept = behavior == Behavior.REMOVED ? new Pieces.Chars(64) : null;
      if (kept != null) {
        out = new Pieces.Builder(0, pieces.count + 16);
      }
      boolean atOrigin = pieces.atOrigin;
      int from = pieces.start;
      for (int i = 0; i < pieces.count; i++) {
        int to = pieces.ends[i];
        splitter.find(pieces.text, from, to, scratch);
        switch (behavior) {
          case ISOLATED -> isolate(scratch, out);
          case REMOVED -> {
            if (i == 0 && scratch.count > 0 && scratch.matched[0] != invert) {
              atOrigin = false;
            }
            remove(pieces.text, from, scratch, kept, out);
          }
          case CONTIGUOUS -> contiguous(scratch, out);
          case MERGED_WITH_PREVIOUS -> mergeWithPrevious(scratch, out);
          case MERGED_WITH_NEXT -> mergeWithNext(scratch, out);
        }
        from = to;
      }
      out.into(pieces);
      if (kept != null) {
        pieces.text = kept.chars;
        pieces.start = 0;
        pieces.atOrigin = atOrigin;
      }
    }

    private static void isolate(Matches matches, Pieces.Builder out) {
      for (int i = 0; i < matches.count; i++) {
        out.end(matches.ends[i]);
      }
    }

    private void remove(
        char[] text, int from, Matches matches, Pieces.Chars kept, Pieces.Builder out) {
      int at = from;
      for (int i = 0; i < matches.count; i++) {
        if (matches.matched[i] == invert) {
          kept.append(text, at, matches.ends[i]);
          out.end(kept.length);
        }
        at = matches.ends[i];
      }
    }

    private static void contiguous(Matches matches, Pieces.Builder out) {
      for (int i = 0; i < matches.count; i++) {
        if (i + 1 == matches.count || matches.matched[i] != matches.matched[i + 1]) {
          out.end(matches.ends[i]);
        }
      }
    }

    /** A match joins what stands before it, unless that is a match too. */
    private void mergeWithPrevious(Matches matches, Pieces.Builder out) {
      for (int i = 0; i < matches.count; i++) {
        boolean joined =
            i + 1 < matches.count
                && matches.matched[i + 1] != invert
                && matches.matched[i] == invert;
        if (!joined) {
          out.end(matches.ends[i]);
        }
      }
    }

    /** A match joins what stands after it, unless that is a match too. */
    private void mergeWithNext(Matches matches, Pieces.Builder out) {
      for (int i = 0; i < matches.count; i++) {
        boolean joined =
            i + 1 < matches.count
                && matches.matched[i] != invert
                && matches.matched[i + 1] == invert;
        if (!joined) {
          out.end(matches.ends[i]);
        }
      }
    }
  }

  /** Puts a character in front of pieces that do not begin with it. */
  record Prefix(char prefix, boolean originOnly) implements PreTokenizer {
    @Override
    public void apply(Pieces pieces, Matches scratch) {
      Pieces.Chars text = new Pieces.Chars(length(pieces) + pieces.count);
      Pieces.Builder out = new Pieces.Builder(0, pieces.count);
      int from = pieces.start;
      for (int i = 0; i < pieces.count; i++) {
        int to = pieces.ends[i];
        boolean wanted = !originOnly || (i == 0 && pieces.atOrigin);
        if (wanted && pieces.text[from] != prefix) {
          text.append(prefix);
        }
        text.append(pieces.text, from, to);
        out.end(text.length);
        from = to;
      }
      replace(pieces, text, out);
    }
  }

  /** Replaces each space. */
  record ReplaceSpace(char replacement) implements PreTokenizer {
    @Override
    public void apply(Pieces pieces, Matches scratch) {
      int end = pieces.start + length(pieces);
      char[] text = Arrays.copyOfRange(pieces.text, pieces.start, end);
      for (int i = 0; i < text.length; i++) {
        if (text[i] == ' ') {
          text[i] = replacement;
        }
      }
      for (int i = 0; i < pieces.count; i++) {
        pieces.ends[i] -= pieces.start;
      }
      pieces.text = text;
      pieces.start = 0;
    }
  }

  /** Writes each byte of the UTF-8 form as a character, for a vocabulary that is written so. */
  record BytesToChars() implements PreTokenizer {
    @Override
    public void apply(Pieces pieces, Matches scratch) {
      Pieces.Chars text = new Pieces.Chars(length(pieces) + 16);
      Pieces.Builder out = new Pieces.Builder(0, pieces.count);
      int from = pieces.start;
      for (int i = 0; i < pieces.count; i++) {
        ByteLevel.encode(pieces.text, from, pieces.ends[i], text);
        out.end(text.length);
        from = pieces.ends[i];
      }
      replace(pieces, text, out);
    }
  }

  private static int length(Pieces pieces) {
    return pieces.count == 0 ? 0 : pieces.ends[pieces.count - 1] - pieces.start;
  }

  private static void replace(Pieces pieces, Pieces.Chars text, Pieces.Builder out) {
    out.into(pieces);
    pieces.text = text.chars;
    pieces.start = 0;
  }
}
