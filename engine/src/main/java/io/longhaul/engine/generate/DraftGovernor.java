package io.longhaul.engine.generate;

import io.longhaul.engine.DraftStatistics;

/**
 * Decides whether the next tokens are drafted: measures answers with and without for a while and
 * goes on with what was faster. Drafting is measured again after a longer while; where it has lost
 * time once it rests, and the draft layer need not follow the text any more. What text comes out
 * does not depend on it.
 */
public final class DraftGovernor {
  private static final int TRIAL_ROUNDS = 8;
  private static final int ROUNDS_BETWEEN_TRIALS = 512;

  private enum Phase {
    DRAFTING_TRIAL,
    PLAIN_TRIAL,
    SETTLED
  }

  /** Time for each token, of the rounds of one trial. */
  private static final class Pace {
    private long nanos;
    private long tokens;

    void add(int gained, long spent) {
      tokens += gained;
      nanos += spent;
    }

    double nanosPerToken() {
      return tokens == 0 ? Double.MAX_VALUE : (double) nanos / tokens;
    }
  }

  private final int most;
  private Phase phase = Phase.DRAFTING_TRIAL;
  private Pace drafting = new Pace();
  private Pace plain = new Pace();
  private double gain;
  private boolean draftingWins = true;
  private int roundsInPhase;
  private long rounds;
  private long drafted;
  private long accepted;

  /**
   * @param most tokens to draft at once
   */
  public DraftGovernor(int most) {
    this.most = most;
  }

  /** How many tokens to draft now. */
  public int drafts() {
    return switch (phase) {
      case DRAFTING_TRIAL -> most;
      case PLAIN_TRIAL -> 0;
      case SETTLED -> draftingWins ? most : 0;
    };
  }

  /** Whether drafts may come yet, so that the draft layer has to follow the text. */
  public boolean mayDraft() {
    return most > 0 && (phase != Phase.SETTLED || draftingWins);
  }

  /**
   * A forward pass is over and it is known what it was good for.
   *
   * @param proposed drafts that were in it
   * @param taken of these, how many were chosen
   * @param nanos that it took, drafting included
   */
  public void round(int proposed, int taken, long nanos) {
    if (proposed > 0) {
      rounds++;
      drafted += proposed;
      accepted += taken;
    }
    (proposed > 0 ? drafting : plain).add(taken + 1, nanos);
    roundsInPhase++;
    switch (phase) {
      case DRAFTING_TRIAL -> nextAfter(TRIAL_ROUNDS, Phase.PLAIN_TRIAL);
      case PLAIN_TRIAL -> {
        if (nextAfter(TRIAL_ROUNDS, Phase.SETTLED)) {
          gain = plain.nanosPerToken() / drafting.nanosPerToken();
          draftingWins = gain > 1;
        }
      }
      case SETTLED -> {
        if (draftingWins && nextAfter(ROUNDS_BETWEEN_TRIALS, Phase.DRAFTING_TRIAL)) {
          drafting = new Pace();
          plain = new Pace();
        }
      }
    }
  }

  private boolean nextAfter(int length, Phase next) {
    if (roundsInPhase < length) {
      return false;
    }
    roundsInPhase = 0;
    phase = next;
    return true;
  }

  public DraftStatistics statistics() {
    return new DraftStatistics(rounds, drafted, accepted, gain, drafts() > 0);
  }
}
