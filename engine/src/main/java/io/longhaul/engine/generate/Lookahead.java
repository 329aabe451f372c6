package io.longhaul.engine.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * Drafted tokens that a forward pass has computed along with the token before them: as long as the
 * answer chooses these very tokens, the logits after them are known already.
 */
public final class Lookahead {
  private final List<Integer> tokens = new ArrayList<>();
  private final List<float[]> logits = new ArrayList<>();
  private int taken;

  /** Forgets everything. */
  public void clear() {
    tokens.clear();
    logits.clear();
    taken = 0;
  }

  /** Adds the next drafted token and the logits after it. */
  public void add(int token, float[] after) {
    tokens.add(token);
    logits.add(after);
  }

  /** Whether a chosen token is the next drafted one. */
  public boolean holds(int token) {
    return taken < tokens.size() && tokens.get(taken) == token;
  }

  /** The logits after the next drafted token, which the answer has chosen. */
  public float[] take() {
    return logits.get(taken++);
  }

  /** How many drafted tokens there were. */
  public int drafted() {
    return tokens.size();
  }

  /** How many of them the answer has chosen. */
  public int taken() {
    return taken;
  }
}
