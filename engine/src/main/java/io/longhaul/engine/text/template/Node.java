package io.longhaul.engine.text.template;

/** A node of a parsed template. */
abstract sealed class Node permits Expression, Statement, Target {
  /**
   * Deeper trees are refused, so that walking one cannot exhaust the stack. A sum of as many terms
   * is as deep; templates that exist stay below 40.
   */
  static final int MAX_HEIGHT = 300;

  final int line;
  private final Node[] children;
  private final int height;

  /**
   * @param children in the order of the source; null for a missing one
   */
  Node(int line, Node... children) {
    this.line = line;
    this.children = children;
    int highest = 0;
    for (Node child : children) {
      if (child != null) {
        highest = Math.max(highest, child.height);
      }
    }
    this.height = highest + 1;
    if (height > MAX_HEIGHT) {
      throw new TemplateError("nested more than " + MAX_HEIGHT + " deep", line);
    }
  }

  /** All nodes directly below, null for a missing one. */
  Node[] children() {
    return children;
  }

  /** Two lists of children as one. */
  static Node[] concat(Node[] first, Node... second) {
    Node[] all = new Node[first.length + second.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }
}
