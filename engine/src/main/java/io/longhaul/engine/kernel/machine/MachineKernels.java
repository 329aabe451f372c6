package io.longhaul.engine.kernel.machine;

import io.longhaul.engine.kernel.Attention;
import io.longhaul.engine.kernel.IndexScores;
import io.longhaul.engine.kernel.Kernels;
import io.longhaul.engine.kernel.LatentAttention;
import io.longhaul.engine.kernel.PreparedProduct;
import io.longhaul.engine.kernel.Scratch;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.vector.VectorKernels;
import io.longhaul.engine.tensor.FloatMatrix;
import java.util.Optional;

/**
 * The twin in machine code that the engine assembles itself. What it has no code for, a shape or a
 * type, the vector twin does.
 */
public final class MachineKernels implements Kernels {
  /** Tokens from which on it pays to bring weights into a form of their own. */
  private static final int MANY_TOKENS = 16;

  private final VectorKernels vector = new VectorKernels(new AssembledCode());

  @Override
  public String name() {
    return "machine";
  }

  @Override
  public void decodeRow(Weights weights, int row, FloatMatrix out, int outRow) {
    boolean decoded =
        weights.scales().isEmpty()
            && RowDecodes.of(weights.type())
                .filter(code -> code.decodeRow(weights, row, out, outRow))
                .isPresent();
    if (!decoded) {
      vector.decodeRow(weights, row, out, outRow);
    }
  }

  @Override
  public void multiply(
      Weights weights,
      int firstRow,
      int rows,
      FloatMatrix x,
      int tokens,
      FloatMatrix y,
      Scratch scratch) {
    vector.multiply(weights, firstRow, rows, x, tokens, y, scratch);
  }

  @Override
  public Optional<PreparedProduct> preparedProduct(Weights weights, int tokens) {
    if (tokens < MANY_TOKENS) {
      return weights.scales().isEmpty() && weights.columns() > 0
          ? CodedRows.of(weights.type())
          : Optional.empty();
    }
    if (!PanelProduct.fits(weights)) {
      return Optional.empty();
    }
    // Plain floats have more digits than block floating point would keep.
    boolean plain = weights.type().blockSize() == 1;
    return plain || (InstructionSet.isAvx512() && !AssembledCode.hasIntSums())
        ? FloatPanelProduct.instance()
        : BlockFloatProduct.instance();
  }

  @Override
  public void rmsNorm(
      FloatMatrix x,
      int row,
      int firstColumn,
      int count,
      FloatMatrix weight,
      float epsilon,
      FloatMatrix out) {
    if (AssembledRows.isWholeVectors(count)) {
      AssembledRows.rmsNorm(x, row, firstColumn, count, weight, epsilon, out);
    } else {
      vector.rmsNorm(x, row, firstColumn, count, weight, epsilon, out);
    }
  }

  @Override
  public void layerNorm(
      FloatMatrix x,
      int row,
      FloatMatrix weight,
      FloatMatrix bias,
      float epsilon,
      FloatMatrix out) {
    vector.layerNorm(x, row, weight, bias, epsilon, out);
  }

  @Override
  public void siluMultiply(FloatMatrix gate, FloatMatrix up, int row) {
    if (AssembledRows.handles(gate.columns())) {
      AssembledRows.siluMultiply(gate, up, row);
    } else {
      vector.siluMultiply(gate, up, row);
    }
  }

  @Override
  public void geluMultiply(FloatMatrix gate, FloatMatrix up, int row) {
    if (AssembledRows.handles(gate.columns())) {
      AssembledRows.geluMultiply(gate, up, row);
    } else {
      vector.geluMultiply(gate, up, row);
    }
  }

  @Override
  public void add(FloatMatrix x, int row, FloatMatrix delta, int deltaRow) {
    if (AssembledRows.handles(x.columns())) {
      AssembledRows.add(x, row, delta, deltaRow);
    } else {
      vector.add(x, row, delta, deltaRow);
    }
  }

  @Override
  public void addScaled(FloatMatrix x, int row, FloatMatrix delta, int deltaRow, float scale) {
    vector.addScaled(x, row, delta, deltaRow, scale);
  }

  @Override
  public void attend(
      Attention attention, int firstToken, int tokens, int firstHead, int heads, Scratch scratch) {
    if (AssembledAttention.isPossible(attention)) {
      AssembledAttention.attend(attention, firstToken, tokens, firstHead, heads, scratch);
    } else {
      vector.attend(attention, firstToken, tokens, firstHead, heads, scratch);
    }
  }

  @Override
  public void attendLatent(
      LatentAttention attention, int token, int firstHead, int heads, Scratch scratch) {
    vector.attendLatent(attention, token, firstHead, heads, scratch);
  }

  @Override
  public void indexScores(IndexScores scores, int token, int page, Scratch scratch) {
    vector.indexScores(scores, token, page, scratch);
  }
}
