package io.longhaul.engine.model;

import io.longhaul.engine.model.RopeConfig.Pairing;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Rotary position embeddings (Su et al. 2021): each pair of dimensions of a head is turned by an
 * angle of position × frequency.
 */
public final class Rope {
  private final RopeConfig config;
  private final float[] inverseFrequencies;
  private final float magnitude;

  public Rope(RopeConfig config) {
    this.config = config;
    this.inverseFrequencies = inverseFrequencies(config);
    this.magnitude = config.scaling() instanceof RopeScaling.Yarn yarn ? yarn.attentionFactor() : 1;
  }

  /** The angles of some consecutive positions. */
  public Angles angles(int firstPosition, int tokens) {
    int pairs = inverseFrequencies.length;
    float[] cos = new float[tokens * pairs];
    float[] sin = new float[tokens * pairs];
    for (int t = 0; t < tokens; t++) {
      for (int i = 0; i < pairs; i++) {
        float angle = (firstPosition + t) * inverseFrequencies[i];
        cos[t * pairs + i] = (float) Math.cos(angle) * magnitude;
        sin[t * pairs + i] = (float) Math.sin(angle) * magnitude;
      }
    }
    return new Angles(cos, sin);
  }

  /** Cosines and sines for the rows of one pass; all layers use the same. */
  public final class Angles {
    private final float[] cos;
    private final float[] sin;

    private Angles(float[] cos, float[] sin) {
      this.cos = cos;
      this.sin = sin;
    }

    /** Rotates, in row {@code t}, the head that starts at {@code column}. */
    public void rotate(FloatMatrix x, int t, int column) {
      rotate(x, t, column, t);
    }

    /**
     * Rotates the head that starts at {@code column} of a row.
     *
     * @param t the token: which of the positions
     */
    public void rotate(FloatMatrix x, int row, int column, int t) {
      rotate(x, row, column, 1, 0, t);
    }

    /**
     * Rotates some heads of a row. They go through the heap: an element of a segment costs a
     * program that has just been started some twenty calls.
     *
     * @param column where the first one starts
     * @param headDim columns from one to the next
     * @param t the token: which of the positions
     */
    public void rotate(FloatMatrix x, int row, int column, int heads, int headDim, int t) {
      float[] values = new float[(heads - 1) * headDim + config.dimensions()];
      long from = x.offset(row) + (long) column * Float.BYTES;
      MemorySegment.copy(x.segment(), ValueLayout.JAVA_FLOAT, from, values, 0, values.length);
      for (int head = 0; head < heads; head++) {
        rotate(values, head * headDim, t);
      }
      MemorySegment.copy(values, 0, x.segment(), ValueLayout.JAVA_FLOAT, from, values.length);
    }

    private void rotate(float[] values, int head, int t) {
      int pairs = inverseFrequencies.length;
      boolean interleaved = config.pairing() == Pairing.INTERLEAVED;
      int step = interleaved ? 2 : 1;
      int between = interleaved ? 1 : pairs;
      for (int i = 0; i < pairs; i++) {
        int first = head + i * step;
        int second = first + between;
        float c = cos[t * pairs + i];
        float s = sin[t * pairs + i];
        float a = values[first];
        float b = values[second];
        values[first] = a * c - b * s;
        values[second] = b * c + a * s;
      }
    }
  }

  private static float[] inverseFrequencies(RopeConfig config) {
    int pairs = config.dimensions() / 2;
    float[] inverse = new float[pairs];
    for (int i = 0; i < pairs; i++) {
      inverse[i] = (float) (1 / Math.pow(config.theta(), 2.0 * i / config.dimensions()));
    }
    switch (config.scaling()) {
      case RopeScaling.None none -> {}
      case RopeScaling.Linear linear -> {
        for (int i = 0; i < pairs; i++) {
          inverse[i] /= linear.factor();
        }
      }
      case RopeScaling.Divisors divisors -> {
        for (int i = 0; i < pairs; i++) {
          inverse[i] /= divisors.values()[i];
        }
      }
      case RopeScaling.Llama3 llama3 -> {
        for (int i = 0; i < pairs; i++) {
          inverse[i] = llama3(inverse[i], llama3);
        }
      }
      case RopeScaling.Yarn yarn -> yarn(inverse, yarn, config);
    }
    return inverse;
  }

  private static float llama3(float inverse, RopeScaling.Llama3 scaling) {
    double wavelength = 2 * Math.PI / inverse;
    double turns = scaling.originalContext() / wavelength;
    if (turns < scaling.lowFreqFactor()) {
      return inverse / scaling.factor();
    }
    if (turns > scaling.highFreqFactor()) {
      return inverse;
    }
    double smooth =
        (turns - scaling.lowFreqFactor()) / (scaling.highFreqFactor() - scaling.lowFreqFactor());
    return (float) ((1 - smooth) * inverse / scaling.factor() + smooth * inverse);
  }

  private static void yarn(float[] inverse, RopeScaling.Yarn yarn, RopeConfig config) {
    double low = correctionDimension(yarn.betaFast(), yarn, config);
    double high = correctionDimension(yarn.betaSlow(), yarn, config);
    if (yarn.truncate()) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, config.dimensions() - 1);
    if (low == high) {
      high += 0.001;
    }
    for (int i = 0; i < inverse.length; i++) {
      double interpolated = Math.clamp((i - low) / (high - low), 0.0, 1.0);
      inverse[i] =
          (float) (inverse[i] / yarn.factor() * interpolated + inverse[i] * (1 - interpolated));
    }
  }

  /** The dimension that makes {@code turns} turns over the original context. */
  private static double correctionDimension(
      double turns, RopeScaling.Yarn yarn, RopeConfig config) {
    return config.dimensions()
        * Math.log(yarn.originalContext() / (turns * 2 * Math.PI))
        / (2 * Math.log(config.theta()));
  }
}
