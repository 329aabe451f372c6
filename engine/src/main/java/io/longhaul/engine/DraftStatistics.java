package io.longhaul.engine;

/**
 * What drafting tokens has brought a session so far.
 *
 * @param rounds forward passes over a token and its drafts
 * @param drafted tokens that were proposed
 * @param accepted of these, those that the model chose too
 * @param gain how much faster an answer grows than without drafts; 0 until both were measured
 * @param active whether the last token was drafted after; where it loses time it rests
 */
public record DraftStatistics(
    long rounds, long drafted, long accepted, double gain, boolean active) {
  /** Tokens that one forward pass yields on average, the one that is not drafted included. */
  public double tokensPerRound() {
    return rounds == 0 ? 0 : 1 + (double) accepted / rounds;
  }
}
