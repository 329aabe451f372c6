package io.longhaul.cli;

import io.longhaul.engine.Sampling;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Option;

/** Options of how tokens are drawn. */
final class SamplingOptions {
  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "0 for the most likely token always; default: the model's, or 0.7.")
  private Optional<Double> temperature = Optional.empty();

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Draw from the K most likely tokens; 0 for all; default: the model's, or 40.")
  private Optional<Integer> topK = Optional.empty();

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Draw from the most likely tokens that reach probability P;"
              + " default: the model's, or 0.95.")
  private Optional<Double> topP = Optional.empty();

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description =
          "Drop tokens less likely than P times the likeliest; default: the model's, or 0.05.")
  private Optional<Double> minP = Optional.empty();

  @Option(
      names = "--repetition-penalty",
      paramLabel = "R",
      description = "Divides logits of tokens seen; 1 for none; default: the model's, or 1.")
  private Optional<Double> repetitionPenalty = Optional.empty();

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description = "Taken from logits of tokens seen; default: 0.")
  private double presencePenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description = "Taken from logits of tokens seen, for each time; default: 0.")
  private double frequencyPenalty;

  @Option(
      names = "--penalty-window",
      paramLabel = "N",
      description = "How many of the last tokens count as seen; default: the model's, or 64.")
  private Optional<Integer> penaltyWindow = Optional.empty();

  @Option(
      names = "--logit-bias",
      paramLabel = "TOKEN=BIAS",
      description = "Added to the logit of a token id; may be repeated.")
  private Map<Integer, Double> logitBias = new HashMap<>();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The same seed gives the same text; default: another each time.")
  private Optional<Long> seed = Optional.empty();

  /** Where neither the command line nor the model says anything. */
  private static final Sampling USUAL = Sampling.random(0.7, 0).withCuts(40, 0.95, 0.05);

  /** What the command line says, checked before there is a model. */
  Sampling sampling() {
    return sampling(
        Optional.empty(), seed.orElseGet(() -> ThreadLocalRandom.current().nextLong(1L << 53)));
  }

  /**
   * What the command line says, and else the model.
   *
   * @param ofModel what its makers advise
   */
  Sampling sampling(Optional<Sampling> ofModel, long withSeed) {
    Sampling base = ofModel.orElse(USUAL);
    double t = temperature.orElse(base.temperature());
    int k = topK.orElse(base.topK());
    double p = topP.orElse(base.topP());
    double min = minP.orElse(base.minP());
    double repetition = repetitionPenalty.orElse(base.repetitionPenalty());
    int window = penaltyWindow.orElse(base.penaltyWindow());
    Limits.atLeast(0.0, "--temperature", t);
    Limits.atLeast(0, "--top-k", k);
    Limits.between(0.0, 1.0, "--top-p", p);
    Limits.between(0.0, 1.0, "--min-p", min);
    Limits.positive("--repetition-penalty", repetition);
    Limits.finite("--presence-penalty", presencePenalty);
    Limits.finite("--frequency-penalty", frequencyPenalty);
    Limits.atLeast(0, "--penalty-window", window);
    logitBias.forEach((token, bias) -> Limits.finite("--logit-bias of " + token, bias));
    return Sampling.random(t, withSeed)
        .withCuts(k, p, min)
        .withPenalties(repetition, presencePenalty, frequencyPenalty, window)
        .withLogitBias(logitBias);
  }
}
