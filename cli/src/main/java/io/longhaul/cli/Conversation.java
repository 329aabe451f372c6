package io.longhaul.cli;

import io.longhaul.engine.AnswerCollector;
import io.longhaul.engine.AnswerListener;
import io.longhaul.engine.ChatOptions;
import io.longhaul.engine.FinishReason;
import io.longhaul.engine.GenerationListener;
import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.Message;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import io.longhaul.engine.text.answer.AnswerEvent;
import io.longhaul.engine.text.answer.AnswerParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** The messages between a user and a model, and the session that answers. */
final class Conversation {
  private final Model model;
  private final Session session;
  private final ChatOptions chat;
  private final GenerationOptions options;
  private final List<Message> messages = new ArrayList<>();
  private Optional<String> system = Optional.empty();

  /** The last prompt and its answer. */
  private int[] known = {};

  private int calls;
  private volatile boolean cancelled;

  Conversation(
      Model model,
      Session session,
      ChatOptions chat,
      GenerationOptions options,
      Optional<String> system) {
    this.model = model;
    this.session = session;
    this.chat = chat;
    this.options = options;
    restart(system);
  }

  /** Forgets everything but the system message. */
  void clear() {
    restart(system);
  }

  /** Forgets everything; a system message may stand at the beginning. */
  final void restart(Optional<String> newSystem) {
    system = newSystem;
    messages.clear();
    system.ifPresent(text -> messages.add(Message.system(text)));
  }

  /**
   * Asks and remembers both question and answer. A question that fails, or is cancelled before
   * there is any answer, is forgotten.
   *
   * @param listener hears the answer
   */
  GenerationResult ask(String question, Consumer<AnswerEvent> listener) {
    cancelled = false;
    messages.add(Message.user(question));
    boolean answered = false;
    try {
      int[] prompt = model.encodeChat(messages, chat, known);
      int firstCall = calls;
      AnswerCollector answer = new AnswerCollector(index -> "call_" + (firstCall + index));
      AnswerParser parser = model.newAnswerParser(prompt, chat, answer.andThen(listener));
      GenerationResult result = session.generate(prompt, options, new Listener(parser));
      answered = result.finishReason() != FinishReason.CANCELLED || !result.text().isBlank();
      if (answered) {
        messages.add(answer.message());
        calls += answer.toolCalls().size();
        known =
            IntStream.concat(
                    IntStream.of(prompt), result.tokens().stream().mapToInt(Integer::intValue))
                .toArray();
      }
      return result;
    } finally {
      if (!answered) {
        messages.removeLast();
      }
    }
  }

  /** Ends the answer in the making. */
  void cancel() {
    cancelled = true;
    session.cancel();
  }

  /**
   * A session forgets a {@link Session#cancel} that comes before it begins, while the prompt is
   * encoded; this repeats it.
   */
  private final class Listener implements GenerationListener {
    private final AnswerListener answer;

    Listener(AnswerParser parser) {
      this.answer = new AnswerListener(parser);
    }

    @Override
    public void onPrompt(int done, int total) {
      repeatCancel();
    }

    @Override
    public void onToken(int token) {
      repeatCancel();
      answer.onToken(token);
    }

    @Override
    public void onText(String piece) {
      answer.onText(piece);
    }

    @Override
    public void onEnd(FinishReason reason) {
      answer.onEnd(reason);
    }

    private void repeatCancel() {
      if (cancelled) {
        session.cancel();
      }
    }
  }
}
