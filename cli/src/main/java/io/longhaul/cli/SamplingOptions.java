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
      description = "0 for the most likely token always; default: ${DEFAULT-VALUE}.")
  private double temperature = 0.7;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Draw from the K most likely tokens; 0 for all; default: ${DEFAULT-VALUE}.")
  private int topK = 40;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Draw from the most likely tokens that reach probability P; default: ${DEFAULT-VALUE}.")
  private double topP = 0.95;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description =
          "Drop tokens less likely than P times the likeliest; default: ${DEFAULT-VALUE}.")
  private double minP = 0.05;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "R",
      description = "Divides logits of tokens seen; 1 for none (default).")
  private double repetitionPenalty = 1;

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
      description = "How many of the last tokens count as seen; default: ${DEFAULT-VALUE}.")
  private int penaltyWindow = 64;

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

  Sampling sampling() {
    Limits.atLeast(0.0, "--temperature", temperature);
    Limits.atLeast(0, "--top-k", topK);
    Limits.between(0.0, 1.0, "--top-p", topP);
    Limits.between(0.0, 1.0, "--min-p", minP);
    Limits.positive("--repetition-penalty", repetitionPenalty);
    Limits.finite("--presence-penalty", presencePenalty);
    Limits.finite("--frequency-penalty", frequencyPenalty);
    Limits.atLeast(0, "--penalty-window", penaltyWindow);
    logitBias.forEach((token, bias) -> Limits.finite("--logit-bias of " + token, bias));
    return Sampling.random(
            temperature, seed.orElseGet(() -> ThreadLocalRandom.current().nextLong(1L << 53)))
        .withCuts(topK, topP, minP)
        .withPenalties(repetitionPenalty, presencePenalty, frequencyPenalty, penaltyWindow)
        .withLogitBias(logitBias);
  }
}
