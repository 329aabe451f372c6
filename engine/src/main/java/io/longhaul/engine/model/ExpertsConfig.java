package io.longhaul.engine.model;

import io.longhaul.engine.ModelException;

/**
 * The shape and the routing of a mixture of experts.
 *
 * @param count routed experts
 * @param perToken of them for each token
 * @param groups of consecutive experts, of which only the best {@code groupsPerToken} are
 *     considered (DeepSeek-V3, 2024, section 2.1.2)
 * @param intermediateSize of a routed expert
 * @param sharedIntermediateSize of the expert that every token passes; 0 for none
 * @param normalize whether a token's weights are divided by their sum
 * @param scale of the weights
 */
record ExpertsConfig(
    int count,
    int perToken,
    int groups,
    int groupsPerToken,
    int intermediateSize,
    int sharedIntermediateSize,
    Scoring scoring,
    boolean normalize,
    float scale) {
  /** How logits of the router become scores. */
  enum Scoring {
    SOFTMAX,
    SIGMOID
  }

  private static final int LARGEST = 1 << 20;

  ExpertsConfig checked(String source) {
    check(source, "number of experts", count, 1, LARGEST);
    check(source, "number of experts per token", perToken, 1, count);
    check(source, "number of expert groups", groups, 1, count);
    check(source, "number of expert groups per token", groupsPerToken, 1, groups);
    check(source, "intermediate size of an expert", intermediateSize, 1, LARGEST);
    check(source, "intermediate size of the shared expert", sharedIntermediateSize, 0, LARGEST);
    if (count % groups != 0 || perToken > count / groups * groupsPerToken) {
      throw new ModelException(
          source
              + ": "
              + count
              + " experts in "
              + groups
              + " groups: must divide evenly, and "
              + groupsPerToken
              + " groups must hold the "
              + perToken
              + " experts of a token");
    }
    return this;
  }

  static void check(String source, String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new ModelException(
          source + ": the " + what + " is " + value + ", expected " + least + " to " + most);
    }
  }
}
