package io.longhaul.cli;

import io.longhaul.cli.json.JsonText;
import io.longhaul.engine.AnswerCollector;
import io.longhaul.engine.AnswerListener;
import io.longhaul.engine.ChatOptions;
import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.Message;
import io.longhaul.engine.Model;
import io.longhaul.engine.Reasoning;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import io.longhaul.engine.text.answer.AnswerParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longhaul chat}: one answer, or a conversation at the terminal. */
@Command(
    name = "chat",
    description = "Ask a model. Without a prompt, and at a terminal, hold a conversation.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  longhaul chat \"Why is the sky blue?\"",
      "  longhaul chat --model gemma3-270m --temperature 0 -n 50 \"The capital of France is\"",
      "  git diff | longhaul chat --system \"Describe this change in one line.\"",
      "  longhaul chat"
    })
public final class ChatCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "PROMPT",
      description = "What to ask; by default standard input, where it is no terminal.")
  private Optional<String> prompt = Optional.empty();

  @Option(
      names = {"-m", "--model"},
      paramLabel = "M",
      description = "A name, a GGUF file or a safetensors folder; default: ${DEFAULT-VALUE}.")
  private String modelName = ModelNames.DEFAULT;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Read the prompt from a file.")
  private Optional<Path> file = Optional.empty();

  @Option(names = "--system", paramLabel = "TEXT", description = "The system message.")
  private Optional<String> system = Optional.empty();

  @Option(
      names = "--reasoning",
      paramLabel = "max|high|off",
      converter = ReasoningName.class,
      description = {
        "How much the model reasons first, if it can; default: as it is made.",
        "The reasoning is shown dimmed; off a terminal, it goes to standard error."
      })
  private Reasoning reasoning = Reasoning.DEFAULT;

  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "MAX_TOKENS",
      description = "Most tokens of an answer; default: what the context holds.")
  private int maxTokens = Integer.MAX_VALUE;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End the answer before this text; may be repeated.")
  private List<String> stop = new ArrayList<>();

  @Mixin private SamplingOptions sampling;
  @Mixin private EngineOptions engine;

  @Option(
      names = "--prompt-cache",
      paramLabel = "FILE",
      description = {
        "Begin with what this file holds of the text, computed by an earlier run, and save there"
            + " what this one has computed."
      })
  private Optional<Path> promptCache = Optional.empty();

  @Option(names = "--json", description = "Print the answer and its figures as JSON.")
  private boolean json;

  @Option(names = "--stats", description = "Print speed on standard error after an answer.")
  private boolean stats;

  @Override
  public Integer call() throws IOException {
    GenerationOptions options = options();
    SessionOptions context = engine.session();
    Optional<String> question = question();
    if (question.isEmpty()) {
      checkInteractive();
    }
    PrintWriter err = spec.commandLine().getErr();
    try (Model model = engine.load(modelName, err);
        Session session = open(model, context)) {
      GenerationOptions ofModel =
          options.withSampling(
              sampling.sampling(model.defaultSampling(), options.sampling().seed()));
      if (question.isEmpty()) {
        Conversation conversation = new Conversation(model, session, chat(), ofModel, system);
        new InteractiveChat(conversation, modelName, stats).run();
      } else {
        answer(model, session, ofModel, question.get());
      }
      promptCache.ifPresent(session::save);
    }
    return 0;
  }

  private ChatOptions chat() {
    return ChatOptions.defaults().withReasoning(reasoning);
  }

  private Session open(Model model, SessionOptions context) {
    return promptCache
        .filter(Files::exists)
        .map(path -> model.loadSession(path, context))
        .orElseGet(() -> model.newSession(context));
  }

  private GenerationOptions options() {
    Limits.atLeast(1, "--max-tokens", maxTokens);
    if (stop.contains("")) {
      throw new UsageException("--stop needs a text");
    }
    return GenerationOptions.ofMaxTokens(maxTokens)
        .withSampling(sampling.sampling())
        .withStop(stop);
  }

  /** What was asked on the command line, in a file or through a pipe; never blank. */
  private Optional<String> question() {
    if (prompt.isPresent() && file.isPresent()) {
      throw new UsageException("give a PROMPT or --file, not both");
    }
    if (prompt.isPresent()) {
      return Optional.of(notBlank("the prompt", prompt.get()));
    }
    if (file.isPresent()) {
      return Optional.of(
          notBlank(file.get().toString(), withoutLastLineEnd(InputFiles.readText(file.get()))));
    }
    if (!StandardFile.INPUT.isTerminal()) {
      return Optional.of(
          notBlank("the prompt from standard input", withoutLastLineEnd(StandardInput.readText())));
    }
    return Optional.empty();
  }

  private static String notBlank(String what, String text) {
    if (text.isBlank()) {
      throw new CliException(what + " is empty: ask something");
    }
    return text;
  }

  /** Editors and {@code echo} end every line; the end is not part of what is asked. */
  private static String withoutLastLineEnd(String text) {
    return text.replaceFirst("\\r?\\n\\z", "");
  }

  private void checkInteractive() {
    if (json) {
      throw new UsageException("--json needs a prompt");
    }
    if (!StandardFile.OUTPUT.isTerminal()) {
      throw new UsageException(
          "a conversation needs a terminal, and standard output is none: give a PROMPT or --file");
    }
  }

  private void answer(Model model, Session session, GenerationOptions options, String question) {
    List<Message> messages = new ArrayList<>();
    system.ifPresent(text -> messages.add(Message.system(text)));
    messages.add(Message.user(question));
    PrintWriter out = spec.commandLine().getOut();
    boolean terminal = StandardFile.OUTPUT.isTerminal();
    AnswerPrinter printer =
        new AnswerPrinter(
            out,
            terminal ? out : spec.commandLine().getErr(),
            (terminal || StandardFile.ERROR.isTerminal()) && !"dumb".equals(System.getenv("TERM")));
    AnswerCollector answer = new AnswerCollector(index -> "call_" + index);
    int[] prompt = model.encodeChat(messages, chat());
    AnswerParser parser =
        model.newAnswerParser(
            prompt,
            chat(),
            answer.andThen(
                event -> {
                  if (!json) {
                    printer.accept(event);
                    // Flushes too. Where nobody reads any more, there is nothing left to do.
                    if (out.checkError()) {
                      session.cancel();
                    }
                  }
                }));
    GenerationResult result = session.generate(prompt, options, new AnswerListener(parser));
    if (json) {
      out.println(JsonText.compact(document(result, answer, options)));
      out.flush();
    } else {
      printer.finish();
    }
    if (stats) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(figures(result));
      err.flush();
    }
  }

  private Map<String, Object> document(
      GenerationResult result, AnswerCollector answer, GenerationOptions options) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("model", modelName);
    if (!answer.reasoning().isEmpty()) {
      document.put("reasoning", answer.reasoning());
    }
    document.put("text", answer.content());
    if (!answer.toolCalls().isEmpty()) {
      List<Object> calls = new ArrayList<>();
      answer
          .toolCalls()
          .forEach(call -> calls.add(Map.of("name", call.name(), "arguments", call.arguments())));
      document.put("tool_calls", calls);
    }
    document.put("finish_reason", result.finishReason().name().toLowerCase(Locale.ROOT));
    document.put("prompt_tokens", result.promptTokens());
    document.put("reused_tokens", result.reusedTokens());
    document.put("completion_tokens", result.tokens().size());
    document.put("prompt_seconds", result.promptTime().toNanos() / 1e9);
    document.put("completion_seconds", result.answerTime().toNanos() / 1e9);
    document.put("seed", options.sampling().seed());
    return document;
  }

  /** One line on how fast an answer came and why it ended. */
  static String figures(GenerationResult result) {
    int computed = result.promptTokens() - result.reusedTokens();
    int passes = Math.max(0, result.tokens().size() - 1);
    return String.format(
        Locale.ROOT,
        "[%d prompt tokens at %.1f/s, %d answer tokens at %.1f/s, ended by %s]",
        result.promptTokens(),
        computed / Math.max(1e-9, result.promptTime().toNanos() / 1e9),
        result.tokens().size(),
        passes / Math.max(1e-9, result.answerTime().toNanos() / 1e9),
        result.finishReason().name().toLowerCase(Locale.ROOT).replace('_', ' '));
  }
}
