package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.util.Optional;

/**
 * The eight-bit forms that ggml gives activations before it multiplies them with quantized weights:
 * here each value is replaced by what its eight bits stand for, so that a float product computes
 * what an integer one would.
 */
public enum ActivationRounding {
  /** ggml's q8_0 and q8_1: blocks of 32 with an F16 scale. */
  BLOCKS_OF_32(32) {
    @Override
    void roundBlock(FloatMatrix x, int row, int from, int to, FloatMatrix out) {
      float max = Math.abs(x.get(row, farthest(x, row, from, to)));
      float inverse = max == 0 ? 0 : LARGEST / max;
      float scale = Float.float16ToFloat(Float.floatToFloat16(max / LARGEST));
      for (int c = from; c < to; c++) {
        out.set(row, c, (float) Math.rint(x.get(row, c) * inverse) * scale);
      }
    }
  },
  /** ggml's q8_K: blocks of 256 with an F32 scale; the value farthest from 0 becomes −127. */
  BLOCKS_OF_256(256) {
    @Override
    void roundBlock(FloatMatrix x, int row, int from, int to, FloatMatrix out) {
      float extreme = x.get(row, farthest(x, row, from, to));
      float inverse = extreme == 0 ? 0 : -LARGEST / extreme;
      float scale = extreme == 0 ? 0 : 1 / inverse;
      for (int c = from; c < to; c++) {
        float code = Math.min(LARGEST, (float) Math.rint(x.get(row, c) * inverse));
        out.set(row, c, code * scale);
      }
    }
  };

  private static final float LARGEST = 127;

  private final int block;

  ActivationRounding(int block) {
    this.block = block;
  }

  /** What ggml rounds to for weights of a type; empty where it keeps floats. */
  public static Optional<ActivationRounding> of(TensorType weights) {
    return switch (weights.blockSize()) {
      case 1 -> Optional.empty();
      case 32 -> Optional.of(BLOCKS_OF_32);
      default -> Optional.of(BLOCKS_OF_256);
    };
  }

  /** Rounds a row of {@code x} into the same row of {@code out}. */
  public void round(FloatMatrix x, int row, FloatMatrix out) {
    for (int from = 0; from < x.columns(); from += block) {
      roundBlock(x, row, from, Math.min(x.columns(), from + block), out);
    }
  }

  abstract void roundBlock(FloatMatrix x, int row, int from, int to, FloatMatrix out);

  /** The column of the value farthest from 0, the first of several. */
  private static int farthest(FloatMatrix x, int row, int from, int to) {
    int best = from;
    for (int c = from + 1; c < to; c++) {
      if (Math.abs(x.get(row, c)) > Math.abs(x.get(row, best))) {
        best = c;
      }
    }
    return best;
  }
}
