package io.longhaul.cli;

import io.longhaul.cli.json.JsonText;
import io.longhaul.engine.DraftStatistics;
import io.longhaul.engine.GenerationOptions;
import io.longhaul.engine.GenerationResult;
import io.longhaul.engine.Model;
import io.longhaul.engine.Session;
import io.longhaul.engine.SessionOptions;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code longhaul bench}: tokens per second, the same work as llama-bench's pp and tg. */
@Command(
    name = "bench",
    description = "Measure prefill and decode in tokens per second, after a warm-up.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example: longhaul bench --model smollm2-135m --prompt 512 --gen 128 --threads 2 --reps 3"
    })
public final class BenchCommand implements Callable<Integer> {
  /**
   * Unless told: the JVM compiles what is hot within the first rounds, of which a slow model needs
   * fewer.
   */
  private static final int WARM_UP_ROUNDS = 3;

  private static final Duration WARM_UP_TIME = Duration.ofSeconds(10);

  /** No context is longer; sums of these fit into an int. */
  private static final int MAX_TOKENS = 1 << 28;

  @Spec private CommandSpec spec;
  @Mixin private EngineOptions engine;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "PATH",
      description = "A GGUF file, a safetensors folder or a name; default: ${DEFAULT-VALUE}.")
  private String modelName = ModelNames.DEFAULT;

  @Option(names = "--prompt", paramLabel = "N", description = "Tokens of prefill; default: 512.")
  private int prompt = 512;

  @Option(names = "--gen", paramLabel = "N", description = "Tokens of decode; default: 128.")
  private int gen = 128;

  @Option(names = "--reps", paramLabel = "N", description = "Repetitions; default: 5.")
  private int reps = 5;

  @Option(
      names = "--depth",
      paramLabel = "N",
      description = "Tokens in the context before what is measured; default: 0.")
  private int depth;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      description = "Repetitions that do not count; default: up to 3, none begun after 10 s.")
  private Optional<Integer> warmUp = Optional.empty();

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  private final List<DraftStatistics> drafts = new ArrayList<>();

  @Override
  public Integer call() {
    checkNumbers();
    SessionOptions context = engine.session();
    PrintWriter out = spec.commandLine().getOut();
    List<Double> prefill = new ArrayList<>();
    List<Double> decode = new ArrayList<>();
    drafts.clear();
    boolean prefetching;
    int warmUpRounds;
    try (Model model = engine.load(modelName, spec.commandLine().getErr())) {
      prefetching = model.prefetchStatistics().prefetching();
      warmUpRounds = warmUp(model, context);
      for (int rep = 0; rep < reps; rep++) {
        if (prompt > 0) {
          prefill.add(prefill(model, context, rep));
        }
        if (gen > 0) {
          decode.add(decode(model, context, rep));
        }
      }
    }
    if (json) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("model", modelName);
      result.put("threads", engine.threads());
      result.put("prefetch", prefetching);
      result.put("warm_up", warmUpRounds);
      result.put("prefill", section(prompt, prefill));
      result.put("decode", section(gen, decode));
      if (!drafts.isEmpty()) {
        result.put("drafts", drafts.stream().map(BenchCommand::section).toList());
      }
      out.println(JsonText.compact(result));
    } else {
      out.printf(
          Locale.ROOT,
          "%s, %d threads%s%n",
          modelName,
          engine.threads(),
          prefetching ? ", prefetch" : "");
      print(out, "prefill", prompt, prefill);
      print(out, "decode", gen, decode);
      drafts.forEach(rep -> print(out, rep));
    }
    out.flush();
    return 0;
  }

  private void checkNumbers() {
    Limits.between(0, MAX_TOKENS, "--prompt", prompt);
    Limits.between(0, MAX_TOKENS, "--gen", gen);
    Limits.between(0, MAX_TOKENS, "--depth", depth);
    Limits.atLeast(1, "--reps", reps);
    warmUp.ifPresent(rounds -> Limits.atLeast(0, "--warm-up", rounds));
    if (prompt == 0 && gen == 0) {
      throw new UsageException("--prompt and --gen are both 0: nothing to measure");
    }
  }

  /** Returns the number of rounds it took. */
  private int warmUp(Model model, SessionOptions context) {
    long begun = System.nanoTime();
    int round = 0;
    while (warmsUp(round, System.nanoTime() - begun)) {
      round++;
      if (prompt > 0) {
        prefill(model, context, -round);
      }
      if (gen > 0) {
        decode(model, context, -round);
      }
    }
    return round;
  }

  private boolean warmsUp(int rounds, long nanos) {
    if (warmUp.isPresent()) {
      return rounds < warmUp.get();
    }
    return rounds == 0 || (rounds < WARM_UP_ROUNDS && nanos < WARM_UP_TIME.toNanos());
  }

  private double prefill(Model model, SessionOptions context, int rep) {
    try (Session session = model.newSession(context)) {
      int[] text = randomTokens(model, depth + prompt, rep);
      if (depth > 0) {
        int[] before = Arrays.copyOf(text, depth);
        session.generate(before, GenerationOptions.ofMaxTokens(0), ignored -> {});
      }
      long start = System.nanoTime();
      session.generate(text, GenerationOptions.ofMaxTokens(0), ignored -> {});
      return prompt / seconds(System.nanoTime() - start);
    }
  }

  private double decode(Model model, SessionOptions context, int rep) {
    try (Session session = model.newSession(context)) {
      int[] text = randomTokens(model, Math.max(1, depth), rep);
      // The first token comes from the prompt's own logits; each of the others takes a pass.
      GenerationResult result =
          session.generate(
              text,
              GenerationOptions.ofMaxTokens(gen + 1).withStopAtEndTokens(false),
              ignored -> {});
      if (result.tokens().size() <= gen) {
        throw new CliException(
            "the context of "
                + session.contextLength()
                + " tokens is too short for a depth of "
                + depth
                + " and "
                + gen
                + " generated tokens");
      }
      if (context.draftTokens() > 0 && rep >= 0) {
        drafts.add(session.draftStatistics());
      }
      return gen / seconds(result.answerTime().toNanos());
    }
  }

  private static int[] randomTokens(Model model, int count, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return random.ints(count, 0, model.vocabularySize()).toArray();
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }

  private static Map<String, Object> section(int tokens, List<Double> rates) {
    Map<String, Object> section = new LinkedHashMap<>();
    section.put("tokens", tokens);
    section.put("tokens_per_second", rates.stream().map(r -> Math.round(r * 100) / 100.0).toList());
    return section;
  }

  private static Map<String, Object> section(DraftStatistics drafts) {
    Map<String, Object> section = new LinkedHashMap<>();
    section.put("rounds", drafts.rounds());
    section.put("drafted", drafts.drafted());
    section.put("accepted", drafts.accepted());
    section.put("tokens_per_round", Math.round(drafts.tokensPerRound() * 100) / 100.0);
    section.put("gain", Math.round(drafts.gain() * 100) / 100.0);
    section.put("active", drafts.active());
    return section;
  }

  private static void print(PrintWriter out, DraftStatistics drafts) {
    out.printf(
        Locale.ROOT,
        "drafts   %5d rounds: %d of %d accepted, %.2f tokens a round, gain %s%s%n",
        drafts.rounds(),
        drafts.accepted(),
        drafts.drafted(),
        drafts.tokensPerRound(),
        drafts.gain() == 0 ? "not measured yet" : "%.2f".formatted(drafts.gain()),
        drafts.active() ? "" : ", resting");
  }

  private static void print(PrintWriter out, String name, int tokens, List<Double> rates) {
    if (rates.isEmpty()) {
      return;
    }
    double[] sorted = rates.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    out.printf(
        Locale.ROOT,
        "%-8s %5d tokens: median %8.1f tokens/s (%.1f to %.1f)%n",
        name,
        tokens,
        sorted[sorted.length / 2],
        sorted[0],
        sorted[sorted.length - 1]);
  }
}
