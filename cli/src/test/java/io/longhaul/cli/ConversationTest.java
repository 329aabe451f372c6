package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.longhaul.engine.ChatOptions;
import io.longhaul.engine.FinishReason;
import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.Model;
import io.longhaul.engine.ModelException;
import io.longhaul.engine.Session;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversationTest {
  @TempDir Path temp;

  @Test
  void whatFailsOrIsStoppedBeforeAnAnswerIsForgotten() throws Exception {
    Path file = SyntheticModel.repeating("ab").contextLength(64).write(temp.resolve("m.gguf"));
    try (Model model = Model.load(file);
        Session session = model.newSession()) {
      Conversation conversation =
          new Conversation(
              model,
              session,
              ChatOptions.defaults(),
              GenerationOptions.ofMaxTokens(4),
              Optional.empty());
      assertThatThrownBy(() -> conversation.ask("x".repeat(99), text -> {}))
          .isInstanceOf(ModelException.class);
      GenerationResult first = conversation.ask("Q", text -> {});
      assertThat(first.text()).isEqualTo("abab");
      assertThat(first.promptTokens()).isEqualTo(20);

      GenerationResult stopped = conversation.ask("Q", text -> conversation.cancel());
      assertThat(stopped.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(stopped.text()).isEqualTo("a");
      assertThat(stopped.reusedTokens()).isGreaterThan(20);
      assertThat(stopped.promptTokens()).isEqualTo(20 + 4 + 2 + 20);
    }
  }
}
