package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.longhaul.engine.ChatOptions;
import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.LoadOptions;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A conversation with a small model at a terminal, keys and signals included. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InteractiveChatTest {
  /** Of {@code <|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n} but for the question. */
  private static final int ASK = 1 + 5 + 1 + 1 + 1 + 10;

  /** Of {@code A<|im_end|>\n} but for the answer, before the next question. */
  private static final int AFTER = 1 + 1;

  @TempDir Path temp;
  private Model model;
  private Session session;
  private TerminalDialog dialog;
  private CompletableFuture<Void> chat;

  private void start(SyntheticModel synthetic, Optional<String> system) throws Exception {
    model =
        Model.load(synthetic.write(temp.resolve("m.gguf")), LoadOptions.defaults().withThreads(1));
    session = model.newSession();
    dialog = new TerminalDialog();
    Conversation conversation =
        new Conversation(
            model,
            session,
            ChatOptions.defaults(),
            GenerationOptions.ofMaxTokens(Integer.MAX_VALUE),
            system);
    chat =
        CompletableFuture.runAsync(
            () ->
                new InteractiveChat(conversation, "small", true)
                    .run(dialog.terminal, temp.resolve("deep/history")));
    dialog.await("small: /help lists commands, Ctrl-D leaves\n");
    dialog.await("> ");
  }

  @AfterEach
  void stop() throws IOException {
    dialog.close();
    session.close();
    model.close();
  }

  /** Asks and returns the answer, whose figures say how long the conversation is. */
  private String ask(String keys, int promptTokens) throws Exception {
    dialog.type(keys + "\r");
    String answer = dialog.await("[" + promptTokens + " prompt tokens at ");
    dialog.await("> ");
    return answer;
  }

  private void assertEnds() throws Exception {
    chat.get(30, TimeUnit.SECONDS);
  }

  @Test
  void remembersTheConversation() throws Exception {
    start(SyntheticModel.saying("Blue sky"), Optional.empty());
    assertThat(ask("Why?", ASK + 4)).contains("\nBlue sky\n");
    int first = ASK + 4 + "Blue sky".length() + AFTER;
    assertThat(ask("é日", first + ASK + 5)).contains("\nBlue sky\n");
    int second = first + ASK + 5 + "Blue sky".length() + AFTER;
    ask("And?", second + ASK + 4);
    dialog.type("/exit\r");
    assertEnds();
    assertThat(Files.readString(temp.resolve("deep/history"))).contains("Why?", "é日", "And?");
  }

  @Test
  void clearForgets() throws Exception {
    start(SyntheticModel.saying("ok"), Optional.of("Sys"));
    int system = 1 + 6 + 1 + 3 + 1 + 1;
    ask("Why?", system + ASK + 4);
    dialog.type("/clear\r");
    dialog.await("[the conversation is forgotten]");
    dialog.await("> ");
    ask("Why?", system + ASK + 4);
    dialog.type("/system Be brief.\r");
    dialog.await("[a new conversation with this system message]");
    dialog.await("> ");
    ask("Why?", system - 3 + 9 + ASK + 4);
    dialog.type("/system\r");
    dialog.await("[a new conversation without system message]");
    dialog.await("> ");
    ask("Why?", ASK + 4);
  }

  @Test
  void inputOfManyLines() throws Exception {
    start(SyntheticModel.saying("ok"), Optional.empty());
    dialog.type("one\\\r");
    dialog.await("... ");
    ask("two", ASK + 7);
    dialog.type("/clear\r");
    dialog.await("> ");
    dialog.type("\"\"\"\r");
    dialog.await("... ");
    dialog.type("/clear\\\r");
    dialog.await("... ");
    dialog.type("  x\r");
    dialog.await("... ");
    ask("\"\"\"", ASK + "/clear\\\n  x".length());
  }

  @Test
  void commands() throws Exception {
    start(SyntheticModel.saying("ok"), Optional.empty());
    dialog.type("/help\r");
    assertThat(dialog.await("empties the line.\n")).contains("/clear", "/system TEXT", "/exit");
    dialog.await("> ");
    dialog.type("/halp\r");
    dialog.await("unknown command /halp, /help lists them");
    dialog.await("> ");
    dialog.type("  \r");
    dialog.await("> ");
    ask("/etc/passwd ok", ASK + 14);
  }

  @Test
  void ctrlCEndsTheAnswerAndNotTheProgram() throws Exception {
    start(SyntheticModel.repeating("abcdefgh "), Optional.empty());
    dialog.type("Go\r");
    dialog.await("abcdefgh abcdefgh ");
    dialog.interrupt();
    dialog.await("\n[stopped]\n");
    dialog.await("ended by cancelled]");
    dialog.await("> ");
    assertThat(chat).isNotDone();
    dialog.type("/clear\r");
    dialog.await("> ");
    dialog.type("Again\r");
    dialog.await("abcdefgh ");
    dialog.interrupt();
    dialog.await("[stopped]");
    dialog.await("[" + (ASK + 5) + " prompt tokens");
    dialog.await("> ");
    dialog.type("\u0004");
    assertEnds();
  }

  @Test
  void ctrlCAtThePromptEmptiesTheLine() throws Exception {
    start(SyntheticModel.saying("ok"), Optional.empty());
    dialog.type("not this");
    dialog.await("not this");
    dialog.interrupt();
    dialog.await("> ");
    ask("Why?", ASK + 4);
    dialog.type("\"\"\"\r");
    dialog.await("... ");
    dialog.interrupt();
    dialog.await("> ");
    assertThat(chat).isNotDone();
    dialog.type("\u0004");
    assertEnds();
  }

  @Test
  void aFullContextIsSaidAndCanBeCleared() throws Exception {
    start(SyntheticModel.repeating("ab").contextLength(40), Optional.empty());
    dialog.type("Go\r");
    dialog.await("[the context is full; /clear begins anew]");
    dialog.await("> ");
    dialog.type("More\r");
    dialog.await("but the context holds 40; /clear begins anew");
    dialog.await("> ");
    dialog.type("/clear\r");
    dialog.await("[the conversation is forgotten]");
    dialog.await("> ");
    ask("Go", ASK + 2);
  }
}
