package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.AnswerCollector;
import io.longhaul.engine.AnswerListener;
import io.longhaul.engine.ChatOptions;
import io.longhaul.engine.FinishReason;
import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.Message;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import io.longhaul.engine.text.answer.AnswerEvent;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chat with a model of GLM's vocabulary and template, whose answer is known. */
class GlmChatTest {
  private static final GenerationOptions GREEDY = GenerationOptions.ofMaxTokens(100);

  @TempDir Path temp;

  private Path answering(String... parts) throws Exception {
    return SyntheticModel.glm(parts).write(temp.resolve("glm.gguf"));
  }

  /** Reasons when the prompt opens the reasoning, and else begins after it. */
  private Path thinking() throws Exception {
    return answering("<think>", "so.", "</think>", "Blue", "<|user|>");
  }

  private Path calling() throws Exception {
    return answering(
        "<think>",
        "so",
        "<tool_call>",
        "f",
        "<arg_key>",
        "k",
        "</arg_key>",
        "<arg_value>",
        "7",
        "</arg_value>",
        "</tool_call>",
        "<|observation|>");
  }

  private static CommandRun chat(Path model, Object... arguments) {
    List<Object> line = new ArrayList<>(List.of("chat", "-m", model, "--temperature", 0));
    line.addAll(List.of(arguments));
    return CommandRun.of(line.toArray());
  }

  @Test
  void reasoningGoesToStandardErrorAndTheAnswerToStandardOutput() throws Exception {
    CommandRun run = chat(thinking(), "Why?");
    assertThat(run).isEqualTo(new CommandRun(0, "Blue\n", "so.\n\n"));
    assertThat(chat(thinking(), "--reasoning", "high", "Why?")).isEqualTo(run);
    assertThat(chat(thinking(), "--reasoning", "off", "Why?"))
        .isEqualTo(new CommandRun(0, "Blue\n", ""));
    assertThat(chat(thinking(), "--reasoning", "low", "Why?").err())
        .contains("'low' is not max, high or off");
  }

  @Test
  void reasoningChangesThePrompt() throws Exception {
    String base = "[gMASK]<sop>";
    Model model = Model.load(thinking());
    try (model) {
      int[] max = model.encodeChat(List.of(Message.user("Q")));
      assertThat(model.tokenizer().decode(max))
          .isEqualTo(base + "<|system|>Reasoning Effort: Max<|user|>Q<|assistant|><think>");
    }
    long high =
        (long) chat(thinking(), "--reasoning", "high", "--json", "Q").json().get("prompt_tokens");
    long max =
        (long) chat(thinking(), "--reasoning", "max", "--json", "Q").json().get("prompt_tokens");
    long off =
        (long) chat(thinking(), "--reasoning", "off", "--json", "Q").json().get("prompt_tokens");
    assertThat(max).isEqualTo(2 + 1 + "Reasoning Effort: Max".length() + 1 + 1 + 2);
    assertThat(high).isEqualTo(max + 1);
    assertThat(off).isEqualTo(2 + 1 + 1 + 1 + 2);
  }

  @Test
  void jsonTellsReasoningTextAndCallsApart() throws Exception {
    assertThat(chat(thinking(), "--json", "Why?").json())
        .containsEntry("reasoning", "so.")
        .containsEntry("text", "Blue")
        .containsEntry("finish_reason", "end_token")
        .doesNotContainKey("tool_calls");
    assertThat(chat(calling(), "--json", "Why?").json())
        .containsEntry("text", "")
        .containsEntry("tool_calls", List.of(Map.of("name", "f", "arguments", Map.of("k", 7L))));
  }

  @Test
  void aToolCallIsShown() throws Exception {
    CommandRun run = chat(calling(), "Why?");
    assertThat(run.out()).isEqualTo("→ f {\"k\":7}\n");
    assertThat(run.err()).isEqualTo("so\n\n");
  }

  @Test
  void theNextPromptBeginsWithTheLastAndItsAnswer() throws Exception {
    try (Model model = Model.load(thinking());
        Session session = model.newSession()) {
      Conversation conversation =
          new Conversation(model, session, ChatOptions.defaults(), GREEDY, Optional.empty());
      GenerationResult first = conversation.ask("Q", event -> {});
      assertThat(first.text()).isEqualTo("so.</think>Blue");
      assertThat(first.finishReason()).isEqualTo(FinishReason.END_TOKEN);
      GenerationResult second = conversation.ask("And?", event -> {});
      // All that is computed: the last token of an answer is computed with what follows it.
      assertThat(second.reusedTokens())
          .isBetween(
              first.promptTokens() + first.tokens().size() - 1,
              first.promptTokens() + first.tokens().size());

      Conversation forgetting =
          new Conversation(
              model,
              session,
              ChatOptions.defaults().withPreserveReasoning(false),
              GREEDY,
              Optional.empty());
      GenerationResult again = forgetting.ask("Q", event -> {});
      GenerationResult other = forgetting.ask("And?", event -> {});
      assertThat(other.reusedTokens()).isEqualTo(again.promptTokens());
    }
  }

  @Test
  void eventsEndWhereAStopStringEndsTheAnswer() throws Exception {
    try (Model model = Model.load(thinking());
        Session session = model.newSession()) {
      int[] prompt = model.encodeChat(List.of(Message.user("Q")));
      for (String stop : List.of("ue", ".</th", "think>B", "nothing")) {
        List<AnswerEvent> events = new ArrayList<>();
        AnswerCollector answer = new AnswerCollector(index -> "");
        GenerationResult result =
            session.generate(
                prompt,
                GREEDY.withStop(List.of(stop)),
                new AnswerListener(
                    model.newAnswerParser(
                        prompt, ChatOptions.defaults(), answer.andThen(events::add))));
        StringBuilder source = new StringBuilder();
        events.forEach(event -> source.append(event.source()));
        assertThat(source).as(stop).hasToString(result.text());
        assertThat(answer.reasoning()).as(stop).startsWith("so");
        assertThat(answer.content().isEmpty()).as(stop).isEqualTo(!result.text().contains("B"));
      }
    }
  }

  @Test
  void aTerminalShowsReasoningDimmed() {
    StringWriter shown = new StringWriter();
    PrintWriter terminal = new PrintWriter(shown);
    AnswerPrinter printer = new AnswerPrinter(terminal, terminal, true);
    printer.accept(new AnswerEvent.ReasoningStart(""));
    printer.accept(new AnswerEvent.ReasoningDelta("\n"));
    printer.accept(new AnswerEvent.ReasoningDelta("so\n"));
    printer.accept(new AnswerEvent.ReasoningEnd("</think>"));
    printer.accept(new AnswerEvent.TextDelta("\n\n"));
    printer.accept(new AnswerEvent.TextDelta("Blue\n\nsky"));
    printer.accept(new AnswerEvent.ToolCallStart(0, "f", "<tool_call>f"));
    printer.accept(new AnswerEvent.ToolCallBroken(0, "f", "cut", "<tool_call>f", ""));
    printer.finish();
    assertThat(shown).hasToString("\u001b[2mso\n\u001b[0m\n\nBlue\n\nsky\n→ f  [broken: cut]\n");
  }
}
