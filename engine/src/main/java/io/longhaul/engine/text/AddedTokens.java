package io.longhaul.engine.text;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Finds added tokens in a text: a trie, and one of the two orders of preference in use. */
final class AddedTokens {
  /** Which of several tokens that overlap is the one. */
  enum Preference {
    /** Hugging Face: the leftmost, and of these the longest. */
    LEFTMOST,
    /** llama.cpp: the longest in UTF-8 wherever it stands, and of these the leftmost. */
    LONGEST
  }

  /** A text cut into stretches of text and tokens. */
  static final class Stretches {
    /** Triples: from, to, and the token or -1. */
    private int[] cuts = new int[48];

    private int size;

    void add(int from, int to, int token) {
      if (token < 0 && from >= to) {
        return;
      }
      if (size == cuts.length) {
        cuts = Arrays.copyOf(cuts, size * 2);
      }
      cuts[size] = from;
      cuts[size + 1] = to;
      cuts[size + 2] = token;
      size += 3;
    }

    int count() {
      return size / 3;
    }

    int from(int i) {
      return cuts[3 * i];
    }

    int to(int i) {
      return cuts[3 * i + 1];
    }

    /** The token, or -1 for text. */
    int token(int i) {
      return cuts[3 * i + 2];
    }
  }

  private final Preference preference;
  private final AddedToken[] tokens;

  /** The length of each token in UTF-8. */
  private final int[] lengths;

  private final BitSet firstChars = new BitSet();

  /** Open addressing: {@code node << 16 | char} plus one, to the child's number. */
  private final long[] edges;

  private final int[] children;

  /** The token (an index) that ends at each node, or -1. */
  private final int[] terminals;

  private int nodes = 1;

  AddedTokens(Preference preference, List<AddedToken> tokens) {
    this.preference = preference;
    this.tokens = tokens.toArray(AddedToken[]::new);
    this.lengths = new int[this.tokens.length];
    int characters = 0;
    for (AddedToken token : this.tokens) {
      characters += token.text().length();
    }
    int capacity = Integer.highestOneBit(Math.max(4, characters)) << 2;
    this.edges = new long[capacity];
    this.children = new int[capacity];
    this.terminals = new int[characters + 1];
    Arrays.fill(terminals, -1);
    for (int i = 0; i < this.tokens.length; i++) {
      insert(i);
    }
  }

  private void insert(int index) {
    String text = tokens[index].text();
    int node = 0;
    for (int i = 0; i < text.length(); i++) {
      int slot = slot(node, text.charAt(i));
      if (edges[slot] == 0) {
        edges[slot] = edge(node, text.charAt(i));
        children[slot] = nodes++;
      }
      node = children[slot];
    }
    terminals[node] = index;
    firstChars.set(text.charAt(0));
    lengths[index] = utf8Length(text);
  }

  private static int utf8Length(String text) {
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      length += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return length;
  }

  private static long edge(int node, char c) {
    return ((long) node << 16 | c) + 1;
  }

  /** The slot of an edge, or the free one where it would be. */
  private int slot(int node, char c) {
    long edge = edge(node, c);
    int slot = (int) ((edge * 0x9E3779B97F4A7C15L) >>> 32) & (edges.length - 1);
    while (edges[slot] != 0 && edges[slot] != edge) {
      slot = (slot + 1) & (edges.length - 1);
    }
    return slot;
  }

  private int child(int node, char c) {
    int slot = slot(node, c);
    return edges[slot] == 0 ? -1 : children[slot];
  }

  boolean isEmpty() {
    return tokens.length == 0;
  }

  /**
   * Cuts {@code text[from..to)}.
   *
   * @param origin over the indices of {@code text}
   */
  Stretches find(char[] text, int from, int to, Origin origin) {
    Stretches out = new Stretches();
    switch (preference) {
      case LEFTMOST -> leftmost(text, from, to, origin, out);
      case LONGEST -> {
        out.add(from, to, -1);
        BitSet present = present(text, from, to, origin);
        for (int length = present.length() - 1; length > 0; length = lower(present, length)) {
          out = cut(text, out, length, origin);
        }
      }
    }
    return out;
  }

