package io.longhaul.engine.model;

/**
 * The hyper-parameters that all dense decoders have.
 *
 * @param contextLength positions the model was trained for
 * @param heads query heads
 * @param kvHeads key-value heads, each shared by heads / kvHeads query heads
 */
public record DecoderConfig(
    String architecture,
    int vocabSize,
    int contextLength,
    int hiddenSize,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int intermediateSize,
    float rmsNormEps,
    RopeConfig rope) {}
