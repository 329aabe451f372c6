package io.longhaul.cli;

import io.longhaul.engine.FinishReason;
import io.longhaul.engine.GenerationListener;
import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.Message;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The messages between a user and a model, and the session that answers. */
final class Conversation {
  private final Model model;
  private final Session session;
  private final GenerationOptions options;
  private final List<Message> messages = new ArrayList<>();
  private Optional<String> system = Optional.empty();
  private volatile boolean cancelled;

  Conversation(Model model, Session session, GenerationOptions options, Optional<String> system) {
    this.model = model;
    this.session = session;
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
   * @param listener hears the text of the answer
   */
  GenerationResult ask(String question, Consumer<String> listener) {
    cancelled = false;
    messages.add(Message.user(question));
    boolean answered = false;
    try {
      GenerationResult result =
          session.generate(model.encodeChat(messages), options, new Listener(listener));
      answered = result.finishReason() != FinishReason.CANCELLED || !result.text().isBlank();
      if (answered) {
        messages.add(Message.assistant(result.text()));
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
    private final Consumer<String> text;

    Listener(Consumer<String> text) {
      this.text = text;
    }

    @Override
    public void onPrompt(int done, int total) {
      repeatCancel();
    }

    @Override
    public void onToken(int token) {
      repeatCancel();
    }

    @Override
    public void onText(String piece) {
      text.accept(piece);
    }

    private void repeatCancel() {
      if (cancelled) {
        session.cancel();
      }
    }
  }
}