  private static int lower(BitSet lengths, int length) {
    return lengths.previousSetBit(length - 1);
  }

  /** The lengths of the tokens that the text spells. */
  private BitSet present(char[] text, int from, int to, Origin origin) {
    BitSet present = new BitSet();
    for (int i = from; i < to; i++) {
      if (!firstChars.get(text[i])) {
        continue;
      }
      int node = 0;
      for (int end = i; end < to && (node = child(node, text[end])) >= 0; end++) {
        int index = terminals[node];
        if (index >= 0 && tokens[index].allowed(origin, i, end + 1)) {
          present.set(lengths[index]);
        }
      }
    }
    return present;
  }

  /** Cuts the stretches of text at the tokens of one length. */
  private Stretches cut(char[] text, Stretches in, int length, Origin origin) {
    Stretches out = new Stretches();
    for (int s = 0; s < in.count(); s++) {
      int start = in.from(s);
      int to = in.to(s);
      if (in.token(s) >= 0) {
        out.add(start, to, in.token(s));
        continue;
      }
      int i = start;
      while (i < to) {
        int index = firstChars.get(text[i]) ? ofLength(text, i, to, length, origin) : -1;
        if (index < 0) {
          i++;
          continue;
        }
        int end = i + tokens[index].text().length();
        add(text, start, i, end, tokens[index], out);
        start = tokens[index].stripRight() ? skipAsciiSpace(text, end, to) : end;
        i = start;
      }
      out.add(start, to, -1);
    }
    return out;
  }

  private static void add(
      char[] text, int start, int from, int end, AddedToken token, Stretches out) {
    int left = from;
    while (token.stripLeft() && left > start && isAsciiSpace(text[left - 1])) {
      left--;
    }
    out.add(start, left, -1);
    out.add(from, end, token.id());
  }

  private int ofLength(char[] text, int from, int to, int length, Origin origin) {
    int node = 0;
    for (int end = from; end < to && (node = child(node, text[end])) >= 0; end++) {
      int index = terminals[node];
      if (index >= 0 && lengths[index] == length && tokens[index].allowed(origin, from, end + 1)) {
        return index;
      }
    }
    return -1;
  }

  private static int skipAsciiSpace(char[] text, int from, int to) {
    int at = from;
    while (at < to && isAsciiSpace(text[at])) {
      at++;
    }
    return at;
  }

  private static boolean isAsciiSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private void leftmost(char[] text, int from, int to, Origin origin, Stretches out) {
    int start = from;
    int i = from;
    while (i < to) {
      int index = firstChars.get(text[i]) ? longest(text, i, to, origin) : -1;
      if (index < 0) {
        i++;
        continue;
      }
      AddedToken token = tokens[index];
      int begin = i;
      int end = i + token.text().length();
      i = end;
      if (!token.allowed(origin, begin, end)
          || (token.singleWord() && touchesWord(text, from, begin, end, to))) {
        continue;
      }
      int left = begin;
      if (token.stripLeft()) {
        while (left > start && CharClass.isSpace(text[left - 1])) {
          left--;
        }
      }
      if (token.stripRight()) {
        while (end < to && CharClass.isSpace(text[end])) {
          end++;
        }
      }
      out.add(start, left, -1);
      out.add(left, end, token.id());
      start = end;
    }
    out.add(start, to, -1);
  }

  /**
   * The longest token at {@code from}, or -1. Of a text of mixed origin only tokens that are
   * allowed there count, so that untrusted characters cannot hide a token of the template.
   */
  private int longest(char[] text, int from, int to, Origin origin) {
    int best = -1;
    int node = 0;
    for (int end = from; end < to && (node = child(node, text[end])) >= 0; end++) {
      int index = terminals[node];
      if (index >= 0 && (!origin.mixed() || tokens[index].allowed(origin, from, end + 1))) {
        best = index;
      }
    }
    return best;
  }

  private static boolean touchesWord(char[] text, int from, int begin, int end, int to) {
    return (begin > from && CharClass.isWord(Character.codePointBefore(text, begin, from)))
        || (end < to && CharClass.isWord(Character.codePointAt(text, end, to)));
  }
}
