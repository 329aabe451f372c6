package io.longhaul.cli;

import io.longhaul.engine.GenerationListener;
import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.Message;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The messages between a user and a model, and the session that answers. */
final class Conversation {
  private final Model model;
  private final Session session;
  private final GenerationOptions options;
  private final List<Message> messages = new ArrayList<>();

  Conversation(Model model, Session session, GenerationOptions options, Optional<String> system) {
    this.model = model;
    this.session = session;
    this.options = options;
    restart(system);
  }

  /** Forgets everything; a system message may stand at the beginning. */
  void restart(Optional<String> system) {
    messages.clear();
    system.ifPresent(text -> messages.add(Message.system(text)));
  }

  /** Asks and remembers both question and answer; a question that fails is forgotten. */
  GenerationResult ask(String question, GenerationListener listener) {
    messages.add(Message.user(question));
    boolean answered = false;
    try {
      GenerationResult result = session.generate(model.encodeChat(messages), options, listener);
      messages.add(Message.assistant(result.text()));
      answered = true;
      return result;
    } finally {
      if (!answered) {
        messages.removeLast();
      }
    }
  }

  /** Ends the answer in the making. */
  void cancel() {
    session.cancel();
  }
}
