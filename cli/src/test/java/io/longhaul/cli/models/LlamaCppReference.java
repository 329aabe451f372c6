package io.longhaul.cli.models;

import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * Greedy continuations of a real model by llama.cpp, written by {@code
 * scripts/oracle/llama_cpp_reference.py}, {@code llama_cpp_spread.py} and {@code float_truth.py}.
 *
 * <p>To use it, feed a prompt's tokens and then llama.cpp's own choices, whatever the engine under
 * test prefers, and compare its argmax with {@link Step#best()} at every step.
 *
 * @param model the name of the model's file
 */
record LlamaCppReference(String model, List<Continuation> continuations) {

  LlamaCppReference {
    continuations = List.copyOf(continuations);
  }

  /**
   * @param text the prompt
   * @param tokens of the prompt by llama.cpp, with the beginning-of-sequence token where the model
   *     has one
   */
  record Continuation(String text, List<Integer> tokens, List<Step> steps) {
    Continuation {
      tokens = List.copyOf(tokens);
      steps = List.copyOf(steps);
    }

    int[] tokenArray() {
      return tokens.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  /**
   * @param best the token that llama.cpp chose
   * @param second its runner-up
   * @param gap between their logits
   * @param leastGap the smallest lead of {@code best} over any other token in all configurations of
   *     llama.cpp that were tried (shape of batches, flash attention, type of the cache); negative
   *     where llama.cpp itself does not repeat the choice
   * @param floatBest the choice of the same weights in float32, after the same tokens
   * @param floatGap between the two best logits in float32
   */
  record Step(
      int best,
      int second,
      double bestLogit,
      double gap,
      double leastGap,
      int floatBest,
      double floatBestLogit,
      double floatGap) {}

  /** The reference of a resource in this package. */
  static LlamaCppReference read(String resource) {
    byte[] json;
    try (InputStream file = LlamaCppReference.class.getResourceAsStream(resource)) {
      if (file == null) {
        throw new IllegalStateException("the test resources lack " + resource);
      }
      json = new GZIPInputStream(file).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, Object> document = Json.readObject(resource, json);
    List<Continuation> continuations = new ArrayList<>();
    for (Object entry : (List<?>) document.get("prompts")) {
      continuations.add(continuation(Json.asObject(resource, "prompts", entry)));
    }
    return new LlamaCppReference((String) document.get("model"), continuations);
  }

  private static Continuation continuation(Map<String, Object> prompt) {
    List<Integer> best = integers(prompt.get("best"));
    List<Integer> second = integers(prompt.get("second"));
    List<Double> bestLogit = doubles(prompt.get("bestLogit"));
    List<Double> secondLogit = doubles(prompt.get("secondLogit"));
    List<Double> leastGap = doubles(prompt.get("leastGap"));
    List<Integer> floatBest = integers(prompt.get("floatBest"));
    List<Double> floatBestLogit = doubles(prompt.get("floatBestLogit"));
    List<Double> floatSecondLogit = doubles(prompt.get("floatSecondLogit"));
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < best.size(); i++) {
      steps.add(
          new Step(
              best.get(i),
              second.get(i),
              bestLogit.get(i),
              bestLogit.get(i) - secondLogit.get(i),
              leastGap.get(i),
              floatBest.get(i),
              floatBestLogit.get(i),
              floatBestLogit.get(i) - floatSecondLogit.get(i)));
    }
    return new Continuation((String) prompt.get("text"), integers(prompt.get("tokens")), steps);
  }

  private static List<Integer> integers(Object list) {
    return ((List<?>) list).stream().map(value -> Math.toIntExact((Long) value)).toList();
  }

  private static List<Double> doubles(Object list) {
    return ((List<?>) list).stream().map(value -> ((Number) value).doubleValue()).toList();
  }
}
