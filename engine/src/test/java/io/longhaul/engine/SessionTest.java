package io.longhaul.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.tensor.TensorType;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};

  private Model model;

  @BeforeEach
  void load() throws URISyntaxException {
    model = Model.load(Path.of(SessionTest.class.getResource("model/tiny/llama-plain").toURI()));
  }

  @AfterEach
  void close() {
    model.close();
  }

  private static GenerationOptions options(int maxTokens) {
    return GenerationOptions.ofMaxTokens(maxTokens);
  }

  private Session session() {
    return model.newSession(SessionOptions.defaults().withCacheType(TensorType.F32));
  }

  @Test
  void aLongerPromptReusesWhatIsKnownAndGivesTheSame() {
    try (Session one = session();
        Session other = session()) {
      GenerationResult first = one.generate(PROMPT, options(5), text -> {});
      int[] longer = new int[PROMPT.length + 3];
      System.arraycopy(PROMPT, 0, longer, 0, PROMPT.length);
      longer[PROMPT.length] = first.tokens().getFirst();
      longer[PROMPT.length + 1] = first.tokens().get(1);
      longer[PROMPT.length + 2] = 7;
      GenerationResult again = one.generate(longer, options(5), text -> {});
      assertThat(again.reusedTokens()).isEqualTo(PROMPT.length + 2);
      assertThat(again.tokens()).isEqualTo(other.generate(longer, options(5), text -> {}).tokens());
    }
  }

  @Test
  void aForkContinuesOnItsOwn() {
    try (Session session = session()) {
      session.generate(PROMPT, options(4), text -> {});
      try (Session fork = session.fork()) {
        int[] other = PROMPT.clone();
        other[PROMPT.length - 1] = 8;
        GenerationResult forked = fork.generate(other, options(6), text -> {});
        assertThat(forked.reusedTokens()).isEqualTo(PROMPT.length - 1);
        GenerationResult original = session.generate(PROMPT, options(6), text -> {});
        try (Session fresh = session()) {
          assertThat(fresh.generate(other, options(6), text -> {}).tokens())
              .isEqualTo(forked.tokens());
          assertThat(fresh.generate(PROMPT, options(6), text -> {}).tokens())
              .isEqualTo(original.tokens());
        }
      }
    }
  }

  @Test
  void aForkAtAPrefixKnowsThePrefix() {
    try (Session session = session()) {
      session.generate(PROMPT, options(4), text -> {});
      try (Session fork = session.fork(5);
          Session fresh = session()) {
        assertThat(fork.length()).isEqualTo(5);
        int[] other = {3, 1, 4, 1, 5, 7, 7, 7};
        GenerationResult forked = fork.generate(other, options(6), text -> {});
        assertThat(forked.reusedTokens()).isEqualTo(5);
        assertThat(forked.tokens())
            .isEqualTo(fresh.generate(other, options(6), text -> {}).tokens());
      }
      assertThatThrownBy(() -> session.fork(100)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void logitsAreTheSameAfterWhatIsKnown() {
    try (Session session = session();
        Session fresh = session()) {
      session.generate(new int[] {3, 1, 4, 1, 5, 7}, options(0), text -> {});
      session.logits(PROMPT, p -> p >= 4, expect(fresh, PROMPT, 4));
      assertThat(session.length()).isEqualTo(PROMPT.length);
      session.logits(PROMPT, p -> p == 2, expect(fresh, PROMPT, 2));
      assertThat(session.length()).isEqualTo(PROMPT.length);
    }
  }

  @Test
  void cancellingAnAnswerDoesNotCutLogitsShort() {
    try (Session session = session()) {
      session.cancel();
      List<Integer> heard = new ArrayList<>();
      session.logits(PROMPT, p -> true, (position, logits) -> heard.add(position));
      assertThat(heard).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }
  }

  /** Expects the logits that a session finds without knowing anything. */
  private static Session.LogitsListener expect(Session fresh, int[] text, int first) {
    List<float[]> expected = new ArrayList<>();
    fresh.logits(text, p -> true, (position, logits) -> expected.add(logits.clone()));
    int[] next = {first};
    return (position, logits) -> {
      assertThat(position).isEqualTo(next[0]++);
      assertThat(logits).containsExactly(expected.get(position));
    };
  }

  @Test
  void aFullContextIsTheReason() {
    try (Session session = model.newSession(SessionOptions.defaults().withContextLength(12))) {
      GenerationResult result = session.generate(PROMPT, options(100), text -> {});
      assertThat(result.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
      // Four more positions, and the token that the last one predicts.
      assertThat(result.tokens()).hasSize(5);
      assertThatThrownBy(() -> session.generate(new int[13], options(1), text -> {}))
          .isInstanceOf(ModelException.class)
          .hasMessage("the prompt has 13 tokens, but the context holds 12");
    }
  }

  @Test
  void anAnswerOfNoTokensComputesThePromptAlone() {
    try (Session session = session()) {
      GenerationResult result = session.generate(PROMPT, options(0), text -> {});
      assertThat(result.tokens()).isEmpty();
      assertThat(result.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
      assertThat(session.length()).isEqualTo(PROMPT.length);
    }
  }

  @Test
  void cancelTakesEffectWithinOneToken() {
    try (Session session = session()) {
      List<Integer> heard = new ArrayList<>();
      GenerationResult result =
          session.generate(
              PROMPT,
              options(100),
              new GenerationListener() {
                @Override
                public void onText(String text) {}

                @Override
                public void onToken(int token) {
                  heard.add(token);
                  if (heard.size() == 3) {
                    session.cancel();
                  }
                }
              });
      assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(result.tokens()).hasSize(3);
    }
  }

  @Test
  void closingTheModelEndsAnAnswerOfAnotherThread() throws InterruptedException {
    CountDownLatch began = new CountDownLatch(1);
    List<FinishReason> reasons = new ArrayList<>();
    Session session = session();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () ->
                    reasons.add(
                        session
                            .generate(
                                PROMPT,
                                options(Integer.MAX_VALUE),
                                new GenerationListener() {
                                  @Override
                                  public void onText(String text) {}

                                  @Override
                                  public void onToken(int token) {
                                    began.countDown();
                                  }
                                })
                            .finishReason()));
    began.await();
    model.close();
    thread.join();
    assertThat(reasons).hasSize(1);
    assertThat(reasons.getFirst()).isIn(FinishReason.CANCELLED, FinishReason.CONTEXT_FULL);
    assertThatThrownBy(() -> session.generate(PROMPT, options(1), text -> {}))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> model.newSession()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void tokensOutsideTheVocabularyAndEmptyPromptsAreRefused() {
    try (Session session = session()) {
      assertThatThrownBy(() -> session.generate(new int[] {1, 100_000}, options(1), text -> {}))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("token 100000 is not in the vocabulary");
      assertThatThrownBy(() -> session.generate(new int[0], options(1), text -> {}))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("no tokens");
    }
  }

  @Test
  void aCheckpointWithoutATokenizerSaysSoWhenTextIsWanted() {
    assertThatThrownBy(() -> model.encode("text"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("tokenizer.json is missing");
  }
}
