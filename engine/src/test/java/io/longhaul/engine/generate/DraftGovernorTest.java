package io.longhaul.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DraftGovernorTest {
  private final DraftGovernor governor = new DraftGovernor(3);

  /** Rounds of a machine on which a pass with drafts takes so many times that of one without. */
  private void run(int rounds, int taken, double cost) {
    for (int i = 0; i < rounds; i++) {
      int drafts = governor.drafts();
      long nanos = drafts > 0 ? (long) (1000 * cost) : 1000;
      governor.round(drafts, drafts > 0 ? taken : 0, nanos);
    }
  }

  @Test
  void goesOnDraftingWhereThatIsFaster() {
    run(20, 2, 1.5);
    assertThat(governor.drafts()).isEqualTo(3);
    assertThat(governor.statistics().gain()).isCloseTo(2.0, within(0.01));
    assertThat(governor.statistics().tokensPerRound()).isCloseTo(3.0, within(0.01));
    assertThat(governor.mayDraft()).isTrue();
  }

  @Test
  void restsWhereItLosesTime() {
    run(100, 1, 3.0);
    assertThat(governor.drafts()).isZero();
    assertThat(governor.mayDraft()).isFalse();
    assertThat(governor.statistics().active()).isFalse();
    assertThat(governor.statistics().gain()).isCloseTo(2 / 3.0, within(0.01));
    assertThat(governor.statistics().rounds()).isEqualTo(8);
  }

  @Test
  void noticesThatDraftsHaveBecomeBad() {
    run(20, 2, 1.5);
    run(600, 0, 1.5);
    assertThat(governor.drafts()).isZero();
  }

  @Test
  void draftsNothingWhereNothingIsAskedFor() {
    DraftGovernor none = new DraftGovernor(0);
    assertThat(none.mayDraft()).isFalse();
    assertThat(none.drafts()).isZero();
    assertThat(none.statistics().tokensPerRound()).isZero();
  }
}
