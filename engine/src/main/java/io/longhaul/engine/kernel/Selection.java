package io.longhaul.engine.kernel;

import java.util.Arrays;

/**
 * Which cached positions each token of a pass attends to, in ascending order: all up to its own, or
 * a list of at most {@code width}.
 */
public final class Selection {
  private final int width;
  private final int[] lists;
  private final int[] counts;
  private final boolean[] listed;

  /**
   * @param width most positions of a list; 0 where tokens always see all
   */
  public Selection(int tokens, int width) {
    this.width = width;
    lists = new int[Math.multiplyExact(tokens, width)];
    counts = new int[tokens];
    listed = new boolean[tokens];
  }

  /** Token {@code token} sees the positions 0 to {@code count - 1}. */
  public void selectAll(int token, int count) {
    counts[token] = count;
    listed[token] = false;
  }

  /**
   * Token {@code token} sees the {@code k} positions with the highest scores.
   *
   * @param scores to choose by
   */
  public void selectTop(int token, int k, TopK scores) {
    scores.select(k, lists, token * width);
    counts[token] = k;
    listed[token] = true;
  }

  /**
   * Token {@code token} sees these positions.
   *
   * @param positions ascending, at most {@code width}
   */
  public void selectList(int token, int[] positions) {
    System.arraycopy(positions, 0, lists, token * width, positions.length);
    counts[token] = positions.length;
    listed[token] = true;
  }

  /** How many positions a token sees. */
  public int count(int token) {
    return counts[token];
  }

  /** The i-th position that a token sees. */
  public int position(int token, int i) {
    return listed[token] ? lists[token * width + i] : i;
  }

  /** A copy of what a token sees. */
  public int[] positions(int token) {
    int[] positions = new int[counts[token]];
    Arrays.setAll(positions, i -> position(token, i));
    return positions;
  }
}
