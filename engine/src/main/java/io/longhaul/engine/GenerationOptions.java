package io.longhaul.engine;

import java.util.List;

/**
 * What an answer may be.
 *
 * @param maxTokens of the answer; {@link Integer#MAX_VALUE} for as many as the context holds
 * @param stop strings that end the answer
 * @param stopAtEndTokens false to go on after the model's own end
 */
public record GenerationOptions(
    int maxTokens, Sampling sampling, List<String> stop, boolean stopAtEndTokens) {
  public GenerationOptions {
    stop = List.copyOf(stop);
    if (maxTokens < 0) {
      throw new ModelException("maxTokens is " + maxTokens + ", expected at least 0");
    }
  }

  /** Greedy, up to {@code maxTokens}, ended by the model. */
  public static GenerationOptions ofMaxTokens(int maxTokens) {
    return new GenerationOptions(maxTokens, Sampling.greedy(), List.of(), true);
  }

  public GenerationOptions withSampling(Sampling value) {
    return new GenerationOptions(maxTokens, value, stop, stopAtEndTokens);
  }

  public GenerationOptions withStop(List<String> value) {
    return new GenerationOptions(maxTokens, sampling, value, stopAtEndTokens);
  }

  public GenerationOptions withStopAtEndTokens(boolean value) {
    return new GenerationOptions(maxTokens, sampling, stop, value);
  }
}
