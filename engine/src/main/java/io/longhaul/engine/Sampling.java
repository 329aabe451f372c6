package io.longhaul.engine;

import java.util.Map;

/**
 * How the next token is drawn from the logits. The steps apply in this order: logit bias,
 * penalties, top-k, top-p, min-p, temperature, draw.
 *
 * @param temperature 0 takes the most likely token; 1 draws from the model's own distribution
 * @param topK keeps the k most likely tokens; 0 keeps all
 * @param topP keeps the smallest set of most likely tokens whose probabilities reach p (nucleus,
 *     Holtzman et al. 2020); 1 keeps all
 * @param minP drops tokens less likely than p times the most likely one; 0 keeps all
 * @param repetitionPenalty divides positive logits of tokens seen (Keskar et al. 2019) and
 *     multiplies negative ones; 1 is none
 * @param presencePenalty is taken from the logits of tokens seen
 * @param frequencyPenalty is taken from the logits of tokens seen, once for each time
 * @param penaltyWindow how many of the last tokens, of prompt and answer, count as seen
 * @param logitBias is added to the logits of single tokens
 * @param seed of the draws; the same seed gives the same text
 */
public record Sampling(
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    double presencePenalty,
    double frequencyPenalty,
    int penaltyWindow,
    Map<Integer, Double> logitBias,
    long seed) {
  private static final int DEFAULT_PENALTY_WINDOW = 64;

  public Sampling {
    logitBias = Map.copyOf(logitBias);
    check("temperature", temperature, 0, Double.MAX_VALUE);
    check("topK", topK, 0, Integer.MAX_VALUE);
    check("topP", topP, 0, 1);
    check("minP", minP, 0, 1);
    check("repetitionPenalty", repetitionPenalty, Double.MIN_NORMAL, Double.MAX_VALUE);
    check("presencePenalty", presencePenalty, -Double.MAX_VALUE, Double.MAX_VALUE);
    check("frequencyPenalty", frequencyPenalty, -Double.MAX_VALUE, Double.MAX_VALUE);
    check("penaltyWindow", penaltyWindow, 0, Integer.MAX_VALUE);
  }

  /** Always the most likely token. */
  public static Sampling greedy() {
    return new Sampling(0, 0, 1, 0, 1, 0, 0, DEFAULT_PENALTY_WINDOW, Map.of(), 0);
  }

  /** Draws at a temperature from the model's distribution. */
  public static Sampling random(double temperature, long seed) {
    return greedy().withTemperature(temperature).withSeed(seed);
  }

  public Sampling withTemperature(double value) {
    return new Sampling(
        value,
        topK,
        topP,
        minP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        penaltyWindow,
        logitBias,
        seed);
  }

  public Sampling withSeed(long value) {
    return new Sampling(
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        penaltyWindow,
        logitBias,
        value);
  }

  /** The same with other cuts of the distribution's tail. */
  public Sampling withCuts(int newTopK, double newTopP, double newMinP) {
    return new Sampling(
        temperature,
        newTopK,
        newTopP,
        newMinP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        penaltyWindow,
        logitBias,
        seed);
  }

  /** The same with other penalties for tokens seen among the last {@code window}. */
  public Sampling withPenalties(double repetition, double presence, double frequency, int window) {
    return new Sampling(
        temperature, topK, topP, minP, repetition, presence, frequency, window, logitBias, seed);
  }

  public Sampling withLogitBias(Map<Integer, Double> bias) {
    return new Sampling(
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        penaltyWindow,
        bias,
        seed);
  }

  private static void check(String name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new ModelException(name + " is " + value + ", expected " + least + " to " + most);
    }
  }
}
